"""Names and numbers in a message: whom an invoice goes to, who bills, which order it is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from utils.letters.reading import one_each

if TYPE_CHECKING:
    from collections.abc import Iterable

    from utils.letters.reading import Viewpoint

MAIL: Final = r"[A-Za-z0-9][\w.+%-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]{0,250}\.[A-Za-z]{2,24}"
_WORD: Final = r"[A-ZÄÖÜÀÉÈÑ0-9][\w&'’.+-]*"
_LEGAL: Final = (
    r"(?:GmbH(?: & Co\.? KG)?|mbH|AG|KG|OHG|UG|e\.K\.|Ltd\.?|Limited|LLC|LLP|PLC|Inc\.?"
    r"|Corp\.?|Co\.|SARL"
    r"|SAS|SA|S\.A\.S?|S\.L\.U?\.?|SL|BV|B\.V\.|NV|Oy|AB|ApS|A/S|SpA|S\.p\.A\.|Srl|S\.r\.l\."
    r"|Pty Ltd)"
)
_COMPANY: Final = re.compile(
    rf"(?<![\w@.])((?:{_WORD}[ ](?:(?:&|and|und|et|y|of|de|the)[ ])?){{1,5}}{_LEGAL})(?![\w@])"
)
_BILL_TO: Final = re.compile(
    r"(?:^|\b)(?:bill(?:ed)? to|invoice(?:d)? to|invoice (?:should|must|shall) (?:go"
    r"|be addressed|be made out|be issued) to"
    r"|ma(?:ke|de|king) (?:the invoice |it |this )?out to|addressed to|customer|client"
    r"|on behalf of|in the name of|kunde|rechnungsempfänger"
    r"|rechnungsadresse|rechnung (?:an|geht an|bitte an)|ausgestellt auf|lautend auf"
    r"|(?:facture|facturer)[ ]à(?= [A-Z])|à l'ordre de|au nom de"
    r"|à l'attention de|facturar a|a nombre de|cliente)[ \t]*(?:name"
    r"|e-?mail(?: address)?)?[ \t]*[:=]?[ \t]+(?P<name>[^\n,;.?!:]{2,80}(?:\.(?=[A-Z]"
    r"|[a-z]{2,4}\b)[^\n,;?! ]{1,60})*)",
    re.IGNORECASE,
)
_INVOICE_FOR: Final = re.compile(
    r"\b(?i:invoice|bill|rechnung(?: an)?|facture|factura)[ ](?i:for |to |für |pour |para "
    rf"|a )?(?P<name>(?:{_WORD}[ ]){{1,4}}?{_LEGAL}(?!\w)|{MAIL})"
)
_INVOICE_SOMEBODY: Final = re.compile(
    r"\b(?i:please|you|to|and|an|the)[ ](?i:invoice"
    r"|bill)[ ](?i:to )?(?P<name>(?=[A-ZÄÖÜÀÉ])(?!(?i:us|me|number|no|date"
    rf"|request)\b){_WORD}(?:[ ]{_WORD}){{0,4}})"
    r"(?=[ ](?i:for|a|the|over|at)\b|[ ]?[€$£:,])"
)
_VENDOR: Final = re.compile(
    r"^[ \t]*(?:from|vendor|supplier|seller|billed by|issued by|rechnungssteller|lieferant"
    r"|verkäufer|fournisseur|émetteur|vendeur"
    r"|proveedor|emisor|de)[ \t]*[:=][ \t]*(?P<name>[^\n]{2,80})$",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBER: Final = (
    r"(?P<token>(?=[A-Za-z/_.-]{0,20}[0-9])[A-Za-z0-9][A-Za-z0-9/_.-]{0,40}[A-Za-z0-9]|[0-9])"
)
#: What must not follow a number: it would be a sum.
_NO_SUM: Final = r"(?![\w%€$£]|[ ]?(?:[€$£]|EUR|USD|GBP|CHF|euros?|dollars?)\b)(?![ ]?[€$£])"
_INVOICE_NUMBER: Final = re.compile(
    r"\b(?:invoice|bill|inv|rechnung|rechnungs|facture|factura|credit note)[ \t-]*(?:no|nr"
    r"|nummer|number|num|id|ref(?:erence)?|n[º°o]|#|№)?\.?"
    rf"[ \t]*(?:is|:|#|=)?[ \t]*#?{_NUMBER}{_NO_SUM}",
    re.IGNORECASE,
)
_NUMBER_LABEL: Final = re.compile(
    r"\b(?:rechnungsnummer|rechnungs-?nr\.?|n[º°]\.?(?: de)?(?: la)? factur[ae]"
    r"|num[eé]ro de (?:la )?factur[ae]|número de factura)"
    rf"[ \t]*[:=#]?[ \t]*{_NUMBER}",
    re.IGNORECASE,
)
_DOCUMENT: Final = re.compile(
    r"\b((?:INV|BILL|RE|RG|FA|FAC|R)[/-]?20[0-9]{2}[/-][0-9]{2,6}(?:[/-][0-9]{2,6})?"
    r"|INV[/-]?[0-9]{2,10})\b"
)
_ORDER: Final = re.compile(
    r"\b(?:po|p\.o\.|purchase order|order|job|project|our ref(?:erence)?|your ref(?:erence)?"
    r"|reference|ref|bestellung|bestell|auftrag|auftrags|kostenstelle"
    r"|commande|bon de commande|référence|pedido|orden de compra|referencia)[ \t-]*(?:no|nr"
    r"|nummer|number|num|id|n[º°o]|#|№)?\.?"
    rf"[ \t]*(?:is|:|#|=)?[ \t]*#?{_NUMBER}{_NO_SUM}",
    re.IGNORECASE,
)


def customers_named(text: str, view: Viewpoint) -> tuple[str, ...]:
    """Return the names or addresses that an invoice is said to go to, the owner's own left out."""
    labelled = [_tidy(found["name"]) for found in _BILL_TO.finditer(text)]
    after = [_tidy(found["name"]) for found in _INVOICE_FOR.finditer(text)]
    after += [_tidy(found["name"]) for found in _INVOICE_SOMEBODY.finditer(text)]
    named = _others((*labelled, *after), view)
    addresses = tuple(name for name in named if "@" in name)
    # "Client name: …, client e-mail: …" is one customer, and the address finds him exactly.
    return addresses if len(addresses) == 1 and len(named) == 2 else named  # noqa: PLR2004


