from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from mcp import Client, StdioServerParameters

from utils.catalogue import Catalogue, Reaches
from utils.core.operation import Effect
from utils.desk import Desk
from utils.registry import declared
from utils.settings import load
from utils.tool_answers import ANSWER_LIMIT
from utils.tool_arguments import ARGUMENTS_LIMIT
from utils.tool_schema import DESCRIPTION_LIMIT, DRY_RUN, input_schema, tool_of
from utils.tool_server import server_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp.server import Server
    from mcp.types import CallToolResult

    from utils.approval_gate import Gate
    from utils.core.operation import Operation

SCRIPT = Path(__file__).parent / "shop-mcp" / "mcp_server_shop.py"
SHOP = declared("shop", SCRIPT)
VARIABLES = {"SHOP_URL": "http://127.0.0.1:9", "SHOP_API_KEY": "shop-secret-1"}
GOOD = {"customer": "Ada", "lines": [{"text": "Rye", "unit_price": "4.50"}]}
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

every_mode = pytest.mark.parametrize("mode", ["auto", "legacy"])
every_way = pytest.mark.parametrize("way", ["in process", "stdio"])


def no_gate() -> NoReturn:
    pytest.fail("something was submitted")


def shop_desk(home: Path, gate: Any = no_gate) -> Desk:
    settings = load(home, environment=VARIABLES, project_root=home)
    reaches = Reaches(settings)
    return Desk(catalogue=Catalogue((SHOP,)), reaches=reaches, settings=settings, gate=gate)


def target(way: str, home: Path) -> Server[Any] | StdioServerParameters:
    if way == "in process":
        desk = shop_desk(home)
        return server_of(SHOP, lambda: desk)
    env = VARIABLES | {"EMPLOYEE_HOME": str(home)}
    return StdioServerParameters(command=sys.executable, args=[str(SCRIPT)], env=env)


def text_of(result: CallToolResult) -> str:
    return "".join(getattr(part, "text", "") for part in result.content)


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


# --- what is listed -------------------------------------------------------------------------


@every_mode
@every_way
async def test_the_tools_are_the_operations_of_the_service(
    way: str, mode: Any, tmp_path: Path
) -> None:
    async with Client(target(way, tmp_path), mode=mode) as client:
        listed = (await client.list_tools()).tools
    shown = [tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in listed]
    assert shown == [tool_of(operation) for operation in SHOP.operations]


@pytest.mark.parametrize("operation", SHOP.operations)
def test_dry_run_stands_on_every_tool_but_reads_and_is_the_same_everywhere(
    operation: type[Operation],
) -> None:
    found = input_schema(operation)["properties"].get("dry_run")
    assert found == (None if operation.effect is Effect.READ else DRY_RUN)


def test_no_schema_names_the_type_of_dry_run_or_a_client_makes_a_value_of_the_text() -> None:
    assert "type" not in DRY_RUN
    assert DRY_RUN["default"] is True


@pytest.mark.parametrize("operation", SHOP.operations)
def test_only_taking_away_is_destructive_and_only_reading_is_read_only(
    operation: type[Operation],
) -> None:
    hints = tool_of(operation)["annotations"]
    assert hints["destructiveHint"] is (operation.effect is Effect.REMOVE)
    assert hints["readOnlyHint"] is (operation.effect is Effect.READ)


def test_a_description_is_the_docstring_without_line_breaks_and_the_example() -> None:
    first, second, example = tool_of(SHOP.operations[0])["description"].split("\n")
    assert first == "Propose a draft invoice for a customer."
    assert second == "The owner approves it."
    assert json.loads(example.removeprefix("Example: ")) == GOOD


def test_a_schema_carries_no_titles_no_references_and_no_null_branches() -> None:
    text = json.dumps(input_schema(SHOP.operations[0]))
    for waste in ('"title"', "$ref", "$defs", "anyOf", "null"):
        assert waste not in text


# --- strict arguments -----------------------------------------------------------------------

