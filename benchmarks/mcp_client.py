"""The least of an MCP client: starts a server, asks, reads the answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from utils.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The server with one tool and nothing of ours.
BARE: Final = Path(__file__).with_name("bare_server.py")
_META: Final = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "benchmark", "version": "0"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
_PATIENCE_S: Final = 30.0


class McpProcess:
    """One server as a process, for the length of a ``with`` block."""

    def __init__(self, script: Path, variables: Mapping[str, str]) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, str(script)],
            cwd=PROJECT_ROOT,
            env=kept | dict(variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._asked = 0

    def __enter__(self) -> Self:
        """Return it, started."""
        return self

    def __exit__(self, *_: object) -> None:
        """End its input, and wait for its end."""
        process = self._process
        try:
            process.communicate(timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()

    def ask(self, method: str, **params: Any) -> None:
        """Send a request."""
        self._asked += 1
        whole = {"method": method, "params": {**params, "_meta": _META}}
        frame = {"jsonrpc": "2.0", "id": self._asked, **whole}
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        self._process.stdin.write(json.dumps(frame).encode() + b"\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Return the answer to what was asked last.

        Raises:
            RuntimeError: It was an error.
        """
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        answered = json.loads(self._process.stdout.readline())
        found: dict[str, Any] = answered.get("result", {})
        if answered.get("id") != self._asked or not found or found.get("isError"):
            raise RuntimeError(str(answered))
        return found

    def tools(self) -> list[dict[str, Any]]:
        """Return the tools it has."""
        self.ask("tools/list")
        tools: list[dict[str, Any]] = self.answer()["tools"]
        return tools

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool and return its result."""
        self.ask("tools/call", name=tool, arguments=arguments)
        return self.answer()
