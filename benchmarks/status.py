"""How quickly `status` answers, beside a Python that does nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Final

from utils.settings import PROJECT_ROOT

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

#: What a person takes for at once, in milliseconds (issue: 300).
BUDGET_MS: Final = 300
_RESULTS: Final = Path(__file__).parent / "results" / "status.json"


def add_to(names: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the benchmark to the command line."""
    line = names.add_parser("status", help="how quickly `status` answers")
    line.add_argument("--runs", type=int, default=15, help="how often each is measured")
    line.set_defaults(measure=measure)


def measure(asked: argparse.Namespace) -> int:
    """Measure a bare Python, `--help` and `status` in turn; return 1 where it is too slow."""
    commands = {
        "bare python": ["-c", "pass"],
        "--help": ["orchestrator.py", "--help"],
        "status": ["orchestrator.py", "status"],
    }
    with tempfile.TemporaryDirectory(prefix="status-") as home:
        environment = {"EMPLOYEE_HOME": home, "PATH": "/usr/bin:/bin", "COLUMNS": "80"}
        _took_ms(["orchestrator.py", "run", "--once"], environment)
        took: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(asked.runs):
            for name, command in commands.items():
                took[name].append(_took_ms(command, environment))
    figures = {name: round(median(each), 1) for name, each in took.items()}
    for name, figure in figures.items():
        print(f"{name:<12} {figure:>8} ms")
    _RESULTS.parent.mkdir(exist_ok=True)
    _RESULTS.write_text(json.dumps({"runs": asked.runs, "median_ms": figures}, indent=2) + "\n")
    return 0 if figures["status"] <= BUDGET_MS else 1


def _took_ms(command: Sequence[str], environment: Mapping[str, str]) -> float:
    began = perf_counter()
    subprocess.run(
        [sys.executable, *command],
        cwd=PROJECT_ROOT,
        env=dict(environment),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return (perf_counter() - began) * 1000
