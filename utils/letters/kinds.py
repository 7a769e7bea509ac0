"""What a message wants, told by the words people use for it in four languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from utils.letters.reading import Kind

_FLAGS: Final = re.IGNORECASE | re.MULTILINE
#: A sentence ends at a full stop that is followed by a capital, and at a line's end.
_SENTENCE: Final = re.compile(r"(?<=[.!?;])[ \t]+(?=[A-ZÄÖÜÀÉ¿¡])|\n+")


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), _FLAGS)


_ASKS: Final = (
    r"(?:please|pls|plz|kindly|can you|could you|could we|can we|can i|could i|may we|may i|would you|we need"
    r"|i need|we'd like|we would like|i'd like|i would like|we require|you can|feel free to|go ahead and|send (?:me|us|over))"
)
_DECLINED: Final = _any(
    r"\bno (?:need (?:for|to)|invoice|bill|receipt)\b[^.\n]{0,30}",
    r"\b(?:don'?t|do not|don’t|won't|shouldn't|needn't|never|no longer|not to|not) (?:\w+ ){0,3}(?:invoice|bill|charge)\b",
    r"\bwithout (?:an? )?(?:invoice|bill)\b|\b(?:cancel|hold off on|stop|withdraw|forget) (?:\w+ ){0,3}(?:invoice|billing)\b",
    r"\bkeine? (?:weitere )?rechnung\b|\brechnung\b[^.\n]{0,40}\bnicht\b|\bnicht in rechnung\b|\bohne rechnung\b",
    r"\bpas (?:besoin )?(?:de |d'une? )?factur|\bsans facture|\bne (?:nous |me )?factur\w+ (?:pas|rien)",
    r"\bno (?:\w+ ){0,3}factur|\bsin factura\b",
)
_EXISTING: Final = _any(
    r"\b(?:copy|duplicate|kopie|copie|copia|duplicado) (?:of|der|de|von)\b|\b(?:re-?send|resent|correct(?:ed)?|wrong|mistake|overdue)\b",
    r"\b(?:question|query|regarding|about|received|got|where is|haven't (?:got|received)|status of) (?:\w+ ){0,3}(?:invoice|bill)\b",
    r"\b(?:frage zu|wo bleibt|erhalten|question sur|reçu|pregunta sobre|recibido)\b",
)
_REQUEST: Final = _any(
    rf"\b{_ASKS}\b[^.\n?]{{0,60}}\b(?:invoices?|bill (?:us|me|our|the|for|[A-Z])|billed|billing)\b",
    r"^[ \t]*(?:please )?(?:invoice|bill) (?:us|me|our|them|him|her|to|[A-Z]\w+|for)\b",
    r"\b(?:send|issue|raise|prepare|make|create|write|draw up|generate|email|forward) (?:\w+ ){0,4}invoice\b",
    r"\binvoice request\b|\brequest(?:ing)?(?: for)? (?:an |your |the )?invoice\b|\b(?:in)?voice (?:us|me) (?:for|at)\b|\bbill (?:us|me) for\b",
    r"\b(?:new|next) invoice for\b|\b(?:need|want|like|awaiting|expecting|waiting for) (?:an|the|your|a) (?:\w+ )?invoice\b",
    r"\b(?:bitte|könnten sie|können sie|könntest du|kannst du|wir brauchen|ich brauche|wir benötigen|ich benötige|schick\w*|send\w*|erstell\w*)\b[^.\n]{0,80}\b(?:rechnung|in rechnung|berechnen)\b",
    r"\b(?:stellen|stelle|stell)\b[^.\n]{0,80}\bin rechnung\b|\brechnung\b[^.\n]{0,60}\b(?:stellen|ausstellen|schicken|senden|schreiben|erstellen|zukommen)\b|\brechnungs(?:anforderung|anfrage)\b|\brechnung bitte\b",
    r"\b(?:merci de|veuillez|pouvez[- ]vous|pourriez[- ]vous|peux[- ]tu|pourrais[- ]tu|prière de|nous avons besoin|j'ai besoin|besoin|il nous faut|demande)\b[^.\n]{0,60}\bfactur\w*",
    r"\bfacture[zr][- ](?:nous|moi)\b|\b(?:envoye[zr]|établi\w*)[- ](?:nous|moi|une)\b[^.\n]{0,30}\bfacture\b",
    r"\b(?:por favor|podría\w*|puede[ns]?|puedes|necesit\w+|solicit\w+|rogamos|ruego|envíen?\w*|emit\w+|hagan?|quisiera)\b[^.\n]{0,60}\bfactur\w*|\bfactúr\w+|\bfacturarnos\b|\bfactura\b[^.\n]{0,20}\bpor favor\b",
)
_BILL: Final = _any(
    r"\b(?:invoice|bill)[ \t]*(?:no|nr|num(?:ber)?|#|id)\b|\binvoice[ \t]*[#№]|\bamount due\b|\bbalance due\b|\btotal due\b|\bremit to\b|\bbill to\b",
    r"\b(?:attached|enclosed|here is|find|below is)\b[^.\n]{0,40}\b(?:our|my|the|your) (?:\w+ )?(?:invoice|bill)\b|\bour invoice\b|\byour (?:invoice|bill) (?:for|from|is ready)\b",
    r"\brechnungs(?:nummer|-?nr|betrag|datum)|\brechnung nr\b|\b(?:anbei|im anhang)\b[^.\n]{0,40}\brechnung\b|\bunsere rechnung\b",
    r"\b(?:facture n|n°(?: de)? facture|numéro de facture)|\bci-joint\w*[^.\n]{0,40}\bfacture\b|\bnotre facture\b|\bmontant à payer\b|\btotal à payer\b",
    r"\b(?:factura n|n[º°o.]+ de factura|número de factura)|\badjunt\w*[^.\n]{0,40}\bfactura\b|\bnuestra factura\b|\btotal a pagar\b",
)
_NOT_YET: Final = _any(
    r"\b(?:will|shall|going to|about to|plan to|cannot|can't|unable to|haven't|have not|hasn't|not yet|didn't|when|if|once|unless|before|until|please|reminder|overdue|unpaid)\b",
    r"\b(?:werde\w*|wird|noch nicht|nicht|wenn|sobald|bitte|mahnung|erinnerung|ist meine)\b|\b(?:allons|vais|pas encore|veuillez|merci de|rappel)\b|\b(?:vamos a|voy a|todavía no|aún no|recordatorio)\b",
)
_PAID: Final = _any(
    r"\b(?:we|i)(?: have|'ve|’ve)?(?: just| now| today| already)? (?:paid|transferred|wired|settled|sent (?:the |a |you )?(?:payment|money|\S+ for invoice))\b",
    r"\b(?:payment|transfer|remittance|invoice\b[^.\n]{0,40})\b[^.\n]{0,60}\b(?:has been|was|is|have been) (?:now )?(?:paid|sent|made|settled|transferred|completed|initiated|processed)\b|\bpayment (?:sent|made|confirmation|advice)\b|\bremittance advice\b|\b(?:payment|money) is on its way\b",
    r"\b(?:überwiesen|bezahlt|beglichen)\b|\bzahlungsavis\b|\bzahlung\b[^.\n]{0,40}\b(?:veranlasst|ausgeführt|angewiesen)\b",
    r"\b(?:avons|ai|a été|virement)\b[^.\n]{0,40}\b(?:payé\w*|réglé\w*|viré\w*|effectué\w*)\b|\bavis de (?:paiement|virement)\b",
    r"\b(?:hemos|he|se ha)\b[^.\n]{0,30}\b(?:pagado|transferido|abonado|realizado)\b|\baviso de pago\b|\bpago realizado\b",
)
#: "Payment received": the words leave open who paid whom.
RECEIVED: Final = _any(
    r"\b(?:we (?:have )?received|received your payment|payment received|thank you for your payment)\b",
    r"\bzahlung\w* (?:ist )?(?:erhalten|eingegangen)|\b(?:avons (?:bien )?reçu|hemos recibido)\b",
)
_QUOTE: Final = _any(
    r"\b(?:quote|quotation|estimate|price list|cost estimate|offer)\b[^.\n]{0,40}\?|\b(?:send|give|get|have|need|want|like|request(?:ing)?|provide|prepare)\b[^.\n]{0,40}\b(?:a |an |your )?(?:quote|quotation|estimate|price list)\b",
    r"\bhow much (?:would|do|does|is|are|will)\b|\bwhat (?:would|do|does|is)\b[^.\n]{0,40}\b(?:cost|charge|price)\b",
    r"\b(?:angebot|kostenvoranschlag)\b|\bwas (?:kostet|würde)\b|\bwie viel kostet\b|\bdevis\b|\bcombien (?:coûte|couterait|coûterait)\b|\bpresupuesto\b|\bcuánto (?:cuesta|costaría|sale)\b",
)
_POST: Final = _any(
    r"\b(?:post|tweet|share|publish|announce|put)\b[^.\n]{0,80}\b(?:facebook|instagram|linkedin|twitter|social media|our page|on x|the page|story|stories)\b",
    r"\b(?:please|can you|could you)\b[^.\n]{0,20}\btweet\b|\b(?:poste\w*|veröffentlich\w*|publie[rz]?|publica\w*)\b[^.\n]{0,80}\b(?:facebook|instagram|linkedin|twitter|seite|page|página)\b",
)
_NOISE: Final = _any(
    r"\bunsubscribe\b|\bview (?:this )?(?:e-?mail )?in (?:your )?browser\b|\bmanage (?:your )?preferences\b|\bexclusively? (?:deals?|offers?)\b|\bexclusive (?:\w+ )?deals?\b|\bnewsletter\b",
    r"\b(?:% off|limited[- ]time|black friday|sign up (?:now|here)|click here to (?:sign|learn|book|shop))\b|\bshop now\b|\bbook your next\b",
    r"\babbestellen\b|\babmelden\b|\bse désabonner\b|\bdésinscri\w+|\bdarse de baja\b|\bcancelar (?:la )?suscripción\b",
    r"\b(?:no action (?:is )?(?:needed|required)|your (?:card|account) (?:has been|was) (?:charged|debited)|subscription\b[^.\n]{0,40}\brenews|your (?:\w+ ){0,3}receipt|debit card)\b",
)
_ROBOT: Final = re.compile(
    r"^(?:no-?reply|do-?not-?reply|newsletter|marketing|promotions?|notifications?|mailer-daemon)",
    _FLAGS,
)
_QUESTION: Final = re.compile(r"\?(?:\s|$)")


@dataclass(frozen=True, kw_only=True)
class Sorted:
    """What a message wants, and what speaks against it."""

    kind: Kind
    #: Words that ask for no invoice, "" where there are none.
    declined: str = ""


def sort_message(text: str, *, sender: str = "") -> Sorted:
    """Return what a message wants.

    Args:
        text: The sender's own words, the subject first.
        sender: His address; automatic senders have no questions.
    """
    sentences = [part for part in _SENTENCE.split(text) if part.strip()]
    declined = next(
        (found.group(0) for part in sentences if (found := _DECLINED.search(part))), ""
    )
    wanted = [part for part in sentences if not _DECLINED.search(part)]
    asked = any(_REQUEST.search(part) and not _EXISTING.search(part) for part in wanted)
    kind = _kind(text, wanted, sender, asked=asked)
    return Sorted(kind=kind, declined=declined if kind is Kind.INVOICE_REQUEST else "")


def _kind(text: str, wanted: list[str], sender: str, *, asked: bool) -> Kind:
    robot = bool(_ROBOT.match(sender)) or bool(_NOISE.search(text))
    paid = any(_PAID.search(part) and not _NOT_YET.search(part) for part in wanted)
    checks = (
        (Kind.BILL, bill_marks(text) >= 2),  # noqa: PLR2004
        (Kind.NOISE, robot and not bill_marks(text)),
        (Kind.INVOICE_REQUEST, asked),
        (Kind.PAYMENT_NOTICE, paid or bool(RECEIVED.search(text))),
        (Kind.BILL, bool(bill_marks(text)) and not _QUESTION.search(text)),
        (Kind.QUOTE_REQUEST, bool(_QUOTE.search(text))),
        (Kind.POST_REQUEST, bool(_POST.search(text))),
        (Kind.QUESTION, bool(_QUESTION.search(text))),
        (Kind.NOISE, robot),
    )
    return next((kind for kind, holds in checks if holds), Kind.OTHER)


def bill_marks(text: str) -> int:
    """Return how many different marks of a bill the text bears; two make a document."""
    return len({found.group(0).lower() for found in _BILL.finditer(text)})
