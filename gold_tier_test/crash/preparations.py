"""What is going on when the process dies: homes in which something has just been asked or done."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from crash import acts
from utils.core.lifecycle import Folder
from utils.core.model import Origin, Source
from utils.sandbox.business import invoice_request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crash.stage import World
    from utils.core.model import Proposal
    from utils.engine import Engine

    type Prepare = Callable[[Path, World], None]

NEWS: Final = "Rye bread is back."
MAIL: Final = {"to": "ann@cafe.example", "subject": "Your order", "body": "It is ready.\n"}
#: An invoice of 1200.00 that is open in the pretend books from the beginning.
OPEN_INVOICE: Final = "1"


def invoice_asked(engine: Engine, reference: str = "") -> Proposal:
    """Ask for an invoice of 150.00 to a known customer."""
    return _submitted(engine, "odoo_create_invoice", _invoice(reference))


def approved(tool: str, **values: Any) -> Prepare:
    """Return how a home is prepared in which the owner has just dragged a note to Approved/."""

    def prepare(home: Path, world: World) -> None:
        _asked(home, world, Folder.APPROVED, tool, values)

    return prepare


def invoice_approved(home: Path, world: World) -> None:
    """Prepare that with an invoice."""
    _asked(home, world, Folder.APPROVED)


def picture_approved(home: Path, world: World) -> None:
    """Prepare that with a picture for Instagram, which lies with the network itself."""
    values = {"caption": NEWS, "image_url": _picture(world)}
    _asked(home, world, Folder.APPROVED, "instagram_create_post", values)


def announcement_approved(home: Path, world: World) -> None:
    """Prepare that with one note for all four networks."""
    where = ["facebook", "instagram", "twitter", "linkedin"]
    values = {"networks": where, "text": NEWS, "image_url": _picture(world)}
    _asked(home, world, Folder.APPROVED, "social_create_announcement", values)


def rejected(home: Path, world: World) -> None:
    """Prepare a home in which he has dragged an invoice's note to Rejected/."""
    _asked(home, world, Folder.REJECTED)


def ticked(home: Path, world: World) -> None:
    """Prepare a home in which he has ticked "approve"."""
    _edited(_asked(home, world, Folder.PENDING), "approve: false", "approve: true")


def changed(home: Path, world: World) -> None:
    """Prepare a home in which he has changed a pinned amount, then dragged the note."""
    _edited(_asked(home, world, Folder.APPROVED), "50.00", "5.00")


def forged(home: Path, world: World) -> None:
    """Prepare a home with a note in Approved/ that no request stands behind."""
    note = _asked(home, world, Folder.PENDING)
    real, made_up = note.stem[-12:], "p-zzzzzzzzzz"
    place = home / "AI_Employee" / Folder.APPROVED / note.name.replace(real, made_up)
    place.write_text(note.read_text().replace(real, made_up))


def dropped(home: Path, world: World) -> None:
    """Prepare a home in whose Inbox/ a letter lies."""
    engine = acts.engine_of(home, world.environment(), acts.LateClock())
    path = engine.vault.path(Folder.INBOX) / "party.eml"
    path.write_bytes(invoice_request(sent_at=engine.clock()))
    engine.close()


def ordered(home: Path, world: World) -> None:  # noqa: ARG001 - a Scene's way of preparing
    """Prepare a naive executor's home with one approved order."""
    for folder in ("Approved", "Completed"):
        (home / folder).mkdir(parents=True)
    line = [0, 0, {"name": "Bread", "quantity": 3, "price_unit": 50}]
    values = {"move_type": "out_invoice", "partner_id": 9, "invoice_line_ids": [line]}
    (home / "Approved" / acts.ORDER).write_text(json.dumps(values))


def _asked(
    home: Path,
    world: World,
    lies_in: Folder,
    tool: str = "odoo_create_invoice",
    values: dict[str, Any] | None = None,
) -> Path:
    """Ask for something, by default an invoice, and move its note to where the owner put it."""
    engine = acts.engine_of(home, world.environment(), acts.LateClock())
    with closing(engine):
        proposal = _submitted(engine, tool, values or _invoice())
        vault = engine.vault
        note = vault.path(Folder.PENDING) / proposal.note
        return note.rename(vault.path(lies_in) / proposal.note)


def _submitted(engine: Engine, tool: str, values: dict[str, Any]) -> Proposal:
    kind = acts.CATALOGUE.operation(tool)
    operation = kind.model_validate(values, strict=False)
    return engine.gate.submit(operation, origin=Origin(source=Source.MCP))


def _invoice(reference: str = "") -> dict[str, Any]:
    line = {"description": "Bread", "quantity": "3", "unit_price": "50.00"}
    return {"customer": "billing@acme.example", "lines": [line], "reference": reference}


def _picture(world: World) -> str:
    return f"{world.environment()['INSTAGRAM_GRAPH_URL']}/pictures/loaf.jpg"


def _edited(note: Path, old: str, new: str) -> None:
    text = note.read_text()
    assert old in text
    note.write_text(text.replace(old, new))
