"""The nouns: what is passed from hand to hand, from an Item to a Record.

All of them are frozen; times are aware UTC; money is text with two decimals at the edge and
``Decimal`` inside.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, Literal, override

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from utils.core.canonical import canonical, iso, sha256_of
from utils.core.lifecycle import State
from utils.core.money import Money

#: A JSON object: text to JSON values.
type Json = dict[str, Any]


class Value(BaseModel):
    """A frozen value that refuses unknown fields and silent conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Source(StrEnum):
    """Where something came from."""

    MCP = "mcp"
    GMAIL = "gmail"
    WHATSAPP = "whatsapp"
    FILE = "file"
    SCHEDULE = "schedule"
    #: The employee's own questions and alerts.
    EMPLOYEE = "employee"


#: Sources whose text was written by people outside the business.
OUTSIDE_SOURCES: Final = frozenset({Source.GMAIL, Source.WHATSAPP, Source.FILE})


class Origin(Value):
    """Where a Proposal came from, and from which Item."""

    source: Source
    #: The Item's id, or None where no Item stands behind it.
    item_id: str | None = None
    #: Whether text of outsiders could have shaped it (a watcher's Item, or an agent reading one).
    outside: bool = False
    #: Where the Item stands in the world (``Item.link``), or "".
    link: str = ""

    @override
    def __str__(self) -> str:
        """Return the form that notes and Records show: the source, and the Item's id if any."""
        return f"{self.source} {self.item_id}" if self.item_id else str(self.source)


class ItemType(StrEnum):
    """What kind of thing happened."""

    EMAIL = "email"
    WHATSAPP = "whatsapp"
    FILE = "file"
    CLARIFICATION = "clarification"
    ALERT = "alert"


#: Types of the employee's own Items: they ask or tell the owner, and nobody else acts on them.
OWN_TYPES: Final = frozenset({ItemType.CLARIFICATION, ItemType.ALERT})


class Attachment(Value):
    """A file that came with an Item, as it was saved."""

    #: The safe name it was saved under.
    name: str
    #: Where it lies, relative to the employee's home; "" where it was not kept.
    path: str = ""
    size_bytes: int = 0
    sha256: str = ""
    #: Readable text found in it, cleaned by nobody yet; "" where there is none.
    text: str = ""


class Item(Value):
    """Something that happened: one note in Needs_Action/."""

    id: str
    type: ItemType
    source: Source
    received_at: AwareDatetime
    #: The sender as an address or number; "" for the employee's own Items.
    sender: str = ""
    #: The name the sender gives himself; shown, never trusted.
    sender_name: str = ""
    #: Where an answer would go when that differs from the sender, else "".
    reply_to: str = ""
    subject: str = ""
    body: str = ""
    priority: Literal["low", "normal", "high"] = "normal"
    #: What keeps a conversation together (mail thread, chat), else "".
    thread: str = ""
    #: The message's id in the system it came from, for answering, else "".
    message_id: str = ""
    attachments: tuple[Attachment, ...] = ()
    #: Why this Item exists, for clarifications and alerts: what is asked of the owner.
    question: str = ""
    #: The Proposal or Item that a clarification is about, else "".
    about: str = ""
    #: What was noticed about it, a few words each, such as ``first contact``.
    marks: tuple[str, ...] = ()

    @property
    def link(self) -> str:
        """Where it stands in the world: its source, and its id there or else its own."""
        return f"{self.source}:{self.message_id or self.id}"


class Evidence(Value):
    """The words that something was read from."""

    #: What was read, such as ``amount``.
    what: str
    #: The words themselves, as they stood in the source.
    quote: str
    #: Where they stood, such as ``mail body`` or an Item's id.
    where: str = ""


class Intent(Value):
    """A wish such as "do ``odoo_create_invoice`` with these values", not yet checked."""

    operation: str
    values: Json
    why: str = ""
    evidence: tuple[Evidence, ...] = ()


class Plan(Value):
    """A checklist of Intents for an Item: one note in Plans/."""

    id: str
    item_id: str
    title: str
    created_at: AwareDatetime
    steps: tuple[PlanStep, ...] = ()


class PlanStep(Value):
    """One line of a Plan."""

    text: str
    #: What this step asks for; None for a step that a person does.
    intent: Intent | None = None
    #: The Proposal it became, or "".
    proposal_id: str = ""
    done: bool = False


