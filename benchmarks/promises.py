"""The judges of a life in fast motion: what must hold at every moment, and when all is calm.

They judge by what the pretend services did, by what lies on the disk and by what the owner's hand
did, each against the others; the journal is one more witness, not the truth.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from utils.core.lifecycle import (
    FINAL_STATES,
    OPEN_STATES,
    Folder,
    State,
    folder_of,
    may_step,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from utils.assembly.engine import Engine
    from utils.sandbox.pretend_service import PretendService
    from utils.storage.rows import Tracked

HOLD_S: Final = 10
#: How much may go out within a day, in pieces and in hundredths.
MAX_POSTS: Final = 4
MAX_CENTS: Final = 60_000
_INVOICE_CENTS: Final = 15_000
_DAY: Final = timedelta(days=1)
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
#: How a post or an invoice says which Proposal it belongs to.
_NUMBER: Final = re.compile(r"#(\d+)\b")
#: Kinds of effects to what they use up, with how much of it and how much there is.
_KINDS: Final = {"invoice_created": ("money", _INVOICE_CENTS), "tweet": ("post", 1)}
_LIMITS: Final = {"money": MAX_CENTS, "post": MAX_POSTS}
#: What a Record of a Proposal may say, to where the Proposal stands then.
_STATE_OF: Final = {str(state): state for state in State} | {"refused": State.REFUSED}


@dataclass
class Wish:
    """What was asked for, and what the owner's hand did with it."""

    proposal_id: str
    note: str
    tool: str
    #: The texts that stood in the note at a yes, of the owner or of the rule for planned posts.
    shown: set[str] = field(default_factory=set)
    #: Whether anybody who may has said yes.
    granted: bool = False
    #: When the yes that counts was given, in lived seconds.
    yes_at: float = 0.0
    #: Whether a no was the last word, before anything had left.
    refused: bool = False
    #: Whether a sync program had its hands in it, so that a no may not have been the owner's.
    copied: bool = False


