"""Checks of the vault: its folders, what was put into it, and notes that cannot be read."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from time import monotonic
from typing import TYPE_CHECKING, Final

from utils.core.errors import NoteError, VaultMissingError
from utils.core.lifecycle import DECISION_FOLDERS, Folder
from utils.core.notes import parse
from utils.doctor.finding import Finding, aside, look, wrong
from utils.file_utils import is_conflict_copy
from utils.io_optimizer import blind_reason
from utils.obsidian.listing import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.doctor.scene import Scene
    from utils.obsidian.listing import NoteFile

#: How many files of a kind are named.
_NAMED: Final = 5
#: How long notes are read, in seconds; a large vault is looked through by `run` anyhow.
_LONGEST_S: Final = 4.0
_INIT: Final = "Run `uv run orchestrator.py init`; it makes what is missing"


def check_folders(scene: Scene) -> Iterator[Finding]:
    """Whether the vault has every folder under its own name."""
    root = scene.settings.vault_dir
    if not root.is_dir():
        yield wrong(f"The vault {root} is not there", _INIT)
        return
    for folder in Folder:
        try:
            scene.vault.list(folder)
        except VaultMissingError:
            remedy = f"Give it its name {folder} again, or run `uv run orchestrator.py init`"
            yield wrong(f"The folder {folder} is missing in the vault, or is a link", remedy)


def check_strangers(scene: Scene) -> Iterator[Finding]:
    """Whether something lies in the vault that gives orders to agents, or passes for a folder."""
    try:
        strange = scene.vault.strangers()
    except VaultMissingError:
        return
    for name in strange[:_NAMED]:
        what = f"{name} does not belong into the vault: it may give orders to Claude Code"
        if name in {each.name for each in scene.settings.vault_dir.iterdir() if each.is_dir()}:
            what = f"{name} is not one of the vault's folders, but looks like it"
        yield wrong(what, f"Look at it, then move it away: '{scene.settings.vault_dir / name}'")


def check_twins(scene: Scene) -> Iterator[Finding]:
    """Whether names differ only in case or accents, which other machines take for one file."""
    for folder, entries in _listed(scene):
        alike: dict[str, list[str]] = defaultdict(list)
        for entry in entries:
            alike[unicodedata.normalize("NFC", entry.name).casefold()].append(entry.name)
        for names in [each for each in alike.values() if len(each) > 1][:_NAMED]:
            what = f"{folder} has names that differ in case only: {', '.join(names)}"
            yield look(what, "Rename one; on Windows and macOS one of them would vanish")


def check_conflicts(scene: Scene) -> Iterator[Finding]:
    """Whether a sync client left copies beside notes."""
    for folder, entries in _listed(scene):
        if folder is Folder.INBOX:
            continue
        copies = [entry.name for entry in entries if is_conflict_copy(entry.name)]
        for name in copies[:_NAMED]:
            what = f"{folder}/{name} is a copy that a sync client made"
            yield look(what, "Compare it with the note beside it, then delete it; it is never run")


def check_notes(scene: Scene) -> Iterator[Finding]:
    """Whether every note that waits for a decision can be read."""
    until = monotonic() + _LONGEST_S
    broken = 0
    for folder, entries in _listed(scene):
        notes = [entry for entry in entries if entry.kind is Kind.NOTE]
        for entry in notes if folder in DECISION_FOLDERS else ():
            if monotonic() > until:
                yield aside("There are too many notes to read them all now")
                return
            if broken < _NAMED and (why := _unreadable(scene, folder, entry.name)):
                broken += 1
                remedy = "Mend that line, or delete the note and ask again; it is not run"
                yield wrong(f"{folder}/{entry.name}: {why.rstrip('.')}", remedy)


def _unreadable(scene: Scene, folder: Folder, name: str) -> str:
    try:
        parse(scene.vault.read(folder, name))
    except FileNotFoundError:
        return ""
    except NoteError as error:
        return error.detail or str(error)
    return ""


def check_events(scene: Scene) -> Iterator[Finding]:
    """Whether changes in the vault are noticed at once."""
    root = scene.settings.vault_dir
    if not root.is_dir():
        return
    try:
        folders = (root, *(root / folder for folder in Folder))
        reason = blind_reason((path for path in folders if path.is_dir()), _mounts(scene))
    except OSError:
        return
    if reason:
        remedy = "Nothing is lost, it only takes longer; a folder of Linux's own is quicker"
        yield look(f"The vault lies on {reason}", remedy)


def _mounts(scene: Scene) -> str:
    return (scene.proc / "self" / "mountinfo").read_text(errors="surrogateescape")


def _listed(scene: Scene) -> Iterator[tuple[Folder, tuple[NoteFile, ...]]]:
    for folder in Folder:
        try:
            yield folder, scene.vault.list(folder)
        except VaultMissingError:
            continue
