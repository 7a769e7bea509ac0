"""What in a text needs a person's eye before anything is done with it.

A finding raises a banner and makes policy ask; it never opens a gate, and its absence grants
nothing.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from utils.core.model import Value
from utils.letters.account_numbers import card_numbers, ibans
from utils.letters.to_assistant import words_to_assistant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Text further down is not examined: no note can hold it (256 KiB, design section 6).
_EXAMINED_LENGTH: Final = 262_144
#: Longest quote of a finding, in characters.
_QUOTE_LENGTH: Final = 120
#: At most this many findings of one category are told (ours: a banner is read, a list is not).
_MOST: Final = 20
#: A screenful of lines with nothing on them (ours). A note shows invisible letters by number.
_GAP: Final = re.compile(r"(?<=\n)(?:[^\S\n]*+\n){20,}+")


class Category(StrEnum):
    """Why a text needs a person."""

    LEGAL = "legal"
    MEDICAL = "medical"
    FINANCIAL_DETAIL = "financial_detail"
    EMOTIONAL = "emotional"
    #: A key, token or password.
    SECRET = "secret"  # noqa: S105 (the name of a category)
    #: An account or card number, or the news that one has changed.
    BANK_DETAIL = "bank_detail"
    #: A link that acts, loads by itself, or hides where it leads or what it carries.
    ACTIVE_LINK = "active_link"
    #: Words meant for a machine that reads along.
    SPEAKS_TO_ASSISTANT = "speaks_to_assistant"


def noticed(categories: Iterable[str]) -> tuple[str, ...]:
    """Return what a note says on top about the categories found in its text."""
    return tuple(
        f"The text touches a sensitive matter: {name.replace('_', ' ')}." for name in categories
    )


def out_of_sight(texts: Iterable[str]) -> tuple[str, ...]:
    """Return what a note says on top where a text goes on below a screenful of empty lines."""
    # What follows nothing hides nothing; without it, every gap is followed by something.
    gaps = (each for text in texts for each in _GAP.findall(text.rstrip()))
    gap = max((each.count("\n") for each in gaps), default=0)
    return (f"The text goes on below {gap} empty lines: read it to its end.",) if gap else ()


class Finding(Value):
    """One reason, with the words that gave it."""

    category: Category
    #: The words as they stand in the text; of a secret or an account only both ends.
    quote: str


_WORDS: Final = {
    Category.LEGAL: (
        (
            r"legal (?:action|proceedings|notice|claim|advice|counsel)|law ?suit|litigation"
            r"|sue (?:you|us)|solicitor|attorney|(?:our|my|your|a) lawyers?"
        ),
        (
            r"court (?:order|date|hearing)|subpoena|cease and desist|breach of contract|dmca"
            r"|gdpr art|data protection authority|settlement agreement|liab(?:le|ility) for"
        ),
        (
            r"rechtsanw[aä]lt\w*|abmahnung|klage einreichen|gerichtlich\w*|mahnbescheid"
            r"|schadensersatz|mise en demeure|avocate?|tribunal|poursuites judiciaires|abogad[oa]"
            r"|demanda judicial|acciones legales"
        ),
    ),
    Category.MEDICAL: (
        (
            r"diagnos(?:is|ed with)|medical (?:record|report|history|certificate|condition)"
            r"|blood test|biopsy|chemotherapy|(?:have|has|had|with) cancer|hiv|pregnan(?:t|cy)"
            r"|surgery|sick (?:leave|note)|prescribed|mental health|psychiatr\w+"
            r"|allergic (?:shock|reaction)"
        ),
        (
            r"krankschreibung|krankgeschrieben|arztbrief|schwanger\w*|arbeitsunfähigkeit\w*"
            r"|arrêt maladie|ordonnance médicale|enceinte|baja médica|informe médico|embarazada"
        ),
    ),
    Category.FINANCIAL_DETAIL: (
        (
            r"(?:my|your|his|her|their|our|the) (?:salary|salaries|wages?|payslip|credit score"
            r"|tax return|bank balance|profit margin|turnover)|payroll|pay ?slip|tax (?:return"
            r"|assessment|id)|insolven\w+|bankrupt\w*|loan (?:application|agreement)|credit limit"
            r"|bank statement"
        ),
        (
            r"gehaltsabrechnung|steuerbescheid|steuererklärung|kontostand|insolvenz\w*"
            r"|bulletin de (?:paie|salaire)|relevé bancaire|avis d'imposition|nómina"
            r"|declaración de la renta|extracto bancario"
        ),
    ),
    Category.EMOTIONAL: (
        (
            r"passed away|condolences?|sorry for your loss|funeral|grie(?:f|ving)|divorc\w+"
            r"|suicid\w+|devastated|heartbroken|furious|disgusted|outraged|i(?:'m"
            r"| am) so (?:angry|upset|sad|disappointed)|never been so (?:angry|disappointed)"
            r"|scared for|harass\w+"
        ),
        (
            r"verstorben|beileid|trauerfall|scheidung|wütend|unverschämt|décédé\w*|condoléances"
            r"|deuil|scandaleux|fallecid\w+|pésame|indignad[oa]|furios[oa]"
        ),
    ),
    Category.BANK_DETAIL: (
        (
            r"(?:new|changed|updated|different) (?:bank(?:ing)? (?:details|account|information)"
            r"|account (?:details|number)|iban)|bank (?:details |account )?(?:has|have) changed"
            r"|(?:sort code|routing number|account number|swift(?:/bic)?"
            r"|bic)[ \t]*[:=#]?[ \t]*[A-Z0-9][A-Z0-9-]{4,}"
        ),
        (
            r"(?:neue|geänderte) (?:bankverbindung|kontoverbindung|kontodaten|iban)"
            r"|bankverbindung (?:hat sich )?geändert|nouvelles? coordonnées bancaires|nouveau rib"
            r"|nuevos? (?:datos bancarios|cuenta bancaria|número de cuenta)"
        ),
    ),
}
_WORD_PATTERNS: Final = {
    category: re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)
    for category, words in _WORDS.items()
}
#: Keys by the shape that their makers gave them, then fields that hold one without a shape.
_SECRETS: Final = re.compile(
    r"\bEAA[A-Za-z0-9]{30,500}\b"  # Meta
    r"|\bya29\.[\w-]{20,500}|\b1//0[\w-]{30,200}|\bAIza[\w-]{35}\b|\bGOCSPX-[\w-]{20,60}"  # Google
    r"|\bAAAAAAAAAAAAAAAAAAAA[\w%]{40,200}"  # X bearer
    r"|\bsk-(?:ant-|proj-)?[\w-]{20,200}|\btk_[a-z0-9]{29}\b|\b[0-9]{8,10}:AA[\w-]{33}\b"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,255}\b|\bgithub_pat_\w{40,255}\b"
    r"|\bxox[abposr]-[\w-]{10,250}|\b(?:sk|rk)_(?:live|test)_\w{16,200}|\bglpat-[\w-]{20}\b"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----"
    r"|\beyJ[\w-]{10,1000}\.eyJ[\w-]{10,2000}\.[\w-]{10,1000}"
    r"|\b(?i:api[ _-]?key|access[ _-]?token|(?:client|app)[ _-]?secret|passw(?:or)?d|passwort"
    r"|mot de passe|contraseña)"
    r"[\"']?[ \t]*(?:[:=]|(?i:is|lautet|est"
    r"|es)[ \t])[ \t]*[\"']?(?=[^\s\"']*[0-9])[^\s\"',;<]{8,200}"
)
_LINKS: Final = re.compile(
    r"\b(?:javascript|vbscript|obsidian|file|data(?=:[a-z]{2,20}/)|smb|ms-\w{2,20}"
    r"|shortcuts):[^\s)>\]]{1,500}"
    r"|!\[[^\]\n]{0,200}\](?:\([^)\n]{1,500}\)|\[[^\]\n]{0,100}\])|!\[\[[^\]\n]{1,200}\]\]"
    r"|<(?:a|img|iframe|script|object|embed|form|link|meta|svg|video|audio)\b[^>\n]{0,500}>?"
    r"|\bhttps?://[^\s/@<>\"]{1,100}@[^\s<>\"]{1,300}"
    r"|\bhttps?://(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9a-f:]{2,40}\])[^\s<>\"]{0,300}"
    r"|\bhttps?://[^\s/<>\"]{0,100}\bxn--[^\s<>\"]{1,300}"
    r"|\bhttps?://[^\s?<>\"]{1,300}\?[^\s<>\"]{1,500}",
    re.IGNORECASE,
)
_NAMED_LINK: Final = re.compile(
    r"\[(?P<shown>[^\]\n]{1,200})\]\((?P<target>https?://[^)\s]{1,500})\)", re.IGNORECASE
)
_HOST: Final = re.compile(r"(?:https?://)?((?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24})", re.IGNORECASE)


def findings(text: str) -> tuple[Finding, ...]:
    """Return what in a text needs a person, by category and place, each only once."""
    found: dict[Category, list[str]] = {}
    for category, quote in _found(text[:_EXAMINED_LENGTH]):
        quotes = found.setdefault(category, [])
        short = quote[:_QUOTE_LENGTH]
        if short not in quotes and len(quotes) < _MOST:
            quotes.append(short)
    return tuple(
        Finding(category=category, quote=quote)
        for category in Category
        for quote in found.get(category, ())
    )


def _found(text: str) -> Iterator[tuple[Category, str]]:
    for category, pattern in _WORD_PATTERNS.items():
        yield from ((category, found.group(0)) for found in pattern.finditer(text))
    for secret in _SECRETS.finditer(text):
        yield Category.SECRET, _masked(secret.group(0))
    for number in (*ibans(text), *card_numbers(text)):
        yield Category.BANK_DETAIL, _masked(number)
    for link in _LINKS.finditer(text):
        yield Category.ACTIVE_LINK, link.group(0)
    for link in _NAMED_LINK.finditer(text):
        if _leads_elsewhere(link["shown"], link["target"]):
            yield Category.ACTIVE_LINK, link.group(0)
    for spoken in words_to_assistant(text):
        yield Category.SPEAKS_TO_ASSISTANT, spoken


def _masked(value: str) -> str:
    """Return a value so that its owner knows it again and nobody can use it."""
    return f"{value[:4]}…{value[-4:]}"


def _leads_elsewhere(shown: str, target: str) -> bool:
    """Return whether a link's text names another host than the one it leads to."""
    named, real = _HOST.search(shown), _HOST.search(target)
    return bool(
        named
        and real
        and named[1].lower().removeprefix("www.") != real[1].lower().removeprefix("www.")
    )