class Particulars(Value):
    """What was looked up when a Proposal was submitted, and is pinned with it.

    The Operation says what is asked; the Particulars say what that means in the service today:
    which payee exactly, how much altogether, in which account.
    """

    #: The payee's id in the service, such as ``47``; "" where nobody is paid or billed.
    payee_id: str = ""
    #: The payee's name as the service has it.
    payee: str = ""
    payee_mail: str = ""
    #: The bank account, as far as it may be shown (last four), or "".
    account: str = ""
    #: The whole amount with tax, None where no money is involved.
    amount: Money | None = None
    #: ISO 4217 code of the amount, or "".
    currency: str = ""
    #: The amount in the owner's currency, None where there is no rate.
    base_amount: Money | None = None
    #: Addresses or handles of the people it reaches.
    recipients: tuple[str, ...] = ()
    #: Whether the service holds posted history with exactly this payee.
    payee_known: bool = False
    #: The document's own reference, for finding doubles; "" where it has none.
    reference: str = ""
    #: Warnings to stand on top of the note, one sentence each.
    warnings: tuple[str, ...] = ()
    #: Label to value, shown in the note in this order.
    shown: dict[str, str] = Field(default_factory=dict)
    #: What ``perform`` needs beyond the fields (ids, dates with defaults filled in); JSON values.
    resolved: Json = Field(default_factory=dict)


class Proposal(Value):
    """An Operation with its values, why, where it came from and when it expires: one note."""

    id: str
    version: int = 1
    operation: str
    effect: str
    #: The Operation's fields as JSON values.
    fields: Json
    particulars: Particulars = Particulars()
    #: One line: what would happen.
    headline: str
    origin: Origin
    state: State = State.PENDING
    #: Why a person is asked, or why it was granted or refused: one sentence.
    reason: str = ""
    #: The policy rule that decided, such as ``new_payee``.
    rule: str = ""
    warnings: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    #: How it can be undone, or that it cannot.
    undo: str = ""
    created_at: AwareDatetime
    expires_at: AwareDatetime
    #: When it is to run, for scheduled ones.
    runs_at: AwareDatetime | None = None
    #: When this version was registered.
    revised_at: AwareDatetime
    #: The announcement that this is one part of, or "" where it stands alone.
    group: str = ""
    #: The note's file name, the same in every folder.
    note: str = ""

    @property
    def service(self) -> str:
        """The service's name: the operation's name up to the first underscore."""
        return self.operation.partition("_")[0]

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical payload: what runs, to whom, for how much and when."""
        return sha256_of(
            canonical(
                {
                    "operation": self.operation,
                    "fields": self.fields,
                    "particulars": self.particulars.model_dump(mode="json"),
                    "runs_at": iso(self.runs_at) if self.runs_at else None,
                }
            )
        )


class Grant(Value):
    """Permission for exactly one Proposal at one digest."""

    proposal_id: str
    digest: str
    #: Who gave it.
    by: Literal["owner", "policy"]
    #: How: ``drag``, ``checkbox`` or the policy rule's name.
    how: str
    given_at: AwareDatetime


class OutcomeKind(StrEnum):
    """What came of an attempt."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    PREVIEWED = "previewed"
    REFUSED = "refused"
    EXPIRED = "expired"


class Outcome(Value):
    """What came of an attempt."""

    kind: OutcomeKind
    #: One sentence for the owner.
    detail: str = ""
    #: The id of what was made, in the service, or "".
    remote_id: str = ""
    #: Where the owner can look at it, or "".
    url: str = ""
    #: Further facts, such as the number and total of an invoice; JSON values.
    data: Json = Field(default_factory=dict)


class Request(Value):
    """The exact request that would be sent."""

    method: str
    url: str
    body: Json = Field(default_factory=dict)


class Record(Value):
    """One entry of the audit log, as it stands in the day's file."""

    #: ``r-`` and its place in the chain, from 1 without a gap.
    id: str
    #: When it was recorded: ISO-8601 in UTC with microseconds.
    timestamp: str
    action: str
    actor: str
    parameters: Json
    result: str
    approval_status: str
    proposal_id: str = ""
    duration_ms: int | None = None
    error: str = ""
    domain_link: str = ""
    #: The hash of the Record before it; 64 zeros for the first.
    prev: str
    #: SHA-256 of ``prev`` and everything above, in canonical form.
    hash: str


class Entry(Value):
    """What is to be recorded: a Record before it has its place in the chain."""

    #: What happened, such as ``odoo_create_invoice`` or ``note.reissued``.
    action: str
    #: Who did it: ``owner``, ``policy``, ``executor``, ``gate``, ``watcher:file``, ``mcp:odoo`` …
    actor: str
    #: Which values; long text stands as its SHA-256 and length, secrets never stand there.
    parameters: Json = Field(default_factory=dict)
    #: What came of it: a State, an OutcomeKind or a short word.
    result: str
    #: ``not_needed``, ``asked``, ``granted_by_owner``, ``granted_by_policy``, ``refused`` …
    approval_status: str = "not_needed"
    #: The Proposal that this is about, or "".
    proposal_id: str = ""
    #: How long it took, in milliseconds; None where nothing was called.
    duration_ms: int | None = None
    #: What went wrong, one sentence, or "".
    error: str = ""
    #: What this belongs to elsewhere: the Item it grew from, such as ``gmail:m1``, or the public
    #: post that it became, such as ``facebook:17_4711``.
    domain_link: str = ""


Plan.model_rebuild()
