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
_LIMITS: Final = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "from {} characters",
    "maxLength": "up to {} characters",
    "minItems": "at least {} entries",
    "maxItems": "up to {} entries",
}


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
    limits = [words.format(part[key]) for key, words in _LIMITS.items() if key in part]
    if part.get("default") not in (None, ""):
        limits.append(f"else `{json.dumps(part['default'])}`")
    return "; ".join([kind, *limits])


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    cells = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n"


def fenced(value: Any) -> str:
    """Return a JSON value as a block of code."""
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```\n"
