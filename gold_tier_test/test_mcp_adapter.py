from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client
from pretend_shop import GOOD, SHOP, shop_desk, target, text_of

from utils.catalogue import Catalogue
from utils.core.operation import Effect
from utils.settings import PROJECT_ROOT
from utils.tools.answers import ANSWER_LIMIT, as_text
from utils.tools.schema import DESCRIPTION_LIMIT, DRY_RUN, input_schema, tool_of
from utils.tools.server import server_of

if TYPE_CHECKING:
    from pathlib import Path

    from utils.approval_gate import Gate
    from utils.core.operation import Operation

every_mode = pytest.mark.parametrize("mode", ["auto", "legacy"])
every_way = pytest.mark.parametrize("way", ["in process", "stdio"])


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
    # What MCP takes for granted where a hint is left out.
    hints = {"readOnlyHint": False, "destructiveHint": True} | hints
    is_read = operation.effect is Effect.READ
    assert hints["readOnlyHint"] is is_read
    assert is_read or hints["destructiveHint"] is (operation.effect is Effect.REMOVE)


def test_a_description_is_the_docstring_without_line_breaks_and_the_example() -> None:
    first, second, example = tool_of(SHOP.operations[0])["description"].split("\n")
    assert first == "Propose a draft invoice for a customer."
    assert second == "The owner approves it."
    assert json.loads(example.removeprefix("Example: ")) == GOOD


def test_a_schema_carries_no_titles_no_references_and_no_null_branches() -> None:
    text = json.dumps(input_schema(SHOP.operations[0]))
    for waste in ('"title"', "$ref", "$defs", "anyOf", "null"):
        assert waste not in text


# --- calls -----------------------------------------------------------------------------------


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


def test_what_a_screen_would_hide_is_spelled_out_for_the_model() -> None:
    said = as_text({"mail": "pay \u202e000,1 to A\u200bda \ud83d", "emoji": "👩‍👧", "name": "Zoë"})
    assert not {"\u202e", "\u200b", "\ud83d"} & set(said)
    assert json.loads(said)["mail"].startswith("pay ⟨U+202E⟩000,1")
    assert '"👩‍👧"' in said
    assert '"Zoë"' in said


async def test_a_service_that_is_not_set_up_names_what_is_missing(tmp_path: Path) -> None:
    desk = shop_desk(tmp_path, variables={})
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


def test_all_tools_together_leave_the_model_room_to_think() -> None:
    """6,000 tokens are allowed; at four characters each, as measured, that is 24,000."""
    services = Catalogue.load(PROJECT_ROOT).services
    tools = [tool_of(operation) for service in services for operation in service.operations]
    assert len(json.dumps(tools, separators=(",", ":"))) < 24_000


def test_every_tool_that_must_be_told_something_shows_an_example_that_fits() -> None:
    services = Catalogue.load(PROJECT_ROOT).services
    for operation in (op for service in services for op in service.operations):
        if input_schema(operation).get("required"):
            assert operation.example, operation.tool
            operation.model_validate_json(json.dumps(operation.example))


def test_descriptions_stay_below_what_clients_cut() -> None:
    services = Catalogue.load(PROJECT_ROOT).services
    operations = [operation for service in services for operation in service.operations]
    assert all(len(tool_of(op)["description"]) < DESCRIPTION_LIMIT for op in operations)
