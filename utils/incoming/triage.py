"""Triage without a model: how much an Item matters, and whether it may be put away quietly."""

from __future__ import annotations

import re
from typing import Final, Literal

from utils.core.model import Item, ItemType, Value
from utils.letters.reading import Kind, Reading
from utils.sensitive_content_detector import Category, findings

#: What is looked at of an Item's text, in characters.
_LOOKED_AT: Final = 60_000
#: Kinds that ask for something to be done; never noise, whoever sent them.
_ACTS: Final = frozenset(
    {
        Kind.INVOICE_REQUEST,
        Kind.BILL,
        Kind.PAYMENT_NOTICE,
        Kind.QUOTE_REQUEST,
        Kind.POST_REQUEST,
    }
)
#: What keeps even a newsletter on the desk.
_LOUD: Final = frozenset(Category) - {Category.ACTIVE_LINK, Category.FINANCIAL_DETAIL}
_SHOWN_AS: Final = {
    Category.LEGAL: "legal",
    Category.MEDICAL: "medical",
    Category.FINANCIAL_DETAIL: "money matters",
    Category.EMOTIONAL: "emotional",
    Category.SECRET: "holds a password or key",
    Category.BANK_DETAIL: "bank details",
    Category.SPEAKS_TO_ASSISTANT: "speaks to the assistant",
}
_URGENT: Final = re.compile(
    r"\b(?:urgent(?:ly)?|asap|as soon as possible|immediately|final (?:notice|reminder)|deadline"
    r"|dringend|eilig|sofort|letzte mahnung|au plus vite|immédiatement|dernier rappel"
    r"|urgente|cuanto antes|inmediatamente|último aviso)\b",
    re.IGNORECASE,
)
#: Mails that a calendar sends: invitations and the answers to them.
_CALENDAR: Final = re.compile(
    r"(?:updated |cancell?ed )?(?:invitation|event)\b.{0,3}:|(?:accepted|declined|tentative(?:ly"
    r" accepted)?|cancell?ed(?: event)?|new time proposed)\s?:|(?:einladung|zugesagt|abgesagt"
    r"|abgelehnt|vorläufig angenommen|aktualisierte einladung)\s?:|(?:invitation|accepté|refusé"
    r"|annulé)\s?:|(?:invitación|aceptad[oa]|rechazad[oa]|cancelad[oa])\s?:",
    re.IGNORECASE,
)
_INVITATION: Final = ".ics"

type Priority = Literal["low", "normal", "high"]


class Triage(Value):
    """How an Item is handled."""

    priority: Priority
    #: Whether it is put away without troubling the owner.
    is_noise: bool
    #: What in it is sensitive, in the order of ``Category``.
    sensitive: tuple[str, ...] = ()
    #: Whether the sender is known; None where nobody could tell.
    known: bool | None = None

    @property
    def marks(self) -> tuple[str, ...]:
        """What the owner sees of it in the note, a few words each."""
        acquaintance = {True: "known sender", False: "first contact", None: ""}[self.known]
        noise = "newsletter or notice" if self.is_noise else ""
        return tuple(filter(None, (noise, acquaintance, *self.sensitive)))


def is_noise(item: Item, reading: Reading) -> bool:
    """Return whether a mail only tells: a newsletter, an automatic notice, a calendar's mail.

    Whatever asks for something to be done, or touches a sensitive matter, is none.
    """
    if item.type is not ItemType.EMAIL or reading.kind in _ACTS:
        return False
    automatic = item.priority == "low" and reading.kind is not Kind.QUESTION
    tells = reading.kind is Kind.NOISE or automatic or _is_calendars(item)
    return tells and not _categories(item) & _LOUD


def triage(item: Item, reading: Reading, *, known: bool | None) -> Triage:
    """Return how an Item is handled.

    Args:
        item: What came in.
        reading: What it says.
        known: Whether there was business or talk with the sender before.
    """
    found = _categories(item)
    noise = is_noise(item, reading)
    return Triage(
        priority="low" if noise else _priority(item, reading, found, known=known),
        is_noise=noise,
        sensitive=tuple(words for category, words in _SHOWN_AS.items() if category in found),
        known=known,
    )


def _priority(
    item: Item, reading: Reading, found: frozenset[Category], *, known: bool | None
) -> Priority:
    if Category.LEGAL in found:
        return "high"
    # Hurry is how strangers push: only those we know can claim it.
    hurried = known is True and _URGENT.search(f"{item.subject}\n{item.body[:_LOOKED_AT]}")
    if hurried and Category.SPEAKS_TO_ASSISTANT not in found:
        return "high"
    return "normal" if reading.kind in _ACTS else item.priority


def _categories(item: Item) -> frozenset[Category]:
    texts = (item.subject, item.body, *(attachment.text for attachment in item.attachments))
    text = "\n".join(texts)[:_LOOKED_AT]
    return frozenset(finding.category for finding in findings(text))


def _is_calendars(item: Item) -> bool:
    invited = any(attachment.name.endswith(_INVITATION) for attachment in item.attachments)
    return invited or _CALENDAR.match(item.subject.strip()) is not None
