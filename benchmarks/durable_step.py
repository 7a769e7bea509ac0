"""One durable step, a Proposal's change of state with its Record, beside a flushed raw write."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final

from benchmarks.bench import Bench, Line, Samples
from benchmarks.homes import opened, submit_post
from utils.core.lifecycle import State
from utils.core.model import Entry
from utils.sandbox.linkedin import PretendLinkedIn

if TYPE_CHECKING:
    from collections.abc import Callable

    from utils.assembly.engine import Engine
    from utils.core.model import Proposal

#: About what a step adds to the journal, in bytes: a page of the table, one of each index.
_BYTES: Final = 4096


def measure(*, short: bool) -> dict[str, Samples]:
    """Take a Proposal to and fro, and write as much raw, in turn."""
    steps, raw = [], []
    with ExitStack() as stack:
        linkedin = stack.enter_context(PretendLinkedIn())
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        engine = stack.enter_context(opened(home, linkedin.environment()))
        plain = stack.enter_context((home / "raw").open("wb", buffering=0))
        proposal = submit_post(engine, 0)
        for _ in range(60 if short else 500):
            steps.append(timed(lambda: _stepped(engine, proposal)))
            raw.append(timed(lambda: write_flushed(plain.fileno())))
    return {"step": Samples(steps, raw)}


def timed(act: Callable[[], object]) -> float:
    """Return how long something takes, in seconds."""
    began = perf_counter()
    act()
    return perf_counter() - began


def _stepped(engine: Engine, proposal: Proposal) -> None:
    """Keep that a Proposal still waits, and the Record that says so.

    Raises:
        RuntimeError: It does not wait any more.
    """
    entry = Entry(
        action=proposal.operation,
        actor="gate",
        parameters={"reference": "a step"},
        result="pending",
        approval_status="asked",
        proposal_id=proposal.id,
    )
    if not engine.journal.move(proposal, State.PENDING, entry):
        raise RuntimeError(proposal.id)


def write_flushed(file: int) -> None:
    """Write a page to a file and wait until the disk has it."""
    os.write(file, b"\0" * _BYTES)
    os.fdatasync(file)


BENCH: Final = Bench(
    name="step",
    measure=measure,
    lines=(
        Line(
            key="step",
            what="one durable step (journal and Record)",
            floor="write and fdatasync of 4 KiB",
            times=5,
        ),
    ),
)
