"""Odoo as tools: invoices, bills, payments, credit notes, contacts and the company's figures.

Everything that changes the books is a proposal; the owner's rules decide. No bank is touched.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, override

from pydantic import Field

from utils.core.errors import InvalidValueError
from utils.core.model import Json
from utils.core.operation import Compensation, Effect, Operation, Service
from utils.odoo import cancelling as odoo_cancelling
from utils.odoo import contacts as odoo_contacts
from utils.odoo import credit_notes as odoo_credit_notes
from utils.odoo import invoices as odoo_invoices
from utils.odoo import payments as odoo_payments
from utils.odoo import posting as odoo_posting
from utils.odoo.asked import Document, InvoiceLine, Sum
from utils.odoo.figures import financial_summary, overdue
from utils.odoo.key import key_expires_at
from utils.odoo.lookup import find_partner
from utils.odoo.moves import Wanted, listed, more
from utils.odoo.recipe import Recipe, RecipeOperation
from utils.odoo.rights import odoo_ailments, odoo_rights
from utils.odoo.settings import OdooSettings
from utils.times.periods import Period, days_of

if TYPE_CHECKING:
    from utils.odoo_client import OdooClient

Name = Annotated[str, Field(min_length=1, max_length=200)]
Who = Annotated[Name, Field(description="exact id, e-mail address or name")]
Lines = Annotated[tuple[InvoiceLine, ...], Field(min_length=1, max_length=100)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Limit = Annotated[int, Field(ge=1, le=100)]
Offset = Annotated[int, Field(ge=0)]
_NUMBER = "number or id"
_CURRENCY = "ISO code such as EUR; left out: the company's"
_UNDO_DRAFT = "Cancel the draft; it counts for nothing until it is posted."
_CANCEL = Compensation(tool="odoo_cancel_draft", takes="invoice")
_CREDIT = Compensation(
    tool="odoo_create_credit_note", takes="invoice", values={"reason": "Taken back by the owner"}
)


class CreateInvoice(RecipeOperation):
    """Make a draft invoice. It is neither posted nor sent; odoo_post_invoice posts it."""

    tool: ClassVar[str] = "odoo_create_invoice"
    effect: ClassVar[Effect] = Effect.SPEND
    undo: ClassVar[str] = _UNDO_DRAFT
    compensation: ClassVar[Compensation | None] = _CANCEL
    recipe: ClassVar[Recipe[Any]] = odoo_invoices.RECIPE
    example: ClassVar[Json] = {
        "customer": "accounts@acme.example",
        "lines": [{"description": "Consulting", "quantity": "2", "unit_price": "75.00"}],
        "due_date": "2026-12-31",
    }

    customer: Who
    lines: Lines
    invoice_date: date | None = Field(None, description="left out: today")
    due_date: date | None = Field(None, description="left out: 30 days after the invoice date")
    currency: Currency | None = Field(None, description=_CURRENCY)
    reference: str = Field("", max_length=100, description="the customer's own order number")

    @override
    def asked(self) -> Document:
        return Document(
            kind="out_invoice",
            partner=self.customer,
            lines=self.lines,
            issued=self.invoice_date,
            due=self.due_date,
            currency=self.currency,
            reference=self.reference,
        )


class CreateBill(RecipeOperation):
    """Enter a vendor's bill as a draft. The same reference of the same vendor is pointed out."""

    tool: ClassVar[str] = "odoo_create_bill"
    effect: ClassVar[Effect] = Effect.SPEND
    undo: ClassVar[str] = _UNDO_DRAFT
    compensation: ClassVar[Compensation | None] = _CANCEL
    recipe: ClassVar[Recipe[Any]] = odoo_invoices.RECIPE
    example: ClassVar[Json] = {
        "vendor": "Mill AG",
        "lines": [{"description": "Flour", "unit_price": "40.00"}],
        "reference": "R-17",
        "bill_date": "2026-12-01",
    }

    vendor: Who
    lines: Lines
    reference: str = Field(min_length=1, max_length=100, description="the number on the bill")
    bill_date: date
    due_date: date | None = Field(None, description="left out: 30 days after the bill's date")
    currency: Currency | None = Field(None, description=_CURRENCY)
    account: str = Field(
        "", max_length=42, description="the IBAN on the bill; only compared with the vendor's"
    )

    @override
    def asked(self) -> Document:
        return Document(
            kind="in_invoice",
            partner=self.vendor,
            lines=self.lines,
            issued=self.bill_date,
            due=self.due_date,
            currency=self.currency,
            reference=self.reference,
            account=self.account,
        )


