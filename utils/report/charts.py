"""Charts as SVG: signed bars over a true zero line, readable on light and on dark.

The panel is opaque, so that neither Obsidian's theme nor the system's can make text vanish.
The same values give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Sequence

_SVG: Final = "http://www.w3.org/2000/svg"
_WIDTH: Final = 360
_TOP: Final = 34
_PLOT: Final = 120
#: Room under the lowest bar for its label, so that it never meets the labels of the axis.
_UNDER: Final = 14
_AXIS: Final = 18
_SIDE: Final = 10
_PANEL, _INK, _QUIET = "#ffffff", "#1f2328", "#6b7280"
_UP, _DOWN = "#2f7d4f", "#b3402e"
_FONT: Final = "system-ui, -apple-system, 'Segoe UI', sans-serif"


@dataclass(frozen=True)
class Bar:
    """One bar: what stands under it, its size, and the size as it is read."""

    label: str
    value: Decimal
    shown: str


def bars(title: str, values: Sequence[Bar]) -> str:
    """Return a chart of signed bars as an SVG document; an empty one says that there is nothing.

    Args:
        title: What is shown, with the currency.
        values: From left to right.
    """
    height = _TOP + _PLOT + 2 * _UNDER + _AXIS
    spoken = "; ".join(f"{bar.label}: {bar.shown}" for bar in values) or "no data"
    body = _drawn(values) if values else [_text(_WIDTH / 2, height / 2, "no data", _QUIET)]
    label, font = quoteattr(f"{title}. {spoken}"), quoteattr(_FONT)
    size = f'viewBox="0 0 {_WIDTH} {height}"'
    lines = [
        f'<svg xmlns="{_SVG}" {size} role="img" aria-label={label} font-family={font}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" rx="6" fill="{_PANEL}"/>',
        _text(_SIDE, 20, title, _INK, anchor="start", size=13),
        *body,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _drawn(values: Sequence[Bar]) -> list[str]:
    highest = max(*(bar.value for bar in values), Decimal(0))
    lowest = min(*(bar.value for bar in values), Decimal(0))
    span = (highest - lowest) or Decimal(1)
    zero = _TOP + _UNDER + _PLOT * highest / span
    slot = Decimal(_WIDTH - 2 * _SIDE) / len(values)
    lines: list[str] = []
    for place, bar in enumerate(values):
        middle = _SIDE + slot * place + slot / 2
        size = _PLOT * abs(bar.value) / span
        top = zero - size if bar.value > 0 else zero
        colour = _UP if bar.value >= 0 else _DOWN
        lines.append(
            f'<rect x="{_at(middle - slot * 3 / 10)}" y="{_at(top)}" width="{_at(slot * 3 / 5)}"'
            f' height="{_at(size)}" fill="{colour}"/>'
        )
        beside = top - 4 if bar.value >= 0 else top + size + 11
        lines.append(_text(middle, beside, bar.shown, _INK, size=9))
        foot = _TOP + _PLOT + 2 * _UNDER + _AXIS - 6
        lines.append(_text(middle, foot, bar.label, _QUIET, size=9))
    line = f'<line x1="{_SIDE}" x2="{_WIDTH - _SIDE}" y1="{_at(zero)}" y2="{_at(zero)}"'
    return [*lines, f'{line} stroke="{_QUIET}" stroke-width="1"/>']


def _text(
    x: float | Decimal,
    y: float | Decimal,
    words: str,
    fill: str,
    *,
    anchor: str = "middle",
    size: int = 10,
) -> str:
    place = f'x="{_at(x)}" y="{_at(y)}" text-anchor="{anchor}" font-size="{size}"'
    return f'<text {place} fill="{fill}">{escape(words)}</text>'


def _at(place: float | Decimal) -> str:
    """Return a place with one decimal, so that the same values give the same bytes."""
    return f"{place:.1f}"
