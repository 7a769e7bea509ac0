from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from pretend_shop import SCRIPT, SHOP, VARIABLES

from utils.registry import REGISTRY, scripts_of
from utils.sandbox.odoo import PretendOdoo
from utils.settings import PROJECT_ROOT
from utils.tools.schema import tool_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: The pretend shop's script and those of the project's own services.
SCRIPTS = [SCRIPT]
if (PROJECT_ROOT / REGISTRY).exists():
    SCRIPTS += scripts_of(PROJECT_ROOT).values()
BARE_SERVER = """
import anyio
from mcp.server import Server
from mcp.server.stdio import stdio_server
from mcp.types import ListToolsResult
async def tools(context, params):
    return ListToolsResult(tools=[])
async def main():
    server = Server("bare", on_list_tools=tools)
    async with stdio_server() as (reader, writer):
        await server.run(reader, writer, server.create_initialization_options())
anyio.run(main)
"""
ENVELOPE = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "probe", "version": "0"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


def talk(
    command: list[str], home: Path, *requests: Mapping[str, Any]
) -> tuple[list[Any], str, int]:
    """Send requests one after another; return the answers, stderr and the exit status."""
    env = os.environ | VARIABLES | {"EMPLOYEE_HOME": str(home)}
    answers = []
    with subprocess.Popen(
        [sys.executable, *command],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        for number, request in enumerate(requests):
            params = dict(request["params"]) | {"_meta": ENVELOPE}
            frame = {"jsonrpc": "2.0", "id": number, "method": request["method"], "params": params}
            process.stdin.write(json.dumps(frame) + "\n")
            process.stdin.flush()
            answers.append(json.loads(process.stdout.readline()))
        process.stdin.close()
        answers += [json.loads(line) for line in process.stdout]
        told = process.stderr.read()
    return answers, told, process.returncode


LIST = {"method": "tools/list", "params": {}}


def call(tool: str, **arguments: object) -> dict[str, Any]:
    return {"method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def test_a_print_inside_an_operation_does_not_reach_the_wire(tmp_path: Path) -> None:
    answers, told, status = talk([str(SCRIPT)], tmp_path, LIST, call("shop_list_orders", limit=1))
    assert [answer["id"] for answer in answers] == [0, 1]
    assert "order 0" in answers[1]["result"]["content"][0]["text"]
    assert "orders are being counted" in told
    assert status == 0


def loaded(told: str) -> set[str]:
    """Return the modules that Python's ``-X importtime`` named."""
    lines = [line for line in told.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_tools_are_listed_before_any_api_library_or_the_journal_is_loaded(
    script: Path, tmp_path: Path
) -> None:
    bare = loaded(talk(["-X", "importtime", "-c", BARE_SERVER], tmp_path, LIST)[1])
    ours = loaded(talk(["-X", "importtime", str(script)], tmp_path, LIST)[1])
    assert "utils.tools.server" in ours
    added = {name.partition(".")[0] for name in ours - bare}
    heavy = {"httpx2", "requests", "tweepy", "facebook", "google", "sqlite3", "jinja2", "ruamel"}
    assert not added & heavy
    assert (
        not {"utils.assembly.own_desk", "utils.journal", "utils.approval_gate", "utils.vault"}
        & ours
    )
    assert not list(tmp_path.iterdir())


def test_the_schema_is_printed_without_any_setting(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--schema"],
        env={"PATH": os.environ["PATH"], "EMPLOYEE_HOME": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == [tool_of(operation) for operation in SHOP.operations]


@pytest.mark.parametrize(
    ("variables", "status", "said"),
    [(VARIABLES, 0, "Ada's shop at http://127.0.0.1:9"), ({}, 1, "SHOP_URL, SHOP_API_KEY")],
)
def test_the_connection_test_says_whom_it_reaches_or_why_not(
    variables: dict[str, str], status: int, said: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--test"],
        env={"PATH": os.environ["PATH"], "EMPLOYEE_HOME": str(tmp_path)} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    assert said in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


async def test_a_call_that_is_given_up_leaves_the_server_ready(tmp_path: Path) -> None:
    with PretendOdoo() as odoo:
        lines = [f"{name}={value}\n" for name, value in odoo.environment().items()]
        (tmp_path / ".env").write_text("".join(lines))
        odoo.fault("slow", path="/", times=1, seconds=5)
        script = str(scripts_of(PROJECT_ROOT)["odoo"])
        home = {"EMPLOYEE_HOME": str(tmp_path)}
        server = StdioServerParameters(command=sys.executable, args=[script], env=home)
        async with Client(server) as client:
            with anyio.move_on_after(0.5) as patience:
                await client.call_tool("odoo_list_invoices", {"limit": 1})
            answer = await client.call_tool("odoo_list_overdue", {"limit": 1})
    assert patience.cancelled_caught
    assert not answer.is_error
