"""Whether a step costs more with years behind it: 100,000 finished notes, 1,000,000 Records.

The floor is the same step of a home with one in a hundred of them, in turn: a home that has as
much to do in a day, and has been at it for a hundredth of the time.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.bench import Bench, Line, Samples
from benchmarks.durable_step import timed
from benchmarks.homes import drag, finish_many, opened, record_many, submit_post
from utils.core.lifecycle import Folder
from utils.core.model import Entry
from utils.sandbox.linkedin import PretendLinkedIn

if TYPE_CHECKING:
    from utils.assembly.engine import Engine

_NOTES: Final = 100_000
_RECORDS: Final = 1_000_000
_SMALLER: Final = 100
_DAYS: Final = 1000
_ENTRY: Final = Entry(action="item", actor="watcher:gmail", result="taken in")


def measure(*, short: bool) -> dict[str, Samples]:
    """Approve, record and pass in the large home and in the small one, in turn."""
    share = 20 if short else 1
    with ExitStack() as stack:
        homes = [_lived(stack, _DAYS / share / less) for less in (1, _SMALLER)]
        took: dict[str, tuple[list[float], list[float]]] = {key: ([], []) for key in _STEPS}
        for number in range(10 if short else 150):
            for place, engine in enumerate(homes):
                for key, act in _STEPS.items():
                    took[key][place].append(timed(partial(act, engine, number)))
    return {key: Samples(large, small) for key, (large, small) in took.items()}


def _lived(stack: ExitStack, days: float) -> Engine:
    """Return a home that has been at work for so long."""
    linkedin = stack.enter_context(PretendLinkedIn())
    home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    engine = stack.enter_context(opened(home, linkedin.environment()))
    begun = datetime.now(UTC) - timedelta(days=days)
    records, notes = (round(whole * days / _DAYS) for whole in (_RECORDS, _NOTES))
    record_many(engine, records, begun=begun, step=timedelta(days=days) / records, rendered=True)
    finish_many(engine, submit_post(engine, -1), notes, begun=begun)
    engine.pass_once()
    return engine


def _approve(engine: Engine, number: int) -> None:
    """Take one post from the request to the filed note.

    Raises:
        TimeoutError: It does not get there.
    """
    post = submit_post(engine, number)
    drag(engine, post.note)
    filed = engine.vault.path(Folder.COMPLETED) / post.note
    for _ in range(20):
        engine.pass_once()
        if filed.exists():
            return
    raise TimeoutError(post.note)


def _record(engine: Engine, _number: int) -> None:
    engine.journal.record(_ENTRY)


def _pass(engine: Engine, _number: int) -> None:
    engine.pass_once()


_STEPS: Final = {"growth_approval": _approve, "growth_record": _record, "growth_pass": _pass}
_FLOOR: Final = "with 1 % of it"
BENCH: Final = Bench(
    name="growth",
    measure=measure,
    lines=(
        Line(
            key="growth_approval",
            what="100,000 notes, 1,000,000 Records: an approval, asked to filed",
            floor=_FLOOR,
            times=1.2,
        ),
        Line(key="growth_record", what="the same: a Record kept", floor=_FLOOR, times=1.2),
        Line(key="growth_pass", what="the same: an idle pass", floor=_FLOOR, times=1.2),
    ),
)
