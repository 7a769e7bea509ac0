"""`explain ID`: the story of a Proposal, or of an Item, from what happened to what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from utils.approval.why_waiting import WhyWaiting
from utils.assembly.opening import open_engine
from utils.commands.saying import say, say_unknown
from utils.core.lifecycle import State
from utils.core.model import Source
from utils.core.outside_text import one_line

if TYPE_CHECKING:
    import argparse
    import threading
    from collections.abc import Iterator

    from rich.console import Console

    from utils.assembly.engine import Engine
    from utils.core.model import Json
    from utils.storage.rows import Tracked

_WIDTH: Final = 72
#: Where something came from, as the owner calls it.
_SOURCES: Final = {
    Source.MCP: "Claude Code",
    Source.GMAIL: "a mail",
    Source.WHATSAPP: "a chat",
    Source.FILE: "a file that you dropped",
    Source.SCHEDULE: "the employee itself, unasked",
    Source.EMPLOYEE: "you",
}
_STEPS: Final = {
    "asked": "asked you",
    "granted_by_owner": "you approved it",
    "granted_by_policy": "the policy let it through",
    "refused": "it was refused",
    "expired": "nobody answered in time",
}


def main(asked: argparse.Namespace, console: Console, _: threading.Event) -> int:
    """Tell the story; return 1 where there is no such Proposal, and no Item it grew from."""
    with open_engine() as engine:
        proposals = found(engine, asked.id)
        if not proposals:
            say_unknown(console, asked.id)
            return 1
        for tracked in proposals:
            for line in story(engine, tracked):
                say(console, line)
    return 0


def found(engine: Engine, wanted: str) -> list[Tracked]:
    """Return the Proposal of this number, or what grew from the Item of this id or link."""
    if tracked := engine.journal.find(wanted):
        return [tracked]
    item = engine.bookmarks.linked(wanted)
    return engine.journal.from_item(item.id) if item else []


def story(engine: Engine, tracked: Tracked) -> Iterator[str]:
    """Yield the story line by line."""
    proposal = tracked.proposal
    yield f"{proposal.id}: {one_line(proposal.headline, _WIDTH)}"
    yield f"  now        {_now(tracked)}"
    if waits := WhyWaiting(engine.ground).of(tracked):
        yield f"  waits      {waits}"
    yield from _beginning(engine, tracked)
    yield f"  why        {one_line(proposal.reason, 2 * _WIDTH)}"
    for record in engine.journal.records_of(proposal.id):
        yield _step(record, engine)
    if tracked.outcome:
        yield f"  result     {tracked.outcome.detail or tracked.outcome.kind}"
        if tracked.outcome.url:
            yield f"  look at    {tracked.outcome.url}"
    yield f"  undo       {proposal.undo}"
    yield f"  note       {proposal.note}"


def _now(tracked: Tracked) -> str:
    """Return where it stands; a composite is what became of its parts."""
    settled = tracked.outcome if tracked.state in {State.DONE, State.FAILED} else None
    return settled.kind if settled else tracked.state


def _beginning(engine: Engine, tracked: Tracked) -> Iterator[str]:
    origin = tracked.proposal.origin
    item_id = f" ({origin.item_id})" if origin.item_id else ""
    yield f"  came from  {_SOURCES[origin.source]}{item_id}"
    if origin.link:
        yield f"  link       {one_line(origin.link, _WIDTH)}"
    item = engine.bookmarks.item(origin.item_id) if origin.item_id else None
    if item:
        sender = item.sender or item.source
        yield f"  from       {one_line(sender, 40)}: {one_line(item.subject, 40)}"
    for evidence in tracked.proposal.evidence:
        yield f"  read       {evidence.what}: “{one_line(evidence.quote, _WIDTH - 20)}”"


def _step(record: Json, engine: Engine) -> str:
    at = datetime.fromisoformat(record["timestamp"]).astimezone(engine.settings.zone)
    what = _STEPS.get(record["approval_status"], "")
    if record["actor"] in {"executor", "reconciler"}:
        what = f"{record['actor']}: {record['result']}"
        what += f" ({record['error']})" if record["error"] else ""
    return f"  {at:%d %b %H:%M:%S}  {record['id']:<8} {what or record['result']}"
