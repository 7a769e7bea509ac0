"""Figures as they stand on a page: what is shown, the exact value, and where it can be looked up.

No figure is made without its proofs or, where there is none, without the reason. What is not
known is a dash and never a zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from utils.core.money import as_money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.core.model import Json

#: What stands where nothing is known.
DASH: Final = "–"
#: How many ids a proof lists; the rest follows from its conditions.
LISTED: Final = 12


class ProofKind(StrEnum):
    """Where a figure can be looked up."""

    #: Records of the audit log, by conditions and ids.
    RECORDS = "records"
    #: A document in Odoo, by its address.
    DOCUMENT = "document"
    #: A sum that Odoo adds up, by its conditions.
    QUERY = "query"
    #: A note of the vault.
    NOTE = "note"
    #: The journal's own tables: Proposals, Items, uptime.
    JOURNAL = "journal"
    #: Other figures of the same page.
    FIGURES = "figures"


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One place where a figure can be looked up."""

    kind: ProofKind
    #: What to look for there, one sentence or a condition.
    where: str
    #: The first ids that fit: of Records, documents, Proposals, or names of figures.
    ids: tuple[str, ...] = ()
    #: How many fit altogether; 0 where nothing is counted.
    count: int = 0
    #: The address or the note's name, or "".
    link: str = ""
    #: What it is called on the page, or "".
    title: str = ""

    def as_json(self) -> Json:
        """Return it as JSON values, without what is empty."""
        values = {
            "kind": str(self.kind),
            "where": self.where,
            "ids": list(self.ids),
            "count": self.count,
            "link": self.link,
            "title": self.title,
        }
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure on a page."""

    #: Its name, unique on the page, such as ``money.revenue``.
    key: str
    #: As it is read.
    shown: str
    #: The exact value as text; "" where it is not known.
    value: str = ""
    #: Why it is not known, one sentence, or "".
    why: str = ""
    proofs: tuple[Proof, ...] = ()

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return bool(self.value)

    def as_json(self) -> Json:
        """Return it as JSON values."""
        values: Json = {"shown": self.shown, "value": self.value, "why": self.why}
        return values | {"proofs": [proof.as_json() for proof in self.proofs]}


@dataclass
class Counted:
    """Counts what fits one condition, and keeps the first ids and the last."""

    where: str
    kind: ProofKind = ProofKind.RECORDS
    count: int = 0
    ids: list[str] = field(default_factory=list)
    last: str = ""

    def add(self, id_: str) -> None:
        """Count one more."""
        self.count += 1
        self.last = id_
        if len(self.ids) < LISTED:
            self.ids.append(id_)

    def proof(self) -> Proof:
        """Return where those that were counted can be found."""
        more = (self.last,) if self.count > len(self.ids) else ()
        ids = (*self.ids, *more)
        return Proof(kind=self.kind, where=self.where, ids=ids, count=self.count)


def absent(key: str, why: str) -> Figure:
    """Return a figure that is not known, with the reason."""
    return Figure(key=key, shown=DASH, why=why)


def counted(key: str, found: Counted) -> Figure:
    """Return a number of things, which is a true zero where none fits the condition."""
    return whole(key, found.count, found.proof())


def whole(key: str, number: int, *proofs: Proof) -> Figure:
    """Return a whole number."""
    return Figure(key=key, shown=f"{number:,}", value=str(number), proofs=proofs)


def money(key: str, amount: Decimal, currency: str, *proofs: Proof) -> Figure:
    """Return an amount to the cent."""
    return Figure(
        key=key, shown=money_shown(amount, currency), value=as_money(amount), proofs=proofs
    )


def money_shown(amount: Decimal, currency: str) -> str:
    """Return an amount as it is read, such as ``−31,750.00 USD``."""
    cents = Decimal(as_money(amount))
    return f"{'−' if cents < 0 else ''}{abs(cents):,.2f} {currency}"


def share(key: str, part: Decimal, of: Decimal, *proofs: Proof) -> Figure:
    """Return a share in per cent with one decimal; not known where there is nothing to share."""
    if not of:
        return absent(key, "there is nothing to compare with")
    per_cent = (100 * part / of).quantize(Decimal("0.1"), rounding="ROUND_HALF_UP")
    return Figure(key=key, shown=f"{per_cent} %", value=str(per_cent), proofs=proofs)


def change(key: str, now: Figure, before: Figure, *, unit: str, up_is_good: bool | None) -> Figure:
    """Return the difference between two figures: the arrow says where to, the colour how good.

    Args:
        key: Its name.
        now: The later figure.
        before: The earlier one.
        unit: The currency, or "" for a number of things.
        up_is_good: None where neither direction is better.
    """
    if not (now.known and before.known):
        return absent(key, now.why or before.why)
    difference = Decimal(now.value) - Decimal(before.value)
    proof = Proof(kind=ProofKind.FIGURES, where="the difference", ids=(now.key, before.key))
    size = money_shown(abs(difference), unit) if unit else f"{abs(difference):,}"
    if not difference:
        return Figure(key=key, shown=f"= {size}", value="0", proofs=(proof,))
    arrow, sign = ("▲", "+") if difference > 0 else ("▼", "−")
    colour = "" if up_is_good is None else " 🟢" if (difference > 0) is up_is_good else " 🔴"
    shown = f"{arrow} {sign}{size}{colour}"
    return Figure(key=key, shown=shown, value=str(difference), proofs=(proof,))


def duration(key: str, seconds: float, *proofs: Proof) -> Figure:
    """Return a length of time in whole minutes."""
    minutes = int(seconds // 60)
    return Figure(key=key, shown=time_shown(minutes), value=str(minutes), proofs=proofs)


def time_shown(minutes: int) -> str:
    """Return a length of time as it is read, such as ``2 d 3 h`` or ``45 min``."""
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {left} min" if hours else f"{left} min"


def as_json(figures: Mapping[str, Figure]) -> Json:
    """Return figures as JSON values by their names."""
    return {key: figures[key].as_json() for key in sorted(figures)}
