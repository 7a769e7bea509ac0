"""The vault: read without tricks, written whole, never mistaken for empty."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sample_proposals import NOW

from utils.core.errors import NoteError, RefusedError, VaultMissingError
from utils.core.lifecycle import DECISION_FOLDERS, Folder
from utils.core.model import Grant
from utils.obsidian.folders import VERSION_MARK
from utils.obsidian.listing import Kind
from utils.system import plain_file
from utils.vault import TOP, Vault

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "2026-11-22-odoo_record_payment-Acme-p-abcdefghij.md"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    made = Vault(tmp_path / "AI_Employee")
    made.make()
    return made


def grant(by: str, how: str) -> Grant:
    return Grant.model_validate(
        {"proposal_id": "p-abcdefghij", "digest": "0" * 64, "by": by, "how": how, "given_at": NOW}
    )


def kinds(vault: Vault, folder: Folder) -> dict[str, Kind]:
    return {file.name: file.kind for file in vault.list(folder)}


# --- there or not there -------------------------------------------------------------------------


def test_a_new_vault_has_every_folder_and_can_be_made_again(vault: Vault) -> None:
    vault.write(Folder.PENDING, NAME, "text")
    vault.make()
    vault.check()
    assert {path.name for path in vault.root.iterdir()} == {*Folder, VERSION_MARK}
    assert vault.read(Folder.PENDING, NAME) == "text"


@pytest.mark.parametrize("folder", DECISION_FOLDERS)
@pytest.mark.parametrize("what", ["missing", "exchanged", "emptied", "linked", "a file"])
def test_a_vault_that_is_not_whole_is_not_mounted(vault: Vault, folder: Folder, what: str) -> None:
    place = vault.root / folder
    aside = vault.root.parent / "aside"
    if what == "emptied":
        (place / ".gitkeep").unlink()
    else:
        place.rename(aside)
    if what == "exchanged":
        shutil.copytree(aside, place)
    elif what == "linked":
        place.symlink_to(aside)
    elif what == "a file":
        place.write_text("")
    with pytest.raises(VaultMissingError):
        vault.check()
    if what != "emptied":
        with pytest.raises(VaultMissingError):
            vault.list(folder)
        with pytest.raises(VaultMissingError):
            vault.read(folder, NAME)


@pytest.mark.parametrize("what", ["missing", "empty"])
def test_a_vault_whose_drive_is_gone_is_not_mounted(vault: Vault, what: str) -> None:
    vault.root.rename(vault.root.parent / "aside")
    if what == "empty":
        vault.root.mkdir()
    with pytest.raises(VaultMissingError):
        vault.check()
    with pytest.raises(VaultMissingError):
        vault.holds(TOP, "STOP.md")


def test_a_vault_that_was_exchanged_as_a_whole_is_noticed(vault: Vault) -> None:
    vault.check()
    aside = vault.root.parent / "aside"
    vault.root.rename(aside)
    shutil.copytree(aside, vault.root)
    with pytest.raises(VaultMissingError):
        vault.check()


def test_the_vault_itself_may_be_reached_through_a_link(vault: Vault) -> None:
    link = vault.root.parent / "link"
    link.symlink_to(vault.root)
    Vault(link).check()


# --- what lies there ----------------------------------------------------------------------------


def test_a_listing_names_the_kind_of_everything_and_leaves_debris_out(vault: Vault) -> None:
    place = vault.root / Folder.PENDING
    for name in (NAME, "x.md~", ".x.md", "x (1).md", "scan.pdf"):
        (place / name).write_text("x")
    (place / "folder.md").mkdir()
    (place / "folder.md" / "deep.md").write_text("x")
    (place / "link.md").symlink_to(place / NAME)
    os.mkfifo(place / "pipe.md")
    (place / "one.md").write_text("x")
    os.link(place / "one.md", place / "two.md")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place / "socket.md"))
    assert kinds(vault, Folder.PENDING) == {
        NAME: Kind.NOTE,
        "scan.pdf": Kind.FILE,
        "x (1).md": Kind.CONFLICT,
        "folder.md": Kind.FOLDER,
        "link.md": Kind.SYMLINK,
        "pipe.md": Kind.SPECIAL,
        "socket.md": Kind.SPECIAL,
        "one.md": Kind.LINKED,
        "two.md": Kind.LINKED,
    }


def test_what_is_dropped_into_the_inbox_may_be_called_scan_2(vault: Vault) -> None:
    (vault.root / Folder.INBOX / "scan 2.pdf").write_text("x")
    assert kinds(vault, Folder.INBOX) == {"scan 2.pdf": Kind.FILE}


def test_one_entry_is_found_as_the_listing_shows_it(vault: Vault) -> None:
    vault.write(Folder.PENDING, NAME, "12345")
    assert vault.find(Folder.PENDING, NAME) == vault.list(Folder.PENDING)[0]
    assert vault.list(Folder.PENDING)[0].size == 5
    assert vault.find(Folder.PENDING, "other.md") is None


def test_a_drag_does_not_look_through_what_is_completed(vault: Vault) -> None:
    place = vault.root / Folder.COMPLETED
    for number in range(10_000):
        (place / f"{number}.md").touch()
    vault.write(Folder.PENDING, NAME, "text")
    started = time.perf_counter()
    vault.move(Folder.PENDING, NAME, Folder.COMPLETED)
    assert vault.holds(Folder.COMPLETED, NAME)
    assert time.perf_counter() - started < 0.1


# --- reading ------------------------------------------------------------------------------------


def plant(place: Path, what: str) -> None:
    target = place.parent / "target.md"
    target.write_text("secret")
    if what == "symlink":
        (place / NAME).symlink_to(target)
    elif what == "hard link":
        os.link(target, place / NAME)
    elif what == "folder":
        (place / NAME).mkdir()
    elif what == "pipe":
        os.mkfifo(place / NAME)
    elif what == "10 GB":
        with (place / NAME).open("wb") as file:
            file.truncate(10 << 30)
    else:
        (place / NAME).write_bytes(b"\xff\xfe\x00 not UTF-8")


TRICKS = {
    "symlink": "link to another file",
    "hard link": "second name",
    "folder": "a folder",
    "pipe": "not a plain file",
    "10 GB": "too large",
    "bytes": "UTF-8",
}


@pytest.mark.parametrize("kernel", ["with openat2", "without openat2"])
@pytest.mark.parametrize("what", TRICKS)
def test_only_a_small_plain_note_is_read(
    vault: Vault, what: str, kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_file, "_LINUX", kernel == "with openat2")
    plant(vault.root / Folder.APPROVED, what)
    started = time.perf_counter()
    with pytest.raises(NoteError, match=TRICKS[what]) as caught:
        vault.read(Folder.APPROVED, NAME)
    assert caught.value.path == f"Approved/{NAME}"
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("kernel", ["with openat2", "without openat2"])
def test_a_plain_note_is_read(vault: Vault, kernel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_file, "_LINUX", kernel == "with openat2")
    vault.write(Folder.PENDING, NAME, "Bäckerei")
    assert vault.read(Folder.PENDING, NAME) == "Bäckerei"


@pytest.mark.parametrize(
    "name", ["../Pending_Approval/x.md", "/etc/hostname", "sub/x.md", "..", ".", "", "x\0.md"]
)
def test_no_name_leads_out_of_its_folder(vault: Vault, name: str) -> None:
    (vault.root / Folder.PENDING / "x.md").write_text("x")
    for step in (
        lambda: vault.read(Folder.APPROVED, name),
        lambda: vault.write(Folder.PENDING, name, "x"),
        lambda: vault.move(Folder.PENDING, name, Folder.COMPLETED),
        lambda: vault.move(Folder.PENDING, "x.md", Folder.COMPLETED, f"../{name}"),
        lambda: vault.remove(Folder.PENDING, name),
        lambda: vault.holds(Folder.PENDING, name),
    ):
        with pytest.raises(NoteError):
            step()
    assert (vault.root / Folder.PENDING / "x.md").read_text() == "x"


def test_a_note_that_is_gone_is_gone(vault: Vault) -> None:
    with pytest.raises(FileNotFoundError):
        vault.read(Folder.PENDING, NAME)


@pytest.fixture
def as_somebody() -> Iterator[None]:
    """Run without the right to read everything, also where the tests run as root."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    yield
    if is_root:
        os.seteuid(0)


