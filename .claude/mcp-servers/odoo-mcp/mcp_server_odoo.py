"""Odoo as tools: invoices, bills, payments, credit notes, contacts and the company's figures.

Everything that changes the books is a proposal; the owner's rules decide. No bank is touched.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Literal, override

from pydantic import Field, model_validator

from utils import odoo_contacts, odoo_credit_notes, odoo_drafts, odoo_figures, odoo_invoices
from utils import odoo_moves, odoo_payments, odoo_posting
from utils.core.errors import InvalidValueError
from utils.core.operation import Effect, Operation, Service
from utils.odoo_asked import Document, InvoiceLine, Sum, sketch_of
from utils.odoo_lookup import find_partner
from utils.odoo_settings import OdooSettings
from utils.odoo_transport import json2_request
from utils.periods import Period, days_of

if TYPE_CHECKING:
    from utils.core.model import Grant, Json, Outcome, Particulars, Proposal, Request
    from utils.core.operation import Mark
    from utils.odoo_client import OdooClient

