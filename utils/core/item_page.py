"""Items and Plans as notes: who wrote what, shown and never obeyed, and what is planned for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core import notes
from utils.core.errors import NoteError
from utils.core.markdown import callout, moment, table
from utils.core.model import ItemType
from utils.core.outside_text import one_line, quote, unlinked

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from utils.core.front_matter import Front
    from utils.core.model import Attachment, Item, Plan, PlanStep

_OWN: Final = {
    ItemType.CLARIFICATION: ("question", "Not clear, so nothing was done"),
    ItemType.ALERT: ("danger", "This needs you"),
}
#: What the owner does about the employee's own notes.
_DO: Final = {
    ItemType.CLARIFICATION: "**Do:** ask whoever knows, or tell Claude Code the answer; then drag "
    "this note to *Completed*.",
    ItemType.ALERT: "**Do:** see to it, then drag this note to *Completed*.",
}
#: How much is shown of an Item that does not fit: of its text and of each line, in characters,
#: and of its files.
_BEGINNING: Final = 8000
_LINE: Final = 300
_NAMED: Final = 100
_LINES: Final = ("sender", "sender_name", "reply_to", "subject", "thread", "message_id", "about")


def item_page(item: Item, zone: ZoneInfo, *, status: str = "open") -> str:
    """Return an Item's note.

    Args:
        item: What happened.
        zone: The owner's time zone.
        status: Where its handling stands: ``open``, ``planned``, ``done`` …

    What is too long for a note is shown by its beginning, and says so.
    """
    try:
        return _page(item, zone, status)
    except NoteError:
        return _page(_beginning_of(item), zone, status)


def _beginning_of(item: Item) -> Item:
    short = {name: getattr(item, name)[:_LINE] for name in _LINES}
    left_out = len(item.body) - _BEGINNING
    more = f"\n\n({left_out} more characters are too long for a note.)" if left_out > 0 else ""
    return item.model_copy(
        update=short
        | {
            "body": item.body[:_BEGINNING] + more,
            "attachments": tuple(
                each.model_copy(update={"text": ""}) for each in item.attachments[:_NAMED]
            ),
        }
    )


def _page(item: Item, zone: ZoneInfo, status: str) -> str:
    parts = [
        _question(item),
        _head(item, zone),
        quote(item.body, "What was seen" if item.type in _OWN else "What they wrote")
        if item.body.strip() and not _repeats(item)
        else "",
        _attachments(item.attachments),
        *(
            quote(each.text, f"Text of {each.name}", folded=True)
            for each in item.attachments
            if each.text
        ),
    ]
    return notes.render(_front(item, zone, status), "\n\n".join(filter(None, parts)) + "\n")


def _front(item: Item, zone: ZoneInfo, status: str) -> dict[str, Front]:
    optional = {"thread": item.thread, "message_id": item.message_id, "about": item.about}
    return {
        "id": item.id,
        "type": str(item.type),
        "source": str(item.source),
        "received": item.received_at.astimezone(zone).isoformat(timespec="seconds"),
        "from": unlinked(item.sender),
        "subject": unlinked(item.subject),
        "priority": item.priority,
        "status": status,
        **{name: unlinked(value) for name, value in optional.items() if value},
    }


def _question(item: Item) -> str:
    kind, title = _OWN.get(item.type, ("question", "Not clear"))
    lines = [one_line(line, 2000) for line in item.question.splitlines() if line.strip()]
    about = f"It is about the note whose name ends in {one_line(item.about)}."
    more = [about if item.about else "", _DO.get(item.type, "")]
    return callout(kind, title, filter(None, [*lines, *more])) if lines else ""


def _repeats(item: Item) -> bool:
    """Return whether the text of a question says nothing but the question, line by line."""
    said = [line.partition(": ")[2] for line in item.body.splitlines()]
    return (
        item.type in _OWN and bool(said) and all(each and each in item.question for each in said)
    )


def _head(item: Item, zone: ZoneInfo) -> str:
    named = f", who goes by “{one_line(item.sender_name, 80)}”" if item.sender_name else ""
    differs = item.reply_to not in {"", item.sender}
    lines = [
        f"**From** {one_line(item.sender, 200)}{named}" if item.sender else "",
        f"**But answers go to** {one_line(item.reply_to, 200)}" if differs else "",
        f"**Received** {moment(item.received_at, zone)}",
        f"**Noticed** {one_line(' · '.join(item.marks), 300)}" if item.marks else "",
    ]
    return callout("info", one_line(item.subject, 200) or "No subject", filter(None, lines))


def _attachments(attachments: tuple[Attachment, ...]) -> str:
    rows = [(one_line(each.name), f"{each.size_bytes} bytes") for each in attachments]
    return table(("Attached", "Size"), rows)


def plan_page(plan: Plan, zone: ZoneInfo) -> str:
    """Return a Plan's note.

    Raises:
        NoteError: The Plan is too large for a note.
    """
    front = {
        "id": plan.id,
        "type": "plan",
        "item": plan.item_id,
        "title": unlinked(plan.title),
        "created": plan.created_at.astimezone(zone).isoformat(timespec="seconds"),
        "status": "done" if all(step.done for step in plan.steps) else "open",
    }
    lines = [
        f"It belongs to the note whose name ends in {one_line(plan.item_id)}.",
        "The boxes only show how far it is; what needs your yes waits in *Pending_Approval*.",
    ]
    steps = "\n".join(_step(step) for step in plan.steps)
    head = callout("abstract", one_line(plan.title, 200), lines)
    return notes.render(front, f"{head}\n\n{steps}\n")


def _step(step: PlanStep) -> str:
    asked = f" · asked in {one_line(step.proposal_id)}" if step.proposal_id else ""
    return f"- [{'x' if step.done else ' '}] {one_line(step.text, 400)}{asked}"
