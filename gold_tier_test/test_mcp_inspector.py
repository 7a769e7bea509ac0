"""The protocol's own inspector lists every tool of every server, and calls each."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from claude_code.program import installed

from utils.catalogue import Catalogue
from utils.core.operation import Effect, Operation
from utils.registry import scripts_of
from utils.sandbox.street import Street
from utils.settings import PROJECT_ROOT

#: The inspector wants a Node that many machines do not have; the package brings one.
PACKAGES = ("node@24", "@modelcontextprotocol/inspector@2.12.0")
SERVERS = scripts_of(PROJECT_ROOT)
CATALOGUE = Catalogue.load(PROJECT_ROOT)
TOOLS = [operation for service in CATALOGUE.services for operation in service.operations]
#: How the inspector ends where a tool answered with an error.
TOOL_ERROR = 5
LONGEST_S = 120
pytestmark = [pytest.mark.timeout(600)]


@cache
def inspector() -> Path:
    """Return the folder with the inspector and its Node; skipped where npm has none."""
    if shutil.which("npm") is None:
        pytest.skip(f"no npm to install {PACKAGES[1]} with")
    place = Path(tempfile.gettempdir()) / f"employee-tests-{os.getuid()}" / "inspector"
    return installed(place, "mcp-inspector", *PACKAGES).parent


@dataclass(frozen=True)
class Desk:
    """A home that the inspector's servers work for."""

    home: Path

    def ask(self, server: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Ask one server through the inspector, to the end."""
        command = [str(inspector() / "mcp-inspector"), "--cli", sys.executable]
        return subprocess.run(
            [*command, str(SERVERS[server]), *words, "-e", f"EMPLOYEE_HOME={self.home}"],
            env={
                "PATH": f"{inspector()}:{os.defpath}",
                "HOME": str(self.home),
                "MCP_INSPECTOR_SECRET_STORE": "memory",
            },
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )

    def call(self, tool: str, arguments: str) -> subprocess.CompletedProcess[str]:
        """Call one tool with JSON text for its arguments."""
        words = ("--method", "tools/call", "--tool-name", tool, "--tool-args-json", arguments)
        return self.ask(tool.partition("_")[0], *words)


@pytest.fixture(scope="module")
def street() -> Iterator[Street]:
    inspector()
    with Street() as street:
        yield street


@pytest.fixture
def desk(street: Street, tmp_path: Path) -> Desk:
    lines = [f"{name}={value}\n" for name, value in street.environment().items()]
    (tmp_path / ".env").write_text("".join(lines))
    return Desk(tmp_path)


def answered(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return the answer on stdout, which carries nothing else."""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_server_lists_every_tool_and_the_strict_judge_finds_no_fault(desk: Desk) -> None:
    for server in SERVERS:
        for era in ("modern", "legacy"):
            done = desk.ask(server, "--protocol-era", era, "--method", "tools/list", "--strict")
            assert done.returncode == 0, done.stderr
            listed = {tool["name"] for tool in answered(done)["tools"]}
            assert listed == {op.tool for op in TOOLS if op.tool.startswith(f"{server}_")}


def test_every_tool_answers_a_call(desk: Desk, street: Street) -> None:
    """With its own example, which is a preview for all that change something."""
    before = street.ledger()
    with ThreadPoolExecutor(2) as pool:
        calls = list(pool.map(lambda op: desk.call(op.tool, json.dumps(op.example)), TOOLS))
    for operation, done in zip(TOOLS, calls, strict=True):
        answer = answered(done)
        if operation.effect is Effect.READ:
            # What an example names need not exist in the pretend business.
            assert done.returncode in {0, TOOL_ERROR}, operation.tool
            assert answer["content"][0]["text"]
        else:
            assert done.returncode == 0, f"{operation.tool}: {done.stdout}"
            assert answer["structuredContent"]["status"] == "previewed"
    assert street.ledger() == before


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param("{}", id="a missing field"),
        pytest.param('{"text": 7}', id="a wrong type"),
        pytest.param('{"text": "Rye.", "live": true}', id="an unknown argument"),
        pytest.param('{"text": "Rye.", "dry_run": "false"}', id="a text for a boolean"),
        pytest.param(json.dumps({"text": "x" * 100_000}), id="a huge argument"),
    ],
)
def test_bad_arguments_are_answered_with_one_sentence(desk: Desk, arguments: str) -> None:
    done = desk.call("twitter_create_tweet", arguments)
    [told] = answered(done)["content"]
    assert done.returncode == TOOL_ERROR
    assert "Traceback" not in done.stdout + done.stderr
    assert 20 < len(told["text"]) < 600


def test_an_unknown_tool_is_named(desk: Desk) -> None:
    done = desk.call("odoo_grant", "{}")
    assert done.returncode == TOOL_ERROR
    assert "odoo_grant" in done.stdout + done.stderr


def test_examples_are_those_of_real_operations() -> None:
    """Guards this file: a tool without its Operation would be called with nothing."""
    assert len(TOOLS) >= 38
    assert all(issubclass(operation, Operation) for operation in TOOLS)
