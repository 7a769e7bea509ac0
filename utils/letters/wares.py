"""What an invoice is for, where a message names it outside a list of lines."""

from __future__ import annotations

import re
from typing import Final

from utils.letters.lines import without_sentence
from utils.letters.names import MAIL

_LABEL: Final = re.compile(
    r"^[ \t]*(?:description|for|service|item|work|beschreibung|leistung|für|objet|désignation"
    r"|prestation|descripción|concepto|servicio)[ \t]*[:=][ \t]*(?P<what>[^\n]{2,120})$",
    re.IGNORECASE | re.MULTILINE,
)
_REASON: Final = re.compile(
    r"\b(?:invoice|bill|invoiced|billed|rechnung|facture[rz]?|factura[r]?|charge|us|me|uns"
    r"|nous|moi|nos)\b(?:[^.\n]|\.(?=[0-9])){0,40}?[ ](?:for|für|pour|por"
    r"|para)[ ](?P<what>[^\n.;!?€$£:]{3,120})",
    re.IGNORECASE,
)
_IT_IS: Final = re.compile(
    r"\b(?:it(?:'s|’s| is)|this is|that(?:'s|’s| is)|(?:es|das) ist|c'est|es) (?:for|für|pour"
    r"|por|para)[ ]"
    r"(?P<what>[^\n.;!?€$£:]{3,120})",
    re.IGNORECASE,
)
_NO_REASON: Final = re.compile(
    r"^(?:[0-9.,]+\b|us\b|me\b|you\b|this\b|that\b|it\b|the (?:amount|sum|total)\b"
    r"|an? (?:total|amount)\b|den betrag|le montant|un importe|(?:the )?invoice\b|payment\b"
    rf"|{MAIL})",
    re.IGNORECASE,
)
_SUBJECT_ONLY: Final = re.compile(
    r"^(?:(?:re|fwd?|aw|wg|tr|rv)[ ]?:[ ]*)+|\b(?:please|request|requested|needed|required"
    r"|urgent|your|an?|the|for|new|order|quote|quotation|estimate|offer|angebot|devis"
    r"|presupuesto|price|payment|hi|hello|hallo|bonjour|hola|question"
    r"|bestellung|auftrag|commande|pedido|bitte|anfrage|anforderung|benötigt|für|demande|de"
    r"|pour"
    r"|solicitud|por favor|para|una?|une|eine|invoice|invoicing|bill|billing|rechnung\w*"
    r"|facturation|facture|factura(?:ción)?)\b|[€$£]?[0-9][0-9.,]*[ ]?(?:[A-Z]{3}\b|[€$£])?",
    re.IGNORECASE,
)


def ware_in(text: str, subject: str) -> str:
    """Return what is to be billed: after a label, in the sentence, in the subject; else ""."""
    labelled = _LABEL.search(text)
    if labelled:
        return labelled["what"].strip()
    for reason in (*_REASON.finditer(text), *_IT_IS.finditer(text)):
        what = without_sentence(reason["what"])
        if what and not _NO_REASON.match(what):
            return what
    return _from_subject(subject)


def _from_subject(subject: str) -> str:
    """Return the subject if it says more than that an invoice is wanted."""
    bare = re.sub(r"^(?:(?:re|fwd?|aw|wg|tr|rv)[ ]?:[ ]*)+", "", subject, flags=re.IGNORECASE)
    rest = re.sub(r"[^\w]+", " ", _SUBJECT_ONLY.sub(" ", subject)).strip()
    if len(re.findall(r"[^\W\d_]{3,}", rest)) == 0:
        return ""
    return re.sub(
        r"^(?:invoice(?: request)?|request|rechnung|facture|factura)[ ]*(?:[:–—-]|for|für"
        r"|pour|por|para)[ ]*",
        "",
        bare,
        flags=re.IGNORECASE,
    ).strip()
