from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client
from pretend_shop import GOOD, target, text_of

from utils.tools.arguments import ARGUMENTS_LIMIT

if TYPE_CHECKING:
    from pathlib import Path

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