def companies_named(text: str, view: Viewpoint) -> tuple[str, ...]:
    """Return the companies in a text, told by their legal form, the owner's own left out."""
    return _others((found[1].strip() for found in _COMPANY.finditer(text)), view)


def vendors_named(text: str, view: Viewpoint) -> tuple[str, ...]:
    """Return who bills: what a label names, else the companies in the order of the document."""
    labelled = _others((_tidy(found["name"]) for found in _VENDOR.finditer(text)), view)
    if labelled:
        return labelled
    addressed = customers_named(text, view)
    return tuple(name for name in companies_named(text, view) if name not in addressed)


def invoice_numbers(text: str) -> tuple[str, ...]:
    """Return the invoice numbers that a text names, in its order."""
    found = [
        (match.start(), match["token"])
        for pattern in (_NUMBER_LABEL, _INVOICE_NUMBER)
        for match in pattern.finditer(text)
    ]
    found += [(match.start(), match[1]) for match in _DOCUMENT.finditer(text)]
    return one_each(token.strip(".-_/") for _, token in sorted(found) if not _is_year(token))


def order_numbers(text: str) -> tuple[str, ...]:
    """Return the order numbers and references that a text names, in its order."""
    return one_each(found["token"].strip(".-_/") for found in _ORDER.finditer(text))


def _is_year(token: str) -> bool:
    return (
        re.fullmatch(
            r"(?:19|20)[0-9]{2}(?:-[0-9]{2}-[0-9]{2})?|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}"
            r"|[0-9]+[.,][0-9]{2}",
            token,
        )
        is not None
    )


def _tidy(name: str) -> str:
    """Drop what follows a name in a sentence: the sum, the reason, the politeness."""
    if address := re.search(MAIL, name):
        return address.group(0)
    if company := re.match(rf"(.{{2,60}}?[ ]{_LEGAL})(?!\w)", name):
        name = company[1]
    cut = re.split(
        r"[ \t]+(?:for|für|pour|por|para|over|über|please|bitte|thanks|with|mit|at"
        r"|and (?:send|email)|un[ad]?|ein|[-–—])[ \t]"
        r"|[ \t]*[€$£(]|[ \t]+[0-9]|[ \t]{2,}|[ \t]*\t",
        name,
        maxsplit=1,
        flags=re.IGNORECASE,
    )[0]
    return re.sub(r"^(?:the|our|die|der|le|la|el)[ ]", "", cut, flags=re.IGNORECASE).strip(
        " .:;,-\"'“”"
    )


def _others(names: Iterable[str], view: Viewpoint) -> tuple[str, ...]:
    own = {name.casefold() for name in view.own_names}
    pronouns = {
        "us",
        "me",
        "you",
        "uns",
        "mich",
        "nous",
        "moi",
        "nosotros",
        "address",
        "above",
        "below",
        "him",
        "them",
    }
    kept = (
        name
        for name in names
        if name.casefold() not in own | pronouns and re.match(r"[^\W\d_].", name)
    )
    return one_each(kept)