@dataclass
class Promises:
    """Looks at a home, its services and what was wished for.

    Args:
        home: Of the employee.
        services: By their names.
        wishes: By the number that their effects carry.
        letters: The names of the files that were dropped in.
    """

    home: Path
    services: Mapping[str, PretendService]
    wishes: Mapping[int, Wish]
    letters: list[str]
    #: When each effect was seen first, by the wall clock.
    _seen: dict[int, datetime] = field(default_factory=dict)
    #: The latest time that the wall clock has shown.
    _latest: datetime = _BEGINNING

    def effects(self) -> Iterator[dict[str, Any]]:
        """Yield what really took place."""
        for service in self.services.values():
            yield from (row for row in service.ledger() if row["kind"] in _KINDS)

    # --- at every moment -----------------------------------------------------------------------

    def always(self, engine: Engine, now: datetime, lived_s: float) -> None:
        """Look at what must hold at every moment.

        Args:
            engine: Whose journal is asked what it knows.
            now: The wall clock.
            lived_s: How much time has gone by; it never goes back.

        Raises:
            AssertionError: It does not; the sentence says what.
        """
        self._latest = max(self._latest, now)
        effects = {number_of(effect): effect for effect in self.effects()}
        made = Counter(number_of(effect) for effect in self.effects())
        doubled = {number for number, count in made.items() if count > 1}
        assert not doubled, f"{doubled} were made twice"  # noqa: S101
        for number, effect in effects.items():
            wish = self.wishes.get(number)
            assert wish, f"nobody asked for {effect}"  # noqa: S101
            assert wish.granted, f"nobody said yes to {effect}"  # noqa: S101
            _check_what_ran(effect, wish)
            self._check_yes(engine, effect, wish)
            if number not in self._seen:
                self._seen[number] = now
                self._check_time(effect, wish, lived_s)
        self._check_caps(effects)
        for day in (self.home / "Vault/Logs").glob("*.json"):
            json.loads(day.read_bytes())

    def _check_yes(self, engine: Engine, effect: dict[str, Any], wish: Wish) -> None:
        results = [r["result"] for r in engine.journal.records_of(wish.proposal_id)]
        assert "armed" in results, f"{effect} is in no Record"  # noqa: S101
        sent = results.count("armed")
        yes = results.count("granted") + results.count("waiting")
        assert sent <= yes, f"{effect} was sent again without a yes"  # noqa: S101

    def _check_time(self, effect: dict[str, Any], wish: Wish, lived_s: float) -> None:
        held = lived_s - wish.yes_at
        assert held >= HOLD_S, f"{effect} went out {held:.1f} s after the yes"  # noqa: S101
        assert not wish.refused or wish.copied, f"{effect} went out after a no"  # noqa: S101

    def _check_caps(self, effects: Mapping[int, dict[str, Any]]) -> None:
        """Look that no day, wherever it begins, holds more than it may."""
        for kind, limit in _LIMITS.items():
            of_kind = [n for n, effect in effects.items() if _KINDS[effect["kind"]][0] == kind]
            for number in of_kind:
                since = self._seen[number]
                day = [n for n in of_kind if since <= self._seen[n] < since + _DAY]
                spent = sum(_KINDS[effects[n]["kind"]][1] for n in day)
                assert spent <= limit, f"{spent} of {limit} ({kind}) within a day"  # noqa: S101

    # --- when all is calm ----------------------------------------------------------------------

    def calm(self, engine: Engine, now: datetime, *, may_wait: bool = True) -> None:
        """Look at what must hold when every service was well for some minutes.

        Args:
            engine: Whose journal is asked.
            now: The wall clock.
            may_wait: Whether what is granted may still wait for its time or for room.

        Raises:
            AssertionError: It does not; the sentence says what.
        """
        everything = engine.journal.in_states(State)
        known = {tracked.proposal.id for tracked in everything}
        lost = {wish.proposal_id for wish in self.wishes.values()} - known
        assert not lost, f"{lost} are lost"  # noqa: S101
        done = Counter(self.wishes[number_of(effect)].proposal_id for effect in self.effects())
        for tracked in everything:
            name = f"{tracked.proposal.id} ({tracked.state})"
            is_done = tracked.state is State.DONE
            assert is_done == bool(done[tracked.proposal.id]), f"{name} is not so"  # noqa: S101
            rests = tracked.state in FINAL_STATES | OPEN_STATES
            waits = may_wait and self._may_wait(engine, tracked, now)
            assert rests or waits, f"{name} rests for ever"  # noqa: S101
            if tracked.state is State.EXPIRED:
                assert tracked.proposal.expires_at <= self._latest, f"{name} too early"  # noqa: S101
            life = _life(engine, tracked)
            if life != [State.REFUSED]:
                # What the gate refused at once was never a note.
                self._check_note(tracked)
        self._check_breakers(engine)
        self._check_letters()
        self._check_faults_of_ours()

    def _may_wait(self, engine: Engine, tracked: Tracked, now: datetime) -> bool:
        """Return whether what is granted waits for its time, or for room below a cap."""
        if tracked.state is not State.GRANTED:
            return False
        runs_at = tracked.proposal.runs_at
        if runs_at is not None and runs_at > now:
            return True
        kind, amount = _KINDS[
            "tweet" if "tweet" in tracked.proposal.operation else "invoice_created"
        ]
        return self._used(engine, kind, now) + amount > _LIMITS[kind]

    def _used(self, engine: Engine, kind: str, now: datetime) -> int:
        """Count by the Records what attempts that left have used up of a cap within a day."""
        used = 0
        for wish in self.wishes.values():
            of, amount = _KINDS["tweet" if "tweet" in wish.tool else "invoice_created"]
            lately = [
                record["result"]
                for record in engine.journal.records_of(wish.proposal_id)
                if of == kind and datetime.fromisoformat(record["timestamp"]) > now - _DAY
            ]
            used += amount * (lately.count("armed") - lately.count("waiting"))
        return used

    def _check_note(self, tracked: Tracked) -> None:
        """Look that the note lies where the owner looks for it, and nowhere else."""
        note, state = tracked.proposal.note, tracked.state
        places = [folder for folder in Folder if (self._path(folder) / note).exists()]
        if state is State.GRANTED and self._was_copied(tracked):
            # While it waits, the copy that a sync program left lies where it left it.
            places = [folder for folder in places if folder is not Folder.PENDING]
        wanted = {folder_of(state)} | ({Folder.REJECTED} if state is State.REFUSED else set())
        assert len(places) == 1, f"{note} ({state}) lies in {places}"  # noqa: S101
        assert places[0] in wanted, f"{note} ({state}) lies in {places}"  # noqa: S101
        words = (self._path(places[0]) / note).read_text()
        assert tracked.proposal.id in words, f"{note} does not say what it is"  # noqa: S101

    def _was_copied(self, tracked: Tracked) -> bool:
        wishes = self.wishes.values()
        return any(wish.copied for wish in wishes if wish.proposal_id == tracked.proposal.id)

    def _check_breakers(self, engine: Engine) -> None:
        """Look that no service counts as out that has done something since."""
        for service, breaker in engine.ground.breakers.out().items():
            for effect in self.effects():
                wish, at = self.wishes[number_of(effect)], self._seen[number_of(effect)]
                was_back = wish.tool.startswith(service) and at > (breaker.out_since or at)
                assert not was_back, f"{service} answered and counts as out"  # noqa: S101

    def _check_letters(self) -> None:
        notes = [path.read_text() for path in self._path(Folder.NEEDS_ACTION).glob("*.md")]
        for letter in self.letters:
            told = sum(f'subject: "{letter}"' in note for note in notes)
            assert told == 1, f"{letter} stands in {told} notes"  # noqa: S101
            assert not (self._path(Folder.INBOX) / letter).exists(), f"{letter} lies about"  # noqa: S101

    def _check_faults_of_ours(self) -> None:
        told = self._path(Folder.NEEDS_ACTION).glob("*.md")
        faults = [note.name for note in told if "internal fault" in note.read_text()]
        assert not faults, faults  # noqa: S101

    def _path(self, folder: Folder) -> Path:
        return self.home / "AI_Employee" / folder


