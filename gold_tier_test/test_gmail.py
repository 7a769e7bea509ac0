"""Gmail: what is approved goes out once, in its conversation; what is read stays data."""

from __future__ import annotations

import base64
import json
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from gmail_bench import DRAFTS, MAIL, SEND, Attempts, Died, operation, patient, sent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from utils.core.errors import (
    InvalidValueError,
    OutcomeUnknownError,
)
from utils.core.lifecycle import Folder, State
from utils.core.model import OutcomeKind, Particulars
from utils.core.operation import mark_key
from utils.gmail.settings import GmailSettings
from utils.gmail_client import GmailClient
from utils.mail.fields import people
from utils.mail.writing import Answered, written
from utils.sandbox.gmail import PretendGmail

if TYPE_CHECKING:
    from conftest import Business


@pytest.fixture
def shop(business: Business, gmail: PretendGmail) -> Business:
    """A business that has Gmail."""
    business.restart(**gmail.environment(), RECONCILE_AFTER_SECONDS_GMAIL="60")
    return business


@pytest.fixture
def client(shop: Business) -> GmailClient:
    return patient(shop)


def bodies(gmail: PretendGmail, method: str, path: str) -> list[Any]:
    found = [one for one in gmail.requests() if (one.method, one.path) == (method, path)]
    return [json.loads(one.body) for one in found]


def mail_in(body: dict[str, Any]) -> Any:
    return message_from_bytes(base64.urlsafe_b64decode(body["message"]["raw"]), policy=default)


# --- an approved mail ------------------------------------------------------------------------


def test_an_approved_mail_goes_out_once_through_a_draft(
    shop: Business, gmail: PretendGmail
) -> None:
    """Promise 5: services are used in their stage-then-commit form."""
    proposal = shop.submit("gmail_send_mail", **MAIL, cc="Bob <bob@cafe.example>")
    assert sent(gmail) == []
    shop.approve(proposal)
    [effect] = sent(gmail)
    assert shop.state(proposal) is State.DONE
    assert effect["payload"]["to"] == "ann@cafe.example"
    assert effect["payload"]["cc"] == "bob@cafe.example"
    assert effect["payload"]["subject"] == "Your order"
    assert effect["payload"]["body"] == MAIL["body"]
    assert effect["reference"] == mark_key(proposal.id)
    assert gmail.drafts() == {}
    assert len(bodies(gmail, "POST", DRAFTS)) == len(bodies(gmail, "POST", SEND)) == 1


@pytest.mark.parametrize("tool", ["gmail_send_mail", "gmail_create_draft"])
def test_what_was_shown_is_what_is_sent_to_the_byte(
    shop: Business, gmail: PretendGmail, tool: str
) -> None:
    """Promise 2 and 4: the preview is the request, and the request is what runs."""
    proposal = shop.submit(tool, **MAIL)
    settings = GmailSettings.read(shop.engine.settings)
    shown = operation(tool, **MAIL).request(settings, proposal.particulars, mark_key(proposal.id))
    shop.approve(proposal)
    [live] = bodies(gmail, "POST", DRAFTS)
    assert shown.model_dump(mode="json") == {
        "method": "POST",
        "url": f"{gmail.url}{DRAFTS}",
        "body": live,
    }


def test_a_preview_of_an_answer_asks_gmail_nothing(shop: Business, gmail: PretendGmail) -> None:
    mail_id = gmail.deliver(subject="Order", body="Two rye.")
    gmail.forget_requests()
    settings = GmailSettings.read(shop.engine.settings)
    answer = operation("gmail_reply", message_id=mail_id, body="Yes.")
    request = answer.request(settings, Particulars(), "p_preview")
    assert gmail.requests() == []
    assert mail_in(request.body).get_content().strip() == "Yes."


def test_a_draft_is_left_for_the_owner_to_send(shop: Business, gmail: PretendGmail) -> None:
    proposal = shop.submit("gmail_create_draft", **MAIL)
    shop.approve(proposal)
    assert sent(gmail) == []
    assert len(gmail.drafts()) == 1
    assert shop.state(proposal) is State.DONE


