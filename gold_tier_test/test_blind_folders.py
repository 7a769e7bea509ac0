"""Where events are blind: found out at the start, polled instead, and told to the owner."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import override

import pytest
from conftest import Business
from daemon_bench import environment, run, until

from utils.core.lifecycle import Folder, State
from utils.io_optimizer import SIGHT, blind_reason
from utils.settings import PROJECT_ROOT
from utils.system.mounts import MOUNTINFO, filesystem_of
from watchers.filesystem_watcher import FilesystemWatcher
from watchers.vault_events import VaultEvents

#: From the drag to the effect where no event comes, in seconds (design, section 6).
PROMISED_S = 15.0
MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:50 / /mnt/c rw,noatime - 9p C:\\134 rw,aname=drvfs
31 22 0:51 / /home/anna/My\\040Drive rw - fuse.rclone remote: rw
32 22 0:52 / /srv/books rw - nfs4 nas:/books rw
33 32 8:2 / /srv/books/local rw - xfs /dev/sdb1 rw
34 22 0:53 / /srv/share rw - ext4 /dev/sdc1 rw
35 34 0:54 / /srv/share rw - cifs //nas/share rw
36 22 0:55 / /mnt/usb rw - fuseblk /dev/sdd1 rw
37 22 0:56 / /srv/tab\\011line\\012back\\134slash rw - nfs nas:/x rw
38 22 8:3 / /mnt rw - ext4 /dev/sde1 rw
39 22 0:57 / /home/änna rw - virtiofs host rw
40 22 0:58 / /home/anna/vault/Approved rw - cifs //nas/approved rw
"""
WSL = """\
101 75 8:32 / / rw,relatime - ext4 /dev/sdc rw,discard
112 101 0:28 / /mnt/wsl rw,relatime shared:1 - tmpfs none rw
160 101 0:66 / /mnt/c rw,noatime - 9p C:\\134 rw,dirsync,aname=drvfs;path=C:\\134;uid=1000
"""
CONTAINER = """\
1190 903 0:132 / / rw,relatime - overlay overlay rw,lowerdir=/l:/m,upperdir=/u
1191 1190 0:135 / /proc rw,nosuid - proc proc rw
1205 1190 254:1 /vol/vault /vault rw,relatime - ext4 /dev/vda1 rw
1206 1190 0:140 /Users /host rw,relatime - fuse.grpcfuse grpcfuse rw
1207 1190 0:141 / /host2 rw,relatime - virtiofs host rw
"""


@pytest.mark.parametrize(
    ("mounts", "path", "kind", "is_blind"),
    [
        (MOUNTS, "/home/anna/Vault", "ext4", False),
        (MOUNTS, "/home/anna/My Drive/AI_Employee", "fuse.rclone", True),
        (MOUNTS, "/home/anna/My Drive2", "ext4", False),
        (MOUNTS, "/srv/books/2026", "nfs4", True),
        (MOUNTS, "/srv/books/local/x", "xfs", False),
        (MOUNTS, "/srv/share/x", "cifs", True),
        (MOUNTS, "/srv/tab\tline\nback\\slash/x", "nfs", True),
        (MOUNTS, "/home/änna/x", "virtiofs", True),
        # A drive that was mounted over /mnt hides what had been mounted below it.
        (MOUNTS, "/mnt/c/Users/anna", "ext4", False),
        (MOUNTS, "/mnt/usb", "ext4", False),
        (WSL, "/mnt/c/Users/anna/AI_Employee", "9p", True),
        (WSL, "/mnt/cellar", "ext4", False),
        (WSL, "/home/anna", "ext4", False),
        (CONTAINER, "/app/AI_Employee", "overlay", False),
        (CONTAINER, "/vault/AI_Employee", "ext4", False),
        (CONTAINER, "/host/AI_Employee", "fuse.grpcfuse", True),
        (CONTAINER, "/host2", "virtiofs", True),
    ],
)
def test_what_a_folder_lies_on_is_read_off_the_mounts(
    mounts: str, path: str, kind: str, *, is_blind: bool
) -> None:
    assert filesystem_of(Path(path), mounts) == kind
    why = blind_reason([Path(path)], mounts)
    assert why.startswith(kind if is_blind else "")
    assert bool(why) is is_blind


