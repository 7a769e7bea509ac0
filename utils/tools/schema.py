"""An Operation as an MCP tool: name, description, arguments and hints, as plain JSON.

Every word of it is paid for in the model's context (docs/decisions/0019), so it says what a model
needs to fill the arguments in; titles, ``$defs`` and null branches tell it nothing, and limits are
told by the sentence that refuses what exceeds them.
"""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any, Final

from utils.core.errors import ConfigurationError
from utils.core.operation import Effect, Operation

if TYPE_CHECKING:
    from pydantic import BaseModel

    from utils.core.model import Json

#: A client cuts a tool's description behind this many characters.
DESCRIPTION_LIMIT: Final = 4096
#: The one argument that every tool but a read has. It names no type: a client that knows the type
#: turns the text "false" into the value before it can be refused here.
DRY_RUN: Final[Json] = {
    "enum": [True, False],
    "default": True,
    "description": "false submits it",
}
#: What a refusal says as well, and only where it matters.
_LIMITS: Final = frozenset(
    ("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "pattern")
)


def tool_of(operation: type[Operation]) -> Json:
    """Return an Operation as the tool that MCP lists.

    Raises:
        ConfigurationError: The description is missing or too long, or a field is ``dry_run``.
    """
    return {
        "name": operation.tool,
        "description": description_of(operation),
        "inputSchema": _brief(input_schema(operation)),
        "annotations": hints_of(operation),
    }


def hints_of(operation: type[Operation]) -> Json:
    """Return what the Effect tells a client, where it is not what MCP takes for granted.

    A hint grants and stops nothing, so each says only what is true: a change is "destructive" when
    it takes away what was there. SPEND and SEND add to the ledger or to the world.
    """
    if operation.effect is Effect.READ:
        return {"readOnlyHint": True}
    return {"destructiveHint": operation.effect is Effect.REMOVE}


def description_of(operation: type[Operation]) -> str:
    """Return the tool's description: the docstring, one line a paragraph, and the example.

    Raises:
        ConfigurationError: There is none, or a client would cut it.
    """
    # A class without a docstring of its own would show its parent's.
    text = inspect.cleandoc(vars(operation).get("__doc__") or "")
    if not text:
        raise ConfigurationError(f"{operation.tool} has no docstring to describe it")
    parts = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    if operation.example:
        parts.append("Example: " + json.dumps(operation.example, ensure_ascii=False))
    whole = "\n".join(parts)
    if len(whole) > DESCRIPTION_LIMIT:
        raise ConfigurationError(f"the description of {operation.tool} is too long")
    return whole


def input_schema(operation: type[Operation]) -> Json:
    """Return the schema of a tool's arguments.

    Raises:
        ConfigurationError: A field has the name that is kept for ``dry_run``.
    """
    schema = plain_schema(operation)
    if operation.effect is not Effect.READ:
        if "dry_run" in schema["properties"]:
            raise ConfigurationError(f"{operation.tool} may not have a field dry_run")
        schema["properties"]["dry_run"] = DRY_RUN
    return schema


def plain_schema(model: type[BaseModel]) -> Json:
    """Return a model's schema with everything in its place and without what tells nothing."""
    whole = model.model_json_schema()
    schema: Json = _plain(whole, whole.get("$defs", {}))
    schema.pop("description", None)
    return schema


def _brief(node: Any) -> Any:
    """Return a schema with only what helps a model to fill the arguments in."""
    if isinstance(node, list):
        return [_brief(part) for part in node]
    if not isinstance(node, dict):
        return node
    return {
        key: {name: _brief(part) for name, part in value.items()}
        if key == "properties"
        else _brief(value)
        for key, value in node.items()
        if key not in _LIMITS
        # An empty default says no more than that the argument may be left out.
        and not (key == "default" and value in ("", []))
        # What a line of an invoice is stands in its field's name.
        and not (key == "description" and "properties" in node)
    }


def _plain(node: Any, shared: Json) -> Any:
    """Return a schema without titles and null branches, every shared part put in its place."""
    if isinstance(node, list):
        return [_plain(part, shared) for part in node]
    if not isinstance(node, dict):
        return node
    node = _filled_in(node, shared)
    return {
        key: {name: _plain(part, shared) for name, part in value.items()}
        if key == "properties"
        else _plain(value, shared)
        for key, value in node.items()
        if key != "$defs" and not (key == "title" and isinstance(value, str))
    }


def _filled_in(node: Json, shared: Json) -> Json:
    """Return a schema's node with its reference and its "or null" resolved.

    A field that may be null may be left out, and leaving it out is the cheaper way to say so.
    """
    if "$ref" in node:
        rest = {key: value for key, value in node.items() if key != "$ref"}
        return _filled_in(shared[node["$ref"].rpartition("/")[2]] | rest, shared)
    others = [part for part in node.get("anyOf", []) if part != {"type": "null"}]
    if len(others) == 1:
        rest = {key: value for key, value in node.items() if key not in {"anyOf", "default"}}
        return _filled_in(others[0] | rest, shared)
    return node