def number_of(effect: dict[str, Any]) -> int:
    """Return the number of the wish that an effect belongs to, 0 where it carries none."""
    found = _NUMBER.search(json.dumps([effect["payload"], effect["reference"]], default=str))
    return int(found[1]) if found else 0


def _life(engine: Engine, tracked: Tracked) -> list[State]:
    """Return the life that a Proposal's Records tell, which must be whole and end as it stands."""
    results = [r["result"] for r in engine.journal.records_of(tracked.proposal.id)]
    told = [_STATE_OF[result] for result in results if result in _STATE_OF]
    name = f"{tracked.proposal.id}: {', '.join(results)}"
    assert told, f"{tracked.proposal.id} is in no Record"  # noqa: S101
    assert told[-1] is tracked.state, f"{name}, and it is {tracked.state}"  # noqa: S101
    for before, after in pairwise(told):
        assert before is after or may_step(before, after), f"{name}: a gap"  # noqa: S101
    assert told.count(State.ARMED) == tracked.attempts, f"{name}: attempts"  # noqa: S101
    return told


def _check_what_ran(effect: dict[str, Any], wish: Wish) -> None:
    """Look that what ran is what the note showed when somebody said yes."""
    if effect["kind"] == "invoice_created":
        total = Decimal(str(effect["payload"]["amount_total"]))
        assert total == Decimal("150.00"), f"{total} were invoiced"  # noqa: S101
    else:
        text = effect["payload"]["text"]
        assert text in wish.shown, f"{text} was not shown, but {wish.shown}"  # noqa: S101