def test_a_note_that_may_not_be_opened_is_said_to_be(as_somebody: None) -> None:
    del as_somebody
    with tempfile.TemporaryDirectory() as place:
        vault = Vault(Path(place))
        vault.make()
        vault.write(Folder.PENDING, NAME, "text")
        (vault.root / Folder.PENDING / NAME).chmod(0)
        with pytest.raises(NoteError, match="may not be opened"):
            vault.read(Folder.PENDING, NAME)


def test_a_dropped_file_is_read_up_to_the_limit_asked_for(vault: Vault) -> None:
    (vault.root / Folder.INBOX / "bill.pdf").write_bytes(b"%PDF" * 100)
    assert vault.read_bytes(Folder.INBOX, "bill.pdf", limit_bytes=400) == b"%PDF" * 100
    with pytest.raises(NoteError, match="too large"):
        vault.read_bytes(Folder.INBOX, "bill.pdf", limit_bytes=399)


# --- writing and moving -------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [Folder.APPROVED, Folder.REJECTED])
def test_nothing_is_written_where_only_the_owner_decides(vault: Vault, folder: Folder) -> None:
    with pytest.raises(RefusedError):
        vault.write(folder, NAME, "text")
    assert vault.list(folder) == ()


def test_nothing_is_moved_into_approved(vault: Vault) -> None:
    vault.write(Folder.PENDING, NAME, "text")
    with pytest.raises(RefusedError):
        vault.move(Folder.PENDING, NAME, Folder.APPROVED)
    assert vault.list(Folder.APPROVED) == ()
    assert vault.read(Folder.PENDING, NAME) == "text"