def test_an_edited_text_is_what_goes_out(shop: Business, gmail: PretendGmail) -> None:
    proposal = shop.submit("gmail_send_mail", **MAIL)
    shop.edit(proposal.note, "it is ready.", "it is ready from seven.")
    shop.engine.pass_once()
    shop.approve(shop.found(proposal.id).proposal)
    [effect] = sent(gmail)
    assert "from seven" in effect["payload"]["body"]


# --- an answer -------------------------------------------------------------------------------


def test_an_answer_stands_in_its_conversation(shop: Business, gmail: PretendGmail) -> None:
    first = gmail.deliver(subject="Order 17", headers={"Message-ID": "<one@cafe.example>"})
    second = gmail.deliver(
        subject="Re: Order 17",
        headers={
            "Message-ID": "<two@cafe.example>",
            "In-Reply-To": "<one@cafe.example>",
            "References": "<one@cafe.example>",
        },
    )
    shop.approve(shop.submit("gmail_reply", message_id=second, body="Yes."))
    [effect] = sent(gmail)
    assert effect["payload"]["thread_id"] == first
    assert effect["payload"]["to"] == "ann@cafe.example"
    assert effect["payload"]["subject"] == "Re: Order 17"
    assert effect["payload"]["in_reply_to"] == "<two@cafe.example>"
    assert effect["payload"]["references"] == "<one@cafe.example> <two@cafe.example>"


def test_an_answer_that_goes_elsewhere_carries_a_warning(
    shop: Business, gmail: PretendGmail
) -> None:
    mail_id = gmail.deliver(subject="Bill", headers={"Reply-To": "eve@evil.example"})
    proposal = shop.submit("gmail_reply", message_id=mail_id, body="Yes.")
    assert proposal.particulars.recipients == ("eve@evil.example",)
    assert any("eve@evil.example" in warning for warning in proposal.warnings)


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?q?Order=0D=0ABcc:_eve=40evil.example?=",
        "=?utf-8?b?YQ0KQmNjOiBldmVAZXZpbC5leGFtcGxl?=",
    ],
)
def test_a_subject_cannot_bring_a_recipient_along(
    shop: Business, gmail: PretendGmail, subject: str
) -> None:
    raw = f"From: ann@cafe.example\r\nMessage-ID: <a@b>\r\nSubject: {subject}\r\n\r\nHi\r\n"
    mail_id = gmail.deliver(raw.encode())
    shop.approve(shop.submit("gmail_reply", message_id=mail_id, body="Yes."))
    [body] = bodies(gmail, "POST", DRAFTS)
    assert mail_in(body)["bcc"] is None
    assert mail_in(body)["to"] == "ann@cafe.example"


def test_a_mail_from_nobody_cannot_be_answered(shop: Business, gmail: PretendGmail) -> None:
    mail_id = gmail.deliver(b"From: \xd0\xb0nn@cafe.example\r\n\r\nHi\r\n")
    with pytest.raises(InvalidValueError):
        shop.submit("gmail_reply", message_id=mail_id, body="Yes.")


# --- what a mail may hold --------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": "ann@cafe.example\r\nBcc: eve@evil.example"},
        {"to": "everybody"},
        {"to": ""},
        {"to": "аnn@cafe.example"},
        {"to": ", ".join(f"a{n}@b.example" for n in range(21))},
        {"cc": "ann"},
        {"subject": "Hello\nBcc: eve@evil.example"},
        {"subject": " "},
        {"body": "\x1b[2J"},
        {"body": ""},
        {"attachments": ["../.env"]},
        {"attachments": ["Inbox/../../.env"]},
        {"attachments": ["/etc/passwd"]},
        {"attachments": ["Approved/x.pdf"]},
        {"attachments": ["Needs_Action/note.md"]},
    ],
    ids=str,
)
def test_a_value_that_hides_something_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        operation("gmail_send_mail", **MAIL | wrong)


