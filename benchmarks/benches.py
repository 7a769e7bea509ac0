"""The benchmarks there are, in the order of the table; the budgets stand at each one's lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks import (
    agent,
    approvals,
    audit,
    drag,
    durable_step,
    family,
    growth,
    mails,
    spawn,
    status,
    tokens,
    verify,
    warm_calls,
)

if TYPE_CHECKING:
    from benchmarks.bench import Bench

BENCHES: Final[tuple[Bench, ...]] = (
    drag.BENCH,
    durable_step.BENCH,
    approvals.BENCH,
    spawn.BENCH,
    warm_calls.BENCH,
    tokens.BENCH,
    audit.BENCH,
    verify.BENCH,
    mails.BENCH,
    family.BENCH,
    growth.BENCH,
    agent.BENCH,
    status.BENCH,
)
