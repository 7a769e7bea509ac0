"""Names and addresses that look alike: for warnings only, never for deciding who is meant."""

from __future__ import annotations

import unicodedata
from typing import Final

#: Letters and signs that pass for a Latin letter, one for one.
_PASSES_FOR: Final = str.maketrans(
    "аеорсухіјѕԁһԛԝӏвкмнтαβεηικνορτυχ0135|!$@",
    "aeopcyxijsdhqwlbkmhtabeniknoptuxoiesiisa",
)
#: Groups of letters that pass for one.
_GROUPS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("l", "i"))
#: How alike two skeletons must be, of 100.
_NEAR: Final = 90
#: Shorter skeletons are alike too easily.
_SHORTEST: Final = 5


def skeleton(text: str) -> str:
    """Return what a hurried reader sees: no case, accents, blanks or signs, look-alikes merged."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    merged = plain.translate(_PASSES_FOR)
    kept = "".join(char for char in merged if char.isalnum())
    for group, letter in _GROUPS:
        kept = kept.replace(group, letter)
    return kept


def resembles(one: str, other: str) -> bool:
    """Return whether two texts look alike to a hurried reader, or are the same."""
    from rapidfuzz import fuzz  # noqa: PLC0415 - loaded only where names are compared

    first, second = skeleton(one), skeleton(other)
    if not first or not second:
        return False
    if first == second:
        return True
    return min(len(first), len(second)) >= _SHORTEST and fuzz.ratio(first, second) >= _NEAR
