"""A second pair of eyes on Odoo: reads the books past all of the program's own code."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import requests


class Books:
    """Reads the books of one company over JSON-RPC."""

    def __init__(self, variables: dict[str, str]) -> None:
        self._url = f"{variables['ODOO_URL'].rstrip('/')}/jsonrpc"
        self._db, self._key = variables["ODOO_DB"], variables["ODOO_API_KEY"]
        who = [self._db, variables["ODOO_USERNAME"], self._key, {}]
        self._uid = self._ask("common", "authenticate", who)
        own = self._call("res.users", "read", [[self._uid]], fields=["company_id"])
        self.company = int(variables.get("ODOO_COMPANY_ID") or own[0]["company_id"][0])

    def rows(self, model: str, domain: list[Any], *fields: str) -> list[dict[str, Any]]:
        """Return every record that fits, oldest first."""
        found: list[dict[str, Any]] = self._call(
            model, "search_read", [domain], fields=list(fields), order="id"
        )
        return found

    def row(self, model: str, id_: str | int, *fields: str) -> dict[str, Any]:
        [found] = self.rows(model, [["id", "=", int(id_)]], *fields)
        return found

    def move(self, id_: str | int) -> dict[str, Any]:
        fields = ("name", "state", "payment_state", "amount_total", "amount_residual")
        return self.row("account.move", id_, *fields, "move_type", "partner_id", "ref")

    def lines(self, id_: str | int) -> list[dict[str, Any]]:
        """Return a document's own lines."""
        domain = [["move_id", "=", int(id_)], ["display_type", "=", "product"]]
        fields = ("name", "quantity", "price_unit", "tax_ids", "account_id", "product_id")
        return self.rows("account.move.line", domain, *fields)

    def payments(self, partner: str) -> list[dict[str, Any]]:
        fields = ("amount", "payment_type", "is_reconciled", "state")
        return self.rows("account.payment", [["partner_id", "=", int(partner)]], *fields)

    def tax(self, use: str) -> tuple[str, Decimal]:
        """Return the name and rate of the first tax that is so much percent on top."""
        domain = [["company_id", "=", self.company], ["type_tax_use", "=", use]]
        fields = ("name", "amount", "amount_type", "price_include")
        for row in self.rows("account.tax", domain, *fields):
            if row["amount_type"] == "percent" and row["amount"] and not row["price_include"]:
                return row["name"], Decimal(str(row["amount"]))
        pytest.skip(f"this company has no {use} tax in percent")

    def _call(self, model: str, method: str, args: list[Any], **named: Any) -> Any:
        who = [self._db, self._uid, self._key]
        return self._ask("object", "execute_kw", [*who, model, method, args, named])

    def _ask(self, service: str, method: str, args: list[Any]) -> Any:
        params = {"service": service, "method": method, "args": args}
        call = {"jsonrpc": "2.0", "id": 1, "method": "call", "params": params}
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(self._url, json=call, timeout=60).json()
        assert "error" not in answer, answer
        return answer["result"]
