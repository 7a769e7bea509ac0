"""Numbers that a text says in words: English ones with their value, others by their look."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from utils.lookalike import skeleton

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNITS: Final = """zero one two three four five six seven eight nine ten eleven twelve thirteen
fourteen fifteen sixteen seventeen eighteen nineteen"""
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL: Final = {
    **{word: value for value, word in enumerate(_UNITS.split())},
    **{word: 10 * value for value, word in enumerate(_TENS.split(), start=2)},
    "nil": 0,
    "nought": 0,
    "naught": 0,
    "none": 0,
    "nobody": 0,
    "fourty": 40,
}
_LARGE: Final = {
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "dozen": 12,
}
#: Words that say how much without a number that could be compared.
_SHARES: Final = frozenset(
    re.findall(
        r"\w+",
        """half halves halved halving twice thrice double doubled doubles doubling triple tripled
        triples treble quadruple quadrupled couple tenfold twofold threefold fourfold fivefold
        fold both pair pairs quintuple quintupled sextuple sextupled
        sixfold sevenfold eightfold ninefold hundredfold thousandfold fiver tenner zillion
        trillions zillions score hundreds thousands millions billions dozens tens""",
    )
)
_FRACTION: Final = re.compile(
    r"\b(?:a|an|one|two|three|four|five)[ -](?:third|quarter|fourth|fifth|sixth|eighth|tenth)s?\b"
    r"(?! (?:reminder|invoice|letter|bill|mail|note|week|month|year|time|day))",
    re.IGNORECASE,
)
_ROMAN: Final = re.compile(
    r"\b(?=[MDCLXVI]{2})M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?<=\w)\b"
)
#: Number words of languages that customers write in. Those that are English words or people's
#: names too are left out.
_FOREIGN: Final = frozenset(
    re.findall(
        r"\w+",
        """eins zwei drei vier fünf fuenf sechs sieben acht neun zehn zwölf zwoelf dutzend deux
        trois quatre cinq huit neuf onze douze treize quatorze quinze seize vingt trente quarante
        cinquante soixante mille milliers uno dos tres cuatro cinco seis siete ocho nueve diez
        doce trece catorce quince veinte treinta cuarenta cincuenta sesenta setenta ochenta
        noventa cien ciento cientos mil millones tre quattro cinque sei sette nove dieci undici
        dodici tredici venti trenta quaranta cinquanta sessanta settanta ottanta novanta cento
        milione milioni dois três quatro sete oito nove dez vinte quarenta cinquenta sessenta
        oitenta drie vijf zes zeven negen tien twaalf twintig dertig veertig vijftig honderd
        duizend miljoen""",
    )
)
#: German and Dutch write a number as one long word.
_COMPOUND: Final = re.compile(
    r"\w*(?:tausend|hundert|zwanzig|dreißig|dreissig|vierzig|fünfzig|fuenfzig|sechzig|siebzig|achtzig"
    r"|neunzig|million(?:en)|zehn|duizend|honderd)\w*"
)
_WORD: Final = re.compile(r"[^\W\d_]+")
#: What may stand between two words of one number.
_BETWEEN: Final = re.compile(r"\s+(?:and\s+)?|-")
_KNOWN: Final = {**_SMALL, **_LARGE}
#: A word as a hurried reader sees it, to the word that it is.
_SEEN_AS: Final = {skeleton(word): word for word in (*_KNOWN, *_SHARES)}


def said_in_words(text: str) -> Iterator[tuple[int, str, Decimal | None]]:
    """Yield where each number in words stands, the words, and their value.

    The value is None where it cannot be compared, as that of "half" or of a word in another
    language.
    """
    for found in (*_FRACTION.finditer(text), *_ROMAN.finditer(text)):
        yield found.start(), found[0], None
    run: list[re.Match[str]] = []
    for word in _WORD.finditer(text):
        meant = _meant(word[0])
        if meant in _SHARES or meant in _FOREIGN or _COMPOUND.fullmatch(meant):
            yield word.start(), word[0], None
        if meant not in _KNOWN:
            if meant != "and":
                yield from _said(text, run)
                run = []
            continue
        if run and not _BETWEEN.fullmatch(text[run[-1].end() : word.start()]):
            yield from _said(text, run)
            run = []
        run.append(word)
    yield from _said(text, run)


def _meant(word: str) -> str:
    """Return the number's word that a word passes for, in whatever letters it is written."""
    plain = word.casefold()
    return plain if plain.isascii() else _SEEN_AS.get(skeleton(word), plain)


def _said(text: str, run: list[re.Match[str]]) -> Iterator[tuple[int, str, Decimal | None]]:
    if not run:
        return
    words = [_meant(word[0]) for word in run]
    before = text[: run[0].start()]
    if words[0] in _LARGE and re.search(r"\d\s*$", before):
        # "3 thousand" is one number, and was read together with its figures.
        words, run = words[1:], run[1:]
        if not run:
            return
    start = run[0].start()
    yield start, text[start : run[-1].end()], _value(words)


def _value(words: list[str]) -> Decimal | None:
    """Return the value of words such as "three hundred twenty one", or None for nonsense."""
    total, part, last = 0, 0, ""
    for word in words:
        if word in _LARGE and _LARGE[word] >= _LARGE["thousand"]:
            total, part = total + (part or 1) * _LARGE[word], 0
        elif word in _LARGE:
            part = (part or 1) * _LARGE[word]
        elif last in _SMALL and not (
            _SMALL[last] in range(20, 100) and _SMALL[word] in range(1, 10)
        ):
            return None
        else:
            part += _SMALL[word]
        last = word
    return Decimal(total + part)
