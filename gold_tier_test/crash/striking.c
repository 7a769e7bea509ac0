/* Counts a process's calls to the outside, and strikes on entering one of them.
 *
 * Loaded with LD_PRELOAD. The board is memory that the process which forks shares with its
 * children, so that it can read how far a child came that is dead.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { TRAIL = 65536 };
/* What happens on the chosen call. A cut shuts the file system down first: with its own journal
 * flushed but no data, or with nothing flushed at all. */
enum { KILL = 1, CUT_FLUSHED = 2, CUT_HARD = 3 };

struct board {
    long armed, seen, at, how, disk;
    unsigned char trail[TRAIL];
};

static struct board *board;

#define CALLS(X)                                                                                \
    X(write) X(writev) X(pwrite64) X(pwritev) X(ftruncate64) X(fallocate64) X(fsync)             \
    X(fdatasync) X(rename) X(renameat) X(renameat2) X(unlink) X(unlinkat) X(link) X(linkat)      \
    X(mkdir) X(mkdirat) X(rmdir) X(symlinkat) X(fchmod) X(utimensat) X(create) X(connect)        \
    X(send) X(sendto) X(sendmsg) X(recv) X(recvfrom) X(recvmsg) X(poll) X(ppoll) X(select)

#define AS_CODE(name) CODE_##name,
#define AS_TEXT(name) #name,
enum { CALLS(AS_CODE) CODES };
static const char *const names[] = {CALLS(AS_TEXT)};

void striking_use(struct board *shared) { board = shared; }

const char *striking_name(int code) { return code < CODES ? names[code] : ""; }

static void entering(int code) {
    if (!board || !board->armed) return;
    long number = __atomic_add_fetch(&board->seen, 1, __ATOMIC_SEQ_CST);
    if (number <= TRAIL) board->trail[number - 1] = (unsigned char)code;
    if (number != board->at) return;
    if (board->how != KILL) {
        unsigned flag = board->how == CUT_FLUSHED ? 1 : 2;
        ioctl((int)board->disk, _IOR('X', 125, unsigned), &flag);
    }
    for (;;) kill(getpid(), SIGKILL);
}

#define PASSED(type, symbol, code, params, args)                                                \
    type symbol params {                                                                        \
        static type(*real) params;                                                              \
        if (!real) *(void **)&real = dlsym(RTLD_NEXT, #symbol);                                 \
        entering(CODE_##code);                                                                  \
        return real args;                                                                       \
    }
#define OPENED(symbol, head, pass)                                                              \
    int symbol(head const char *path, int flags, ...) {                                         \
        static int (*real)(head const char *, int, ...);                                        \
        if (!real) *(void **)&real = dlsym(RTLD_NEXT, #symbol);                                 \
        va_list rest;                                                                           \
        va_start(rest, flags);                                                                  \
        mode_t mode = va_arg(rest, mode_t);                                                     \
        va_end(rest);                                                                           \
        if (flags & (O_CREAT | O_TRUNC)) entering(CODE_create);                                 \
        return real(pass path, flags, mode);                                                    \
    }
#define AND ,

PASSED(ssize_t, write, write, (int f, const void *b, size_t n), (f, b, n))
PASSED(ssize_t, writev, writev, (int f, const struct iovec *v, int n), (f, v, n))
PASSED(ssize_t, pwrite, pwrite64, (int f, const void *b, size_t n, off_t o), (f, b, n, o))
PASSED(ssize_t, pwrite64, pwrite64, (int f, const void *b, size_t n, off64_t o), (f, b, n, o))
PASSED(ssize_t, pwritev, pwritev, (int f, const struct iovec *v, int n, off_t o), (f, v, n, o))
PASSED(int, ftruncate, ftruncate64, (int f, off_t n), (f, n))
PASSED(int, ftruncate64, ftruncate64, (int f, off64_t n), (f, n))
PASSED(int, fallocate64, fallocate64, (int f, int m, off64_t o, off64_t n), (f, m, o, n))
PASSED(int, fsync, fsync, (int f), (f))
PASSED(int, fdatasync, fdatasync, (int f), (f))
PASSED(int, rename, rename, (const char *a, const char *b), (a, b))
PASSED(int, renameat, renameat, (int d, const char *a, int e, const char *b), (d, a, e, b))
PASSED(int, renameat2, renameat2,
       (int d, const char *a, int e, const char *b, unsigned f), (d, a, e, b, f))
PASSED(int, unlink, unlink, (const char *a), (a))
PASSED(int, unlinkat, unlinkat, (int d, const char *a, int f), (d, a, f))
PASSED(int, link, link, (const char *a, const char *b), (a, b))
PASSED(int, linkat, linkat, (int d, const char *a, int e, const char *b, int f), (d, a, e, b, f))
PASSED(int, mkdir, mkdir, (const char *a, mode_t m), (a, m))
PASSED(int, mkdirat, mkdirat, (int d, const char *a, mode_t m), (d, a, m))
PASSED(int, rmdir, rmdir, (const char *a), (a))
PASSED(int, symlinkat, symlinkat, (const char *a, int d, const char *b), (a, d, b))
PASSED(int, fchmod, fchmod, (int f, mode_t m), (f, m))
PASSED(int, utimensat, utimensat,
       (int d, const char *a, const struct timespec t[2], int f), (d, a, t, f))
PASSED(int, connect, connect, (int f, const struct sockaddr *a, socklen_t n), (f, a, n))
PASSED(ssize_t, send, send, (int f, const void *b, size_t n, int o), (f, b, n, o))
PASSED(ssize_t, sendto, sendto,
       (int f, const void *b, size_t n, int o, const struct sockaddr *a, socklen_t l),
       (f, b, n, o, a, l))
PASSED(ssize_t, sendmsg, sendmsg, (int f, const struct msghdr *m, int o), (f, m, o))
PASSED(ssize_t, recv, recv, (int f, void *b, size_t n, int o), (f, b, n, o))
PASSED(ssize_t, recvfrom, recvfrom,
       (int f, void *b, size_t n, int o, struct sockaddr *a, socklen_t *l), (f, b, n, o, a, l))
PASSED(ssize_t, recvmsg, recvmsg, (int f, struct msghdr *m, int o), (f, m, o))
PASSED(int, poll, poll, (struct pollfd *p, nfds_t n, int t), (p, n, t))
PASSED(int, ppoll, ppoll,
       (struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *s), (p, n, t, s))
PASSED(int, select, select,
       (int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *t), (n, r, w, e, t))
OPENED(open, , )
OPENED(open64, , )
OPENED(openat, int folder AND, folder AND)
OPENED(openat64, int folder AND, folder AND)
