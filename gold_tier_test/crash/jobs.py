"""Everything that can be approved: each Operation that changes something, with what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, override

from crash.networks import Networks, NetworksWithoutX
from crash.stage import World
from utils.sandbox.gmail import PretendGmail
from utils.sandbox.gmail_box import Box
from utils.sandbox.graph import PretendGraph
from utils.sandbox.graph_state import seeded as seeded_graph
from utils.sandbox.linkedin import Feed, PretendLinkedIn
from utils.sandbox.odoo import PretendOdoo
from utils.sandbox.odoo_moves import create_move
from utils.sandbox.odoo_seed import ADMIN
from utils.sandbox.odoo_session import Session
from utils.sandbox.odoo_store import Store
from utils.sandbox.x import PretendX
from utils.sandbox.x_posts import ANNS_QUESTION, OWN_POST

NEWS: Final = "Rye bread is back."
MAIL: Final = {"to": "ann@cafe.example", "subject": "Your order", "body": "It is ready.\n"}
#: An invoice of 1200.00 that is open in the pretend books from the beginning.
OPEN_INVOICE: Final = "1"
_LINES: Final[list[dict[str, str]]] = [
    {"description": "Bread", "quantity": "3", "unit_price": "50.00"}
]
_DRAFT: Final = "DRAFT-1"
_LINKEDIN_POST: Final = "urn:li:share:7012345678901234567"
_NETWORKS: Final = ["facebook", "instagram", "twitter", "linkedin"]
_GRAPH: Final = seeded_graph(datetime.now(UTC))


class OdooWithDraft(PretendOdoo):
    """A pretend Odoo in which a draft of an invoice waits to be posted."""

    @override
    def seed(self) -> Store:
        store = super().seed()
        session = Session(store, ADMIN, {"allowed_company_ids": [1]}, 0)
        line = {"name": "Bread", "quantity": 3, "price_unit": 50, "tax_ids": [[6, 0, []]]}
        today = datetime.now(UTC).date().isoformat()
        values = {"move_type": "out_invoice", "partner_id": 9, "ref": _DRAFT, "date": today}
        values |= {"invoice_date": today, "invoice_date_due": today}
        create_move(session, values | {"invoice_line_ids": [[0, 0, line]]})
        store.commit()
        return store


class GmailWithLetter(PretendGmail):
    """A pretend mailbox with a letter to answer."""

    @override
    def seed(self) -> Box:
        box = super().seed()
        headers = (
            "From: Ann <ann@cafe.example>\r\nSubject: Order 17\r\nMessage-ID: <1@cafe.example>"
        )
        box.add(f"{headers}\r\n\r\nIs it ready?\r\n".encode(), {"INBOX"}, datetime.now(UTC))
        return box

    def letter(self) -> str:
        """Return the letter's id."""
        return next(iter(self._state.mails))


class LinkedInWithPost(PretendLinkedIn):
    """A pretend LinkedIn on which the business has already posted."""

    @override
    def seed(self) -> Feed:
        post = {"id": _LINKEDIN_POST, "createdAt": 0, "is_gone": False, "commentary": "Old news."}
        return Feed(posts={_LINKEDIN_POST: post})


@dataclass(frozen=True)
class Job:
    """One Operation with values, and the world in which it takes place."""

    tool: str
    #: The effects it has, every one of them once.
    kinds: tuple[str, ...]
    values: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]]
    world: Callable[[], World] = PretendOdoo
    #: The editable text, as it stands in the note and as the owner changes it.
    edit: tuple[str, str] | None = None
    #: What makes it a planned one; "" where it cannot be planned.
    planned: str = ""
    #: What tells it from another Job of the same tool.
    label: str = ""
    #: Effects of steps on the way that reach nobody.
    steps: frozenset[str] = field(default_factory=frozenset)
    #: Whether its service shows what was done to no program: the owner has to look himself.
    unreadable: bool = False

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.tool, self.label)))

    def values_in(self, world: World) -> dict[str, Any]:
        return dict(self.values(world) if callable(self.values) else self.values)


def _picture(world: World) -> str:
    return f"{world.environment()['INSTAGRAM_GRAPH_URL']}/pictures/loaf.jpg"


def _announced(world: World) -> dict[str, Any]:
    return {"networks": _NETWORKS, "text": NEWS, "image_url": _picture(world)}


