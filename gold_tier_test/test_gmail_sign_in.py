"""The sign-in at Gmail, errors of reads, and what is read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from gmail_bench import MAIL, Attempts, operation, patient, sent

from utils.core.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidValueError,
    OutcomeUnknownError,
    RateLimitedError,
    ServiceError,
    UnreachableError,
)
from utils.gmail.errors import GoneError
from utils.gmail.google_token import GoogleToken
from utils.gmail.reading import PAGE
from utils.gmail_client import GmailClient
from utils.http_client import HttpClient
from utils.sandbox.gmail import PretendGmail
from utils.tools.answers import ANSWER_LIMIT

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
