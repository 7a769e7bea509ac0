"""The contract page of a service, and the table of all tools, as Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from utils.contracts.page_parts import GENERATED, fenced, kind_of, table
from utils.core.operation import Effect
from utils.tools.answers import ANSWER
from utils.tools.schema import description_of, input_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from utils.catalogue import Catalogue
    from utils.core.model import Json
    from utils.core.operation import Operation, Service
    from utils.settings import ServiceSettings

_EFFECTS: Final = {
    Effect.READ: "read",
    Effect.DRAFT: "draft (somebody still confirms it in the service)",
    Effect.SEND: "send (it reaches people)",
    Effect.SPEND: "spend (money or the ledger)",
    Effect.REMOVE: "remove (it takes something away)",
}
_CRASH: Final = """\
An attempt without an answer is looked for {seconds} seconds after it was made, or as many as
`RECONCILE_AFTER_SECONDS_{name}` says. It is never sent again.
"""
_CHANGES: Final = """\
A tool that changes something takes `dry_run`, which is `true` unless the call says `false`; only
the JSON value counts. With `true` no connection is opened and the answer shows the exact request.
With `false` a Proposal is submitted: the owner's rules grant it, ask him or refuse it. No tool
performs anything. An unknown argument is an error, and an error is one sentence (`isError`)."""


def service_page(service: Service, script: str) -> str:
    """Return the contract page of a service.

    Args:
        service: What the page is about.
        script: Where it is declared, from the project's root.
    """
    parts = [
        f"# Contract: {service.title}\n",
        GENERATED,
        f"Declared in `{script}`.\n",
        "## Settings\n",
        _settings(service.settings),
        "## Tools\n",
        tools_table(service.operations),
        f"{_CHANGES}\n\nA change answers with:\n",
        fenced(ANSWER["properties"]),
        *(_tool(operation) for operation in service.operations),
        "## After a crash\n",
        _CRASH.format(seconds=f"{service.quiet_window_s:g}", name=service.name.upper()),
    ]
    return "\n".join(parts)


def tools_of(catalogue: Catalogue) -> str:
    """Return the table of every tool of every service, for the README."""
    every = [operation for service in catalogue.services for operation in service.operations]
    return tools_table(every)


def tools_table(operations: Iterable[type[Operation]]) -> str:
    """Return a table with a row for each Operation."""
    rows = (
        (f"`{operation.tool}`", str(operation.effect), _first_sentence(operation))
        for operation in operations
    )
    return table(("tool", "effect", "what it does"), rows)


def _tool(operation: type[Operation]) -> str:
    schema = input_schema(operation)
    said = description_of(operation).partition("\nExample: ")[0]
    parts = [f"### `{operation.tool}`\n", said.replace("\n", "\n\n") + "\n"]
    facts = [f"Effect: {_EFFECTS[operation.effect]}."]
    if operation.effect is not Effect.READ:
        facts.append(f"Undoing it: {operation.undo}")
    if operation.editable:
        named = ", ".join(f"`{name}`" for name in operation.editable)
        facts.append(f"The owner may edit {named} in the note.")
    parts.append("\n".join(f"- {fact}" for fact in facts) + "\n")
    if rows := list(_arguments(schema, "")):
        parts.append(table(("argument", "needed", "type", "meaning"), rows))
    if operation.example:
        parts.append("Example:\n\n" + fenced(operation.example))
    return "\n".join(parts)


def _arguments(schema: Json, inside: str) -> Iterator[tuple[str, ...]]:
    """Yield a row for each argument, and for each part of the objects inside it."""
    for name, part in schema.get("properties", {}).items():
        needed = "yes" if name in schema.get("required", []) else ""
        yield f"`{inside}{name}`", needed, kind_of(part), part.get("description", "")
        items = part.get("items", {})
        yield from _arguments(items or part, f"{inside}{name}{'[].' if items else '.'}")


def _settings(settings: type[ServiceSettings]) -> str:
    rows = [
        (f"`{variable.name}`", "yes" if variable.default is None else "", variable.meaning)
        for variable in settings.variables_of()
    ]
    rows += [
        (f"`{other}`", "", f"taken where `{settings.variable_of(field)}` is not set")
        for field, other in settings.also.items()
    ]
    return table(("variable", "needed", "meaning"), rows)


def _first_sentence(operation: type[Operation]) -> str:
    return re.split(r"(?<=[.!?])\s", description_of(operation), maxsplit=1)[0]
