"""The floor: a bare inotify event leads to a bare HTTP POST, and nothing else happens.

Run as `python -m benchmarks.floor FOLDER HOST PORT FILE FLUSHES`: so often FILE is written to and
flushed before each POST. It ends when its standard input does.
"""

from __future__ import annotations

import ctypes
import http.client
import os
import select
import sys
from typing import Final

_MOVED_TO: Final = 0x80
_LARGEST: Final = 4096


def main(folder: str, host: str, port: int, flushed: str, flushes: int) -> None:
    """Post once for each file that is moved into the folder.

    Raises:
        OSError: The folder cannot be watched, or nobody listens.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    events = libc.inotify_init()
    if events < 0 or libc.inotify_add_watch(events, os.fsencode(folder), _MOVED_TO) < 0:
        raise OSError(ctypes.get_errno(), "inotify does not work here")
    file = os.open(flushed, os.O_WRONLY | os.O_CREAT)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        ready, _, _ = select.select([events, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        os.read(events, _LARGEST)
        for _ in range(flushes):
            os.write(file, bytes(_LARGEST))
            os.fdatasync(file)
        connection = http.client.HTTPConnection(host, port)
        connection.request("POST", "/floor", body=b"{}")
        connection.getresponse().read()
        connection.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
