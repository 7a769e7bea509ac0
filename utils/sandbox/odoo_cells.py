"""Cells of Odoo's `load`: what a text means in the column it stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from utils.sandbox.odoo_schema import Field
    from utils.sandbox.odoo_session import Session

_TRUE: Final = {"1", "true", "yes", "t"}
_FALSE: Final = {"0", "false", "no", "f", ""}


class CellError(Exception):
    """A cell's text does not fit its field."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(message)
        self.field_name = field_name


def value_of(session: Session, known: Field, how: list[str], text: str) -> object:
    """Return a cell's value.

    Raises:
        CellError: The text does not fit the field.
    """
    if known.relation:
        texts = text.split(",") if known.is_many else [text]
        ids = [_related_id(session, known, how, part.strip()) for part in texts]
        return [[6, 0, ids]] if known.is_many else ids[0]
    if known.type == "boolean":
        if text.lower() in _TRUE | _FALSE:
            return text.lower() in _TRUE
        raise CellError(known.name, f"Unknown value '{text}' for boolean field '{known.label}'")
    if known.is_number:
        try:
            return float(text)
        except ValueError as error:
            message = f"'{text}' does not seem to be a number for field '{known.label}'"
            raise CellError(known.name, message) from error
    if known.type == "selection" and text not in known.selection:
        raise CellError(known.name, f"Value '{text}' not found in selection '{known.label}'")
    return text


def _related_id(session: Session, known: Field, how: list[str], text: str) -> int:
    """Return the id that a cell means.

    Raises:
        CellError: There is no such record.
    """
    if how == [".id"]:
        if not text.isdigit():
            message = f"Invalid database id '{text}' for the field '{known.label}'"
            raise CellError(known.name, message)
        if int(text) in session.store.tables[known.relation]:
            return int(text)
    elif how == ["id"]:
        pointer = session.store.find_record(text)
        if pointer is not None and pointer.model == known.relation:
            return pointer.id
    else:
        found = session.search(known.relation, [["name", "=", text]])
        if found:
            return found[0]
    raise CellError(known.name, f"No matching record found for '{text}' in field '{known.label}'")
