"""From the start of an MCP server to its list of tools, beside a bare one on the same SDK."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from time import perf_counter
from typing import TYPE_CHECKING, Final

from benchmarks.bench import Bench, Line, Samples
from benchmarks.mcp_client import BARE, McpProcess
from utils.registry import scripts_of
from utils.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def measure(*, short: bool) -> dict[str, Samples]:
    """Start each server in turn, then all at once, each time beside as many bare ones."""
    scripts = list(scripts_of(PROJECT_ROOT).values())
    with tempfile.TemporaryDirectory() as home:
        variables = {"EMPLOYEE_HOME": home}
        # The first start of each compiles what it loads; it is not counted.
        _listed([*scripts, BARE], variables)
        one = [
            (_listed([script], variables), _listed([BARE], variables))
            for _ in range(1 if short else 5)
            for script in scripts
        ]
        together = [
            (_listed(scripts, variables), _listed([BARE] * len(scripts), variables))
            for _ in range(0 if short else 4)
        ]
    measured = {"spawn": one, "spawn_all": together}
    return {key: Samples(*zip(*pairs, strict=True)) for key, pairs in measured.items() if pairs}


def _listed(scripts: Sequence[Path], variables: Mapping[str, str]) -> float:
    """Return how long servers take together to start and list their tools, in seconds.

    Raises:
        RuntimeError: One of them has none.
    """
    with ExitStack() as stack:
        began = perf_counter()
        servers = [stack.enter_context(McpProcess(script, variables)) for script in scripts]
        for server in servers:
            server.ask("tools/list")
        for server in servers:
            if not server.answer()["tools"]:
                raise RuntimeError("a server has no tool")
        return perf_counter() - began


BENCH: Final = Bench(
    name="spawn",
    measure=measure,
    lines=(
        Line(
            key="spawn",
            what="MCP server: start → tools/list",
            floor="bare one-tool server",
            times=1.25,
        ),
        Line(
            key="spawn_all",
            what="all MCP servers at once → tools/list",
            floor="as many bare ones",
            times=1.25,
        ),
    ),
)
