"""The lower part of a Proposal's note: its texts, its particulars, the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from utils.core.markdown import label, moment, table
from utils.core.operation import Effect
from utils.core.outside_text import one_line, quote
from utils.core.pinned import pinned_text
from utils.core.text_box import box

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from utils.core.model import Evidence, Proposal

#: The longest value that a table shows whole, in characters; a longer one is folded below it.
_CELL: Final = 160
#: The field that holds the lines of an invoice or bill.
_LINES: Final = "lines"
#: The fields that name whom it is for.
_PAYEE: Final = frozenset({"customer", "vendor"})


def details(proposal: Proposal, editable: tuple[str, ...], zone: ZoneInfo) -> list[str]:
    """Return the parts of a note below what counts; a part without content is ""."""
    facts = _facts(proposal, editable, zone)
    rows = [(one_line(name, 60), one_line(text, _CELL)) for name, text in facts]
    return [
        *_boxes(proposal, editable),
        table(("What", "Exactly"), rows),
        _lines(proposal),
        *(
            quote(text, f"{name}, in full", folded=True)
            for name, text in facts
            if len(text) > _CELL
        ),
        *_evidence(proposal.evidence),
    ]


def _boxes(proposal: Proposal, editable: tuple[str, ...]) -> list[str]:
    texts = {name: proposal.fields.get(name) for name in editable}
    return [box(label(name), str(text)) for name, text in texts.items() if text is not None]


def _facts(proposal: Proposal, editable: tuple[str, ...], zone: ZoneInfo) -> list[tuple[str, str]]:
    """Return label and text of what was looked up, and of what was asked where that differs."""
    known = proposal.particulars
    facts = {name: text for name, text in known.shown.items() if not _is_table(proposal, name)}
    if proposal.runs_at:
        facts["Runs at"] = f"{moment(proposal.runs_at, zone)} ({zone})"
    reached = ", ".join(known.recipients)
    if reached and reached not in facts.values():
        facts["Reaches"] = reached
    for name, value in pinned_text(proposal.fields, (*editable, _LINES)).items():
        what, text = label(name), _flat(value)
        if text and not _is_said(proposal, facts, name, text):
            facts[f"{what}, as asked" if what in facts else what] = text
    return list(facts.items())


def _is_table(proposal: Proposal, name: str) -> bool:
    """Return whether the lines stand in a table of their own."""
    return name.lower() == _LINES and bool(_lines(proposal))


def _is_said(proposal: Proposal, facts: dict[str, str], name: str, text: str) -> bool:
    """Return whether the note says a field's value already, in words that a person reads."""
    known = proposal.particulars
    if name in _PAYEE and text in {known.payee, known.payee_mail}:
        return True
    if name == "currency" and known.amount is not None and text == known.currency:
        return True
    if name.endswith("_id") and known.shown and proposal.effect != Effect.REMOVE:
        # What was looked up under it stands here; the number stands in the properties.
        return True
    words = set(name.split("_"))
    return any(said == text and words & set(what.lower().split()) for what, said in facts.items())


def _flat(value: Any) -> str:
    """Return a field's value on one line: lists with commas, objects as names and values."""
    if isinstance(value, list):
        return ", ".join(_flat(inner) for inner in value)
    if isinstance(value, dict):
        return " · ".join(f"{label(name)} {_flat(inner)}" for name, inner in value.items())
    return str(value)


def _lines(proposal: Proposal) -> str:
    lines = pinned_text(proposal.fields, ()).get(_LINES)
    rows = [_line(dict(line)) for line in lines if isinstance(line, dict)] if lines else []
    return table(("Line", "Price each"), rows)


def _line(line: dict[str, Any]) -> tuple[str, str]:
    quantity, words = line.pop("quantity", "1"), line.pop("description", "")
    price = line.pop("unit_price", "")
    more = f" · {_flat(line)}" if line else ""
    return one_line(f"{quantity} × {words}{more}", _CELL), one_line(_flat(price), 40)


def _evidence(evidence: tuple[Evidence, ...]) -> list[str]:
    """Return the words behind the values: short ones together, each long one by itself."""
    told = [
        (each, f"{each.what} ({each.where})" if each.where else each.what) for each in evidence
    ]
    short = [f"{title}: {each.quote}" for each, title in told if _is_short(each)]
    return [
        quote("\n".join(dict.fromkeys(short)), "The words behind the values", folded=True)
        if short
        else "",
        *(
            quote(each.quote, f"The words behind “{title}”", folded=True)
            for each, title in told
            if not _is_short(each)
        ),
    ]


def _is_short(evidence: Evidence) -> bool:
    return len(evidence.quote) <= _CELL and len(evidence.quote.splitlines()) <= 1
