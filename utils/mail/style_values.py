"""Lengths and colours as style sheets write them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

#: Unit to pixels.
_PIXELS: Final = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "in": 96.0,
    "cm": 37.8,
    "mm": 3.78,
    "em": 16.0,
    "rem": 16.0,
    "ex": 8.0,
    "ch": 8.0,
    "vw": 10.24,
    "vh": 7.68,
    "%": 10.24,
}
_LENGTH: Final = re.compile(
    r"([+-]?(?:[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})(?:e[+-]?[0-9])?) ?([a-z%]{0,3})"
)
_NUMBER: Final = re.compile(r"[0-9.]{1,9}%?")
_HEX: Final = re.compile(r"#([0-9a-f]{3,8})\b")
#: Two colours nearer than this cannot be told apart on a screen (ours; 0 to 441).
_NEAR: Final = 24.0
_CLEAR_BELOW: Final = 0.1
_NAMED: Final = {
    "white": "#ffffff",
    "snow": "#fffafa",
    "ivory": "#fffff0",
    "ghostwhite": "#f8f8ff",
    "whitesmoke": "#f5f5f5",
    "floralwhite": "#fffaf0",
    "mintcream": "#f5fffa",
    "azure": "#f0ffff",
    "black": "#000000",
    "gray": "#808080",
    "grey": "#808080",
    "silver": "#c0c0c0",
    "red": "#ff0000",
    "green": "#008000",
    "blue": "#0000ff",
    "yellow": "#ffff00",
    "navy": "#000080",
    "transparent": "#00000000",
}


@dataclass(frozen=True)
class Colour:
    """A colour on a screen."""

    red: int
    green: int
    blue: int
    #: 0 is clear, 1 is opaque.
    opacity: float = 1.0

    @property
    def is_clear(self) -> bool:
        """Whether nothing of it is seen."""
        return self.opacity < _CLEAR_BELOW

    def stands_out_from(self, paper: Colour | None) -> bool:
        """Return whether ink of this colour can be seen; on unknown paper it can."""
        if self.is_clear:
            return False
        if paper is None:
            return True
        squares = (
            (self.red - paper.red) ** 2,
            (self.green - paper.green) ** 2,
            (self.blue - paper.blue) ** 2,
        )
        return math.sqrt(sum(squares)) * self.opacity > _NEAR


def length_of(text: str) -> float | None:
    """Return a length in pixels, or a plain number; None where it is neither."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None or found[2] not in _PIXELS:
        return None
    return float(found[1]) * _PIXELS[found[2]]


def size_of(text: str, around_px: float) -> float | None:
    """Return a letter size in pixels; ``font``'s other words are passed over.

    Args:
        text: The value of ``font-size`` or ``font``.
        around_px: The size of the text around, which ``em`` and ``%`` count from.
    """
    for word in text.replace("/", " ").split():
        found = _LENGTH.fullmatch(word)
        if found and (found[2] in _PIXELS and (found[2] or float(found[1]) == 0)):
            share = {"em": 1.0, "%": 0.01}.get(found[2])
            return float(found[1]) * (_PIXELS[found[2]] if share is None else share * around_px)
    return None


def colour_of(text: str) -> Colour | None:
    """Return the colour that a value names, or None where it names none that we know."""
    value = text.strip()
    for word in value.replace("(", " ( ").split():
        value = f"{value} {_NAMED[word]}" if word in _NAMED else value
    if found := _HEX.search(value):
        return _from_hex(found[1])
    name, _, inside = value.partition("(")
    parts = _NUMBER.findall(inside.partition(")")[0])
    if name.strip().endswith(("rgb", "rgba")) and len(parts) >= 3:  # noqa: PLR2004 - red, green, blue
        red, green, blue = (_channel(part) for part in parts[:3])
        return Colour(red, green, blue, _share(parts[3]) if parts[3:] else 1.0)
    if name.strip().endswith(("hsl", "hsla")) and len(parts) >= 3:  # noqa: PLR2004 - hue, saturation, lightness
        grey = round(255 * _share(parts[2]))
        return Colour(grey, grey, grey, _share(parts[3]) if parts[3:] else 1.0)
    return None


def _from_hex(digits: str) -> Colour | None:
    if len(digits) in {3, 4}:
        digits = "".join(digit * 2 for digit in digits)
    if len(digits) not in {6, 8}:
        return None
    red, green, blue, *rest = bytes.fromhex(digits)
    return Colour(red, green, blue, rest[0] / 255 if rest else 1.0)


def _channel(part: str) -> int:
    return round(255 * _share(part)) if part.endswith("%") else min(int(_float(part)), 255)


def _share(part: str) -> float:
    number = _float(part.rstrip("%"))
    return number / 100 if part.endswith("%") else number


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
