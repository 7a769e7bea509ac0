"""The rules that every Operation of the whole catalogue keeps, whoever declares it."""

from __future__ import annotations

import inspect
import json
import re
import socket
from typing import TYPE_CHECKING, Any, NoReturn, get_args

import pytest
from pretend_shop import SHOP
from pydantic import BaseModel

from utils.catalogue import Catalogue
from utils.core.model import Particulars
from utils.core.operation import Effect, Operation, PostKind, Service
from utils.registry import REGISTRY
from utils.settings import PROJECT_ROOT, ServiceSettings, load
from utils.tools.arguments import parse
from utils.tools.schema import DESCRIPTION_LIMIT, DRY_RUN, description_of, input_schema, tool_of
from utils.tools.server import HOW_CHANGES_WORK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CATALOGUE = Catalogue.load(PROJECT_ROOT) if (PROJECT_ROOT / REGISTRY).exists() else Catalogue()
SERVICES = (*CATALOGUE.services, SHOP)
CASES = [(service, operation) for service in SERVICES for operation in service.operations]
CHANGES = [case for case in CASES if case[1].effect is not Effect.READ]
#: Everything that is carried out itself; a composite only stands for its parts.
PLAIN = [case for case in CASES if not case[1].composite]

#: A plain value for settings that must have a form, by the end of the variable's name.
SAMPLE_SETTINGS = {
    "_URL": "http://127.0.0.1:9",
    "_ID": "17",
    "_URN": "urn:li:person:abc",
    "_VERSION": "v25.0",
    "_PORT": "9",
    "_SECONDS": "60",
    "_FILE": "/nowhere/file.json",
}
#: What a tool may cost in a model's context, in characters (about four to a token; ours).
CHEAP = 3_000
#: Above this a description stops being read (ours).
SHORT_DESCRIPTION = 600
#: Claude Code calls a tool mcp__<server>__<tool>, and model providers take 64 characters.
LONGEST_NAME = 64
MONEY_WORDS = re.compile(r"amount|price|total|fee|sum$", re.IGNORECASE)


def names(cases: list[tuple[Service, type[Operation]]]) -> list[str]:
    return [operation.tool for _, operation in cases]


every_tool = pytest.mark.parametrize(("service", "operation"), CASES, ids=names(CASES))
SENT = [case for case in CHANGES if not case[1].composite]
every_request = pytest.mark.parametrize(("service", "operation"), SENT, ids=names(SENT))
every_plain = pytest.mark.parametrize("operation", [case[1] for case in PLAIN], ids=names(PLAIN))
every_operation = pytest.mark.parametrize(
    "operation", [case[1] for case in CASES], ids=names(CASES)
)
every_change = pytest.mark.parametrize(
    "operation", [case[1] for case in CHANGES], ids=names(CHANGES)
)
reaching = [s for s in SERVICES if not s.only_stands_for_others]
every_reaching_service = pytest.mark.parametrize("service", reaching, ids=lambda s: s.name)
every_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


def plain_value(schema: dict[str, Any]) -> Any:
    """Return a value that a schema allows, as far as a schema tells."""
    if choices := schema.get("enum"):
        return choices[0]
    match schema.get("type"):
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return False
        case "array":
            return [plain_value(schema["items"])] * max(1, schema.get("minItems", 1))
        case "object":
            return {name: plain_value(schema["properties"][name]) for name in needed(schema)}
        case _:
            return plain_text(schema)


def plain_text(schema: dict[str, Any]) -> str:
    if "150.00" in schema.get("description", ""):
        return "12.50"
    forms = {"date": "2026-11-20", "date-time": "2026-11-20T09:00:00Z"}
    return forms.get(schema.get("format", ""), "abc".ljust(schema.get("minLength", 0), "x"))


def needed(schema: dict[str, Any]) -> list[str]:
    return list(schema.get("required", []))


def sample(operation: type[Operation]) -> Operation:
    """Return an instance: the example, or the plainest values its schema allows."""
    values = operation.example or plain_value(input_schema(operation))
    return parse(operation, values)[0]


