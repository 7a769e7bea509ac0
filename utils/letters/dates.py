"""Days and payment terms in a text: ``by 5 December``, ``Net 30``, ``fin de mois``."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from utils.letters.reading import Viewpoint

_MONTHS: Final = (
    "january januar janvier enero jan janv ene",
    "february februar février fevrier febrero feb févr",
    "march märz maerz mars marzo mar mär mrz",
    "april avril abril apr avr abr",
    "may mai mayo",
    "june juni juin junio jun",
    "july juli juillet julio jul juil",
    "august août aout agosto aug ago",
    "september septembre septiembre sep sept",
    "october oktober octobre octubre oct okt",
    "november novembre noviembre nov",
    "december dezember décembre diciembre dec dez déc dic",
)
_MONTH_OF: Final = {
    name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()
}
_NAMES: Final = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_DATE: Final = re.compile(
    r"(?<![\w./-])(?:(?P<y1>20[0-9]{2})-(?P<m1>[0-9]{2})-(?P<d1>[0-9]{2})"
    r"|(?P<a>[0-9]{1,2})(?P<sep>[./-])(?P<b>[0-9]{1,2})(?P=sep)(?P<y2>20[0-9]{2}|[0-9]{2})"
    r"|(?P<d4>[0-9]{1,2})\.(?P<m4>[0-9]{1,2})\.(?![0-9])"
    rf"|(?P<d2>[0-9]{{1,2}})(?:st|nd|rd|th|er|º|\.)?[ \u00a0]{{1,2}}(?:of |de )?(?P<m2>{_NAMES})\b"
    r"(?:\.?,?[ ](?:de |del )?(?P<y3>20[0-9]{2}))?"
    rf"|(?P<m3>{_NAMES})\.?[ ](?P<d3>[0-9]{{1,2}})(?:st|nd|rd|th)?(?:,?[ ](?P<y4>20[0-9]{{2}}))?)"
    r"(?![\w/]|[.-][0-9])",
    re.IGNORECASE,
)
_COUNTS: Final = {
    "one": 1,
    "a": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "zwei": 2,
    "einer": 1,
    "vier": 4,
    "drei": 3,
    "deux": 2,
    "une": 1,
    "trois": 3,
    "dos": 2,
    "una": 1,
    "tres": 3,
    "quinze": 15,
}
_COUNT: Final = "[0-9]{1,3}|" + "|".join(_COUNTS)
_UNIT: Final = (
    r"(?P<week>weeks?|wochen?|semaines?|semanas?)|(?:calendar |kalender)?(?:days?|tagen?"
    r"|jours?|días|dias)"
)
_EOM: Final = r"[ ](?:fin de mois|from end of month|end of month|eom|fin de mes)\b"
_TERMS: Final = re.compile(
    rf"\bnet[ -]?(?P<net>[0-9]{{1,3}})\b(?:[ -]?days?)?|\bn/(?P<n>[0-9]{{1,3}})\b"
    rf"|\b(?P<netto>[0-9]{{1,3}})[ -](?:days?|tage|jours|días)[ ](?:net\b|netto|nets)"
    r"|\b(?:in|within|innerhalb(?: von)?|binnen|sous|dans(?: les)?|en|dentro de|a|à|terms:?"
    r"|zahlungsziel:?"
    rf"|payment terms:?)[ ](?P<count>{_COUNT})[ -](?:{_UNIT})\b(?P<eom>{_EOM})?"
    rf"|\b[0-9]{{1,3}}[ ](?:days?|jours|días|tage)(?P<eom2>{_EOM})",
    re.IGNORECASE,
)
_NOW: Final = re.compile(
    r"\b(?:(?:due|payable|payment)[ ](?:up)?on receipt|due immediately|payable immediately"
    r"|sofort (?:fällig"
    r"|zahlbar|ohne abzug)|zahlbar sofort|à réception|al recibo|a la recepción|pago inmediato)\b",
    re.IGNORECASE,
)
_MONTH_END: Final = re.compile(
    r"\b(?:(?P<next>end of next month|ende des nächsten monats|ende nächsten monats"
    r"|fin du mois prochain"
    r"|fin(?:al)? del? (?:próximo mes|mes que viene))|(?:the )?end of (?:the |this )?month"
    r"|eom|month[- ]end"
    r"|monatsende|ende des monats|fin (?:de|du) mois|fin(?:al(?:es)?)? de(?: este|l)? mes)\b",
    re.IGNORECASE,
)
_VAGUE: Final = re.compile(
    r"\b(?:(?:by|before|until|due|bis|avant|antes del?)[ ](?:next |this |nächsten |kommenden )?"
    r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch"
    r"|donnerstag"
    r"|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|lunes|martes|miércoles"
    r"|jueves|viernes)"
    r"|(?:usual|standard|same|übliche[nr]?|habituelles) (?:payment )?(?:terms|zahlungsbedingungen"
    r"|conditions))\b",
    re.IGNORECASE,
)
_PAYING: Final = re.compile(
    r"\b(?:due|pay(?!pal)|settle|remit|terms|zahl|fällig|überweis|begleich|pag(?:ar|o|a|ue)"
    r"|venc|paiement"
    r"|payer|règl|régl|échéance)",
    re.IGNORECASE,
)
_STOP: Final = re.compile(r"[.!?;][ \t]+(?=[A-ZÄÖÜÀÉ])|\n[ \t]*\n|[.!?]\n")
_DUE_LABEL: Final = re.compile(
    r"\b(?:due(?: date)?(?: is)?(?: by| on)?|pay(?:ment|able)?(?: is)?(?: due)? (?:by|before"
    r"|until|on)"
    r"|by|until|no later than|deadline|zahlbar bis(?: zum)?|bis(?: zum)?"
    r"|fällig(?: am)?(?: bis)?|fälligkeit(?:sdatum)?"
    r"|avant le|au plus tard le|d'ici le|échéance|pour le|antes del?|vencimiento"
    r"|vence(?: el)?|hasta el)"
    r"[ \t]*[:=]?[ \t]*(?:the |le |el |zum |am )?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A day as it stands in a text."""

    #: None where the words do not settle it.
    value: date | None
    quote: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """When something is to be paid."""

    #: None where the words name a time that they do not settle.
    value: date | None
    quote: str