class PostInvoice(RecipeOperation):
    """Post a draft invoice, bill or credit note: it gets its number and counts in the books."""

    tool: ClassVar[str] = "odoo_post_invoice"
    effect: ClassVar[Effect] = Effect.SPEND
    undo: ClassVar[str] = "Make a credit note for it; a posted document keeps its number."
    compensation: ClassVar[Compensation | None] = _CREDIT
    recipe: ClassVar[Recipe[Any]] = odoo_posting.RECIPE
    example: ClassVar[Json] = {"invoice": "4711"}

    invoice: Name = Field(description="the draft's id, or its reference")

    @override
    def asked(self) -> str:
        return self.invoice


class CancelDraft(RecipeOperation):
    """Cancel a draft invoice, bill or credit note. It stays in Odoo, marked as cancelled."""

    tool: ClassVar[str] = "odoo_cancel_draft"
    effect: ClassVar[Effect] = Effect.REMOVE
    undo: ClassVar[str] = "Set it back to draft in Odoo (button Reset to Draft)."
    recipe: ClassVar[Recipe[Any]] = odoo_cancelling.RECIPE
    example: ClassVar[Json] = {"invoice": "4711"}

    invoice: Name = Field(description="the draft's id, or its reference")

    @override
    def asked(self) -> str:
        return self.invoice


class RecordPayment(RecipeOperation):
    """Record that a posted invoice or bill was paid, wholly or in part. No bank is touched."""

    tool: ClassVar[str] = "odoo_record_payment"
    effect: ClassVar[Effect] = Effect.SPEND
    undo: ClassVar[str] = "Cancel the payment in Odoo; the invoice is open again then."
    recipe: ClassVar[Recipe[Any]] = odoo_payments.RECIPE
    example: ClassVar[Json] = {"invoice": "INV/2026/00012", "amount": "150.00"}

    invoice: Name = Field(description=_NUMBER)
    amount: Sum = Field(description="in the invoice's currency, as text")
    payment_date: date | None = Field(None, description="left out: today")
    journal: Name | None = Field(None, description="bank or cash journal; left out: the only bank")
    memo: str = Field("", max_length=200)

    @override
    def asked(self) -> odoo_payments.AskedPayment:
        return odoo_payments.AskedPayment(
            invoice=self.invoice,
            amount=self.amount,
            on=self.payment_date,
            journal=self.journal,
            memo=self.memo,
        )


class CreateCreditNote(RecipeOperation):
    """Credit a posted invoice or bill, wholly or in part: the note is made, posted and applied."""

    tool: ClassVar[str] = "odoo_create_credit_note"
    effect: ClassVar[Effect] = Effect.SPEND
    undo: ClassVar[str] = "It stays in the books; a new invoice over the same sum evens it out."
    recipe: ClassVar[Recipe[Any]] = odoo_credit_notes.RECIPE
    example: ClassVar[Json] = {"invoice": "INV/2026/00012", "reason": "Returned"}

    invoice: Name = Field(description=_NUMBER)
    reason: Name
    amount: Sum | None = Field(None, description="with tax, as text; left out: all of it")

    @override
    def asked(self) -> odoo_credit_notes.AskedCredit:
        return odoo_credit_notes.AskedCredit(
            invoice=self.invoice, reason=self.reason, amount=self.amount
        )


class CreatePartner(RecipeOperation):
    """Make a new contact: a customer or vendor. Contacts that it resembles are pointed out."""

    tool: ClassVar[str] = "odoo_create_partner"
    effect: ClassVar[Effect] = Effect.DRAFT
    undo: ClassVar[str] = "Archive the contact in Odoo."
    recipe: ClassVar[Recipe[Any]] = odoo_contacts.RECIPE
    example: ClassVar[Json] = {"name": "Mill AG", "email": "ann@mill.example"}

    name: Name
    email: str = Field("", max_length=254, pattern=r"^([^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+)?$")
    phone: str = Field("", max_length=40)
    vat: str = Field("", max_length=30, description="tax number")
    is_company: bool = True

    @override
    def asked(self) -> Json:
        return self.model_dump(mode="json")


