"""Takes in the words that an agent wrote for a briefing; the numbers stay those of code.

An agent may write only into ``Plans/``. Whatever stands there is checked against the audit's own
figures; one number that is not among them, and the page stays as code wrote it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.audit_generator import audit_of
from utils.ceo_briefing_generator import briefing_of
from utils.core.canonical import sha256_of
from utils.core.errors import NoteError
from utils.core.lifecycle import Folder
from utils.core.model import Entry
from utils.core.outside_text import one_line
from utils.times.weeks import last_whole_week
from utils.words.claims import Known, first_unproven
from utils.words.note import exchanged, read_words

if TYPE_CHECKING:
    from utils.assembly.ground import Ground
    from utils.core.model import Json
    from utils.times.weeks import Week

#: Who writes there: the only agent that is let into the vault.
AUTHOR: Final = "Claude"
#: How large a file of sources may be, in bytes.
_LARGEST: Final = 4_194_304


@dataclass(frozen=True, kw_only=True)
class BriefingWords:
    """Puts an agent's words on briefings.

    Args:
        ground: The home.
    """

    ground: Ground

    def take_in(self) -> None:
        """Put new words on the latest briefing, or answer why they were not taken.

        Raises:
            VaultMissingError: The vault is not there.
            JournalError: The journal cannot be kept.
            OSError: The disk did not take it.
        """
        week = last_whole_week(self.ground.clock(), self.ground.settings.zone)
        if self._has(Folder.PLANS, words_of(week)) and self._has(
            Folder.BRIEFINGS, f"{briefing_of(week)}.md"
        ):
            self._settle(week, again=False)

    def put_on(self, week: Week) -> None:
        """Put words on a briefing that was made a moment ago, where there are some.

        Raises:
            VaultMissingError: The vault is not there.
            JournalError: The journal cannot be kept.
            OSError: The disk did not take it.
        """
        if self._has(Folder.PLANS, words_of(week)):
            self._settle(week, again=True)

    def _has(self, folder: Folder, name: str) -> bool:
        return self.ground.vault.find(folder, name) is not None

    def _settle(self, week: Week, *, again: bool) -> None:
        """Deal with the note as it stands now, once unless asked again."""
        vault, bookmarks = self.ground.vault, self.ground.bookmarks
        why, text = "", ""
        try:
            text = vault.read(Folder.PLANS, words_of(week))
        except FileNotFoundError:
            return
        except NoteError as error:
            why = str(error)
        cursor, state = f"briefing words {week}", sha256_of(f"{text} {why}")
        if not again and bookmarks.cursor(cursor) == state:
            return
        why = why or self._try(week, text)
        self._answer(week, why)
        bookmarks.set_cursor(cursor, state)

    def _try(self, week: Week, text: str) -> str:
        """Put words on a page; return why that was not possible, or ""."""
        audit = audit_of(week)
        try:
            words = read_words(text)
            known = Known.of(self._sources(Folder.AUDITS, audit))
            if odd := first_unproven((*words.lines, *words.suggestions), known):
                return (
                    f"“{one_line(odd, 40)}” is not a number of {audit}.json. Use the figures as"
                    " they stand there, or leave the number out."
                )
            self._write(week, words.shown(AUTHOR, audit))
        except NoteError as error:
            return str(error)
        return ""

    def _write(self, week: Week, new: tuple[str, ...]) -> None:
        """Exchange the first lines, on the page and in the file of its sources.

        Raises:
            NoteError: The page or its sources are not as code wrote them.
        """
        vault, name = self.ground.vault, briefing_of(week)
        sources = self._sources(Folder.BRIEFINGS, name)
        page = vault.read(Folder.BRIEFINGS, f"{name}.md")
        known: list[list[str]] = sources.get("short", [])
        found = (exchanged(page, old, new) for old in reversed(known) if old)
        changed = next(filter(None, found), "")
        if not changed:
            raise NoteError("The first lines of the briefing were changed by hand, so they stay.")
        if list(new) not in known:
            known.append(list(new))
        proof = {"kind": "note", "where": audit_of(week), "link": audit_of(week)}
        sources["lines"] += [{"text": line, "proofs": [proof]} for line in new]
        # The sources first: after a power cut either version of the lines is found again.
        told = json.dumps(sources, ensure_ascii=False, indent=1, sort_keys=True)
        vault.write(Folder.BRIEFINGS, f"{name}.json", f"{told}\n")
        vault.write(Folder.BRIEFINGS, f"{name}.md", changed)

    def _sources(self, folder: Folder, name: str) -> Json:
        """Return the JSON beside a report.

        Raises:
            NoteError: It is not there, or not as code wrote it.
        """
        try:
            data = self.ground.vault.read_bytes(folder, f"{name}.json", limit_bytes=_LARGEST)
            found = json.loads(data)
        except FileNotFoundError as error:
            raise NoteError(f"There is no {name}.json to compare the numbers with.") from error
        except (ValueError, RecursionError) as error:
            raise NoteError(f"{name}.json cannot be read, so nothing can be compared.") from error
        if not isinstance(found, dict):
            raise NoteError(f"{name}.json cannot be read, so nothing can be compared.")
        return found

    def _answer(self, week: Week, why: str) -> None:
        """Say beside the words, and in the log, what came of them."""
        name = words_of(week)
        said = "Not taken in" if why else "Taken in"
        text = f"{why} Save the note again when it is mended." if why else "They are on the page."
        kind = "failure" if why else "success"
        page = f"# Words for {briefing_of(week)}\n\n> [!{kind}] {said}\n> {text}\n"
        self.ground.vault.write(Folder.PLANS, name.replace(".md", "-answer.md"), page)
        entry = Entry(
            action="briefing.words",
            actor="reports",
            parameters={"week": str(week), "note": f"{Folder.PLANS}/{name}"},
            result="refused" if why else "done",
            error=why,
        )
        self.ground.journal.record(entry)


def words_of(week: Week) -> str:
    """Return the file name of the note in which an agent words the briefing about a week."""
    return f"{briefing_of(week)}-words.md"
