"""Homes as months of work leave them: finished notes, Records, approvals that wait."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from utils.assembly.opening import assembled
from utils.audit_log import RENDERED
from utils.catalogue import Catalogue
from utils.core.canonical import canonical
from utils.core.chain import link
from utils.core.lifecycle import Folder, State
from utils.core.model import Entry, Origin, Source
from utils.settings import PROJECT_ROOT, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from utils.assembly.engine import Engine
    from utils.core.model import Proposal

#: Nothing is held, and no version has to stand: what is left is the employee's own time.
AT_ONCE: Final = {"HOLD_SECONDS": "0", "STAND_SECONDS": "0", "MAX_POSTS_PER_DAY": "1000000"}
_BATCH: Final = 5000
#: What a business finishes: invoices for so many customers, and one post in so many.
_PAYEES: Final = 500
_POSTS_ARE_ONE_OF: Final = 50
#: Of ten Records, what each of them tells: reads, Items, and a Proposal from asking to its end.
_KINDS: Final = (
    ("gmail_search", "executor", "not_needed", "done"),
    ("item", "watcher:gmail", "not_needed", "taken in"),
    ("gmail_read_message", "executor", "not_needed", "done"),
    ("odoo_list_overdue", "executor", "not_needed", "done"),
    ("item", "watcher:gmail", "not_needed", "taken in"),
    ("odoo_create_invoice", "gate", "asked", "pending"),
    ("gmail_search", "executor", "not_needed", "failed"),
    ("odoo_create_invoice", "owner", "granted_by_owner", "granted"),
    ("odoo_create_invoice", "executor", "granted_by_owner", "armed"),
    ("odoo_create_invoice", "executor", "granted_by_owner", "done"),
)


@contextmanager
def opened(home: Path, variables: Mapping[str, str]) -> Iterator[Engine]:
    """Open and start the engine of a home for the length of a ``with`` block."""
    settings = load(home, environment=AT_ONCE | dict(variables), project_root=home)
    engine = assembled(settings, Catalogue.load(PROJECT_ROOT))
    try:
        engine.start()
        yield engine
    finally:
        engine.close()


def submit_invoice(engine: Engine, number: int) -> Proposal:
    """Have an invoice of 150.00 proposed that has to be asked about."""
    values = {
        "customer": "billing@acme.example",
        "lines": [{"description": "Bread", "quantity": "3", "unit_price": "50.00"}],
        "reference": f"PO-{number}",
    }
    return submit(engine, "odoo_create_invoice", values)


def submit_post(engine: Engine, number: int) -> Proposal:
    """Have a post on LinkedIn proposed: a single request when it is carried out."""
    text = f"Rye bread number {number} is out of the oven."
    return submit(engine, "linkedin_create_post", {"text": text})


def submit(engine: Engine, tool: str, values: Mapping[str, Any]) -> Proposal:
    """Have an Operation proposed as a model does."""
    operation = engine.catalogue.operation(tool).model_validate(values, strict=False)
    return engine.gate.submit(operation, origin=Origin(source=Source.MCP))


def drag(engine: Engine, note: str) -> None:
    """Move a waiting note as the owner does."""
    (engine.vault.path(Folder.PENDING) / note).rename(engine.vault.path(Folder.APPROVED) / note)


def finish_many(
    engine: Engine, model: Proposal, count: int, *, begun: datetime | None = None
) -> None:
    """Leave finished invoices and posts behind, evenly since a time (default: a year)."""
    now = datetime.now(UTC)
    begun = begun or now - timedelta(days=365)
    # One flush for all of them: only their number matters here.
    with engine.journal.database.step():
        for number in range(count):
            at = begun + (now - begun) * number / count
            _finish(engine, model, number, at)


def _finish(engine: Engine, model: Proposal, number: int, at: datetime) -> None:
    name = f"p-{number:010d}"
    note = model.note.replace(model.id, name)
    told = {"id": name, "note": note, "state": State.DONE, "created_at": at}
    if number % _POSTS_ARE_ONE_OF:
        payee = model.particulars.model_copy(
            update={"payee_id": f"odoo:{number % _PAYEES + 1000}"}
        )
        told |= {"operation": "odoo_create_invoice", "service": "odoo", "particulars": payee}
    else:
        told |= {"operation": "linkedin_create_post", "service": "linkedin"}
    engine.journal.register(model.model_copy(update=told))
    engine.journal.mark_filed([name])
    (engine.vault.path(Folder.COMPLETED) / note).write_text(f"# {model.headline}\n")


def record_many(
    engine: Engine, count: int, *, begun: datetime, step: timedelta, rendered: bool = False
) -> None:
    """Write Records as the journal does, many to a transaction.

    Args:
        engine: The home's engine.
        count: How many.
        begun: When the first one was made.
        step: The time from one to the next.
        rendered: Whether their days' files count as written.
    """
    head, at = engine.journal.head(), begun
    for first in range(0, count, _BATCH):
        rows = []
        for number in range(first, min(first + _BATCH, count)):
            record = link(_entry(number), after=head, at=at)
            head, at = type(head)(head.seq + 1, record.hash), at + step
            body = canonical(record.model_dump(mode="json"))
            rows.append((head.seq, record.timestamp[:10], body, record.proposal_id, record.hash))
        with engine.journal.database.step() as db:
            db.executemany("INSERT INTO records VALUES (?,?,?,?,?)", rows)
    if rendered:
        engine.bookmarks.set_cursor(RENDERED, str(head.seq))


def _entry(number: int) -> Entry:
    action, actor, approval, result = _KINDS[number % len(_KINDS)]
    given: dict[str, object] = {
        "fields": {"customer": f"c{number}", "lines": ["bread"] * 3},
        "n": number,
    }
    if action == "item":
        sender = f"customer {number} <c{number}@shop.example>"
        given = {"id": f"i-{number}", "type": "email", "from": sender}
    return Entry(
        action=action,
        actor=actor,
        parameters=given,
        result=result,
        approval_status=approval,
        proposal_id="" if action == "item" else f"p-{number // len(_KINDS):010}",
        duration_ms=number % 997,
        error="It did not answer." if result == "failed" else "",
    )
