"""The owner's story with the real Claude Code in its jail: from an order to what came of it."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from claude_code.move import VAULT
from claude_code.scene import LONGEST_S, Scene, opened
from claude_code.scripted_model import OVER, Block, Conversation, calls, says

pytestmark = [
    pytest.mark.timeout(LONGEST_S + 60),
    pytest.mark.skipif(not shutil.which("bwrap"), reason="no bubblewrap to jail with"),
]
INVOICE = {
    "customer": "billing@acme.example",
    "lines": [{"description": "Rye bread", "quantity": "12", "unit_price": "15.00"}],
}
PAUSE = threading.Event()


def until(done: Callable[[], object], seconds: int = 60) -> None:
    """Wait for something to become true, for so long at most."""
    assert any(done() or PAUSE.wait(0.1) for _ in range(seconds * 10))


def latest(conversation: Conversation) -> dict[str, Any]:
    """Return what the last tool answered, as JSON."""
    answer = conversation.answers[-1]
    assert not answer.is_error, answer.text
    found: dict[str, Any] = json.loads(answer.text)
    return found


class Story:
    """The model plans, previews, submits; the owner drags; the model reads what came of it."""

    def __init__(self, scene: Scene) -> None:
        self.vault = Path(scene.home.folder) / VAULT
        self.scene = scene
        self.preview: dict[str, Any] = {}
        self.submitted: dict[str, Any] = {}

    def __call__(self, conversation: Conversation) -> list[Block]:
        turn = conversation.turn
        steps = (self.look, self.dry_run, self.submit, self.read_what_came)
        return steps[turn](conversation) if turn < len(steps) else [says(OVER)]

    def look(self, _: Conversation) -> list[Block]:
        [item] = (self.vault / "Needs_Action").glob("*.md")
        return [calls("Read", file_path=str(item))]

    def dry_run(self, _: Conversation) -> list[Block]:
        return [calls("mcp__odoo__odoo_create_invoice", **INVOICE)]

    def submit(self, conversation: Conversation) -> list[Block]:
        self.preview = latest(conversation)
        return [calls("mcp__odoo__odoo_create_invoice", **INVOICE, dry_run=False)]

    def read_what_came(self, conversation: Conversation) -> list[Block]:
        self.submitted = latest(conversation)
        note = Path(self.submitted["note"]).name
        until((self.vault / "Pending_Approval" / note).exists)
        (self.vault / "Pending_Approval" / note).rename(self.vault / "Approved" / note)
        until((self.vault / "Completed" / note).exists)
        return [calls("Read", file_path=str(self.vault / "Completed" / note))]


def test_from_the_inbox_to_what_came_of_it() -> None:
    with opened() as scene:
        letter = b"From: ann@cafe.example\nSubject: Twelve rye\n\nTwelve rye breads, please.\n"
        with scene.home.at_work():
            inbox = scene.home.folder / VAULT / "Inbox"
            (inbox / "order.eml").write_bytes(letter)
            until(lambda: list((scene.home.folder / VAULT / "Needs_Action").glob("*.md")))
            story = Story(scene)
            model = scene.run(story, in_jail=True)
        told = [answer.text for answer in model.answers]
        assert [answer.text for answer in model.answers if answer.is_error] == []
        assert "Twelve rye" in told[0]
        assert story.preview["status"] == "previewed"
        assert story.submitted["status"] == "pending"
        assert 'status: "done"' in told[-1]
        # The dry run sent nothing, and the drag sent one.
        assert scene.street.ledger() == [("odoo", "invoice_created")]
