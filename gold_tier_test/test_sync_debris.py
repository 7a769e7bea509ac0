"""What sync clients leave is held with a sentence, never run twice, and nothing is deleted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from conftest import Business
from daemon_bench import environment, run

from utils.core.lifecycle import Folder, State
from utils.core.model import Proposal
from utils.file_utils import is_conflict_copy, is_debris
from utils.system.plain_file import respell

COPIES = {
    "Obsidian Sync": "{stem} (Conflicted copy MyMac 202611220930).md",
    "Syncthing": "{stem}.sync-conflict-20261122-093011-ABCDEFG.md",
    "Dropbox": "{stem} (anna-laptop's conflicted copy 2026-11-22).md",
    "Dropbox, case": "{stem} (Case Conflict 1).md",
    "Dropbox, accents": "{stem} (Unicode Encoding Conflict).md",
    "Dropbox, German": "{stem} (In Konflikt stehende Kopie von anna 2026-11-22).md",
    "Nextcloud": "{stem} (conflicted copy 2026-11-22 093011).md",
    "ownCloud": "{stem}_conflict-20261122-093011.md",
    "Seafile": "{stem} (SFConflict anna@example.com 2026-11-22-09-30-11).md",
    "Resilio": "{stem}.Conflict.md",
    "pCloud": "{stem} [conflicted].md",
    "iCloud": "{stem} 2.md",
    "Google Drive": "{stem} (1).md",
    "Google Drive, copy": "Copy of {stem}.md",
    "OneDrive": "{stem}-DESKTOP-4711.md",
    "Finder": "{stem} copy.md",
    "Explorer": "{stem} - Copy (2).md",
    "Explorer, German": "{stem} - Kopie.md",
}
DEBRIS = (
    ".{name}.icloud",
    ".syncthing.{name}.tmp",
    "~syncthing~{name}.tmp",
    "{name}.!sync",
    "{name}.tmp.drivedownload",
    "{name}~",
    "~${name}",
    ".#{name}",
    "{name}.part",
)


def text_of(business: Business, proposal: Proposal) -> str:
    return business.text(Folder.PENDING, proposal.note)


def days(business: Business, passes: int = 5) -> None:
    """Let passes go by, each long enough for anything that waits."""
    for _ in range(passes):
        business.tick(seconds=20)


def everything(business: Business) -> list[str]:
    """The content of every file that the owner has."""
    return [path.read_text() for path in business.path(Folder.PENDING).parent.rglob("*.md")]


@pytest.mark.parametrize(
    ("program", "folder"),
    [
        *((program, Folder.APPROVED) for program in COPIES),
        *((program, Folder.PENDING) for program in ("Syncthing", "OneDrive", "Resilio")),
        *((program, Folder.REJECTED) for program in ("Syncthing", "OneDrive", "Resilio")),
    ],
)
def test_a_copy_is_held_with_a_sentence_and_the_note_itself_still_counts(
    business: Business, program: str, folder: Folder
) -> None:
    proposal = business.submit()
    text = text_of(business, proposal) + f"\nwords of {program}\n"
    name = COPIES[program].format(stem=proposal.note.removesuffix(".md"))
    business.path(folder, name).write_text(text)
    business.tick(seconds=5)
    assert business.effects() == []
    assert business.state(proposal) is State.PENDING
    assert "copy" in business.told()
    assert proposal.note in business.notes(Folder.PENDING)
    business.approve(proposal)
    days(business)
    assert len(business.effects()) == 1
    assert text in everything(business)


def test_every_copy_is_recognised_by_its_name_or_by_the_note_that_it_copies() -> None:
    unknown = [
        program
        for program, name in COPIES.items()
        if not is_conflict_copy(name.format(stem="2026-11-22-odoo_create_invoice-p-abcdefghij"))
    ]
    assert unknown == ["OneDrive"]


@pytest.mark.parametrize("pattern", DEBRIS)
def test_half_written_and_hidden_files_are_not_looked_at(business: Business, pattern: str) -> None:
    proposal = business.submit()
    name = pattern.replace("{name}", proposal.note)
    assert is_debris(name)
    business.path(Folder.APPROVED, name).write_text(text_of(business, proposal))
    business.tick(seconds=5)
    assert (business.effects(), business.told()) == ([], "")
    assert business.path(Folder.APPROVED, name).exists()


def accented(business: Business) -> Proposal:
    """A note whose name has an accent, which two systems write in two ways."""
    proposal = business.submit(customer="billing@acme.example", reference="PO-9")
    # The payee's name stands in the note's; the pretend books have none with an accent.
    name = proposal.note.replace("Acme", "Acmé")
    renamed = proposal.model_copy(update={"note": name})
    with business.engine.journal.database.step() as db:
        db.execute(
            "UPDATE proposals SET note=?, payload=json_set(payload, '$.note', ?) WHERE id=?",
            (name, name, proposal.id),
        )
    business.path(Folder.PENDING, proposal.note).rename(business.path(Folder.PENDING, name))
    return renamed


@pytest.mark.parametrize("folder", [Folder.PENDING, Folder.APPROVED])
@pytest.mark.parametrize("spelling", ["NFD", "upper"])
def test_a_note_that_came_back_in_another_spelling_is_that_note(
    business: Business, spelling: str, folder: Folder
) -> None:
    proposal = accented(business)
    other = (
        proposal.note.upper()
        if spelling == "upper"
        else unicodedata.normalize("NFD", proposal.note)
    )
    assert other != proposal.note
    business.path(Folder.PENDING, proposal.note).rename(business.path(folder, other))
    days(business)
    if folder is Folder.PENDING:
        assert business.state(proposal) is State.PENDING
        assert business.notes(Folder.PENDING) == [proposal.note]
        business.approve(proposal)
        days(business)
    assert business.state(proposal) is State.DONE
    assert len(business.effects()) == 1
    assert business.notes(Folder.APPROVED) == []


@pytest.mark.parametrize("spelling", ["NFD", "lower"])
def test_of_two_spellings_in_the_folders_only_the_registered_one_counts(
    business: Business, spelling: str
) -> None:
    proposal = accented(business)
    other = (
        proposal.note.lower()
        if spelling == "lower"
        else unicodedata.normalize("NFD", proposal.note)
    )
    text = text_of(business, proposal)
    business.path(Folder.APPROVED, other).write_text(text)
    days(business)
    assert (business.effects(), business.state(proposal)) == ([], State.PENDING)
    assert "copy" in business.told()
    business.approve(proposal)
    days(business)
    assert len(business.effects()) == 1


def test_a_note_of_which_only_a_copy_is_left_is_made_anew(business: Business) -> None:
    proposal = business.submit()
    note = business.path(Folder.PENDING, proposal.note)
    copy = note.with_name(f"{note.stem}.sync-conflict-20261122-093011-ABCDEFG.md")
    note.rename(copy)
    days(business)
    assert business.state(proposal) is State.PENDING
    assert "made anew" in text_of(business, proposal)
    assert copy.exists()
    business.approve(proposal)
    assert len(business.effects()) == 1


def test_a_note_that_comes_first_and_goes_minutes_later_runs_once(business: Business) -> None:
    """A phone that was offline: the copy in Approved arrives long before the other one goes."""
    proposal = business.submit()
    shutil.copy(
        business.path(Folder.PENDING, proposal.note), business.path(Folder.APPROVED, proposal.note)
    )
    days(business)
    assert len(business.effects()) == 1
    business.path(Folder.PENDING, proposal.note).unlink(missing_ok=True)
    days(business)
    assert len(business.effects()) == 1
    assert business.state(proposal) is State.DONE


def test_a_note_that_goes_first_and_comes_minutes_later_is_told_and_not_run(
    business: Business,
) -> None:
    proposal = business.submit()
    text = text_of(business, proposal)
    business.path(Folder.PENDING, proposal.note).unlink()
    days(business)
    business.path(Folder.APPROVED, proposal.note).write_text(text)
    days(business)
    assert business.effects() == []
    assert "had been gone for a while" in business.told()
    assert any(text == kept for kept in everything(business))


def test_a_finished_note_brought_back_again_and_again_runs_once_and_is_told_once(
    business: Business,
) -> None:
    proposal = business.submit()
    text = text_of(business, proposal)
    business.approve(proposal)
    for _ in range(10):
        for folder in (Folder.APPROVED, Folder.PENDING):
            business.path(folder, proposal.note).write_text(text)
        business.tick(minutes=2)
    assert len(business.effects()) == 1
    told = [name for name in business.notes(Folder.NEEDS_ACTION) if name.startswith("ALERT")]
    assert 1 <= len(told) <= 4
    assert proposal.note not in business.notes(Folder.APPROVED)


def test_a_note_moved_to_and_fro_within_its_hold_runs_only_after_a_yes_that_stands(
    business: Business,
) -> None:
    business.restart(HOLD_SECONDS="10")
    proposal = business.submit()
    for _ in range(6):
        business.drag(proposal.note)
        business.tick(seconds=3)
        business.drag(proposal.note, Folder.PENDING, out_of=Folder.APPROVED)
        business.tick(seconds=3)
    assert business.effects() == []
    business.drag(proposal.note)
    days(business)
    assert len(business.effects()) == 1


def test_folders_that_only_look_like_ours_are_told_once_and_never_read(business: Business) -> None:
    proposal = business.submit()
    vault = business.path(Folder.PENDING).parent
    for twin in ("approved", "Approved 2", "Аpproved"):
        (vault / twin).mkdir()
        (vault / twin / proposal.note).write_text(text_of(business, proposal))
    days(business)
    assert business.effects() == []
    assert "approved" in business.told()
    told = business.told()
    days(business)
    assert business.told() == told
    assert (vault / "approved" / proposal.note).exists()


def test_a_spelling_is_changed_and_never_over_another_file(tmp_path: Path) -> None:
    one, other = tmp_path / "NOTE.md", tmp_path / "third.md"
    one.write_text("x")
    other.write_text("y")
    descriptor = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        respell(descriptor, "NOTE.md", "note.md")
        assert (tmp_path / "note.md").read_text() == "x"
        with pytest.raises(FileExistsError):
            respell(descriptor, "note.md", "third.md")
    finally:
        os.close(descriptor)
    assert other.read_text() == "y"


# --- no vault ------------------------------------------------------------------------------------


def test_one_pass_without_a_vault_makes_one_and_says_where(
    tmp_path: Path, business: Business
) -> None:
    variables = environment(business) | {"EMPLOYEE_HOME": str(tmp_path / "new")}
    done = subprocess.run(
        [sys.executable, "orchestrator.py", "--once"],
        cwd=Path(__file__).parents[1],
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    [line, _] = done.stdout.splitlines()
    assert line == f"There was no vault, so a new one was made in {tmp_path / 'new/AI_Employee'}."


def test_one_pass_whose_vault_vanished_with_its_notes_says_so_in_one_sentence(
    business: Business,
) -> None:
    proposal = business.submit()
    shutil.move(business.home / "AI_Employee", business.home / "elsewhere")
    done = run(business, "--once")
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("The vault is not there")
    assert "Mount or restore" in line
    assert not (business.home / "AI_Employee").exists()
    assert business.state(proposal) is State.PENDING
