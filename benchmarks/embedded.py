"""The embedded default of this tree beside that of another one, such as of an earlier version.

Run as `python -m benchmarks.embedded OTHER`, where OTHER is a work tree with its own `.venv`. The
two take turns; processor time is compared, so that other programs matter little.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.report import machine, table
from utils.settings import PROJECT_ROOT

_TURNS: Final = 5
_PROBE: Final = Path(__file__).with_name("embedded_probe.py")
_WHAT: Final = {
    "imports": "imports, ms",
    "ask": "an invoice asked, ms",
    "approve": "an approval carried out, ms",
    "step": "one durable step, ms",
    "memory": "memory at most, MB",
}


def main(other: str) -> None:
    """Measure both and print the table."""
    trees = (Path(other).resolve(), PROJECT_ROOT)
    runs: dict[Path, list[dict[str, float]]] = {tree: [] for tree in trees}
    for _ in range(_TURNS):
        for tree in trees:
            runs[tree].append(_probed(tree))
    rows = [
        (told, *(_range([run[what] for run in runs[tree]]) for tree in trees))
        for what, told in _WHAT.items()
    ]
    print(f"The embedded default. {machine()}\n")
    print(table(("processor time", "the other tree", "this tree"), rows))


def _probed(tree: Path) -> dict[str, float]:
    command = [str(tree / ".venv/bin/python"), str(_PROBE)]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _range(values: list[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}"


if __name__ == "__main__":
    main(sys.argv[1])
