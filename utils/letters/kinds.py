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
    r"(?:please|pls|plz|kindly|can you|could you|could we|can we|can i|could i|may we|may i"
    r"|would you|we need"
    r"|i need|we'd like|we would like|i'd like|i would like|we require|you can|feel free to"
    r"|go ahead and|send (?:me|us|over))"
)
_DECLINED: Final = _any(
    r"\bno (?:need (?:for|to)|invoice|bill|receipt)\b[^.\n]{0,30}",
    r"\b(?:don'?t|do not|don’t|won't|shouldn't|needn't|never|no longer|not to|not)"
    r" (?!forget|hesitate)(?:\w+ ){0,3}(?:invoice|bill|charge)\b",
    r"^(?!.*\b(?:can'?t|cannot|can not|unable)\b).*\bwithout (?:an? )?(?:invoice|bill)\b",
    r"\b(?:cancel|hold off on|stop|withdraw) (?:\w+ ){0,3}(?:invoice|billing)\b",
    r"\bkeine? (?:weitere )?rechnung\b|\brechnung\b[^.\n]{0,40}\bnicht\b"
    r"|\bnicht in rechnung\b|\bohne rechnung\b",
    r"\bpas (?:besoin )?(?:de |d'une? )?factur|\bsans facture|\bne (?:nous "
    r"|me )?factur\w+ (?:pas|rien)",
    r"\bno (?:\w+ ){0,3}factur|\bsin factura\b",
)
#: An invoice that exists already is wanted once more.
_AGAIN: Final = _any(
    r"\b(?:copy|duplicate|kopie|copie|copia|duplicado) (?:of|der|de|von)\b",
    r"\b(?:re-?send|resent|again|once more|nochmals?|erneut|encore une fois|de nuevo|otra vez)\b",
)
_EXISTING: Final = _any(
    r"\b(?:we|i)(?:'ll|’ll| will| shall| are going to| have) (?:\w+ )?(?:send|sent|issue"
    r"|prepare|attach|raise|invoice|bill)",
    r"\bwir (?:werden|schicken|senden|stellen) (?:ihnen|euch|dir)\b|\bnous vous (?:enverrons"
    r"|envoyons|facturerons)\b|\ble(?:s)? (?:enviamos|enviaremos|facturaremos)\b",
    r"\b(?:corrected|wrong|mistake|overdue)\b",
    r"\b(?:find|see|here is|here's|below is|pay|settle|process|review|approve|confirm|sending)\b"
    r"[^.\n]{0,30}\b(?:our|my|the|your|this) (?:\w+ )?(?:invoice|bill)\b|\bpay (?:invoice|bill)\b",
    r"\b(?:attached|enclosed|anbei|im anhang|ci-joint\w*|adjunt\w*)\b|\b(?:our|unsere|notre"
    r"|nuestra) (?:invoice|bill|rechnung|facture|factura) (?:[A-Z]*[-/#]?[0-9]|is attached|no"
    r"|nr|n[º°])",
    r"\b(?:question|query|regarding|about|received|got|where is|haven't (?:got|received)"
    r"|status of) (?:\w+ ){0,3}(?:invoice|bill)\b",
    r"\b(?:frage zu|wo bleibt|erhalten|question sur|reçu|pregunta sobre|recibido)\b",
)
_REQUEST: Final = _any(
    rf"\b{_ASKS}\b[^.\n?]{{0,60}}\b(?:invoices?\b|bill (?=\w)"
    r"|(?:be|get) (?:invoiced|billed)\b|billing\b)",
    r"^[ \t]*(?:please )?(?:invoice|bill) (?:us|me|our|them|him|her)\b",
    r"\b(?:send|issue|raise|prepare|make|create|write|draw up|generate|email"
    r"|forward) (?:\w+ ){0,4}invoice\b",
    r"\binvoice request\b|\brequest(?:ing)?(?: for)? (?:an |your |the )?invoice\b"
    r"|\b(?:invoice|bill) (?:us|me) (?:for\b|at\b|[$€£0-9])"
    r"|\b(?:forget|remember) to (?:invoice|bill)\b",
    r"\b(?:new|next) invoice for\b|\b(?:need|want|like|awaiting|expecting|waiting for) (?:an"
    r"|the|your|a) (?:\w+ )?invoice\b",
    r"\b(?:bitte|könnten sie|können sie|könntest du|kannst du|wir brauchen|ich brauche"
    r"|wir benötigen|ich benötige|schick\w*|send\w*|erstell\w*)\b[^.\n]{0,80}\b(?:rechnung"
    r"|in rechnung|berechnen)\b",
    r"\b(?:stellen|stelle|stell)\b[^.\n]{0,80}\bin rechnung\b"
    r"|\brechnung\b[^.\n]{0,60}\b(?:stellen|ausstellen|schicken|senden|schreiben|erstellen"
    r"|zukommen)\b|\brechnungs(?:anforderung|anfrage)\b|\brechnung bitte\b",
    r"\b(?:merci de|veuillez|pouvez[- ]vous|pourriez[- ]vous|peux[- ]tu|pourrais[- ]tu"
    r"|prière de|nous avons besoin|j'ai besoin|besoin|il nous faut"
    r"|demande)\b[^.\n]{0,60}\bfactur\w*",
    r"\bfacture[zr][- ](?:nous|moi)\b|\b(?:envoye[zr]|établi\w*)[- ](?:nous|moi"
    r"|une)\b[^.\n]{0,30}\bfacture\b",
    r"\b(?:por favor|podría\w*|puede[ns]?|puedes|necesit\w+|solicit\w+|rogamos|ruego"
    r"|envíen?\w*|emit\w+|hagan?|quisiera)\b[^.\n]{0,60}\bfactur\w*|\bfactúr\w+"
    r"|\bfacturarnos\b|\bfactura\b[^.\n]{0,20}\bpor favor\b",
)
_BILL: Final = _any(
    r"\b(?:invoice|bill)[ \t]*(?:no|nr|num(?:ber)?|#|id)\b|\binvoice[ \t]*[#№]|\bamount due\b"
    r"|\bbalance due\b|\btotal due\b|\bremit to\b|\bbill to\b",
    r"\b(?:attached|enclosed|here is|find|below is)\b[^.\n]{0,40}\b(?:our|my|the"
    r"|your) (?:\w+ )?(?:invoice|bill)\b|\bour invoice\b|\byour (?:invoice|bill) (?:for|from"
    r"|is ready)\b",
    r"\brechnungs(?:nummer|-?nr|betrag|datum)|\brechnung nr\b|\b(?:anbei"
    r"|im anhang)\b[^.\n]{0,40}\brechnung\b|\bunsere rechnung\b",
    r"\b(?:facture n|n°(?: de)? facture|numéro de facture)"
    r"|\bci-joint\w*[^.\n]{0,40}\bfacture\b|\bnotre facture\b|\bmontant à payer\b"
    r"|\btotal à payer\b",
    r"\b(?:factura n|n[º°o.]+ de factura|número de factura)"
    r"|\badjunt\w*[^.\n]{0,40}\bfactura\b|\bnuestra factura\b|\btotal a pagar\b",
)
_NOT_YET: Final = _any(
    r"\b(?:will|shall|going to|about to|plan to|cannot|can't|unable to|haven't|have not"
    r"|hasn't|not yet|didn't|when|if|once|unless|please (?:pay|settle|remit|transfer)|reminder"
    r"|overdue|unpaid)\b",
    r"\b(?:werde\w*|wird|nicht|wenn|sobald|bitte (?:zahl|überweis|begleich)\w*|mahnung"
    r"|erinnerung|ist meine)\b",
    r"\b(?:allons|vais|pas encore|(?:veuillez|merci de) (?:payer|régler)|rappel)\b",
    r"\b(?:vamos a|voy a|todavía no|aún no|recordatorio)\b",
)
_PAID: Final = _any(
    r"\b(?:we|i)(?: have|'ve|’ve)?(?: just| now| today| already)? (?:paid|transferred|wired"
    r"|settled|sent (?:the |a |you )?(?:payment|money|\S+ for invoice))\b",
    r"\b(?:payment|transfer|remittance|invoice\b[^.\n]{0,40})\b[^.\n]{0,60}\b(?:has been|was"
    r"|is|have been) (?:now )?(?:paid|sent|made|settled|transferred|completed|initiated"
    r"|processed)\b|\bpayment (?:sent|made|confirmation|advice)\b|\bremittance advice\b"
    r"|\b(?:payment|money) is on its way\b",
    r"\b(?:überwiesen|bezahlt|beglichen)\b|\bzahlungsavis\b"
    r"|\bzahlung\b[^.\n]{0,40}\b(?:veranlasst|ausgeführt|angewiesen)\b",
    r"\b(?:avons|ai|a été|virement)\b[^.\n]{0,40}\b(?:payé\w*|réglé\w*|viré\w*|effectué\w*)\b"
    r"|\bavis de (?:paiement|virement)\b",
    r"\b(?:hemos|he|se ha)\b[^.\n]{0,30}\b(?:pagado|transferido|abonado|realizado)\b"
    r"|\baviso de pago\b|\bpago realizado\b",
)
#: "Payment received": the words leave open who paid whom.
RECEIVED: Final = _any(
    r"\b(?:we (?:have )?received|received your payment|payment received"
    r"|thank you for your payment)\b",
    r"\bzahlung\w* (?:ist )?(?:erhalten|eingegangen)|\b(?:avons (?:bien )?reçu|hemos recibido)\b",
)
_QUOTE: Final = _any(
    r"\b(?:quote|quotation|estimate|price list|cost estimate|offer)\b[^.\n]{0,40}\?|\b(?:send"
    r"|give|get|have|need|want|like|request(?:ing)?|provide|prepare)\b[^.\n]{0,40}\b(?:a |an "
    r"|your )?(?:quote|quotation|estimate|price list)\b",
    r"\bhow much (?:would|do|does|is|are|will)\b|\bwhat (?:would|do|does"
    r"|is)\b[^.\n]{0,40}\b(?:cost|charge|price)\b",
    r"\b(?:angebot|kostenvoranschlag)\b|\bwas (?:kostet|würde)\b|\bwie viel kostet\b"
    r"|\bdevis\b|\bcombien (?:coûte|couterait|coûterait)\b|\bpresupuesto\b|\bcuánto (?:cuesta"
    r"|costaría|sale)\b",
)
_POST: Final = _any(
    r"\b(?:post|tweet|share|publish|announce|put)\b[^.\n]{0,80}\b(?:facebook|instagram"
    r"|linkedin|twitter|social media|our page|on x|the page|story|stories)\b",
    r"\b(?:please|can you|could you)\b[^.\n]{0,20}\btweet\b|\b(?:poste\w*|veröffentlich\w*"
    r"|publie[rz]?|publica\w*)\b[^.\n]{0,80}\b(?:facebook|instagram|linkedin|twitter|seite"
    r"|page|página)\b",
)
_NOISE: Final = _any(
    r"\bunsubscribe\b|\bview (?:this )?(?:e-?mail )?in (?:your )?browser\b"
    r"|\bmanage (?:your )?preferences\b|\bexclusively? (?:deals?|offers?)\b"
    r"|\bexclusive (?:\w+ )?deals?\b|\bnewsletter\b",
    r"\b(?:% off|limited[- ]time|black friday|sign up (?:now|here)|click here to (?:sign"
    r"|learn|book|shop))\b|\bshop now\b|\bbook your next\b",
    r"\babbestellen\b|\babmelden\b|\bse désabonner\b|\bdésinscri\w+|\bdarse de baja\b"
    r"|\bcancelar (?:la )?suscripción\b",
    r"\b(?:no action (?:is )?(?:needed|required)|your (?:card|account) (?:has been"
    r"|was) (?:charged|debited)|subscription\b[^.\n]{0,40}\brenews|your (?:\w+ ){0,3}receipt"
    r"|debit card)\b",
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
    asking = [part for part in wanted if _REQUEST.search(part)]
    again = any(_AGAIN.search(part) for part in asking)
    asked = any(not (_AGAIN.search(part) or _EXISTING.search(part)) for part in asking)
    kind = _kind(text, wanted, sender, asked=asked, again=again)
    return Sorted(kind=kind, declined=declined if kind is Kind.INVOICE_REQUEST else "")


def _kind(text: str, wanted: list[str], sender: str, *, asked: bool, again: bool) -> Kind:
    robot = bool(_ROBOT.match(sender)) or bool(_NOISE.search(text))
    paid = any(_PAID.search(part) and not _NOT_YET.search(part) for part in wanted)
    checks = (
        (Kind.BILL, bill_marks(text) >= 2),  # noqa: PLR2004
        (Kind.NOISE, robot and not bill_marks(text)),
        (Kind.INVOICE_REQUEST, asked),
        (Kind.QUESTION, again),
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
