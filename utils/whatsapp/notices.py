"""What WhatsApp itself writes into an exported chat, in the languages it is mostly used in."""

from __future__ import annotations

import re
from typing import Final

from utils.whatsapp.lines import OWN_MARK

#: What stands where a picture, a voice message or a file was left out of the export.
LEFT_OUT: Final = "[something that is no text; it was left out of the export]"
#: The longest of WhatsApp's own sentences, in characters, with room for names.
_LONGEST: Final = 400


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


#: The notice that every chat begins with.
_ENCRYPTED: Final = _any(
    r"(?:messages|chats)\b.{0,60}\bend-to-end",
    r"nachrichten\b.{0,80}\bende-zu-ende",
    r"les messages\b.{0,80}\bbout en bout",
    r"los mensajes\b.{0,80}\bextremo a extremo",
    r"as mensagens\b.{0,80}\bponta a ponta",
    r"i messaggi\b.{0,80}\bend-to-end",
    r"berichten\b.{0,80}\beind-tot-eind|berichten\b.{0,80}\bend-to-end",
    r"wiadomości\b.{0,80}\bod końca do końca|wiadomości\b.{0,80}\bend-to-end",
    r"mesajlar\b.{0,80}\buçtan uca",
)
#: Everything else that WhatsApp tells, after its own mark or on a line without a sender.
_EVENTS: Final = _any(
    r"\b(?:joined|left|was added|added|removed|created (?:this )?group|created the group)\b",
    r"\bchanged (?:the subject|the group|this group|their phone number|to \+|the settings)"
    r"|security code|\bis a contact\b|now an admin|no longer an admin"
    r"|disappearing messages|business account|blocked this contact|pinned a message",
    r"\b(?:missed|declined)\b.{0,20}\bcall\b|\b(?:voice|video) call\b",
    r"\b(?:ist .{0,40}beigetreten|hat .{0,60}(?:hinzugefügt|entfernt|verlassen|erstellt|geändert"
    r"|gewechselt)|hat die gruppe|sicherheitsnummer|verpasster? .{0,12}anruf|selbstlöschend)",
    r"\b(?:a (?:rejoint|quitté|ajouté|retiré|créé|changé|modifié)|code de sécurité"
    r"|appel .{0,12}manqué|messages éphémères)",
    r"\b(?:se unió|salió del grupo|añadió|agregó|eliminó a|creó (?:el|este) grupo|cambió"
    r"|código de seguridad|llamada .{0,12}perdida|mensajes temporales)",
    r"\b(?:entrou|saiu|adicionou|removeu|criou (?:o|este) grupo|mudou|alterou"
    r"|código de segurança|chamada .{0,12}perdida|mensagens temporárias)",
    r"\b(?:si è unito|ha (?:abbandonato|aggiunto|rimosso|creato|cambiato|modificato)"
    r"|codice di sicurezza|chiamata .{0,12}persa|messaggi effimeri)",
    r"\b(?:neemt deel|heeft .{0,60}(?:toegevoegd|verwijderd|verlaten|gemaakt|gewijzigd)"
    r"|beveiligingscode|gemiste .{0,12}oproep)",
)
#: A message that its sender took back.
_TAKEN_BACK: Final = _any(
    r"this message was deleted(?: by .{1,40})?|you deleted this message",
    r"diese nachricht wurde gelöscht|du hast diese nachricht gelöscht",
    r"ce message a été supprimé|vous avez supprimé ce message",
    r"se eliminó este mensaje|este mensaje fue eliminado|eliminaste este mensaje",
    r"(?:mensagem|esta mensagem foi|essa mensagem foi) apagada|você apagou esta mensagem",
    r"questo messaggio è stato eliminato|hai eliminato questo messaggio",
    r"dit bericht is verwijderd|je hebt dit bericht verwijderd",
)
_OMITTED: Final = _any(
    r"<(?:media|multimedia|mídia|m[ée]dias?|medien|arquivo de mídia)\b[^<>\n]{1,20}>",
    r"(?:[^\n]{1,120} )?(?:image|video|audio|sticker|gif|document|contact card|photo) omitted",
    r"(?:[^\n]{1,120} )?(?:bild|video|audio|sticker|gif|dokument|kontaktkarte) weggelassen",
    r"(?:[^\n]{1,120} )?(?:image|vidéo|audio|sticker|gif|document|fiche contact)"
    r" (?:absente?|omise?)",
    r"(?:[^\n]{1,120} )?(?:imagen|video|audio|sticker|gif|documento|tarjeta de contacto)"
    r" omitid[oa]",
    r"(?:[^\n]{1,120} )?(?:imagem|vídeo|áudio|figurinha|gif|documento) (?:ocultad[oa]|omitid[oa])",
    r"(?:[^\n]{1,120} )?(?:immagine|video|audio|sticker|gif|documento) omess[oa]",
    r"(?:[^\n]{1,120} )?(?:afbeelding|video|audio|sticker|gif|document) weggelaten",
    "null",
)
_EDITED: Final = re.compile(
    r"\s*\u200e?<(?:[^<>\n]{0,30}\b(?:edited|bearbeitet|modifié|editó|editad[oa]|modificato"
    r"|bewerkt)\b[^<>\n]{0,20})>\s*$",
    re.IGNORECASE,
)
#: A chat's own events that quote a name, so that a colon in the name looks like a sender's.
_QUOTING: Final = re.compile(
    r"^[^:\n]{1,80}?\b(?:created group|changed the (?:subject|group name)|hat die gruppe"
    r"|hat den (?:betreff|gruppennamen)|a créé le groupe|creó el grupo|criou o grupo"
    r"|ha creato il gruppo)[^:\n]{0,80}[\"“„«].*[\"”“»]",
    re.IGNORECASE,
)
#: "You", as phones name their owner.
_OWNERS: Final = frozenset(
    {"you", "du", "sie", "vous", "tú", "usted", "você", "tu", "jij", "je", "u", "ty", "sen", "siz"}
)


def is_notice(sender: str, text: str, *, first: bool = False) -> bool:
    """Return whether an entry was written by WhatsApp and not by a person.

    Args:
        sender: Who is named as its sender, "" where nobody is.
        text: Everything after the name.
        first: Whether it is the chat's first entry, where old exports mark nothing.
    """
    if not sender or _QUOTING.match(f"{sender}: {text}"):
        return True
    words = text.removeprefix(OWN_MARK).strip()
    if _TAKEN_BACK.fullmatch(words.rstrip(".")):
        return True
    if "\n" in words or len(words) > _LONGEST:
        return False
    marked = text.startswith(OWN_MARK)
    tells = _ENCRYPTED.match(words) or (marked and _EVENTS.search(words))
    return (marked or first) and bool(tells)


def is_owners(sender: str) -> bool:
    """Return whether a sender is called "you"."""
    return sender.casefold() in _OWNERS


def spoken(text: str) -> str:
    """Return a message's text without WhatsApp's own marks; what was left out is named."""
    words = _EDITED.sub("", text).replace(OWN_MARK, "").strip()
    return LEFT_OUT if _OMITTED.fullmatch(words) else words
