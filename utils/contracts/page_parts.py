"""The parts that generated pages are made of: tables, fences, and kinds of values in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from utils.core.model import Json

#: How every generated file is renewed.
COMMAND: Final = "uv run python -m utils.contract_docs"
#: Stands on top of every generated page.
GENERATED: Final = f"Generated from the code; renew it with `{COMMAND}`.\n"
_KINDS: Final = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
}
#: The two keys of a limit in a schema, and what they count.
_LIMITS: Final = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", " characters"),
    ("minItems", "maxItems", " entries"),
)


def kind_of(part: Json) -> str:
    """Return what a value must be, in a few words."""
    if "anyOf" in part:
        others = (kind_of(other) for other in part["anyOf"] if other != {"type": "null"})
        return " or ".join(others)
    if "enum" in part:
        kind = ", ".join(f"`{json.dumps(value)}`" for value in part["enum"])
    elif part.get("type") == "array":
        kind = f"list of {kind_of(part['items'])}"
    else:
        kind = part.get("format") or _KINDS.get(part.get("type", ""), "any")
    limits = [_between(part.get(low), part.get(high), of) for low, high, of in _LIMITS]
    if part.get("default") not in (None, ""):
        limits.append(f"else `{json.dumps(part['default'])}`")
    return "; ".join(filter(None, (kind, *limits)))


def _between(low: float | None, high: float | None, of: str) -> str:
    """Return a limit in words, or "" where there is none."""
    if low is None and high is None:
        return ""
    if high is None:
        return f"at least {low}{of}"
    return f"at most {high}{of}" if low is None else f"{low} to {high}{of}"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    cells = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n"


def fenced(value: Any) -> str:
    """Return a JSON value as a block of code."""
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```\n"
