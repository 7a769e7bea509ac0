"""How quickly `status` answers, beside a Python that does nothing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from time import perf_counter
from typing import TYPE_CHECKING, Final

from benchmarks.bench import Bench, Limit, Line, Samples
from utils.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def measure(*, short: bool) -> dict[str, Samples]:
    """Start a bare Python and `status` in turn."""
    bare, status = [], []
    if short:
        # Its budget is time by the clock, which a short run does not judge.
        return {}
    with tempfile.TemporaryDirectory(prefix="status-") as home:
        environment = {"EMPLOYEE_HOME": home, "PATH": "/usr/bin:/bin", "COLUMNS": "80"}
        _took_s(["orchestrator.py", "run", "--once"], environment)
        for _ in range(20):
            bare.append(_took_s(["-c", "pass"], environment))
            status.append(_took_s(["orchestrator.py", "status"], environment))
    return {"status": Samples(status, bare)}


def _took_s(command: Sequence[str], environment: Mapping[str, str]) -> float:
    began = perf_counter()
    subprocess.run(
        [sys.executable, *command],
        cwd=PROJECT_ROOT,
        env=dict(environment),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return perf_counter() - began


BENCH: Final = Bench(
    name="status",
    measure=measure,
    lines=(
        Line(
            key="status",
            what="`status`, from the start to its end",
            floor="Python that does nothing",
            limit=Limit(most=0.3, by_clock=True),
        ),
    ),
)
