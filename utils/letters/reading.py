"""The values that come out of reading a message: what was found, from which words, what is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from utils.core.model import Evidence, Value
from utils.core.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Longest quote kept as evidence, in characters.
_QUOTE_LENGTH: Final = 160


class Kind(StrEnum):
    """What a message wants."""

    #: Somebody asks the owner for an invoice.
    INVOICE_REQUEST = "invoice_request"
    #: Somebody bills the owner.
    BILL = "bill"
    #: Somebody says that an invoice was paid.
    PAYMENT_NOTICE = "payment_notice"
    QUOTE_REQUEST = "quote_request"
    POST_REQUEST = "post_request"
    QUESTION = "question"
    #: Advertising, newsletters and automatic notices: nothing to do.
    NOISE = "noise"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Viewpoint:
    """From whose side a message is read: what the owner's settings say about him."""

    #: ISO 4217 code of the owner's currency, such as ``EUR``.
    currency: str
    #: Such as ``en_US``; it settles the order of day and month. "" leaves both open.
    locale: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    #: The owner's own names and addresses, which are never the customer or the vendor.
    own_names: tuple[str, ...] = ()
    #: Whether the message at hand writes decimals with a comma; None where it does not show.
    decimal_comma: bool | None = None

    @property
    def language(self) -> str:
        """The language of the locale, such as ``de``, or ""."""
        return self.locale.replace("-", "_").partition("_")[0].lower()

    @property
    def month_first(self) -> bool | None:
        """Whether 03/04 is March the 4th; None where the locale does not say."""
        if not self.locale:
            return None
        return self.locale.replace("-", "_").lower() in {"en_us", "en_ph", "en_ca"}


class Unclear(Value):
    """One thing that is missing or can be read in two ways."""

    #: The field it is about, such as ``amount``.
    what: str
    #: The plain question to the owner.
    question: str


class Line(Value):
    """One line of an invoice or a bill."""

    description: str
    quantity: Decimal = Decimal(1)
    unit_price: Money

    @property
    def total(self) -> Decimal:
        """Quantity times unit price, unrounded."""
        return self.quantity * Decimal(self.unit_price)


class Reading(Value):
    """What a message says, as far as its words are plain."""

    kind: Kind
    item_id: str = ""
    #: The customer or vendor: a name or an e-mail address; "" where it is unknown or irrelevant.
    who: str = ""
    lines: tuple[Line, ...] = ()
    #: ISO 4217 code, or "" where none is named.
    currency: str = ""
    #: The total of a bill or the sum of a payment, None where there is none.
    amount: Money | None = None
    due_date: date | None = None
    #: The date of a bill or of a payment.
    dated: date | None = None
    #: The order or invoice number, or "".
    reference: str = ""
    #: The account that a bill asks to be paid to, or "".
    iban: str = ""
    evidence: tuple[Evidence, ...] = ()
    unclear: tuple[Unclear, ...] = ()
    #: What the owner should know before he trusts the message, one sentence each.
    warnings: tuple[str, ...] = ()


def evidence_of(what: str, quote: str, where: str) -> Evidence:
    """Return the words something was read from, cut to a readable length."""
    return Evidence(what=what, quote=quote.strip()[:_QUOTE_LENGTH], where=where)


def one_each[T](found: Iterable[T]) -> tuple[T, ...]:
    """Return the values in their order, each only once."""
    return tuple(dict.fromkeys(found))
