"""How figures are told: the machine, quantiles, one table, one JSON file."""

from __future__ import annotations

import json
import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS: Final = Path(__file__).parent / "results"
_CPU: Final = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)


def machine() -> str:
    """Return what the figures were measured on: processor, cores, system, Python."""
    try:
        found = _CPU.search(Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    processor = found[1] if found else platform.machine()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    system = f"{platform.system()} {platform.release()}"
    return f"{processor}, {cores} cores, {system}, Python {platform.python_version()}"


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that a share (0 to 1) of all values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 1).__int__() - 1)]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, its columns aligned."""
    lines = [head, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    ruled = [tuple("-" * width for width in widths)]
    shown = [lines[0], *ruled, *lines[1:]]
    return "\n".join(
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in shown
    )


def keep(name: str, figures: dict[str, Any]) -> Path:
    """Write a run's figures to ``benchmarks/results``; return the file."""
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    path = RESULTS / f"{name}-{now:%Y%m%dT%H%M%SZ}.json"
    whole = {"benchmark": name, "at": now.isoformat(), "machine": machine()} | figures
    path.write_text(json.dumps(whole, indent=2) + "\n")
    return path