@given(subject=st.text(), body=st.text(), ids=st.lists(st.text()))
def test_no_text_adds_a_header(subject: str, body: str, ids: list[str]) -> None:
    clean = body.encode("utf-8", "replace").decode()
    raw = written(
        to="ann@cafe.example",
        subject=subject.encode("utf-8", "replace").decode(),
        body=clean,
        mark="p_1",
        answered=Answered("<a@b>", tuple(ids)),
    )
    allowed = {"to", "subject", "in-reply-to", "references", "x-employee-mark", "mime-version"}
    allowed |= {"content-type", "content-transfer-encoding"}
    found = message_from_bytes(raw, policy=default)
    assert {name.lower() for name in found.keys()} <= allowed  # noqa: SIM118 - a message, no dict
    assert found["to"] == "ann@cafe.example"


def test_names_are_dropped_and_addresses_kept_once() -> None:
    assert people("Ann <ann@a.example>, bob@b.example; ann@a.example") == (
        "ann@a.example",
        "bob@b.example",
    )


def test_a_file_goes_along_unless_it_was_changed(shop: Business, gmail: PretendGmail) -> None:
    """Promise 4: what runs is what was shown."""
    kept = shop.path(Folder.COMPLETED, "offer.pdf")
    kept.write_bytes(b"%PDF-1.4 offer")
    good = shop.submit("gmail_send_mail", **MAIL, attachments=["Completed/offer.pdf"])
    shop.approve(good)
    [effect] = sent(gmail)
    assert effect["payload"]["attachments"] == ["offer.pdf"]

    changed = {"subject": "Another", "attachments": ["Completed/offer.pdf"]}
    bad = shop.submit("gmail_send_mail", **MAIL | changed)
    kept.write_bytes(b"%PDF-1.4 something else")
    shop.approve(bad)
    assert shop.state(bad) is State.FAILED
    assert len(sent(gmail)) == 1


