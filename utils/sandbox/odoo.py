"""A pretend Odoo, 19 or 18, for tests and the demo.

with PretendOdoo(version="19") as odoo:
    os.environ.update(odoo.environment())     # ODOO_URL, ODOO_DB, ... of the user fte_bot
    odoo.arrange("account.move", "create", vals_list=[...])     # set the scene: no effect
    odoo.fault("timeout_after_commit", path="/json/2/account.move/load", seconds=5)
    odoo.ledger()                             # what clients have brought about
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, override

from utils.sandbox.odoo_actions import find_method
from utils.sandbox.odoo_errors import (
    ACCESS_ERROR,
    TOO_LARGE,
    UNAUTHORIZED,
    USER_ERROR,
    OdooError,
    page,
)
from utils.sandbox.odoo_json2 import json2
from utils.sandbox.odoo_jsonrpc import json_rpc
from utils.sandbox.odoo_protocols import (
    Server,
    called_method,
    error_json,
    run,
    version_routes,
)
from utils.sandbox.odoo_schema import MODELS
from utils.sandbox.odoo_seed import ADMIN, USER_IDS, Seed, seeded
from utils.sandbox.odoo_session import Session
from utils.sandbox.odoo_values import read_row
from utils.sandbox.pretend_service import PretendService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from utils.sandbox.http_wire import Answer, Request
    from utils.sandbox.odoo_store import Effect, Row, Store

_DETAILS: Final[Mapping[str, tuple[str, ...]]] = {
    "account.move": (
        "name", "move_type", "state", "partner_id", "company_id", "currency_id", "invoice_date",
        "invoice_date_due", "ref", "amount_untaxed", "amount_tax", "amount_total",
        "amount_residual", "payment_state", "reversed_entry_id",
    ),
    "account.payment": (
        "name", "state", "payment_type", "partner_type", "partner_id", "company_id",
        "currency_id", "amount", "date", "memo", "journal_id", "invoice_ids",
    ),
    "res.partner": ("name", "email", "phone", "vat", "ref", "is_company"),
}  # fmt: skip
_LINE_DETAILS: Final = ("name", "quantity", "price_unit", "account_id", "tax_ids")


class PretendOdoo(PretendService["Store"]):
    """An Odoo with two companies, five users and a ledger; see `odoo_seed` for what is in it."""

    name: ClassVar[str] = "odoo"
    keep_alive: ClassVar[bool] = False
    max_body_bytes: ClassVar[int] = 128 * 1024 * 1024

    def __init__(
        self,
        version: str = "19",
        *,
        company_id: int = 1,
        databases: tuple[str, ...] = ("erp",),
        default_sale_tax: bool = False,
        history: bool = True,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Prepare a server; `start` or `with` lets it answer.

        Args:
            version: `19` (JSON-2 and JSON-RPC) or `18` (JSON-RPC only).
            company_id: The company of all users but `admin`, who has both: 1 or 2.
            databases: The first is the one with the tables; more make the header necessary.
            default_sale_tax: Whether 15 % is company 1's usual tax on sales; as in the real one it
                is only told, and taken by no line that names none.
            history: Whether documents from before exist (`odoo_seed.HISTORY`).
            clock: The server's time, aware.
        """
        self._clock = clock
        self._server = Server(int(version), list(databases), self._transaction)

        # A plain function: a lag copies the tables, and a bound method would copy the server.
        def today() -> date:
            return clock().astimezone(UTC).date()

        keys = {login: f"key-{login}" for login in USER_IDS}
        self._seed = Seed(today, int(version), keys, company_id, default_sale_tax, history)
        super().__init__()

    @override
    def seed(self) -> Store:
        return seeded(self._seed)

    @override
    def environment(self) -> dict[str, str]:
        return self.environment_of("fte_bot")

    def environment_of(self, login: str) -> dict[str, str]:
        """Return the variables for `admin`, `billing`, `auditor`, `plain` or `fte_bot`."""
        return {
            "ODOO_URL": self.url,
            "ODOO_DB": self._server.databases[0],
            "ODOO_USERNAME": login,
            "ODOO_API_KEY": self._seed.keys[login],
            "ODOO_COMPANY_ID": str(self._seed.company_id),
        }

    def add_database(self, name: str) -> None:
        """Add an empty second database: from now on requests must name theirs."""
        self._server.databases.append(name)

    def set_key_expiry(self, login: str, expires_at: datetime) -> None:
        """Let a user's key expire at a time (aware); a past one makes it invalid."""
        text = expires_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        with self._lock:
            for id_, row in self._state.rows("res.users.apikeys"):
                if row["user_id"] == USER_IDS[login]:
                    self._state.update("res.users.apikeys", id_, expiration_date=text)
            self._state.commit()

    def arrange(
        self, model: str, method: str, *, company_id: int | None = None, **named: object
    ) -> Any:
        """Call a method as administrator, past HTTP and without a ledger row, to set a scene.

        Args:
            model: The model.
            method: The method.
            company_id: Whose company; the constructor's by default.
            named: Arguments as on the JSON-2 face, with `ids` and `context`.

        Returns:
            What the method returns.

        Raises:
            OdooError: The method says no.
            LookupError: There is no such method.
        """
        found = find_method(model, method)
        if found is None:
            raise LookupError(f"{model}.{method}")
        allowed = {"allowed_company_ids": [company_id or self._seed.company_id]}
        context = allowed | dict(named.pop("context", {}))  # type: ignore[call-overload]
        ids: Any = named.pop("ids", [])
        with self._lock:
            session = Session(self._state, ADMIN, context, self._state.commits)
            with self._or_nothing(self._state):
                result = run(found, session, model, ids, named)
            self._state.commit()
            return result

    @override
    def mark(self, state: Store) -> int:
        return state.commits

    @override
    def is_read(self, request: Request) -> bool:
        found = find_method(*called_method(request))
        return found is None or found.reads

    @override
    def fault_path(self, request: Request) -> str:
        """On `/jsonrpc` model and method are added: `/jsonrpc/account.move/load`."""
        if request.path != "/jsonrpc":
            return request.path
        return "/".join(("/jsonrpc", *filter(None, called_method(request))))

    @override
    def respond(self, request: Request, state: Store) -> Answer:
        answer = version_routes(self._server, request)
        if answer is not None:
            return answer
        now = self._clock().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        if request.path.startswith("/json/2"):
            return json2(self._server, state, request, now)
        if request.path == "/jsonrpc" and request.method == "POST":
            return json_rpc(self._server, state, request, now)
        return page(404)

    @override
    def error_answer(self, request: Request, status: int) -> Answer:
        errors = {
            401: OdooError(UNAUTHORIZED, "Invalid apikey"),
            403: OdooError(ACCESS_ERROR, "You are not allowed to do that."),
            422: OdooError(USER_ERROR, "A business rule forbids that."),
            500: OdooError("psycopg2.errors.InternalError", "something broke"),
        }
        return error_json(errors[status]) if status in errors else page(status)

    @override
    def too_large(self) -> Answer:
        message = "The data value transmitted exceeds the capacity limit."
        return error_json(OdooError(TOO_LARGE, message))

    @contextmanager
    def _or_nothing(self, store: Store) -> Iterator[None]:
        """Take everything back when the work inside fails, whatever the reason."""
        try:
            yield
        except BaseException:
            store.roll_back()
            raise

    def _transaction(self, store: Store, work: Callable[[], object]) -> object:
        """Run one call: all of it takes place, or nothing."""
        with self._or_nothing(store):
            result = work()
        for effect in store.commit():
            reference = store.external_id_of(effect.model, effect.id) or effect.reference
            self.note(effect.kind, effect.id, effect.payload or _details(store, effect), reference)
        return result


def _details(store: Store, effect: Effect) -> Row:
    """Return what the ledger says about a row that was created or posted."""
    model, id_ = effect.model, effect.id
    names = _DETAILS.get(model, ("name",))
    known = [name for name in names if name in MODELS[model].fields]
    details: Row = {"model": model} | read_row(store, model, id_, known, labels=False)
    if model == "account.move":
        lines = store.tables["account.move.line"]
        details["lines"] = [
            {name: lines[line].get(name, False) for name in _LINE_DETAILS}
            for line in store.tables[model][id_]["line_ids"]
            if lines[line]["display_type"] == "product"
        ]
    return details