class GetPartner(Operation):
    """Look up a customer or vendor: address, what is open, how much business there was."""

    tool: ClassVar[str] = "odoo_get_partner"
    effect: ClassVar[Effect] = Effect.READ
    example: ClassVar[Json] = {"partner": "ann@mill.example"}

    partner: Who

    @override
    def read(self, reach: OdooClient) -> Json:
        return odoo_contacts.contact_card(reach, self.partner)


class ListInvoices(Operation):
    """List invoices, bills or credit notes, newest first."""

    tool: ClassVar[str] = "odoo_list_invoices"
    effect: ClassVar[Effect] = Effect.READ

    kind: Literal["out_invoice", "in_invoice", "out_refund", "in_refund"] = Field(
        "out_invoice", description="out_: customers', in_: vendors'"
    )
    partner: Who | None = None
    state: Literal["draft", "posted", "cancel"] | None = None
    payment: Literal["not_paid", "partial", "in_payment", "paid", "reversed"] | None = None
    since: date | None = None
    until: date | None = None
    limit: Limit = 20
    offset: Offset = 0

    @override
    def read(self, reach: OdooClient) -> Json:
        wanted = Wanted(
            kind=self.kind,
            partner_id=find_partner(reach, self.partner).id if self.partner else None,
            state=self.state,
            payment=self.payment,
            since=self.since,
            until=self.until,
        )
        return listed(reach, wanted, limit=self.limit, offset=self.offset)


class ListOverdue(Operation):
    """List customers' invoices that are past their due date, largest open amount first."""

    tool: ClassVar[str] = "odoo_list_overdue"
    effect: ClassVar[Effect] = Effect.READ

    limit: Limit = 20
    offset: Offset = 0

    @override
    def read(self, reach: OdooClient) -> Json:
        late = overdue(reach, limit=self.limit, offset=self.offset)
        return late | more(late["count"], self.offset + len(late["invoices"]))


class FinancialSummary(Operation):
    """Revenue, expenses and profit of a period; cash, what is open and how late it is, today."""

    tool: ClassVar[str] = "odoo_financial_summary"
    effect: ClassVar[Effect] = Effect.READ

    period: Period = Field("this_month", description="or give since")
    since: date | None = None
    until: date | None = Field(None, description="last day; left out: today")

    @override
    def read(self, reach: OdooClient) -> Json:
        first, last = days_of(self.period, reach.today())
        if self.since:
            first, last = self.since, self.until or reach.today()
        if last < first:
            raise InvalidValueError(f"the last day {last} lies before the first day {first}")
        return financial_summary(reach, first, last)


def connect(settings: OdooSettings) -> OdooClient:
    """Return the client; nothing is opened before its first call."""
    from utils.http_client import HttpClient  # noqa: PLC0415 - loaded when first needed
    from utils.odoo_client import OdooClient  # noqa: PLC0415

    return OdooClient(settings, HttpClient("odoo", timeout_s=settings.general.http_timeout_s))


def whoami(reach: OdooClient) -> str:
    """Return which company of which Odoo we are connected to, in one line."""
    company, version = reach.company(), ".".join(map(str, reach.version()))
    return f"{company.name} ({company.currency}) in Odoo {version} at {reach.settings.base}"


SERVICE = Service(
    name="odoo",
    title="Odoo",
    operations=(
        CreateInvoice,
        PostInvoice,
        CancelDraft,
        RecordPayment,
        CreateBill,
        CreateCreditNote,
        CreatePartner,
        GetPartner,
        ListInvoices,
        ListOverdue,
        FinancialSummary,
    ),
    settings=OdooSettings,
    connect=connect,
    whoami=whoami,
    expiry=key_expires_at,
    rights=odoo_rights,
    ailments=odoo_ailments,
    # Our time-out, and the 120 s that Odoo lets a request run by default; it searches without lag.
    quiet_window_s=150,
    instructions=(
        "Look a customer or vendor up before naming one. Amounts are text such as "
        '"150.00". Everything that changes the books waits for the owner\'s approval.'
    ),
)

if __name__ == "__main__":
    from utils.mcp_adapter import main

    main(SERVICE)
