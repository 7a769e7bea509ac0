"""The arguments of a tool call, read strictly: nothing is guessed, converted or ignored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from utils.core.errors import InvalidValueError
from utils.core.operation import Effect, Operation
from utils.tools.schema import input_schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic_core import ErrorDetails

    from utils.core.model import Json

#: The longest arguments that are read, in bytes of JSON.
ARGUMENTS_LIMIT: Final = 100_000
#: How many mistakes are named at once, and how long an unknown name is quoted.
_NAMED_AT_ONCE: Final = 5
_QUOTED: Final = 40


def parse(
    operation: type[Operation], arguments: Mapping[str, Any] | None
) -> tuple[Operation, bool]:
    """Return the Operation that arguments describe, and whether it is only to be previewed.

    Raises:
        InvalidValueError: An argument is unknown, missing, too large or of the wrong kind; the
            text names each.
    """
    values = dict(arguments or {})
    dry_run = True if operation.effect is Effect.READ else values.pop("dry_run", True)
    if type(dry_run) is not bool:
        raise InvalidValueError("dry_run must be the JSON value true or false")
    text = json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if len(text) > ARGUMENTS_LIMIT:
        raise InvalidValueError(f"the arguments have more than {ARGUMENTS_LIMIT} bytes")
    try:
        # Strict JSON mode: no conversions, yet dates come as text.
        return operation.model_validate_json(text), dry_run
    except ValidationError as error:
        # Without a cause: pydantic's text repeats the values, which may be private.
        raise InvalidValueError(_mistakes(operation, error.errors())) from None


def _mistakes(operation: type[Operation], errors: Sequence[ErrorDetails]) -> str:
    schema = input_schema(operation)
    said = [_mistake(error, schema) for error in errors[:_NAMED_AT_ONCE]]
    more = len(errors) - len(said)
    return "; ".join([*said, f"and {more} more"] if more > 0 else said)


def _mistake(error: ErrorDetails, schema: Json) -> str:
    """Return one mistake as a clause that names the argument and what is expected."""
    path = error["loc"]
    match error["type"]:
        case "extra_forbidden":
            allowed = ", ".join(_names_at(schema, path[:-1])) or "none"
            where = f" in {_spelled(path[:-1])}" if path[1:] else ""
            unknown = str(path[-1])[:_QUOTED]
            return f"there is no argument {unknown}{where}; allowed are: {allowed}"
        case "missing":
            return f"{_spelled(path)} is missing"
        case "value_error":
            what = error["msg"].removeprefix("Value error, ")
        case _:
            what = error["msg"]
    return f"{_spelled(path)}: {what}" if path else what


def _names_at(schema: Json, path: Sequence[int | str]) -> list[str]:
    """Return the names of the arguments that an object may have at a place in the schema."""
    for step in path:
        inner = schema.get("items") if isinstance(step, int) else None
        schema = inner or schema.get("properties", {}).get(step, {})
    return list(schema.get("properties", {}))


def _spelled(path: Sequence[int | str]) -> str:
    """Return a place in the arguments as it is written in code, such as ``lines[0].price``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