def test_a_link_in_the_vault_leads_nowhere(shop: Business, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hunter2")
    shop.path(Folder.COMPLETED, "offer.txt").symlink_to(secret)
    with pytest.raises(InvalidValueError):
        shop.submit("gmail_send_mail", **MAIL, attachments=["Completed/offer.txt"])


# --- when things go wrong --------------------------------------------------------------------

FAULTS: list[tuple[str, dict[str, Any], State]] = [
    (SEND, {"mode": "timeout_after_commit", "seconds": 4}, State.UNKNOWN),
    (SEND, {"mode": "timeout_before", "seconds": 4}, State.UNKNOWN),
    (SEND, {"mode": "reset"}, State.UNKNOWN),
    (SEND, {"mode": "late_commit", "seconds": 0.1}, State.UNKNOWN),
    (SEND, {"mode": "status", "status": 500}, State.UNKNOWN),
    (SEND, {"mode": "status", "status": 503}, State.UNKNOWN),
    (SEND, {"mode": "status", "status": 404}, State.UNKNOWN),
    (SEND, {"mode": "status", "status": 429, "seconds": 9}, State.WAITING),
    (SEND, {"mode": "status", "status": 403}, State.WAITING),
    (SEND, {"mode": "status", "status": 400}, State.FAILED),
    (DRAFTS, {"mode": "timeout_after_commit", "seconds": 4}, State.UNKNOWN),
    (DRAFTS, {"mode": "status", "status": 429}, State.WAITING),
    ("/token", {"mode": "status", "status": 500}, State.WAITING),
    ("/token", {"mode": "reset"}, State.WAITING),
]


@pytest.mark.parametrize(("path", "fault", "state"), FAULTS, ids=str)
def test_no_fault_sends_a_mail_twice(
    shop: Business, gmail: PretendGmail, path: str, fault: dict[str, Any], state: State
) -> None:
    """Promise 5: at most once, and never silently lost."""
    proposal = shop.submit("gmail_send_mail", **MAIL)
    gmail.fault(**fault, path=path, method="POST")
    shop.approve(proposal)
    assert shop.state(proposal) is state
    before = sent(gmail)
    gmail.heal()
    shop.tick(seconds=61)
    shop.tick(seconds=61)
    after = shop.state(proposal)
    assert len(sent(gmail)) <= 1
    if before:
        assert after is State.DONE
    elif state is State.UNKNOWN and not sent(gmail):
        assert after is State.PENDING
        shop.approve(shop.found(proposal.id).proposal)
        assert len(sent(gmail)) == 1
    elif state is State.WAITING:
        assert after is State.DONE


def test_a_refused_connection_waits_and_goes_out_once(shop: Business, gmail: PretendGmail) -> None:
    proposal = shop.submit("gmail_send_mail", **MAIL)
    gmail.fault("refuse", seconds=60)
    shop.approve(proposal)
    assert shop.state(proposal) is State.WAITING
    gmail.heal()
    shop.tick(seconds=20)
    assert shop.state(proposal) is State.DONE
    assert len(sent(gmail)) == 1


@pytest.mark.parametrize("tool", ["gmail_send_mail", "gmail_reply"])
@pytest.mark.parametrize("stage", ["draft", "thread"])
@pytest.mark.parametrize("keeps", [True, False], ids=["kept", "not kept"])
def test_who_dies_between_two_stages_sends_it_once_in_the_end(
    shop: Business, gmail: PretendGmail, client: GmailClient, tool: str, stage: str, *, keeps: bool
) -> None:
    values: dict[str, Any] = MAIL
    if tool == "gmail_reply":
        values = {"message_id": gmail.deliver(subject="Order"), "body": "Yes."}
    attempts = Attempts(client, shop.submit(tool, **values))
    with pytest.raises(Died):
        attempts.perform(attempts.mark(dies_at=stage, keeps=keeps))
    found = attempts.probe()
    assert found is not None
    assert found.kind is OutcomeKind.FAILED
    assert sent(gmail) == []
    assert attempts.perform(attempts.mark()).kind is OutcomeKind.DONE
    assert len(sent(gmail)) == 1
    found = attempts.probe()
    assert found is not None
    assert found.kind is OutcomeKind.DONE
    assert found.remote_id == sent(gmail)[0]["id"]


def test_a_draft_that_the_owner_deleted_is_asked_about(
    shop: Business, gmail: PretendGmail, client: GmailClient
) -> None:
    attempts = Attempts(client, shop.submit("gmail_send_mail", **MAIL))
    with pytest.raises(Died):
        attempts.perform(attempts.mark(dies_at="thread"))
    gmail.delete(next(iter(gmail.drafts().values())))
    with pytest.raises(OutcomeUnknownError):
        attempts.perform(attempts.mark())
    assert attempts.probe() is None
    assert attempts.perform(attempts.mark()).kind is OutcomeKind.DONE
    assert len(sent(gmail)) == 1


def test_somebody_elses_answer_in_the_conversation_is_not_taken_for_ours(
    shop: Business, gmail: PretendGmail, client: GmailClient
) -> None:
    mail_id = gmail.deliver(subject="Order", headers={"Message-ID": "<one@cafe.example>"})
    attempts = Attempts(client, shop.submit("gmail_reply", message_id=mail_id, body="Yes."))
    with pytest.raises(Died):
        attempts.perform(attempts.mark(dies_at="thread"))
    gmail.delete(next(iter(gmail.drafts().values())))
    by_hand = "From: owner@bakery.example\r\nReferences: <one@cafe.example>\r\n\r\nBy hand\r\n"
    gmail.deliver(by_hand.encode(), labels=("SENT",))
    assert attempts.probe() is None


def test_a_lost_answer_about_a_draft_is_found_again(shop: Business, gmail: PretendGmail) -> None:
    proposal = shop.submit("gmail_create_draft", **MAIL)
    gmail.fault("timeout_after_commit", path=DRAFTS, method="POST", seconds=4)
    shop.approve(proposal)
    gmail.heal()
    shop.tick(seconds=61)
    assert shop.state(proposal) is State.DONE
    assert len(gmail.drafts()) == 1
