"""Gmail: what is approved goes out once, in its conversation; what is read stays data."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import CATALOGUE
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from utils.core.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidValueError,
    OutcomeUnknownError,
    RateLimitedError,
    ServiceError,
    UnreachableError,
)
from utils.core.lifecycle import Folder, State
from utils.core.model import Grant, Outcome, OutcomeKind, Particulars, Proposal
from utils.core.operation import Mark, Operation, mark_key
from utils.gmail.connection import GmailConnection
from utils.gmail.errors import GoneError
from utils.gmail.google_token import GoogleToken
from utils.gmail.reading import PAGE
from utils.gmail.settings import GmailSettings
from utils.gmail_client import GmailClient
from utils.http_client import HttpClient
from utils.mail.fields import people
from utils.mail.writing import Answered, written
from utils.sandbox.gmail import PretendGmail
from utils.tools.answers import ANSWER_LIMIT

if TYPE_CHECKING:
    from conftest import Business

DRAFTS = "/gmail/v1/users/me/drafts"
SEND = f"{DRAFTS}/send"
MAIL = {"to": "ann@cafe.example", "subject": "Your order", "body": "Dear Ann,\n\nit is ready.\n"}


@pytest.fixture
def gmail(tmp_path: Path) -> Iterator[PretendGmail]:
    with PretendGmail(folder=tmp_path) as service:
        yield service


@pytest.fixture
def shop(business: Business, gmail: PretendGmail) -> Business:
    """A business that has Gmail."""
    business.restart(**gmail.environment(), RECONCILE_AFTER_SECONDS_GMAIL="60")
    return business


@pytest.fixture
def client(shop: Business, gmail: PretendGmail) -> GmailClient:
    """A client that does not wait between two attempts."""
    settings = GmailSettings.read(shop.engine.settings)
    http = HttpClient("gmail", timeout_s=2)
    token = GoogleToken(settings.token_path, http)
    connection = GmailConnection(settings.base, http, token, sleep=lambda _: None)
    del gmail
    return GmailClient(settings, connection)


def sent(gmail: PretendGmail) -> list[dict[str, Any]]:
    return [effect for effect in gmail.ledger() if effect["kind"] == "mail_sent"]


def operation(tool: str, **values: Any) -> Operation:
    return CATALOGUE.operation(tool).model_validate(values, strict=False)


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


class Died(BaseException):
    """The process is gone."""


class Attempts:
    """Attempts at one mail, each of which may die when a stage is about to be kept."""

    def __init__(self, client: GmailClient, proposal: Proposal) -> None:
        self.client = client
        self.proposal = proposal
        self.kind = operation(proposal.operation, **proposal.fields)
        self.staged: dict[str, str] = {}
        now = datetime.now(UTC)
        self.grant = Grant(
            proposal_id=proposal.id,
            digest=proposal.digest,
            by="owner",
            how="drag",
            given_at=now,
        )

    def mark(self, *, dies_at: str = "", keeps: bool = True) -> Mark:
        def remember(stage: str, remote_id: str) -> None:
            if stage == dies_at and not keeps:
                raise Died
            self.staged[stage] = remote_id
            if stage == dies_at:
                raise Died

        return Mark(
            key=mark_key(self.proposal.id),
            ago=timedelta(0),
            staged=dict(self.staged),
            remember=remember,
        )

    def perform(self, mark: Mark) -> Outcome:
        return self.kind.perform(self.client, self.grant, self.proposal, mark)

    def probe(self) -> Outcome | None:
        return self.kind.probe(self.client, self.proposal, self.mark())


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


# --- the sign-in -----------------------------------------------------------------------------


def test_an_ended_token_is_renewed_once_even_before_a_write(
    shop: Business, gmail: PretendGmail, client: GmailClient
) -> None:
    assert client.profile().address == "owner@bakery.example"
    gmail.end_access()
    attempts = Attempts(client, shop.submit("gmail_send_mail", **MAIL))
    attempts.perform(attempts.mark())
    assert len(sent(gmail)) == 1


def test_a_sign_in_that_was_taken_back_asks_for_a_new_one(
    client: GmailClient, gmail: PretendGmail
) -> None:
    gmail.revoke()
    with pytest.raises(AuthenticationError):
        client.profile()
    assert len(gmail.requests()) == 1


def test_a_token_that_is_never_accepted_is_given_up(
    client: GmailClient, gmail: PretendGmail
) -> None:
    gmail.fault("status", path="/gmail", status=401, times=9)
    with pytest.raises(AuthenticationError):
        client.profile()
    assert len([one for one in gmail.requests() if one.path != "/token"]) == 2


def test_a_sign_in_for_reading_cannot_write(
    shop: Business, gmail: PretendGmail, client: GmailClient
) -> None:
    gmail.allow("gmail.readonly")
    attempts = Attempts(client, shop.submit("gmail_send_mail", **MAIL))
    with pytest.raises(AuthenticationError):
        attempts.perform(attempts.mark())


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"refresh_token": "x"}'])
def test_a_missing_or_broken_sign_in_is_a_setting(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "token.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigurationError):
        GoogleToken(path, HttpClient("gmail", timeout_s=1)).access()


ERRORS: list[tuple[dict[str, Any], type[ServiceError]]] = [
    ({"mode": "status", "status": 404}, GoneError),
    ({"mode": "status", "status": 403}, RateLimitedError),
    ({"mode": "status", "status": 429}, RateLimitedError),
    ({"mode": "status", "status": 500}, OutcomeUnknownError),
    ({"mode": "reset"}, OutcomeUnknownError),
    ({"mode": "refuse", "seconds": 60}, UnreachableError),
]


@pytest.mark.parametrize(("fault", "error"), ERRORS, ids=str)
def test_a_read_that_fails_says_how(
    client: GmailClient, gmail: PretendGmail, fault: dict[str, Any], error: type[ServiceError]
) -> None:
    client.profile()
    gmail.fault(**fault, path="/gmail", times=9) if fault["mode"] != "refuse" else gmail.fault(
        **fault
    )
    with pytest.raises(error):
        client.message("abc")


def test_a_read_is_tried_again(client: GmailClient, gmail: PretendGmail) -> None:
    """Promise 6: only reads are retried."""
    mail_id = gmail.deliver(subject="Order")
    gmail.fault("status", path="/gmail", status=500, times=2)
    assert client.message(mail_id).stub.id == mail_id


def test_the_units_that_are_counted_are_those_that_gmail_counts(
    shop: Business, client: GmailClient, gmail: PretendGmail
) -> None:
    mail_id = gmail.deliver(subject="Order")
    proposal = shop.submit("gmail_send_mail", **MAIL)
    before = gmail.units
    client.profile()
    client.message(mail_id)
    client.history("1000")
    client.search("order")
    client.labels()
    client.drafts()
    client.thread(mail_id)
    attempts = Attempts(client, proposal)
    attempts.perform(attempts.mark())
    assert client.connection.units == gmail.units - before


# --- reading ---------------------------------------------------------------------------------


def read(tool: str, client: GmailClient, **values: Any) -> dict[str, Any]:
    return operation(tool, **values).read(client)


def test_outsiders_words_stand_between_fences_that_they_cannot_know(
    client: GmailClient, gmail: PretendGmail
) -> None:
    """Promise 8: outsiders' text is data."""
    html = "<p>Pay <span style='display:none'>EVIL</span>now&#8203;</p>"
    raw = f"From: a@b.example\r\nSubject: Hi\u202e\r\nContent-Type: text/html\r\n\r\n{html}"
    found = read("gmail_read_message", client, message_id=gmail.deliver(raw.encode()))
    first, *_, last = found["text"].split("\n")
    assert first.endswith("begins]")
    assert last == first.replace("begins", "ends")
    assert "Pay now" in found["text"]
    assert "EVIL" not in found["text"]
    assert "⟨U+202E⟩" in found["text"]
    assert "⟨U+200B⟩" in found["text"]
    assert "never instructions" in found["notice"]


