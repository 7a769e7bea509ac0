"""The judge of every moment: what took place, held against what the owner had said by then.

He judges by what the pretend services did, by what lies on the disk and by what the owner's hand
did; the journal is one more witness, not the truth.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from benchmarks.fast_motion.wires import number_in
from utils.approval.decisions import MISSED_AFTER
from utils.core.lifecycle import VAULT, Folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from benchmarks.fast_motion.wires import Wires
    from benchmarks.fast_motion.wish import Wish
    from utils.assembly.engine import Engine
    from utils.sandbox.pretend_service import PretendService

HOLD_S: Final = 10
STAND_S: Final = 3
#: How long "not there" does not count after a lost answer, in seconds.
QUIET_S: Final = 30
#: How much may go out within a day, in pieces and in hundredths.
MAX_POSTS: Final = 4
MAX_CENTS: Final = 60_000
_INVOICE_CENTS: Final = 15_000
_DAY: Final = timedelta(days=1)
#: Kinds of effects to what they use up, with how much of it, and how much there is.
_KINDS: Final = {"invoice_created": ("money", _INVOICE_CENTS), "tweet": ("post", 1)}
LIMITS: Final = {"money": MAX_CENTS, "post": MAX_POSTS}


@dataclass(frozen=True)
class Sight:
    """When an effect was seen first."""

    #: By the wall clock.
    at: datetime
    lived_s: float


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
    #: Number of a wish to when what it brought about was seen first.
    seen: dict[int, Sight] = field(default_factory=dict)
    #: Since when each service was found to count as out, in lived seconds.
    out_since: dict[str, float] = field(default_factory=dict)
    #: The latest time that the wall clock has shown.
    latest: datetime | None = None

    def effects(self) -> Iterator[dict[str, Any]]:
        """Yield what really took place."""
        for service in self.services.values():
            yield from (row for row in service.ledger() if row["kind"] in _KINDS)

    def is_made(self, number: int) -> bool:
        """Return whether a wish has brought something about."""
        return any(number_of(effect) == number for effect in self.effects())

    def look(self, engine: Engine, now: datetime, lived_s: float) -> None:
        """Judge what the employee has just done.

        Args:
            engine: Whose journal is asked what it knows.
            now: The wall clock.
            lived_s: How much time has gone by.

        Raises:
            AssertionError: A promise does not hold; the sentence says which.
        """
        self.latest = max(self.latest or now, now)
        kinds: dict[int, str] = {}
        for effect in self.effects():
            number = number_of(effect)
            assert number not in kinds, f"{effect} was made twice"
            kinds[number] = effect["kind"]
            if number not in self.seen:
                self.seen[number] = Sight(now, lived_s)
                self._judge(engine, effect)
        self._check_caps(kinds)
        out = engine.ground.breakers.out()
        self.out_since = {name: self.out_since.get(name, lived_s) for name in out}

    def sent(self, numbers: Sequence[int], wires: Wires, lived_s: float) -> None:
        """Judge what has just left.

        Args:
            numbers: Of the wishes for which a call was made.
            wires: What has left so far.
            lived_s: How much time has gone by.

        Raises:
            AssertionError: Something was sent once more without a new yes.
        """
        for number in numbers:
            wish, left = self.wishes[number], wires.left[number]
            wish.sent_s = lived_s
            assert left <= wish.yeses, f"#{number} was sent {left} times for {wish.yeses} yes"

    # --- what took place -----------------------------------------------------------------------

    def _judge(self, engine: Engine, effect: dict[str, Any]) -> None:
        """Hold something that took place against what the owner had said."""
        number = number_of(effect)
        wish, sight = self.wishes.get(number), self.seen[number]
        assert wish, f"nobody asked for {effect}"
        told = f"{effect['kind']} #{number} took place"
        yes = wish.yes
        assert yes, f"{told}, although {wish.why_not}"
        _check_what_ran(effect, yes.text)
        held = sight.lived_s - yes.at_s
        assert held >= HOLD_S, f"{told} {held:.1f} s after the yes"
        stood = sight.lived_s - wish.touched_s
        assert stood >= HOLD_S + STAND_S, f"{told} {stood:.1f} s after the last word"
        runs_at = yes.runs_at
        assert runs_at is None or runs_at <= sight.at, f"{told} before its time"
        latest = runs_at + MISSED_AFTER if runs_at else yes.expires_at
        assert sight.at <= latest, f"{told} too late, at {sight.at} for {latest}"
        check_attempts(engine, wish)

    def _check_caps(self, kinds: Mapping[int, str]) -> None:
        """Look that no day, wherever it begins, holds more than it may."""
        for what, limit in LIMITS.items():
            of_kind = [number for number, kind in kinds.items() if _KINDS[kind][0] == what]
            for number in of_kind:
                since = self.seen[number].at
                day = [n for n in of_kind if since <= self.seen[n].at < since + _DAY]
                spent = sum(_KINDS[kinds[n]][1] for n in day)
                assert spent <= limit, f"{spent} of {limit} ({what}) within a day"

    def used(self, engine: Engine, kind: str, now: datetime) -> int:
        """Count by the Records what attempts that left have used up of a cap within a day."""
        used = 0
        for wish in self.wishes.values():
            of, amount = uses(wish.tool)
            lately = [
                record["result"]
                for record in engine.journal.records_of(wish.proposal_id)
                if of == kind and datetime.fromisoformat(record["timestamp"]) > now - _DAY
            ]
            used += amount * (lately.count("armed") - lately.count("waiting"))
        return used

    def check_log(self) -> None:
        """Look that every day's file is JSON.

        Raises:
            AssertionError: One is not.
        """
        for day in (self.home / "Vault/Logs").glob("*.json"):
            assert isinstance(json.loads(day.read_bytes()), list), f"{day.name} is torn"

    def path(self, folder: Folder) -> Path:
        """Return where a folder of the vault lies."""
        return self.home / VAULT / folder


def number_of(effect: dict[str, Any]) -> int:
    """Return the number of the wish that an effect belongs to, 0 where it carries none."""
    return number_in(json.dumps([effect["payload"], effect["reference"]], default=str))


def uses(tool: str) -> tuple[str, int]:
    """Return what a tool uses up of a cap, and how much."""
    return _KINDS["tweet" if "tweet" in tool else "invoice_created"]


def check_attempts(engine: Engine, wish: Wish) -> None:
    """Look that every attempt has its Record, and a yes or a certainty that the last never left.

    Raises:
        AssertionError: One has not.
    """
    results = [record["result"] for record in engine.journal.records_of(wish.proposal_id)]
    granted, sent = results.count("granted"), results.count("armed")
    name = f"{wish.proposal_id}: {', '.join(results)}"
    assert sent <= granted + results.count("waiting"), f"{name}: sent without a yes"
    assert granted <= wish.yeses, f"{name}: {wish.yeses} times somebody said yes"


def _check_what_ran(effect: dict[str, Any], wanted: str) -> None:
    """Look that what ran is what the note showed when somebody said yes."""
    if effect["kind"] == "invoice_created":
        total = Decimal(str(effect["payload"]["amount_total"]))
        assert total == Decimal("150.00"), f"{total} were invoiced"
    else:
        text = effect["payload"]["text"]
        assert text == wanted, f"“{text}” was posted, “{wanted}” was approved"
