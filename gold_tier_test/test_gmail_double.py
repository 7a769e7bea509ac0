"""Gmail against a double that others wrote: what works in the sandbox works there, too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import pytest
from conftest import CATALOGUE, Business
from emulated_gmail import OWNER, SEEDED, EmulatedGmail, emulated_gmail, header

from utils.core.lifecycle import State
from watchers.gmail_watcher import GmailWatcher

pytestmark = pytest.mark.timeout(240)

ANN = "ann@cafe.example"
SEND = "/gmail/v1/users/me/drafts/send"


@pytest.fixture(scope="module")
def gmail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedGmail]:
    with emulated_gmail(tmp_path_factory.mktemp("double")) as service:
        yield service


@pytest.fixture
def shop(business: Business, gmail: EmulatedGmail) -> Business:
    """A business whose Gmail is the double."""
    business.restart(**gmail.environment())
    return business


def letter(subject: str, body: str = "Hi", **headers: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ann <ann@cafe.example>", OWNER, subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return mail.as_bytes()


def subjects(shop: Business, about: str) -> list[str]:
    found = (item.subject for item, _ in shop.engine.bookmarks.open_items())
    return sorted(one for one in found if one.startswith(about))


def ask(shop: Business, tool: str, **values: Any) -> Any:
    service = CATALOGUE.service_of(tool)
    reach = service.connect(service.settings.read(shop.engine.settings))
    return CATALOGUE.operation(tool).model_validate(values, strict=False).read(reach)


def test_new_mails_become_items_once(shop: Business, gmail: EmulatedGmail) -> None:
    gmail.deliver(letter("Bread one"))
    GmailWatcher(shop.engine).round()
    assert subjects(shop, SEEDED) == [SEEDED]
    assert subjects(shop, "Bread") == ["Bread one"]
    gmail.deliver(letter("Bread two"))
    watcher = GmailWatcher(shop.engine)
    watcher.round()
    watcher.round()
    assert subjects(shop, "Bread") == ["Bread one", "Bread two"]
    shop.restart()
    gmail.deliver(letter("Bread three"))
    GmailWatcher(shop.engine).round()
    assert subjects(shop, "Bread") == ["Bread one", "Bread three", "Bread two"]
    assert subjects(shop, SEEDED) == [SEEDED]


def test_a_search_and_a_mail_are_read(shop: Business, gmail: EmulatedGmail) -> None:
    older = gmail.deliver(letter("Rolls for Monday", "Twenty rolls, please."))
    newer = gmail.deliver(letter("Rolls for Tuesday", "Thirty rolls, please."))
    found = ask(shop, "gmail_search", query="from:ann subject:rolls", limit=5)
    assert {one["message_id"] for one in found["mails"]} == {older, newer}
    assert found["mails"][0]["from"] == "Ann <ann@cafe.example>"
    assert "rolls, please" in found["mails"][0]["first_words"]
    mail = ask(shop, "gmail_read_message", message_id=older)
    assert "Subject: Rolls for Monday" in mail["text"]
    assert "Twenty rolls, please." in mail["text"]


def test_a_conversation_is_read_in_its_order(shop: Business, gmail: EmulatedGmail) -> None:
    first = gmail.deliver(letter("Cake", "For twelve?", Message_ID="<cake@cafe.example>"))
    earlier = {"In_Reply_To": "<cake@cafe.example>", "References": "<cake@cafe.example>"}
    second = gmail.deliver(letter("Re: Cake", "For twenty!", **earlier))
    thread = gmail.get(f"messages/{first}")["threadId"]
    found = ask(shop, "gmail_read_thread", thread_id=thread)
    assert found["message_ids"] == [first, second]
    assert found["text"].index("For twelve?") < found["text"].index("For twenty!")


def test_a_draft_is_left_for_the_owner_to_send(shop: Business, gmail: EmulatedGmail) -> None:
    proposal = shop.submit("gmail_create_draft", to=ANN, subject="Offer of buns", body="Dear Ann")
    assert gmail.mails("Offer of buns", "DRAFT") == []
    shop.approve(proposal)
    assert shop.state(proposal) is State.DONE
    [draft] = gmail.mails("Offer of buns", "DRAFT")
    assert header(draft, "To") == ANN
    assert gmail.mails("Offer of buns", "SENT") == []


def test_an_approved_mail_is_sent_once(shop: Business, gmail: EmulatedGmail) -> None:
    proposal = shop.submit("gmail_send_mail", to=ANN, subject="Pretzels", body="They are ready.")
    shop.tick(seconds=90)
    assert gmail.mails("Pretzels", "SENT") == []
    shop.approve(proposal)
    shop.tick(seconds=90)
    assert shop.state(proposal) is State.DONE
    [mail] = gmail.mails("Pretzels", "SENT")
    assert header(mail, "To") == ANN
    assert mail["snippet"] == "They are ready."
    assert gmail.mails("Pretzels", "DRAFT") == []


def test_an_answer_stands_in_its_conversation(shop: Business, gmail: EmulatedGmail) -> None:
    asked = gmail.deliver(letter("Croissants", "How many?", Message_ID="<how@cafe.example>"))
    proposal = shop.submit("gmail_reply", message_id=asked, body="Twelve.")
    shop.approve(proposal)
    assert shop.state(proposal) is State.DONE
    [mail] = gmail.mails("Croissants", "SENT")
    assert header(mail, "To") == ANN
    assert header(mail, "Subject") == "Re: Croissants"
    assert header(mail, "In-Reply-To") == "<how@cafe.example>"
    assert mail["threadId"] == gmail.get(f"messages/{asked}")["threadId"]


def unconfirmed(shop: Business, gmail: EmulatedGmail, tool: str, **values: Any) -> State:
    """Send, lose the double's answer, look again when that may be done; return what came of it."""
    proposal = shop.submit(tool, **values)
    gmail.fault("timeout_after_commit", path=SEND, seconds=3)
    shop.approve(proposal)
    assert shop.state(proposal) is State.UNKNOWN
    gmail.heal()
    shop.tick(seconds=601)
    shop.tick(seconds=601)
    return shop.state(proposal)


def test_a_mail_whose_sending_was_not_confirmed_is_found_again(
    shop: Business, gmail: EmulatedGmail
) -> None:
    state = unconfirmed(shop, gmail, "gmail_send_mail", to=ANN, subject="Flour", body="Yes.")
    assert state is State.DONE
    assert len(gmail.mails("Flour", "SENT")) == 1


def test_an_answer_whose_sending_was_not_confirmed_is_not_sent_again(
    shop: Business, gmail: EmulatedGmail
) -> None:
    asked = gmail.deliver(letter("Yeast", Message_ID="<yeast@cafe.example>"))
    state = unconfirmed(shop, gmail, "gmail_reply", message_id=asked, body="Yes.")
    # Gmail shows a mail's own headers and so lets the answer be recognised; the double does not.
    assert state is State.PENDING
    assert len(gmail.mails("Yeast", "SENT")) == 1


def test_an_answer_needs_no_headers_to_stand_in_its_conversation(
    shop: Business, gmail: EmulatedGmail
) -> None:
    asked = gmail.deliver(letter("Baguettes", "How many?"))
    shop.approve(shop.submit("gmail_reply", message_id=asked, body="Six."))
    [mail] = gmail.mails("Baguettes", "SENT")
    assert header(mail, "In-Reply-To") == ""
    assert mail["threadId"] == gmail.get(f"messages/{asked}")["threadId"]