def days(text: str, view: Viewpoint, *, today: date) -> tuple[Day, ...]:
    """Return the calendar days in a text, in its order.

    Args:
        text: Any text.
        view: Its locale settles the order of day and month.
        today: The owner's day; a day without a year is the first one from it on.
    """
    return tuple(
        Day(
            value=_day(found, view, today),
            quote=found.group(0),
            start=found.start(),
            end=found.end(),
        )
        for found in _DATE.finditer(text)
    )


def dues(
    text: str, view: Viewpoint, *, today: date, counted_from: date | None = None
) -> tuple[Due, ...]:
    """Return when the text says that something is to be paid; several where it says several.

    Args:
        text: Any text.
        view: Its locale settles the order of day and month.
        today: The owner's day.
        counted_from: The day from which terms such as ``Net 30`` count; today where None.
    """
    start = counted_from or today
    found = [
        Due(value=day.value, quote=f"{label.group(0)}{day.quote}")
        for day in days(text, view, today=today)
        if (label := _DUE_LABEL.search(text[max(0, day.start - 40) : day.start]))
        and _about_paying(text, day.start, day.end)
    ]
    found += [_of_terms(terms, start) for terms in _about(text, _TERMS)]
    found += [Due(value=start, quote=at_once.group(0)) for at_once in _NOW.finditer(text)]
    if not any(terms["eom"] or terms["eom2"] for terms in _TERMS.finditer(text)):
        found += [
            Due(value=_month_end(start, later=1 if end["next"] else 0), quote=end.group(0))
            for end in _about(text, _MONTH_END)
        ]
    found += [Due(value=None, quote=vague.group(0)) for vague in _about(text, _VAGUE)]
    return tuple({due.value: due for due in reversed(found)}.values())[::-1]


def _about(text: str, pattern: re.Pattern[str]) -> tuple[re.Match[str], ...]:
    """Return the matches that stand in a sentence about paying."""
    found = pattern.finditer(text)
    return tuple(each for each in found if _about_paying(text, each.start(), each.end()))


def _about_paying(text: str, start: int, end: int) -> bool:
    left = _STOP.split(text[max(0, start - 80) : start])[-1]
    right = _STOP.split(text[end : end + 60])[0]
    return _PAYING.search(f"{left}{text[start:end]}{right}") is not None or bool(
        re.match(r"net|n/|[0-9]+[ -]\w+ net", text[start:end], re.IGNORECASE)
    )


def _of_terms(found: re.Match[str], start: date) -> Due:
    if found["eom"] or found["eom2"]:
        return Due(value=None, quote=found.group(0))
    digits = found["net"] or found["n"] or found["netto"] or found["count"]
    count = _COUNTS.get(digits.lower()) or int(digits)
    return Due(
        value=start + timedelta(days=count * (7 if found["week"] else 1)), quote=found.group(0)
    )


def _month_end(start: date, *, later: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + later, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def _day(found: re.Match[str], view: Viewpoint, today: date) -> date | None:
    if found["sep"]:
        return _of_numbers(found, view)
    year = found["y1"] or found["y3"] or found["y4"]
    day = int(found["d1"] or found["d2"] or found["d3"] or found["d4"])
    named = (found["m2"] or found["m3"] or "").lower()
    month = _MONTH_OF[named] if named else int(found["m1"] or found["m4"])
    if year:
        return _date(int(year), month, day)
    this_year = _date(today.year, month, day)
    return this_year if this_year and this_year >= today else _date(today.year + 1, month, day)


def _of_numbers(found: re.Match[str], view: Viewpoint) -> date | None:
    """Return the day of three numbers; a point always has the day first."""
    first, second = int(found["a"]), int(found["b"])
    year = int(found["y2"]) + (2000 if len(found["y2"]) == 2 else 0)  # noqa: PLR2004
    ways = {_date(year, second, first), _date(year, first, second)} - {None}
    if len(ways) == 1 or found["sep"] == ".":
        return _date(year, second, first) if found["sep"] == "." else ways.pop()
    if view.month_first is None:
        return None
    return _date(year, first, second) if view.month_first else _date(year, second, first)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