def test_one_folder_of_the_vault_on_a_network_drive_is_enough() -> None:
    vault = Path("/home/anna/vault")
    folders = [vault / folder for folder in (Folder.INBOX, Folder.APPROVED)]
    assert blind_reason(folders[:1], MOUNTS) == ""
    assert blind_reason(folders, MOUNTS).startswith("cifs")


@pytest.mark.parametrize("text", ["", "\n\n", "junk", "1 2 3 - ext4", "22 22 8:1 / / rw - ext4 x"])
def test_a_list_of_mounts_in_any_form_makes_no_trouble(text: str) -> None:
    assert filesystem_of(Path("/x"), text) in {"", "ext4"}


def test_a_place_that_no_mount_holds_is_not_trusted() -> None:
    assert blind_reason([Path("/x")], "32 22 0:52 / /srv rw - ext4 /dev/sda1 rw\n") != ""


def test_this_machines_own_mounts_can_be_read() -> None:
    mounts = MOUNTINFO.read_text("utf-8", "surrogateescape")
    assert filesystem_of(Path("/proc"), mounts) == "proc"
    assert filesystem_of(Path(__file__), mounts) != ""


# --- the watcher itself --------------------------------------------------------------------------


@contextmanager
def working(watcher: FilesystemWatcher) -> Iterator[None]:
    """Let a watcher work in a thread of its own for the length of the block."""
    thread = threading.Thread(target=watcher.run)
    thread.start()
    try:
        yield
    finally:
        watcher.stop()
        thread.join(timeout=20)
        assert not thread.is_alive()


def took(business: Business) -> float:
    """Drag a note and wait for the effect; return how long that was, in seconds."""
    business.clock.now = datetime.now(UTC)
    proposal = business.submit(reference=f"PO-{monotonic()}")
    before = len(business.effects())
    began = monotonic()
    business.drag(proposal.note)
    assert until(lambda: len(business.effects()) > before, seconds=30)
    spent = monotonic() - began
    assert until(lambda: business.state(proposal) is State.DONE)
    return spent


def sight(business: Business) -> str:
    return business.engine.bookmarks.cursor(SIGHT)


def test_a_vault_on_a_windows_drive_is_polled_and_keeps_its_promise(
    business: Business, tmp_path: Path
) -> None:
    mounts = tmp_path / "mountinfo"
    vault = str(business.home).replace(" ", "\\040")
    mounts.write_text(f"1 0 8:1 / / rw - ext4 x rw\n2 1 0:9 / {vault} rw - 9p C:\\134 rw\n")
    watcher = FilesystemWatcher(business.engine, mounts)
    with working(watcher):
        assert until(lambda: sight(business))
        assert sight(business).startswith("by polling: 9p")
        assert took(business) <= PROMISED_S
    told = run(business, "status").stdout
    assert "by polling: 9p" in " ".join(told.split())


class _Deaf(FilesystemWatcher):
    """Its events never arrive, and nothing tells it so."""

    @override
    def notice(self, folder: Folder, name: str) -> None:
        """Hear nothing."""


def test_events_that_never_arrive_unnoticed_cost_seconds_not_the_drag(business: Business) -> None:
    with working(_Deaf(business.engine)):
        assert until(lambda: sight(business) == "by events")
        assert took(business) <= PROMISED_S


def test_with_events_the_owner_is_told_so(business: Business) -> None:
    with working(FilesystemWatcher(business.engine)):
        assert until(lambda: sight(business))
    assert json.loads(run(business, "status", "--json").stdout)["changes_noticed"] == "by events"


