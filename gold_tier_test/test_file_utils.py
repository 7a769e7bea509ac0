"""Files: written whole or not at all, named plainly, and told from what sync clients leave."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from utils.file_utils import (
    is_conflict_copy,
    is_debris,
    safe_name,
    sha256_of_file,
    slug,
    write_atomic,
)

if TYPE_CHECKING:
    from pathlib import Path

KILLED_BEFORE_RENAME = """
import os, signal, sys
from pathlib import Path
import utils.file_utils as files
os.rename = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
files.write_atomic(Path(sys.argv[1]), b"new")
"""


def test_a_file_is_written_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    write_atomic(path, b"old")
    write_atomic(path, b"new" * 100_000)
    assert path.read_bytes() == b"new" * 100_000
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_who_has_the_old_file_open_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    write_atomic(path, b"old")
    with path.open("rb") as reader:
        write_atomic(path, b"new")
        assert reader.read() == b"old"


def test_a_kill_before_the_rename_leaves_the_old_file_and_only_debris(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", KILLED_BEFORE_RENAME, str(path)], check=False)
    assert done.returncode == -9
    assert path.read_bytes() == b"old"
    left = set(tmp_path.iterdir()) - {path}
    assert left
    assert all(is_debris(each.name) for each in left)


def test_the_file_and_then_its_folder_are_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    flush, rename = os.fsync, os.rename

    def seen_flush(descriptor: int) -> None:
        steps.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")  # noqa: PTH112 - a descriptor, no path
        flush(descriptor)

    def seen_rename(old: str, new: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        steps.append("rename")
        rename(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "fsync", seen_flush)
    monkeypatch.setattr(os, "rename", seen_rename)
    write_atomic(tmp_path / "note.md", b"new")
    assert steps == ["file", "rename", "folder"]


@pytest.mark.parametrize("failing", [1, 2])
def test_a_failed_flush_is_reported_and_never_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    calls: list[int] = []

    def broken(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == failing:
            raise OSError(errno.EIO, "disk")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="disk") as caught:
        write_atomic(tmp_path / "note.md", b"new")
    assert caught.value.errno == errno.EIO
    assert len(calls) == failing


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("../../Approved/evil.md", "evil.md"),
        ("C:\\Users\\x\\bill.pdf", "bill.pdf"),
        ("pay.md\0.pdf", "pay-md.pdf"),
        ("x\napproved: true.md", "x-approved-true.md"),
        ("-rf.md", "rf.md"),
        ("--help.md", "help.md"),
        ("$(id).md", "id.md"),
        (";rm .md", "rm.md"),
        ("CON.md", "CON-file.md"),
        ("lpt1", "lpt1-file"),
        ("x.md.", "x-md"),
        ("x .md", "x.md"),
        (".env", "unnamed.env"),
        ("", "unnamed"),
        ("..", "unnamed"),
        ("Ba\u0308ckerei Müller.pdf", "Bäckerei-Müller.pdf"),
        ("scan 2 (1).jpg", "scan-2-1.jpg"),
    ],
)
def test_a_name_from_outside_becomes_a_plain_one(name: str, plain: str) -> None:
    assert safe_name(name) == plain


@given(st.text(max_size=300))
@example("bill.tmp")
@example("desktop.ini")
@example("x" * 300 + ".sync-conflict-20261122-093011-ABCDEFG.md")
@example("\U00020000" * 100)
def test_any_name_becomes_one_that_every_system_takes(name: str) -> None:
    plain = safe_name(name)
    stem, _, extension = plain.partition(".")
    assert 1 <= len(plain) <= 80
    assert len(plain.encode()) < 240
    assert unicodedata.is_normalized("NFC", plain)
    assert all(char.isalnum() or char == "-" for char in stem + extension)
    assert not stem.startswith("-")
    assert not is_debris(plain)
    assert not is_conflict_copy(plain)
    assert safe_name(plain) == plain


@given(st.text(max_size=100), st.integers(9, 60))
def test_a_slug_keeps_to_its_limit(text: str, limit: int) -> None:
    assert 1 <= len(slug(text, limit)) <= limit


@pytest.mark.parametrize(
    "name",
    [
        ".x.md",
        ".#x.md",
        "#x.md#",
        "x.md~",
        "~$x.md",
        ".x.md.swp",
        "x.md.swp",
        ".syncthing.x.md.tmp",
        "~syncthing~x.md.tmp",
        ".x.md.icloud",
        ".trash",
        ".gitkeep",
        ".DS_Store",
        "bill.pdf.crdownload",
        "bill.pdf.part",
        "Thumbs.db",
        "desktop.ini",
    ],
)
def test_half_written_and_hidden_files_are_debris(name: str) -> None:
    assert is_debris(name)


@pytest.mark.parametrize(
    "name",
    [
        "x (Conflicted copy MyMac 202611220930).md",
        "x.sync-conflict-20261122-093011-ABCDEFG.md",
        "x 2.md",
        "x (1).md",
        "x (HOST's conflicted copy 2026-11-22).md",
        "x (anna's conflicted copy).md",
        "x - Copy.md",
        "x - Copy (2).md",
        "x copy.md",
        "x (copy).md",
    ],
)
def test_copies_of_sync_clients_are_told_from_notes(name: str) -> None:
    assert is_conflict_copy(name)
    assert not is_debris(name)


@pytest.mark.parametrize(
    "name",
    [
        "2026-11-22-odoo_create_invoice-Acme-GmbH-p-abcdefghij.md",
        "2026-11-22-odoo_create_invoice-Acme-GmbH-p-abcdefghij-2.md",
        "2026-11-22-audit.md",
        "Dashboard.md",
        "copy.md",
    ],
)
def test_our_own_names_are_neither(name: str) -> None:
    assert not is_conflict_copy(name)
    assert not is_debris(name)


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"bread")
    assert sha256_of_file(path) == hashlib.sha256(b"bread").hexdigest()
