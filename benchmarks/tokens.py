"""What the tools of all servers cost a model together, before it has read a word."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from typing import Any, Final

from benchmarks.bench import Bench, Limit, Line, Samples
from benchmarks.mcp_client import McpProcess
from utils.registry import scripts_of
from utils.settings import PROJECT_ROOT

_COUNT: Final = """
const {countTokens} = require('@anthropic-ai/tokenizer');
console.log(countTokens(require('fs').readFileSync(0, 'utf8')));
"""
_CHARACTERS_A_TOKEN: Final = 4


def measure(*, short: bool) -> dict[str, Samples]:  # noqa: ARG001 - there is nothing to leave out
    """List the tools of every server and count."""
    tools: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        for server in [
            stack.enter_context(McpProcess(script, {"EMPLOYEE_HOME": home}))
            for script in scripts_of(PROJECT_ROOT).values()
        ]:
            tools += server.tools()
    text = json.dumps(tools, separators=(",", ":"), ensure_ascii=False)
    counted = _counted(text)
    if counted is None:
        return {"tokens_by_length": Samples([len(text) / _CHARACTERS_A_TOKEN])}
    return {"tokens": Samples([counted])}


def _counted(text: str) -> float | None:
    """Return the number of tokens by the tokenizer, where Node finds one; else None."""
    node = shutil.which("node")
    if node is None:
        return None
    done = subprocess.run(
        [node, "-e", _COUNT],
        input=text,
        text=True,
        capture_output=True,
        check=False,
        cwd=PROJECT_ROOT,
    )
    return float(done.stdout) if done.returncode == 0 else None


#: What all lists of tools may cost together (specification: lighter than anything like it).
_MOST: Final = 6000


def _line(key: str, how: str) -> Line:
    return Line(
        key=key,
        what=f"tokens of all tools/list together, {how}",
        unit="tokens",
        limit=Limit(most=_MOST),
    )


BENCH: Final = Bench(
    name="tokens",
    measure=measure,
    lines=(
        _line("tokens", "by the npm package @anthropic-ai/tokenizer"),
        _line("tokens_by_length", "as characters ÷ 4"),
    ),
)