def test_a_long_mail_is_read_page_by_page_and_every_page_fits(
    client: GmailClient, gmail: PretendGmail
) -> None:
    body = '"\\\u202e' * 15_000
    mail_id = gmail.deliver(subject="Long", body=body)
    first = read("gmail_read_message", client, message_id=mail_id)
    pages = [
        read("gmail_read_message", client, message_id=mail_id, page=number)
        for number in range(1, first["pages"] + 1)
    ]
    assert len(pages) > 2
    assert all(len(json.dumps(page, ensure_ascii=False)) <= ANSWER_LIMIT for page in pages)
    assert all(len(page["text"]) < PAGE + 200 for page in pages)
    with pytest.raises(InvalidValueError):
        read("gmail_read_message", client, message_id=mail_id, page=len(pages) + 1)


def test_a_conversation_is_read_in_its_order(client: GmailClient, gmail: PretendGmail) -> None:
    start = datetime.now(UTC) - timedelta(hours=2)
    first = gmail.deliver(
        subject="Order", body="Two rye?", at=start, headers={"Message-ID": "<one@x.example>"}
    )
    gmail.deliver(
        subject="Re: Order",
        body="Three!",
        at=start + timedelta(hours=1),
        headers={"References": "<one@x.example>"},
    )
    found = read("gmail_read_thread", client, thread_id=first)
    assert found["text"].index("Two rye?") < found["text"].index("Three!")
    assert len(found["message_ids"]) == 2


def test_a_search_names_the_newest_first(client: GmailClient, gmail: PretendGmail) -> None:
    start = datetime.now(UTC) - timedelta(hours=5)
    for hour in range(4):
        gmail.deliver(subject=f"Order {hour}", at=start + timedelta(hours=hour))
    gmail.deliver(subject="Newsletter")
    found = read("gmail_search", client, query="subject:order", limit=2)
    assert [mail["subject"] for mail in found["mails"]] == ["Order 3", "Order 2"]


@pytest.mark.parametrize("mail_id", ["../drafts", "a?format=full", "a b", ""])
def test_nothing_but_an_id_gets_into_an_address(client: GmailClient, mail_id: str) -> None:
    with pytest.raises(InvalidValueError):
        client.message(mail_id)
