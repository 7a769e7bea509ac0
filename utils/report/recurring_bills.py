"""What comes back: subscriptions among vendors' bills, which are new, dearer, or paid twice."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from utils.report.books import Document

#: Days between two bills that make them weekly, monthly, quarterly or yearly (ours).
_RHYTHMS: Final = {"week": (6, 8), "month": (26, 35), "quarter": (85, 97), "year": (355, 375)}
#: A subscription counts as dearer from this factor on.
DEARER: Final = Decimal("1.20")
#: Two bills of one vendor over the same sum within these days may be one bill twice (ours).
_DOUBLE_DAYS: Final = 7


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """Bills of one vendor that come back."""

    vendor: str
    #: ``week``, ``month``, ``quarter`` or ``year``.
    every: str
    latest: Document
    before: Document
    #: ``new``, ``dearer`` or "".
    news: str


@dataclass(frozen=True)
class Double:
    """Two bills that may be the same."""

    first: Document
    second: Document
    why: str


def subscriptions(
    bills: Sequence[Document], *, since: date, until: date
) -> tuple[Subscription, ...]:
    """Return the subscriptions that had a bill in a stretch of days, by vendor.

    Args:
        bills: Vendors' bills, oldest first.
        since: The first day.
        until: The last day.
    """
    by_vendor: defaultdict[int, list[Document]] = defaultdict(list)
    for bill in bills:
        if bill.issued and bill.issued <= until:
            by_vendor[bill.partner_id].append(bill)
    found = (_subscription(theirs, since) for theirs in by_vendor.values())
    return tuple(sorted(filter(None, found), key=lambda each: (each.vendor, each.latest.id)))


def doubles(bills: Iterable[Document], *, since: date, until: date) -> tuple[Double, ...]:
    """Return pairs of which the later one was issued in a stretch of days."""
    found: list[Double] = []
    earlier: defaultdict[int, list[Document]] = defaultdict(list)
    for bill in bills:
        if bill.issued and since <= bill.issued <= until:
            found += _pairs(bill, earlier[bill.partner_id])
        earlier[bill.partner_id].append(bill)
    return tuple(found)


def _subscription(bills: list[Document], since: date) -> Subscription | None:
    if len(bills) <= 1:
        return None
    before, latest = bills[-2:]
    every = _rhythm(before, latest)
    if latest.issued is None or latest.issued < since or not every:
        return None
    same = (latest.total, latest.currency) == (before.total, before.currency)
    steady = _rhythm(*bills[-3:-1]) == every if bills[:-2] else False
    # Two bills alone are a coincidence unless they are alike and weeks apart.
    if not steady and not (same and every != "week"):
        return None
    return Subscription(
        vendor=latest.partner,
        every=every,
        latest=latest,
        before=before,
        news=_news(before, latest, steady=steady),
    )


def _news(before: Document, latest: Document, *, steady: bool) -> str:
    same = latest.currency == before.currency and before.total > 0
    if same and latest.total >= before.total * DEARER:
        return "dearer"
    return "" if steady else "new"


def _rhythm(one: Document, other: Document) -> str:
    if one.issued is None or other.issued is None:
        return ""
    days = (other.issued - one.issued).days
    fitting = (name for name, (least, most) in _RHYTHMS.items() if least <= days <= most)
    return next(fitting, "")


def _pairs(bill: Document, earlier: list[Document]) -> Iterator[Double]:
    for other in earlier:
        same_sum = (other.total, other.currency) == (bill.total, bill.currency)
        if bill.reference and bill.reference == other.reference:
            yield Double(other, bill, "the same reference")
        elif same_sum and _apart(other, bill) <= _DOUBLE_DAYS:
            yield Double(other, bill, "the same sum within a week")


def _apart(one: Document, other: Document) -> int:
    if one.issued is None or other.issued is None:
        return _DOUBLE_DAYS + 1
    return abs((other.issued - one.issued).days)
