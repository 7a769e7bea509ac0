"""Watching without waste: files that still change wait, and blind file systems are polled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from utils.io_optimizer import Settling, blind_reason, filesystem_of

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
MOUNTS = """\
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:50 / /mnt/c rw,noatime - 9p C:\\134 rw,aname=drvfs
31 22 0:51 / /home/anna/My\\040Drive rw - fuse.rclone remote: rw
32 22 0:52 / /srv/books rw - nfs4 nas:/books rw
33 32 8:2 / /srv/books/local rw - xfs /dev/sdb1 rw
34 22 0:53 / /srv/share rw - ext4 /dev/sdc1 rw
35 22 0:54 / /srv/share rw - cifs //nas/share rw
36 22 0:55 / /mnt/usb rw - fuseblk /dev/sdd1 rw
"""


def after(milliseconds: int) -> datetime:
    return NOW + timedelta(milliseconds=milliseconds)


def test_a_file_is_settled_once_it_looked_the_same_for_300_ms() -> None:
    settling = Settling()
    assert not settling.settled("x", 10, 1, now=after(0))
    assert not settling.settled("x", 10, 1, now=after(299))
    assert settling.settled("x", 10, 1, now=after(300))


@pytest.mark.parametrize("later", [(11, 1), (10, 2)])
def test_a_file_that_changes_waits_anew(later: tuple[int, int]) -> None:
    settling = Settling()
    assert not settling.settled("x", 10, 1, now=after(0))
    assert not settling.settled("x", *later, now=after(290))
    assert not settling.settled("x", *later, now=after(589))
    assert settling.settled("x", *later, now=after(590))


def test_files_do_not_wait_for_each_other() -> None:
    settling = Settling()
    settling.settled("x", 10, 1, now=after(0))
    settling.settled("y", 10, 1, now=after(200))
    assert settling.settled("x", 10, 1, now=after(300))
    assert not settling.settled("y", 10, 1, now=after(300))


def test_a_clock_that_was_set_back_keeps_no_file_waiting() -> None:
    settling = Settling()
    settling.settled("x", 10, 1, now=after(3_600_000))
    assert not settling.settled("x", 10, 1, now=after(0))
    assert settling.settled("x", 10, 1, now=after(300))


@pytest.mark.parametrize(
    ("path", "kind", "is_blind"),
    [
        ("/home/anna/Vault", "ext4", False),
        ("/mnt/c/Users/anna", "9p", True),
        ("/mnt/cellar", "ext4", False),
        ("/home/anna/My Drive/AI_Employee", "fuse.rclone", True),
        ("/srv/books/2026", "nfs4", True),
        ("/srv/books/local/x", "xfs", False),
        ("/srv/share/x", "cifs", True),
        ("/mnt/usb", "fuseblk", False),
    ],
)
def test_a_folder_on_a_foreign_drive_is_polled(path: str, kind: str, *, is_blind: bool) -> None:
    assert filesystem_of(Path(path), MOUNTS) == kind
    assert blind_reason(Path(path), MOUNTS).startswith(kind if is_blind else "")
    assert bool(blind_reason(Path(path), MOUNTS)) is is_blind


def test_this_machines_own_mounts_can_be_read() -> None:
    assert blind_reason(Path("/proc")) == ""


def test_a_place_that_no_mount_holds_is_not_trusted() -> None:
    assert blind_reason(Path("/x"), "32 22 0:52 / /srv rw - ext4 /dev/sda1 rw\n") != ""