_EDIT: Final = (NEWS, "Rye bread is back on Saturday.")
#: An invoice of 150.00 to a known customer.
BREAD: Final[dict[str, Any]] = {"customer": "billing@acme.example", "lines": _LINES}
INVOICE: Final = Job("odoo_create_invoice", ("invoice_created",), BREAD)
PAYMENT: Final = Job(
    "odoo_record_payment",
    ("payment_created", "payment_posted", "reconciled"),
    {"invoice": OPEN_INVOICE, "amount": "1200.00"},
)
TWEET: Final = Job(
    "twitter_create_tweet", ("tweet",), {"text": NEWS}, PretendX, _EDIT, "scheduled_for"
)
FACEBOOK: Final = Job(
    "facebook_create_post",
    ("facebook_post",),
    {"message": NEWS},
    PretendGraph,
    _EDIT,
    "scheduled_for",
)
INSTAGRAM: Final = Job(
    "instagram_create_post",
    ("instagram_media",),
    lambda world: {"caption": NEWS, "image_url": _picture(world)},
    PretendGraph,
    _EDIT,
)
LINKEDIN: Final = Job(
    "linkedin_create_post",
    ("linkedin_post",),
    {"text": NEWS},
    PretendLinkedIn,
    _EDIT,
    "scheduled_for",
    unreadable=True,
)
MAILED: Final = Job(
    "gmail_send_mail",
    ("mail_sent",),
    MAIL,
    PretendGmail,
    ("It is ready.", "It is ready now."),
    steps=frozenset({"draft_created", "draft_updated"}),
)
ANNOUNCEMENT: Final = Job("social_create_announcement", (), _announced, Networks)
OFFERED_AGAIN: Final = Job(
    "social_create_announcement", (), _announced, NetworksWithoutX, label="that X refuses"
)

#: What each service does by itself; every Operation of the catalogue that changes something.
SINGLE: Final = (
    INVOICE,
    Job("odoo_post_invoice", ("move_posted",), {"invoice": _DRAFT}, OdooWithDraft),
    PAYMENT,
    Job(
        "odoo_create_bill",
        ("bill_created",),
        {
            "vendor": "accounts@papermill.example",
            "lines": _LINES,
            "reference": "PM-91",
            "bill_date": "2026-11-20",
        },
    ),
    Job(
        "odoo_create_credit_note",
        ("credit_note_created", "move_posted", "reconciled"),
        {"invoice": OPEN_INVOICE, "reason": "Returned"},
    ),
    Job("odoo_create_partner", ("partner_created",), {"name": "New Café", "email": "n@c.example"}),
    FACEBOOK,
    Job(
        "facebook_create_post",
        ("facebook_post",),
        lambda world: {"message": NEWS, "image_url": _picture(world)},
        PretendGraph,
        label="with a picture",
    ),
    Job(
        "facebook_reply_comment",
        ("facebook_comment",),
        {"comment_id": next(iter(_GRAPH.comments)), "message": "Until noon."},
        PretendGraph,
        ("Until noon.", "Until one."),
    ),
    Job(
        "facebook_delete_post",
        ("facebook_deleted",),
        {"post_id": next(iter(_GRAPH.posts))},
        PretendGraph,
    ),
    INSTAGRAM,
    Job(
        "instagram_reply_comment",
        ("instagram_comment",),
        {"comment_id": next(iter(_GRAPH.replies)), "message": "At seven."},
        PretendGraph,
        ("At seven.", "At eight."),
    ),
    TWEET,
    Job(
        "twitter_reply",
        ("tweet_reply",),
        {"tweet_id": ANNS_QUESTION, "text": "Yes, until noon."},
        PretendX,
        ("until noon", "until one"),
    ),
    Job("twitter_delete_tweet", ("tweet_deleted",), {"tweet_id": OWN_POST}, PretendX),
    LINKEDIN,
    Job(
        "linkedin_delete_post",
        ("linkedin_deleted",),
        {"post_urn": _LINKEDIN_POST},
        LinkedInWithPost,
        unreadable=True,
    ),
    Job("gmail_create_draft", ("draft_created",), MAIL, PretendGmail, ("It is", "It was")),
    MAILED,
    Job(
        "gmail_reply",
        ("mail_sent",),
        lambda world: {"message_id": world.letter(), "body": "Yes."},
        GmailWithLetter,
        ("Yes.", "No."),
        steps=frozenset({"draft_created", "draft_updated"}),
    ),
)
EVERY: Final = (*SINGLE, ANNOUNCEMENT, OFFERED_AGAIN)
#: Tool to the effects it has, to its steps, and to whether they can be read back.
KINDS: Final = {job.tool: job.kinds for job in EVERY}
STEPS: Final = frozenset().union(*(job.steps for job in EVERY))
UNREADABLE: Final = frozenset(job.tool for job in EVERY if job.unreadable)
