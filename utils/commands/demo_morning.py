"""The demo's morning: a mail, a chat, a bill and a question arrive, and five notes ask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from utils.core.lifecycle import OPEN_STATES, Folder
from utils.core.model import Origin, Source
from utils.sandbox.business import (
    ANSWER,
    NEWS,
    QUESTION,
    changed_account,
    chat_export,
    invoice_request,
)
from watchers.gmail_watcher import GmailWatcher

if TYPE_CHECKING:
    from utils.commands.demo_stage import Stage
    from utils.storage.rows import Tracked

#: What waits in the end, in the order in which it is asked; every one has an own story.
BILL: Final = "odoo_create_bill"
NEWS_NOTE: Final = "social_create_announcement"
COMMENT: Final = "facebook_reply_comment"
INVOICE: Final = "odoo_create_invoice"
#: How many of the notes grow from letters: two invoices and a bill.
_LETTERS: Final = 3
#: How many notes wait after the morning.
NOTES: Final = _LETTERS + 2


def morning(stage: Stage) -> list[Tracked]:
    """Let the morning happen; return what waits for the owner."""
    _letters_arrive(stage)
    _agent_proposes(stage)
    return stage.engine.journal.in_states(OPEN_STATES)


def _letters_arrive(stage: Stage) -> None:
    """Mails come in, and the owner drops an exported chat; all are noticed and planned."""
    now = stage.engine.clock()
    for what, letter in (
        ("A mail arrives: a customer wants an invoice", invoice_request(sent_at=now)),
        ("A bill arrives; its bank account is a new one", changed_account(sent_at=now)),
    ):
        mail = stage.street.gmail.deliver(letter)
        stage.step(what, Path(f"gmail:{mail}"))
    chat = stage.place(Folder.INBOX, "WhatsApp Chat with Blue Heron Bakery.txt")
    chat.write_text(chat_export(sent_at=now))
    stage.step("You drop an exported chat", chat)
    GmailWatcher(stage.engine).once()
    stage.until(lambda: len(stage.engine.journal.in_states(OPEN_STATES)) == _LETTERS)
    for folder in (Folder.NEEDS_ACTION, Folder.PLANS):
        for file in stage.engine.vault.list(folder):
            if file.name.endswith(".md"):
                stage.step(f"It notices and plans ({folder})", stage.place(folder, file.name))


def _agent_proposes(stage: Stage) -> None:
    """An agent proposes news for four networks, of which one cannot take it, and an answer."""
    networks = ["facebook", "instagram", "twitter", "linkedin"]
    _propose(
        stage,
        NEWS_NOTE,
        "Saturday's bread is news for your followers.",
        networks=networks,
        text=NEWS,
    )
    post = stage.street.graph.posted_before("Rye is back.", stage.engine.clock())
    comment = stage.street.graph.comment_as_stranger(post, QUESTION)
    _propose(
        stage, COMMENT, "Bea asked a question below your post.", comment_id=comment, message=ANSWER
    )


def _propose(stage: Stage, tool: str, why: str, **values: Any) -> None:
    operation = stage.engine.catalogue.operation(tool).model_validate(values, strict=False)
    stage.engine.gate.submit(operation, origin=Origin(source=Source.MCP), why=why)
