"""The contract page of the audit log: what a Record holds, and how the chain is made."""

from __future__ import annotations

import inspect
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from utils.contracts.page_parts import GENERATED, fenced, kind_of, table
from utils.core.chain import Head, link
from utils.core.model import Entry, Record
from utils.tools.schema import plain_schema

if TYPE_CHECKING:
    from pydantic import BaseModel

_COMMENT: Final = re.compile(r"((?:    #: .*\n)+)    (\w+):")
#: The fields of a Record that others rely on.
_CONTRACT: Final = ("timestamp", "action", "actor", "parameters", "result", "approval_status")
_FILE: Final = """\
`Vault/Logs/YYYY-MM-DD.json` (the UTC day) is a JSON array with one Record a line. It parses at
every moment. After 90 days `logs archive` may compress it to `YYYY-MM-DD.json.gz`, the same file
under gzip.
"""
_CHAIN: Final = """\
`hash` is the SHA-256 of the Record without `hash`, as JSON with sorted keys and no blanks; `prev`
is the `hash` of the Record before it. `uv run orchestrator.py verify` checks both, that no place
in the sequence is missing, that every day's file says the same, and that the heads printed in
briefings and audits still stand in the chain, so that a cut tail shows too.
"""


def audit_page() -> str:
    """Return the contract page of the audit log."""
    meanings = _meanings(Entry) | _meanings(Record)
    rows = (
        (f"`{name}`", "yes" if name in _CONTRACT else "", kind_of(part), meanings.get(name, ""))
        for name, part in plain_schema(Record)["properties"].items()
    )
    entry = Entry(
        action="odoo_create_invoice",
        actor="executor",
        parameters={"fields": {"customer": "Ada"}, "memo": "a long text, " * 20},
        result="done",
        approval_status="granted_by_owner",
        proposal_id="p-h4kd92mxq7",
        duration_ms=412,
    )
    example = link(entry, after=Head(), at=datetime(2026, 11, 16, 9, tzinfo=UTC))
    parts = [
        "# Contract: audit log\n",
        GENERATED,
        _FILE,
        table(("field", "relied on", "type", "meaning"), rows),
        "The first Record of all, as an example:\n",
        fenced(example.model_dump(mode="json")),
        _CHAIN,
    ]
    return "\n".join(parts)


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    """Return what the ``#:`` comments of a model say about its fields."""
    found = _COMMENT.findall(inspect.getsource(model))
    return {
        name: " ".join(comment.replace("#:", " ").replace("``", "`").split())
        for comment, name in found
    }