REFUSED: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("dry_run as text", GOOD | {"dry_run": "false"}, ("dry_run", "true or false")),
    ("dry_run as other text", GOOD | {"dry_run": "False"}, ("dry_run",)),
    ("dry_run as a number", GOOD | {"dry_run": 0}, ("dry_run",)),
    ("dry_run as null", GOOD | {"dry_run": None}, ("dry_run",)),
    ("dry_run in a list", GOOD | {"dry_run": [False]}, ("dry_run",)),
    ("another spelling", GOOD | {"dryRun": False}, ("dryRun", "customer, lines, memo")),
    ("a missing argument", {"customer": "Ada"}, ("lines is missing",)),
    (
        "an unknown name inside",
        {"customer": "Ada", "lines": [{"text": "Rye", "unit_price": "1", "price": "2"}]},
        ("no argument price in lines[0]", "text, unit_price"),
    ),
    (
        "an amount as a number",
        {"customer": "Ada", "lines": [{"text": "Rye", "unit_price": 4.5}]},
        ("lines[0].unit_price", "string"),
    ),
    (
        "three decimals",
        {"customer": "Ada", "lines": [{"text": "Rye", "unit_price": "4.505"}]},
        ("lines[0].unit_price", "at most two decimals"),
    ),
    ("a list as text", {"customer": "Ada", "lines": "[]"}, ("lines",)),
    ("a number for a name", GOOD | {"customer": 7}, ("customer",)),
    ("half a character", GOOD | {"customer": "\ud83d"}, ()),
    ("far too much", GOOD | {"memo": "x" * ARGUMENTS_LIMIT}, (str(ARGUMENTS_LIMIT),)),
]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize(
    ("arguments", "named"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
async def test_arguments_that_do_not_fit_are_refused_with_a_sentence(
    arguments: dict[str, Any], named: tuple[str, ...], mode: Any, tmp_path: Path
) -> None:
    async with Client(target("in process", tmp_path), mode=mode) as client:
        result = await client.call_tool("shop_create_invoice", arguments)
    assert result.is_error
    assert text_of(result).startswith("A value does not fit.")
    for name in named:
        assert name in text_of(result)


async def test_many_mistakes_are_named_a_few_at_a_time(tmp_path: Path) -> None:
    wrong = {f"argument_{number}": 1 for number in range(40)}
    async with Client(target("in process", tmp_path)) as client:
        result = await client.call_tool("shop_create_invoice", GOOD | wrong)
    assert "and 35 more" in text_of(result)


async def test_a_refusal_does_not_repeat_what_was_sent(tmp_path: Path) -> None:
    async with Client(target("in process", tmp_path)) as client:
        result = await client.call_tool("shop_create_invoice", GOOD | {"memo": ["a private word"]})
    assert "private" not in text_of(result)


async def test_a_read_has_no_dry_run(tmp_path: Path) -> None:
    async with Client(target("in process", tmp_path)) as client:
        result = await client.call_tool("shop_list_orders", {"dry_run": True})
    assert result.is_error
    assert "no argument dry_run" in text_of(result)


@every_mode
@every_way
async def test_only_a_real_false_submits(way: str, mode: Any, tmp_path: Path) -> None:
    async with Client(target(way, tmp_path), mode=mode) as client:
        for value in ("false", 0, None):
            result = await client.call_tool("shop_create_invoice", GOOD | {"dry_run": value})
            assert result.is_error
        result = await client.call_tool("shop_create_invoice", GOOD)
    assert result.structured_content
    assert result.structured_content["status"] == "previewed"


async def test_an_unknown_tool_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    async with Client(target("in process", tmp_path)) as client:
        result = await client.call_tool("shop_pay", {})
    assert result.is_error
    assert "shop_create_invoice" in text_of(result)


# --- answers --------------------------------------------------------------------------------


async def test_a_preview_shows_the_exact_request(tmp_path: Path) -> None:
    async with Client(target("in process", tmp_path)) as client:
        result = await client.call_tool("shop_create_invoice", GOOD | {"dry_run": True})
    assert result.structured_content
    assert result.structured_content["request"] == {
        "method": "POST",
        "url": "http://127.0.0.1:9/shop_create_invoice",
        "body": GOOD | {"key": "p_preview"},
    }
    assert result.structured_content["summary"] == "Invoice Ada for 1 lines"
    assert json.loads(text_of(result)) == result.structured_content


async def test_a_read_answers_with_json_text(tmp_path: Path) -> None:
    async with Client(target("in process", tmp_path)) as client:
        result = await client.call_tool("shop_list_orders", {"limit": 2})
    assert not result.is_error
    assert json.loads(text_of(result))["orders"] == ["order 0", "order 1"]


async def test_a_read_that_is_too_long_says_so(tmp_path: Path) -> None:
    async with Client(target("in process", tmp_path)) as client:
        result = await client.call_tool("shop_list_orders", {"limit": 50_000})
    assert result.is_error
    assert "ask for less" in text_of(result)


async def test_a_long_preview_still_fits(tmp_path: Path) -> None:
    async with Client(target("in process", tmp_path)) as client:
        result = await client.call_tool("shop_send_word", {"text": "x" * 60_000})
    assert not result.is_error
    assert len(text_of(result)) < ANSWER_LIMIT
    assert result.structured_content
    assert "left_out" in result.structured_content["request"]["body"]


async def test_a_service_that_is_not_set_up_names_what_is_missing(tmp_path: Path) -> None:
    settings = load(tmp_path, environment={}, project_root=tmp_path)
    desk = Desk(
        catalogue=Catalogue((SHOP,)), reaches=Reaches(settings), settings=settings, gate=no_gate
    )
    async with Client(server_of(SHOP, lambda: desk)) as client:
        result = await client.call_tool("shop_create_invoice", GOOD)
    assert result.is_error
    assert "SHOP_URL, SHOP_API_KEY" in text_of(result)


# --- what goes wrong ------------------------------------------------------------------------


@every_mode
@every_way
async def test_the_text_of_an_unforeseen_error_never_reaches_the_model(
    way: str, mode: Any, tmp_path: Path
) -> None:
    async with Client(target(way, tmp_path), mode=mode) as client:
        result = await client.call_tool("shop_break_down", {})
    assert result.is_error
    assert text_of(result).startswith("Internal error, see the log under ")
    assert "hunter2" not in result.model_dump_json()
    assert "Traceback" not in result.model_dump_json()


async def test_the_log_has_what_the_model_is_not_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Client(target("in process", tmp_path)) as client:
        result = await client.call_tool("shop_break_down", {})
    mark = text_of(result).split()[-1].rstrip(".")
    assert mark in caplog.text
    assert "hunter2" in caplog.text


async def test_a_secret_in_an_error_is_taken_out(tmp_path: Path) -> None:
    def locked() -> Gate:
        from utils.core.errors import RejectedError  # noqa: PLC0415 - only this test raises it

        raise RejectedError("GET http://x/?token=shop-secret-1 said no", service="shop")

    desk = shop_desk(tmp_path, locked)
    server = server_of(SHOP, lambda: desk, clean=lambda text: text.replace("shop-secret-1", "[…]"))
    async with Client(server) as client:
        result = await client.call_tool("shop_create_invoice", GOOD | {"dry_run": False})
    assert "[…] said no" in text_of(result)
    assert "Correct what the service names" in text_of(result)


# --- the process ----------------------------------------------------------------------------


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


def test_tools_are_listed_before_any_api_library_or_the_journal_is_loaded(tmp_path: Path) -> None:
    bare = loaded(talk(["-X", "importtime", "-c", BARE_SERVER], tmp_path, LIST)[1])
    ours = loaded(talk(["-X", "importtime", str(SCRIPT)], tmp_path, LIST)[1])
    assert "utils.tool_server" in ours
    added = {name.partition(".")[0] for name in ours - bare}
    heavy = {"httpx2", "requests", "tweepy", "facebook", "google", "sqlite3", "jinja2", "ruamel"}
    assert not added & heavy
    assert not {"utils.engine", "utils.journal", "utils.approval_gate", "utils.vault"} & ours
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


def test_descriptions_stay_below_what_clients_cut() -> None:
    assert all(len(tool_of(op)["description"]) < DESCRIPTION_LIMIT for op in SHOP.operations)
