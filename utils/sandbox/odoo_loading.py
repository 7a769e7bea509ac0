"""Odoo's `load`: rows of text become records, found again by their external ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.odoo_cells import CellError, value_of
from utils.sandbox.odoo_errors import OdooError
from utils.sandbox.odoo_schema import MODELS, Field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from utils.sandbox.odoo_session import Session
    from utils.sandbox.odoo_store import ExternalId

#: What the losers of a race over one external id are told.
CONFLICT: Final = "could not serialize access due to concurrent update"
#: Lines that Odoo adds by itself.
_COMPUTED_LINES: Final = {"tax", "payment_term"}


@dataclass(slots=True)
class _Record:
    """What some rows say about one record."""

    #: First and last row, from 0.
    first: int
    last: int
    #: External id, or empty.
    external_id: str = ""
    #: Database id, or 0.
    id: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    #: One2many field to its records.
    lines: dict[str, list[_Record]] = field(default_factory=dict)


def load(
    session: Session,
    model: str,
    names: Sequence[str],
    data: Sequence[Sequence[str]],
    save: Callable[[int, dict[str, Any]], int],
) -> dict[str, object]:
    """Create or update records; all of them or none.

    Args:
        session: The call.
        model: The records' model.
        names: Column names: `id`, `.id`, `field`, `field/id`, `field/.id`, `lines/field` …
        data: Rows of texts. A row whose own columns are empty continues the record above it.
        save: Creates (id 0) or writes a record with these values and returns its id.

    Returns:
        `ids` (or `False`), `messages` and `nextrow`. Errors are messages, never exceptions.
    """
    mark = session.store.savepoint()
    ids: list[int] = []
    messages: list[dict[str, object]] = []
    record = _Record(0, 0)
    try:
        for record in _records(session, model, [name.split("/") for name in names], data):
            ids.append(_save(session, model, record, save))
    except CellError as error:
        extra = {"field": error.field_name, "field_name": error.field_name}
        messages.append(_message(len(ids), record, str(error)) | extra)
    except OdooError as error:
        messages.append(_message(len(ids), record, error.message))
    if messages:
        session.store.roll_back(mark)
    return {"ids": False if messages else ids, "messages": messages, "nextrow": 0}


def _message(number: int, record: _Record, text: str) -> dict[str, object]:
    rows = {"from": record.first, "to": record.last}
    return {"rows": rows, "record": number, "type": "error", "message": text}


def _records(
    session: Session, model: str, paths: Sequence[list[str]], data: Sequence[Sequence[str]]
) -> Iterator[_Record]:
    """Put rows together to records, and cells to values."""
    fields = MODELS[model].fields
    own = [i for i, path in enumerate(paths) if not _is_line(fields, path)]
    record: _Record | None = None
    for number, row in enumerate(data):
        if record is None or any(str(row[i]) for i in own):
            if record is not None:
                yield record
            record = _Record(number, number)
            for i in own:
                _put(session, model, record, paths[i], str(row[i]))
        record.last = number
        _put_lines(session, model, record, paths, row)
    if record is not None:
        yield record


def _is_line(fields: dict[str, Field], path: list[str]) -> bool:
    return len(path) > 1 and path[0] in fields and fields[path[0]].type == "one2many"


def _put_lines(
    session: Session,
    model: str,
    record: _Record,
    paths: Sequence[list[str]],
    row: Sequence[str],
) -> None:
    fields = MODELS[model].fields
    for name in dict.fromkeys(path[0] for path in paths if _is_line(fields, path)):
        cells = [
            (path[1:], str(cell))
            for path, cell in zip(paths, row, strict=True)
            if path[0] == name and _is_line(fields, path)
        ]
        if any(text for _, text in cells):
            line = _Record(record.last, record.last)
            for path, text in cells:
                _put(session, fields[name].relation, line, path, text)
            record.lines.setdefault(name, []).append(line)


def _put(session: Session, model: str, record: _Record, path: list[str], text: str) -> None:
    """Put one cell into a record.

    Raises:
        CellError: The column is unknown, or the text does not fit it.
    """
    match path:
        case ["id"]:
            record.external_id = text
        case [".id"]:
            record.id = int(text or 0)
        case [name, *how] if name in MODELS[model].fields:
            known = MODELS[model].fields[name]
            if text:
                record.values[name] = value_of(session, known, how, text)
            elif known.relation:
                # An empty cell empties a relation; without the column a default is taken.
                record.values[name] = [[6, 0, []]] if known.is_many else False
        case _:
            raise CellError(path[0], f"Unknown field '{path[0]}' in '{model}'")


def _save(
    session: Session, model: str, record: _Record, save: Callable[[int, dict[str, Any]], int]
) -> int:
    """Create or write one record with its lines, and let its external ids point to them.

    Raises:
        CellError: The database id is unknown.
    """
    pointer = _pointer(session, model, record.external_id)
    if record.id and record.id not in session.store.tables[model]:
        raise CellError(".id", f"Unknown database identifier '{record.id}'")
    id_ = pointer.id if pointer else record.id
    values = dict(record.values)
    before = set(
        session.store.tables[MODELS[model].fields[next(iter(record.lines), "id")].relation]
    )
    for name, lines in record.lines.items():
        values[name] = [_command(session, MODELS[model].fields[name], line) for line in lines]
    id_ = save(id_, values)
    if pointer is None and record.external_id:
        session.store.name_record(record.external_id, model, id_)
    for name, lines in record.lines.items():
        _name_lines(session, MODELS[model].fields[name].relation, lines, before)
    return id_


def _pointer(session: Session, model: str, external_id: str) -> ExternalId | None:
    """Return what an external id points to, as far as this call may know.

    Raises:
        OdooError: A call that ran at the same time has just made it.
        CellError: It belongs to another model.
    """
    pointer = session.store.find_record(external_id) if external_id else None
    if pointer is None:
        return None
    if pointer.commit >= session.arrived and pointer.commit != session.store.commits:
        raise OdooError("psycopg2.errors.SerializationFailure", CONFLICT)
    if pointer.model != model:
        raise CellError("id", f"External id '{external_id}' belongs to {pointer.model}")
    return pointer


def _command(session: Session, known: Field, line: _Record) -> list[Any]:
    pointer = _pointer(session, known.relation, line.external_id)
    id_ = pointer.id if pointer else line.id
    return [1, id_, line.values] if id_ else [0, 0, line.values]


def _name_lines(session: Session, model: str, lines: Sequence[_Record], before: set[int]) -> None:
    """Let the external ids of new lines point to them.

    Args:
        session: The call.
        model: The lines' model.
        lines: What the rows said.
        before: The ids that existed before saving.
    """
    new = [
        line for line in lines if not line.id and not _pointer(session, model, line.external_id)
    ]
    added = [
        id_
        for id_, row in session.store.rows(model)
        if id_ not in before and row.get("display_type") not in _COMPUTED_LINES
    ]
    for line, id_ in zip(new, added, strict=True):
        if line.external_id:
            session.store.name_record(line.external_id, model, id_)
