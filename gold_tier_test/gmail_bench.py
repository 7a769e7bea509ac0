"""Mails on the bench: what was really sent, and attempts that end where a test says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from conftest import CATALOGUE, Business

from utils.core.model import Grant, Outcome, Proposal
from utils.core.operation import Mark, Operation, mark_key
from utils.gmail.connection import GmailConnection
from utils.gmail.google_token import GoogleToken
from utils.gmail.settings import GmailSettings
from utils.gmail_client import GmailClient
from utils.http_client import HttpClient
from utils.sandbox.gmail import PretendGmail

MAIL = {"to": "ann@cafe.example", "subject": "Your order", "body": "Dear Ann,\n\nit is ready.\n"}
DRAFTS = "/gmail/v1/users/me/drafts"
SEND = f"{DRAFTS}/send"


def patient(business: Business) -> GmailClient:
    """A client for the business's mailbox that does not wait between two attempts."""
    settings = GmailSettings.read(business.engine.settings)
    http = HttpClient("gmail", timeout_s=2)
    token = GoogleToken(settings.token_path, http)
    connection = GmailConnection(settings.base, http, token, sleep=lambda _: None)
    return GmailClient(settings, connection)


def sent(gmail: PretendGmail) -> list[dict[str, Any]]:
    return [effect for effect in gmail.ledger() if effect["kind"] == "mail_sent"]


def operation(tool: str, **values: Any) -> Operation:
    return CATALOGUE.operation(tool).model_validate(values, strict=False)


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
