"""Values as Odoo's interfaces show them, and what they mean."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

#: One record as Odoo shows it: field to value; a relation is ``[id, label]``, empty is False.
type Row = dict[str, Any]


def number(value: object) -> Decimal:
    """Return one of Odoo's floats, or False for nothing, as an exact number."""
    return Decimal(str(value or 0))


def name_of(name: object) -> str:
    """Return a document's number, "" for a draft, which has none and says "/" before Odoo 19."""
    return "" if name == "/" else str(name or "")


def id_of(value: object) -> int | None:
    """Return the id of a relation as Odoo shows it, or None where it is empty."""
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, int) and first else None


def label_of(value: object) -> str:
    """Return the label of a relation as Odoo shows it, or "" where it is empty."""
    return str(value[1]) if isinstance(value, list) and value else ""
