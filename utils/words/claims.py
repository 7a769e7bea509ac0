"""Whether every number in somebody's words is one that code computed.

What is compared is what a reader sees: digits, words, per cents, dates, amounts with their
currency and sign. Ids, times of day and other signs with digits must stand there letter by letter.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from utils.core.outside_text import visible
from utils.words.numbers import numbers_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from utils.core.model import Json

_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"
_MONTH: Final = (
    "(?i:(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"(?:uary|ruary|ch|il|e|y|ust|t(?:ember)?|ember|ober)?)\b\.?"
)
_ISO: Final = re.compile(r"(?<![\w-])(\d{4})-(\d{2})-(\d{2})(?![\w-])")
_DAY_FIRST: Final = re.compile(
    rf"(?<![\w.,])(\d{{1,2}})(?:st|nd|rd|th)?(?: of)?\.? {_MONTH}(?:,? (\d{{4}})(?![\d.,]\d))?"
)
_MONTH_FIRST: Final = re.compile(
    rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?(?![\d.,]\d|\d)(?:,? (\d{{4}})(?![\d.,]\d))?"
)
_DOTTED: Final = re.compile(r"(?<![\w.,])(\d{1,2})([./])(\d{1,2})\2(\d{4}|\d{2})(?!\w|[.,]\d)")
_WEEK: Final = re.compile(r"(?i:\bweek (?:no\. ?)?|(?<!\w)W)(\d{1,2})(?![\d.,%]\d|\d)")
_ISO_WEEK: Final = re.compile(r"(?<!\w)\d{4}-W(\d{2})(?!\w)")
_ADDRESS: Final = re.compile(r"\]\([^)\s]*\)")
_LINK: Final = re.compile(r"\[\[[^\]|]*\|")
_AROUND: Final = ".,;:!?()[]{}\"'*_`„“”‚‘’«»…"
#: Digits that are pictures, which no table of numbers knows.
_PICTURES: Final = frozenset("🔟💯🔢")
_CENTURY: Final = 2000


@dataclass(frozen=True)
class Known:
    """What code computed: the numbers that words may use."""

    #: Amounts and counts, each with its currency or "".
    numbers: frozenset[tuple[Decimal, str]]
    per_cents: frozenset[Decimal]
    #: Years, months and days; the year is 0 where the text names none.
    days: frozenset[tuple[int, int, int]]
    weeks: frozenset[int]
    #: Ids, times and the like, as they stand there.
    signs: frozenset[str]

    @classmethod
    def of(cls, sources: Json) -> Known:
        """Return what a report's sources allow.

        Args:
            sources: The JSON file beside a report.
        """
        texts = [_as_read(text) for text in _texts(sources)]
        rests = [_taken_apart(text) for text in texts]
        found = [number for rest in rests for number in numbers_in(rest.text)]
        found += [number for text in _moves(sources) for number in numbers_in(text)]
        plain = [each for each in found if not each.percent]
        return cls(
            numbers=frozenset(
                pair
                for each in plain
                for value in each.readings
                for pair in ((value, each.currency), (value, ""))
            ),
            per_cents=frozenset(v for each in found if each.percent for v in each.readings),
            days=frozenset(
                named
                for rest in rests
                for days in rest.days
                for year, month, day in days
                for named in ((year, month, day), (0, month, day))
            ),
            weeks=frozenset(week for rest in rests for week in rest.weeks),
            signs=frozenset(token for text in texts for token in _tokens(text)),
        )


def unproven(text: str, known: Known) -> str:
    """Return the first thing in a text that says a number which code did not compute, or "".

    Args:
        text: Somebody's words, as they were written.
        known: What code computed.
    """
    if odd := _unreadable(text):
        return odd
    rest = _taken_apart(" ".join(_without_signs(text, known)))
    for days, words in zip(rest.days, rest.day_words, strict=True):
        if not days or not days <= known.days:
            return words
    for week in rest.weeks:
        if week not in known.weeks:
            return f"week {week}"
    for number in numbers_in(rest.text):
        pairs = {(value, number.currency) for value in number.readings}
        fits = number.readings <= known.per_cents if number.percent else pairs <= known.numbers
        if not number.readings or not fits:
            return number.text
    return ""


@dataclass
class _Rest:
    """A text whose dates and weeks were taken out."""

    text: str
    #: For each date what it may mean; empty where it is none.
    days: list[frozenset[tuple[int, int, int]]]
    day_words: list[str]
    weeks: list[int]


def _taken_apart(text: str) -> _Rest:
    rest = _Rest(text, [], [], [])

    def keep(found: re.Match[str], *days: tuple[str | None, str, str]) -> str:
        rest.days.append(frozenset(filter(None, (_day(*parts) for parts in days))))
        rest.day_words.append(found[0].strip())
        return " · "

    def week(found: re.Match[str]) -> str:
        rest.weeks.append(int(found[1]))
        return " · "

    for form, replaced in (
        (_ISO_WEEK, week),
        (_ISO, lambda found: keep(found, (found[1], found[2], found[3]))),
        (_DAY_FIRST, lambda found: keep(found, (found[3], found[2], found[1]))),
        (_MONTH_FIRST, lambda found: keep(found, (found[3], found[1], found[2]))),
        (_DOTTED, lambda found: keep(found, *_orders(found))),
        (_WEEK, week),
    ):
        rest.text = form.sub(replaced, rest.text)
    return rest


def _orders(found: re.Match[str]) -> Iterator[tuple[str | None, str, str]]:
    """Yield year, month and day as a reader may take them: points put the day first."""
    yield found[4], found[3], found[1]
    if found[2] == "/":
        yield found[4], found[1], found[3]


def _day(year: str | None, month: str, day: str) -> tuple[int, int, int] | None:
    number = int(month) if month.isdigit() else _MONTHS.index(month.casefold()) // 3 + 1
    of = int(year) if year else 0
    of += _CENTURY if 0 < of < 100 else 0  # noqa: PLR2004 - a year of two digits
    try:
        date(of or 2000, number, int(day))
    except ValueError:
        return None
    return of, number, int(day)


def _without_signs(text: str, known: Known) -> Iterator[str]:
    """Yield the words of a text without those that stand in the sources letter by letter."""
    for word in text.split():
        yield "·" if word.strip(_AROUND) in known.signs else word


def _tokens(text: str) -> Iterator[str]:
    """Yield what is no plain number although it holds digits, such as ``INV/2026/00012``."""
    for word in text.split():
        token = word.strip(_AROUND)
        if re.search(r"\d", token) and re.search(r"[A-Za-z/:#]|\d–\d", token):
            yield token


def _unreadable(text: str) -> str:
    """Return what in a text cannot be checked as it is seen: hidden signs, digits in disguise."""
    shown = visible(text)
    if shown != text:
        return shown[max(0, shown.find("⟨") - 8) :][:24]
    for place, char in enumerate(text):
        if char in _PICTURES or (
            not char.isascii() and unicodedata.numeric(char, None) is not None
        ):
            return char
        if unicodedata.category(char).startswith("M") and text[place - 1 : place].isdigit():
            return text[place - 1 : place + 1]
        if char.isascii() and char.isalpha() and _next_to_foreign(text, place):
            return text[max(0, place - 1) : place + 2]
    return ""


def _next_to_foreign(text: str, place: int) -> bool:
    """Return whether a Latin letter stands beside one of another alphabet, as in a disguise."""
    char = text[place + 1 : place + 2]
    return char.isalpha() and not unicodedata.name(char, "LATIN").startswith("LATIN")


def _texts(sources: Json) -> Iterator[str]:
    """Yield the texts of a report whose numbers code computed: figures, sentences, the stretch."""
    for figure in sources.get("figures", {}).values():
        yield str(figure["shown"])
    for line in sources.get("lines", ()):
        yield str(line["text"])
    front = sources.get("front", {})
    yield from (str(front.get(name, "")) for name in ("week", "period"))


def _moves(sources: Json) -> Iterator[str]:
    """Yield the sizes of changes, which words may tell without a sign: "less", "more"."""
    for key, figure in sources.get("figures", {}).items():
        if key.endswith((".change", ".vs_mean")):
            yield str(figure["shown"]).replace("−", "").replace("+", "")


def _as_read(text: str) -> str:
    return _LINK.sub("", _ADDRESS.sub("]", text)).replace("\\", "")


def first_unproven(texts: Iterable[str], known: Known) -> str:
    """Return the first thing in several texts that is not proven, or ""."""
    return next(filter(None, (unproven(text, known) for text in texts)), "")