def settings_of(service: Service, home: Path) -> ServiceSettings:
    """Return settings of a service with a plain value for each; secrets are recognisable."""
    variables = {}
    for variable in service.settings.variables_of():
        plain = (v for end, v in SAMPLE_SETTINGS.items() if variable.name.endswith(end))
        secret = f"secret-value-of-{variable.name}" if variable.secret else ""
        variables[variable.name] = secret or variable.default or next(plain, "sample")
    settings = load(home, environment=variables, project_root=home)
    found: ServiceSettings = service.settings.read(settings)
    return found


def objects_in(schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every named part of a schema with its name."""
    if isinstance(schema, list):
        for part in schema:
            yield from objects_in(part)
    elif isinstance(schema, dict):
        for name, part in schema.get("properties", {}).items():
            yield name, part
            yield from objects_in(part)
        for key in ("items", "anyOf", "allOf", "oneOf", "additionalProperties"):
            yield from objects_in(schema.get(key))


def models_in(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a model and every model inside its fields."""
    yield model
    waiting: list[Any] = [field.annotation for field in model.model_fields.values()]
    while waiting:
        part = waiting.pop()
        waiting += get_args(part)
        if inspect.isclass(part) and issubclass(part, BaseModel):
            yield from models_in(part)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Promise 2: whoever opens a connection fails."""

    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail("a connection was opened")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)


def test_every_service_of_the_registry_is_there() -> None:
    assert not CATALOGUE.absent


# --- what a model sees ----------------------------------------------------------------------


@every_tool
def test_a_tool_is_named_service_verb_noun(service: Service, operation: type[Operation]) -> None:
    assert re.fullmatch(rf"{service.name}(_[a-z]+)+", operation.tool)
    assert len(f"mcp__{service.name}__{operation.tool}") <= LONGEST_NAME


@every_operation
def test_a_description_is_whole_sentences_of_its_own_and_short(operation: type[Operation]) -> None:
    said = inspect.cleandoc(vars(operation).get("__doc__") or "")
    assert said.endswith((".", "!", "?"))
    assert said[0].isupper()
    assert len(description_of(operation)) <= SHORT_DESCRIPTION


@every_operation
def test_a_tool_is_cheap(operation: type[Operation]) -> None:
    tool = tool_of(operation)
    shown = {key: tool[key] for key in ("name", "description", "inputSchema")}
    assert len(json.dumps(shown, ensure_ascii=False)) <= CHEAP


@every_operation
def test_a_schema_has_no_combinator_on_top_and_no_waste(operation: type[Operation]) -> None:
    schema = input_schema(operation)
    assert schema["type"] == "object"
    assert not {"anyOf", "oneOf", "allOf", "not", "$ref", "if", "enum"} & schema.keys()
    assert "$ref" not in json.dumps(schema)
    assert schema["additionalProperties"] is False


@every_operation
def test_dry_run_is_on_every_tool_but_reads(operation: type[Operation]) -> None:
    found = input_schema(operation)["properties"].get("dry_run")
    assert found == (None if operation.effect is Effect.READ else DRY_RUN)
    assert "dry_run" not in operation.model_fields


@every_operation
def test_money_is_text_with_two_decimals(operation: type[Operation]) -> None:
    for name, part in objects_in(input_schema(operation)):
        kinds = {part.get("type"), *(other.get("type") for other in part.get("anyOf", []))}
        assert not {"number", "string"} <= kinds, f"{name} looks like a Decimal"
        if MONEY_WORDS.search(name):
            assert "number" not in kinds, name
            assert "integer" not in kinds, name


@every_service
def test_the_instructions_of_a_server_are_not_cut(service: Service) -> None:
    assert len(service.instructions) + len(HOW_CHANGES_WORK) < DESCRIPTION_LIMIT


# --- how it is declared ---------------------------------------------------------------------


@every_operation
def test_an_operation_and_all_inside_it_is_strict_frozen_and_closed(
    operation: type[Operation],
) -> None:
    for model in models_in(operation):
        for rule in ("frozen", "strict"):
            assert model.model_config.get(rule) is True, f"{model.__name__}: {rule}"
        assert model.model_config.get("extra") == "forbid", model.__name__
        assert model.model_config.get("allow_inf_nan") is False, model.__name__


@every_operation
def test_what_may_be_edited_is_text(operation: type[Operation]) -> None:
    for name in operation.editable:
        assert operation.model_fields[name].annotation in {str, str | None}, name


@every_operation
def test_an_example_can_be_sent_as_it_stands(operation: type[Operation]) -> None:
    sample(operation)
    assert "dry_run" not in operation.example


@every_plain
def test_a_read_reads_and_a_change_is_performed(operation: type[Operation]) -> None:
    is_read = operation.effect is Effect.READ
    for name, wanted in {"read": is_read, "request": not is_read, "perform": not is_read}.items():
        has_it = getattr(operation, name) is not getattr(Operation, name)
        assert has_it is wanted, name


@every_operation
def test_only_what_reaches_people_is_a_post(operation: type[Operation]) -> None:
    assert operation.post is PostKind.NONE or operation.effect is Effect.SEND


@every_change
def test_a_change_says_how_it_is_undone_or_that_it_cannot_be(operation: type[Operation]) -> None:
    assert operation.undo.endswith(".")
    assert "\n" not in operation.undo


@every_change
def test_what_takes_it_back_exists_in_its_service_and_takes_an_id(
    operation: type[Operation],
) -> None:
    """Ours: a compensation that names nothing would leave the owner with a promise."""
    named = operation.compensation
    if named is None:
        return
    service = next(service for service, one in CASES if one is operation)
    other = service.operation(named.tool)
    assert other is not None, f"{service.name} has no {named.tool}"
    assert other.effect is not Effect.READ
    made = parse(other, {**named.values, named.takes: _an_id(other, named.takes)})[0]
    assert getattr(made, named.takes)


def _an_id(operation: type[Operation], field: str) -> str:
    return str(operation.example[field])


# --- what it does without a connection ------------------------------------------------------


@every_change
def test_a_headline_is_one_line_even_before_anything_was_looked_up(
    operation: type[Operation],
) -> None:
    said = sample(operation).headline(Particulars())
    assert said.strip()
    assert "\n" not in said
    assert len(said) <= 200


@every_request
@pytest.mark.usefixtures("no_network")
def test_the_exact_request_is_known_without_a_connection(
    service: Service, operation: type[Operation], tmp_path: Path
) -> None:
    """Promise 2: a dry run never opens a connection."""
    request = sample(operation).request(settings_of(service, tmp_path), Particulars(), "p_preview")
    assert request.method in {"POST", "PUT", "PATCH", "DELETE"}
    assert request.url.startswith(("http://", "https://"))
    assert "secret-value-of" not in request.model_dump_json()
    assert json.loads(request.model_dump_json()) == request.model_dump(mode="json")


@every_reaching_service
def test_a_look_after_a_crash_waits_longer_than_a_call_may_take(
    service: Service, tmp_path: Path
) -> None:
    """Promise 5: looking too early duplicates too."""
    time_out_s = load(tmp_path, environment={}, project_root=tmp_path).http_timeout_s
    assert service.quiet_window_s >= time_out_s


@pytest.mark.parametrize("operation", [op for _, op in CASES if op.composite])
def test_a_composite_stands_only_for_operations_that_there_are(operation: type[Operation]) -> None:
    parts = operation.model_validate(operation.example, strict=False).parts()
    assert parts
    for part in parts:
        kind = CATALOGUE.operation(part.operation)
        assert not kind.composite
        assert set(part.values) <= set(kind.model_fields)
    assert operation.perform is Operation.perform


@every_plain
def test_a_picture_that_is_looked_up_is_declared_as_fetched(operation: type[Operation]) -> None:
    """An address that is fetched while it is only asked for can carry data away."""
    addresses = {name for name in operation.model_fields if name.endswith("image_url")}
    assert addresses == set(operation.fetches)
