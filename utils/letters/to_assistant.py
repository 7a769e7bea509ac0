"""Words in a message that are meant for a machine that reads along, not for the owner."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

_MACHINE: Final = (
    r"(?:AI|A\.I\.|LLM|GPT|ChatGPT|Copilot|Gemini|Claude|(?:language|AI) model|chat ?bot"
    r"|(?:AI |virtual |digital |automated )(?:page )?(?:agent|assistant|manager|employee))"
)
_EARLIER: Final = (
    r"(?:previous|prior|preceding|above|earlier|former|existing|original|initial|system|safety)"
)
_ORDERS: Final = r"(?:instructions?|prompts?|commands?|directives?|rules|guidelines|guardrails)"

_PATTERNS: Final = (
    # An order to drop orders, in four languages.
    (
        r"\b(?:ignore|disregard|forget|override|bypass"
        rf"|do not follow)\b[^.\n]{{0,30}}\b{_EARLIER}\b[^.\n]{{0,20}}\b{_ORDERS}\b"
    ),
    (
        r"\b(?:ignoriere|vergiss|ignorieren sie|missachte)\b[^.\n]{0,40}\b(?:anweisung"
        r"|instruktion|regel|vorgabe)"
    ),
    (
        r"\b(?:ignore[zr]?|oublie[zr]?)\b[^.\n]{0,40}\b(?:instructions"
        r"|consignes)\b[^.\n]{0,20}\b(?:précédentes|antérieures|ci-dessus)"
    ),
    (
        r"\b(?:ignora|olvida|ignore|olvide)\b[^.\n]{0,30}\binstrucciones\b[^.\n]{0,20}\b(?:anterio"
        r"res|previas)"
    ),
    # The machine is spoken to by name.
    (
        r"\b(?:dear|hey|hi|hello|attention|note (?:to|for)|instructions? (?:to|for)"
        rf"|message (?:to|for)) +(?:the |any |all |your )?(?:{_MACHINE}(?<!Claude)"
        r"|assistant)\b(?! (?:manager|director|professor|teacher))"
    ),
    rf"(?:^|<!--|\"|“)[ \t]*(?:{_MACHINE}|assistant)[ \t]*[:,](?=[ \t]+\w)(?!\S*[ ]?<)",
    rf"\bto you, {_MACHINE}\b",
    (
        rf"\b(?:{_MACHINE}|your (?:agent|assistant|bot))s? (?:must|should|shall|needs? to|has to"
        r"|have to|is (?:required|authori[sz]ed|instructed) to)\b"
    ),
    (
        r"\b(?:instructions?|consignes?|message|note) (?:pour|à) (?:l'|l’|votre )?(?:assistant"
        r"|agent|ia)\b"
    ),
    (
        r"\b(?:anweisung|hinweis|nachricht)(?:en)? (?:an|für) (?:den|die|deinen"
        r"|ihren) (?:assistenten|ki|agenten)\b"
    ),
    r"\binstrucci(?:ón|ones) para (?:el|la|su) (?:asistente|ia|agente)\b",
    (
        rf"\b(?:you are|act as|pretend to be) (?:now )?(?:an? )?(?:{_MACHINE}|unrestricted"
        r"|jailbroken|DAN)\b"
    ),
    # A conversation's frame is imitated.
    (
        r"</?(?:system|user|assistant|human|tool_result|tool_use|function_results|information"
        r"|instructions?|prompt)>"
    ),
    (
        r"\(system_message\)|\[/?INST\]|<\|(?:im_start|im_end|system|user|assistant)\|>"
        r"|^#{2,} ?(?:system|instruction)s?\b"
    ),
    r"\b(?:system|developer|admin) ?(?:prompt|message|override)[ ]?:",
    # This program's own words.
    (
        r"\b(?:Pending_Approval|Needs_Action|Company_Handbook|CLAUDE\.md)\b|\.claude/|\.mcp\.json"
        r"|\bmcp__\w+"
    ),
    (
        r"^[ \t]*(?:approved_by|approve|approved)[ \t]*:[ \t]*\S|^[ \t]*type:[ \t]*approval\b"
        r"|\bstatus:[ \t]*approved\b"
    ),
    (
        r"\b(?:auto|pre)-?approved?\b[^.\n]{0,40}\b(?:payments?|bills?|invoices?|vendors?"
        r"|payees?)\b|\b(?:payments?|bills?|invoices?)\b[^.\n]{0,40}\b(?:auto|pre)-?approved\b"
    ),
    (
        r"\b(?:skip|bypass|without|circumvent|avoid) (?:the |any "
        r"|your )?(?:\w+ )?approval(?: step| process)?\b|\bwithout asking (?:the owner"
        r"|for approval|anyone)\b"
    ),
    r"^[ \t]*(?:`{3,}|~{3,})[ \t]*(?:dataviewjs|templater|base|query)\b|<%[*\-_]?[ ]*tp\.",
    # The answer is steered.
    (
        r"\b(?:modify|adjust|change|alter|rephrase|encode|express|write|give|provide"
        r"|compose)\b (?:your|the) (?:answer|response|reply|message|output)s? (?:to "
        r"|in (?:base\d+|emojis?|reverse|morse|[A-Z][a-z]+\.)|using|backward|as an? )"
    ),
    (
        r"\b(?:express|write|give|provide)\b your (?:answer|response"
        r"|reply)[^.\n]{0,20}\b(?:emojis?|backward|in reverse)\b"
    ),
    (
        r"\b(?:in|include in) your (?:answer|response|output),? ?(?:mention|include|highlight"
        r"|the\b|add)"
    ),
    # Text that people do not see, or see in another order.
    r"[\U000e0020-\U000e007f]{2,}|[\u202d\u202e]",
)
_ALL: Final = tuple(re.compile(pattern, re.IGNORECASE | re.MULTILINE) for pattern in _PATTERNS)
_ENCODED: Final = re.compile(r"(?<![\w+/=])[A-Za-z0-9+/]{24,4000}={0,2}(?![\w+/=])")
#: At most this many encoded stretches are opened (ours: bounded work).
_MOST_ENCODED: Final = 50


def words_to_assistant(text: str) -> tuple[str, ...]:
    """Return the words in a text that speak to a machine, each as it stands there."""
    plain = (found.group(0).strip() for pattern in _ALL for found in pattern.finditer(text))
    return tuple(dict.fromkeys((*filter(None, plain), *_encoded(text))))


def _encoded(text: str) -> tuple[str, ...]:
    """Return the stretches that, decoded, are English sentences: nobody writes those to people."""
    stretches = [found.group(0) for found in _ENCODED.finditer(text)][:_MOST_ENCODED]
    return tuple(stretch for stretch in stretches if _is_hidden_sentence(stretch))


def _is_hidden_sentence(stretch: str) -> bool:
    try:
        words = base64.b64decode(stretch, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return re.fullmatch(r"[A-Z][A-Za-z0-9 ,.'\"!?:;\-\n]+", words) is not None and " " in words