#: A process that takes a vault's events, says when it began, and says when some got lost.
TAKER = """
import pathlib, sys
from utils.vault import Vault
from watchers.vault_events import VaultEvents
events = VaultEvents(
    Vault(pathlib.Path(sys.argv[1])), lambda folder, name: None, lambda: print("lost", flush=True)
)
events.keep()
print(events.trouble or "begun", flush=True)
sys.stdin.read()
events.stop()
"""


def test_events_that_got_lost_are_noticed(business: Business) -> None:
    """The real queue runs over: its reader is frozen while more happens than the kernel keeps."""
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    with taker(business.engine.vault.root) as (process, said):
        assert until(lambda: said == ["begun"], seconds=30)
        process.send_signal(signal.SIGSTOP)
        try:
            flood(business.path(Folder.INBOX), limit)
        finally:
            process.send_signal(signal.SIGCONT)
        assert until(lambda: "lost" in said, seconds=60)


@contextmanager
def taker(vault: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Let another process take the events; yield it and the lines that it says."""
    command = [sys.executable, "-c", TAKER, str(vault)]
    said: list[str] = []
    with subprocess.Popen(
        command, cwd=PROJECT_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        lines = process.stdout
        reader = threading.Thread(target=lambda: said.extend(map(str.strip, lines)), daemon=True)
        reader.start()
        try:
            yield process, said
        finally:
            assert process.stdin
            process.stdin.close()
            reader.join(30)
            process.kill()


def flood(folder: Path, limit: int) -> None:
    """Make more events than the kernel keeps: two of each file's, so twice as many as it takes."""
    for number in range(limit):
        file = folder / f"{number % 2}.txt"
        file.touch()
        file.unlink()


@pytest.fixture
def limited() -> Callable[..., list[str]]:
    """Return a command line that runs another with limits of its own on watching."""
    unshare = shutil.which("unshare")
    probe = [unshare or "", "-Ur", "sh", "-c", "echo 0 > /proc/sys/user/max_inotify_instances"]
    if unshare is None or subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no user namespaces")

    def line(limit: str, value: int, *command: str) -> list[str]:
        script = f'echo {value} > /proc/sys/user/{limit}; exec "$0" "$@"'
        return [unshare, "-Ur", "sh", "-c", script, *command]

    return line


@pytest.mark.parametrize(
    ("limit", "value"),
    [("max_inotify_instances", 0), ("max_inotify_watches", 0), ("max_inotify_watches", 3)],
)
def test_without_watches_left_the_watcher_polls_says_why_and_keeps_its_promise(
    business: Business, limited: Callable[..., list[str]], limit: str, value: int
) -> None:
    command = limited(limit, value, sys.executable, "-m", "watchers.filesystem_watcher")
    watcher = subprocess.Popen(
        [*command, "--attached"],
        cwd=PROJECT_ROOT,
        env=environment(business),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert until(lambda: sight(business))
        assert sight(business).startswith("by polling: ")
        assert took(business) <= PROMISED_S
    finally:
        assert watcher.stdin
        watcher.stdin.close()
        assert watcher.wait(20) == 0
        assert watcher.stderr
        assert b"Traceback" not in watcher.stderr.read()
        watcher.stderr.close()


def test_an_observer_whose_thread_died_is_replaced_by_polling(business: Business) -> None:
    events = VaultEvents(business.engine.vault, lambda *_: None, lambda: None)
    events.keep()
    assert events.trouble == ""
    observer = events._observer  # noqa: SLF001 - what dies is the library's
    assert observer
    observer.stop()
    observer.join(10)
    events.keep()
    assert "ended" in events.trouble
    events.stop()


def test_a_folder_that_was_exchanged_is_not_watched_any_more_and_that_shows(
    business: Business,
) -> None:
    events = VaultEvents(business.engine.vault, lambda *_: None, lambda: None)
    events.keep()
    assert events.trouble == ""
    events._observer.unschedule_all()  # type: ignore[union-attr]  # noqa: SLF001 - the library's
    events.keep()
    assert "no watch is left" in events.trouble
    events.stop()
