"""The upper part of a Proposal's note: what counts, within the first lines of a phone's screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core.lifecycle import GRANTED_STATES, OPEN_STATES, State
from utils.core.markdown import callout, link, moment
from utils.core.model import OutcomeKind, Source
from utils.core.outside_text import one_line

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from utils.core.model import Outcome, Proposal

#: Warnings and recipients that stand above the fold; all of them stand below.
ABOVE: Final = 3

#: Where a Proposal comes from, as the owner is told; what he asked for himself needs no word.
_ORIGIN: Final = {
    Source.MCP: "Claude Code proposed it.",
    Source.GMAIL: "It goes back to a mail.",
    Source.WHATSAPP: "It goes back to a chat.",
    Source.FILE: "It goes back to a file that you dropped.",
    Source.SCHEDULE: "The employee drafted it by itself.",
}
_RESULT: Final = {
    OutcomeKind.DONE: ("success", "Done"),
    OutcomeKind.FAILED: ("failure", "It did not work"),
    OutcomeKind.UNKNOWN: ("question", "Nobody can tell yet whether it happened"),
    OutcomeKind.WAITING: ("info", "Not out yet"),
    OutcomeKind.PREVIEWED: ("example", "Only previewed"),
    OutcomeKind.REFUSED: ("failure", "Refused"),
    OutcomeKind.EXPIRED: ("abstract", "Expired without an answer"),
}


def look_twice(warnings: tuple[str, ...]) -> str:
    """Return warnings as a callout, or "" where there are none."""
    lines = [one_line(warning, 300) for warning in warnings]
    return callout("danger", "Look twice", lines) if lines else ""


def essence(proposal: Proposal, zone: ZoneInfo) -> str:
    """Return what would happen, to whom, for how much, when, and how it can be undone."""
    amount_and_time = " · ".join(filter(None, (_amount(proposal), _when(proposal, zone))))
    lines = [_whom(proposal), amount_and_time, f"**Undo** {one_line(proposal.undo, 200)}"]
    return callout("todo", one_line(proposal.headline, 200), filter(None, lines))


def _whom(proposal: Proposal) -> str:
    known = proposal.particulars
    names = [one_line(known.payee, 80), one_line(known.payee_mail, 120)]
    names.append(f"account {one_line(known.account, 40)}" if known.account else "")
    names.append("**new**" if known.payee and not known.payee_known else "")
    if not any(names):
        names = [one_line(each, 120) for each in known.recipients[:ABOVE]]
        more = len(known.recipients) - ABOVE
        names.append(f"and {more} more, all named below" if more > 0 else "")
    return f"**To** {' · '.join(filter(None, names))}" if any(names) else ""


def _amount(proposal: Proposal) -> str:
    known = proposal.particulars
    if known.amount is None:
        return ""
    is_foreign = known.base_amount is not None and known.base_amount != known.amount
    base = f" (about {known.base_amount} in your own)" if is_foreign else ""
    return f"**For** **{known.amount} {one_line(known.currency, 12) or '(no currency)'}**{base}"


def _when(proposal: Proposal, zone: ZoneInfo) -> str:
    return f"**When** {moment(proposal.runs_at, zone)}" if proposal.runs_at else ""


def decision(proposal: Proposal, editable: tuple[str, ...], zone: ZoneInfo) -> str:
    """Return how the owner says yes or no, or stops what is granted."""
    if proposal.state in OPEN_STATES:
        held = "You took it back. " if proposal.state is State.HELD else ""
        lines = [
            "**Yes:** tick *approve*, or drag this note to *Approved*.",
            "**No:** tick *reject*, or drag it to *Rejected*.",
            "**Other words:** change them in the box below and save." if editable else "",
            "**No answer:** nothing happens.",
        ]
        title = f"{held}Decide by {moment(proposal.expires_at, zone)}"
        return callout("tip", title, filter(None, lines))
    if proposal.state in GRANTED_STATES:
        return callout(
            "tip", "Granted", ["To stop it, drag this note back to *Pending_Approval*."]
        )
    return ""


def why(proposal: Proposal) -> str:
    """Return why a person is asked, or why it was granted or refused, and where it came from."""
    is_open = proposal.state in OPEN_STATES
    title = "Why you are asked" if is_open else "Why"
    origin = _ORIGIN.get(proposal.origin.source, "")
    if is_open and proposal.origin.item_id:
        origin += " Read it in *Needs_Action*."
    return callout("question", title, filter(None, [one_line(proposal.reason, 600), origin]))


def result(outcome: Outcome, decided: str) -> str:
    """Return what came of it, with the number and the link on top."""
    kind, title = _RESULT[outcome.kind]
    number = one_line(str(outcome.data.get("number") or outcome.remote_id))
    lines = [
        link("Open it there", outcome.url) if outcome.url else "",
        one_line(outcome.detail, 600),
        one_line(decided, 300),
    ]
    return callout(kind, f"{title}: **{number}**" if number else title, filter(None, lines))