@pytest.mark.parametrize(
    ("by", "how", "parked"),
    [("policy", "scheduled_post", True), ("owner", "checkbox", True), ("owner", "drag", False)],
)
def test_only_a_grant_that_moved_no_note_parks_one(
    vault: Vault, by: str, how: str, *, parked: bool
) -> None:
    if parked:
        vault.park(grant(by, how), NAME, "text")
    else:
        with pytest.raises(RefusedError):
            vault.park(grant(by, how), NAME, "text")
    assert vault.holds(Folder.APPROVED, NAME) is parked


@pytest.mark.parametrize("kernel", ["with renameat2", "without renameat2"])
@pytest.mark.parametrize("what", ["note", "folder"])
def test_a_move_never_covers_what_is_there(
    vault: Vault, kernel: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_file, "_LINUX", kernel == "with renameat2")
    for text in ("first", "second", "third"):
        place = vault.root / Folder.PENDING / NAME
        if what == "folder":
            place.mkdir()
            (place / text).touch()
        else:
            place.write_text(text)
        vault.move(Folder.PENDING, NAME, Folder.COMPLETED)
    stem = NAME.removesuffix(".md")
    names = [NAME, f"{stem}-2.md", f"{stem}-3.md"]
    found = [vault.root / Folder.COMPLETED / name for name in names]
    if what == "folder":
        assert [os.fspath(next(each.iterdir()).name) for each in found] == [
            "first",
            "second",
            "third",
        ]
    else:
        assert [each.read_text() for each in found] == ["first", "second", "third"]
        assert set(kinds(vault, Folder.COMPLETED).values()) == {Kind.NOTE}
    assert vault.list(Folder.PENDING) == ()


def test_a_move_may_give_a_new_name_and_says_which(vault: Vault) -> None:
    vault.write(Folder.PENDING, NAME, "text")
    assert vault.move(Folder.PENDING, NAME, Folder.COMPLETED, "other.md") == "other.md"
    assert vault.read(Folder.COMPLETED, "other.md") == "text"


@pytest.mark.parametrize("kernel", ["with renameat2", "without renameat2"])
def test_moving_what_is_gone_leaves_nothing_behind(
    vault: Vault, kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_file, "_LINUX", kernel == "with renameat2")
    with pytest.raises(FileNotFoundError):
        vault.move(Folder.PENDING, NAME, Folder.COMPLETED)
    assert vault.list(Folder.COMPLETED) == ()


def test_writing_over_a_planted_link_leaves_its_target_alone(vault: Vault) -> None:
    target = vault.root.parent / "target"
    target.write_text("mine")
    (vault.root / Folder.PENDING / NAME).symlink_to(target)
    vault.write(Folder.PENDING, NAME, "text")
    assert target.read_text() == "mine"
    assert vault.read(Folder.PENDING, NAME) == "text"


def test_a_text_with_half_a_character_is_not_written(vault: Vault) -> None:
    with pytest.raises(NoteError):
        vault.write(Folder.PENDING, NAME, "\ud83d")


def test_a_page_at_the_top_is_written_read_and_removed(vault: Vault) -> None:
    assert not vault.holds(TOP, "STOP.md")
    vault.write(TOP, "STOP.md", "stop")
    assert vault.holds(TOP, "STOP.md")
    assert vault.read(TOP, "STOP.md") == "stop"
    vault.remove(TOP, "STOP.md")
    vault.remove(TOP, "STOP.md")
    assert not vault.holds(TOP, "STOP.md")


# --- strangers ----------------------------------------------------------------------------------


def test_a_vault_of_its_own_has_no_strangers(vault: Vault) -> None:
    vault.write(TOP, "Dashboard.md", "x")
    (vault.root / ".obsidian").mkdir()
    (vault.root / "Suppliers").mkdir()
    assert vault.strangers() == ()


@pytest.mark.parametrize(
    "name",
    [
        "approved",
        "APPROVED",
        "Approved ",
        "\u0410pproved",
        "Appr\u043eved",
        "Approved.",
        "pending approval",
    ],
)
def test_a_folder_that_looks_like_one_of_ours_is_a_stranger(vault: Vault, name: str) -> None:
    (vault.root / name).mkdir()
    (vault.root / name / NAME).write_text("x")
    assert vault.strangers() == (name,)
    assert vault.list(Folder.APPROVED) == ()


@pytest.mark.parametrize("name", ["CLAUDE.md", "claude.md", ".mcp.json", ".claude", "AGENTS.md"])
def test_orders_to_an_agent_are_strangers(vault: Vault, name: str) -> None:
    (vault.root / name).write_text("x")
    assert vault.strangers() == (name,)


def test_orders_to_an_agent_inside_a_folder_are_strangers(vault: Vault) -> None:
    (vault.root / Folder.NEEDS_ACTION / "CLAUDE.md").write_text("x")
    (vault.root / Folder.APPROVED / ".claude").mkdir()
    assert vault.strangers() == ("Approved/.claude", "Needs_Action/CLAUDE.md")


def test_names_that_only_differ_in_composition_are_two_entries(vault: Vault) -> None:
    for name in ("B\u00e4cker.md", "Ba\u0308cker.md"):
        (vault.root / Folder.APPROVED / name).touch()
    assert len(vault.list(Folder.APPROVED)) == 2
