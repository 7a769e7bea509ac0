"""Methods that every model of the pretend Odoo has and that change something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.odoo_errors import VALIDATION_ERROR, OdooError, no_value
from utils.sandbox.odoo_loading import load as load_rows
from utils.sandbox.odoo_moves import create_move, write_line, write_move
from utils.sandbox.odoo_payments import PAYMENT, create_payment, write_payment
from utils.sandbox.odoo_posting import REVERSAL, create_reversal, delete_moves, write_state
from utils.sandbox.odoo_register import REGISTER, create_register
from utils.sandbox.odoo_schema import MODELS
from utils.sandbox.odoo_session import Session, ids_after
from utils.sandbox.odoo_totals import LINE, MOVE, rebuild

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from utils.sandbox.odoo_store import Row

#: Model to the field that may not be empty.
_REQUIRED: Final = {"res.partner": "name", "product.product": "name", "res.users": "login"}


def create(
    session: Session, model: str, vals_list: list[dict[str, Any]] | dict[str, Any]
) -> list[int]:
    """Create rows and return their ids."""
    session.demand(model, "create")
    given = [vals_list] if isinstance(vals_list, dict) else vals_list
    return [create_one(session, model, dict(values)) for values in given]


def create_one(session: Session, model: str, values: Row) -> int:
    """Create one row of any model and return its id; rights are the caller's affair."""
    match model:
        case "account.move":
            return create_move(session, values)
        case "account.payment":
            return create_payment(session, values)
        case "account.payment.register":
            return create_register(session, values)
        case "account.move.reversal":
            return create_reversal(session, values)
        case _:
            return _create_plain(session, model, values)


def write(session: Session, model: str, ids: Sequence[int], vals: Mapping[str, Any]) -> bool:
    """Change rows."""
    session.demand(model, "write")
    for id_ in session.all_of(model, ids):
        write_one(session, model, id_, dict(vals))
    return True


def write_one(session: Session, model: str, id_: int, values: Row) -> None:
    """Change one row of any model and note it when it differs."""
    state = values.pop("state", None) if model == MOVE else None
    match model:
        case "account.move":
            changed = write_move(session, id_, values)
        case "account.move.line":
            changed = write_line(session, id_, values)
            move_id = session.row(LINE, id_)["move_id"]
            if changed and session.row(MOVE, move_id)["state"] == "draft":
                rebuild(session, move_id)
        case "account.payment":
            changed = write_payment(session, id_, values)
        case _:
            changed = _write_plain(session, model, id_, values)
    if changed and model not in {REGISTER, REVERSAL}:
        session.store.note("written", model, id_, {"model": model, "values": values})
    if state is not None:
        write_state(session, id_, session.checked(MOVE, {"state": state})["state"])


def unlink(session: Session, model: str, ids: Sequence[int]) -> bool:
    """Delete rows.

    Raises:
        OdooError: The right is missing, or a row is posted or in use.
    """
    session.demand(model, "unlink")
    if model == MOVE:
        return delete_moves(session, ids)
    for id_ in session.all_of(model, ids):
        if model == "res.partner" and _partner_in_use(session, id_):
            raise OdooError(
                VALIDATION_ERROR, "Another model is using the record you are trying to delete."
            )
        if model == PAYMENT and session.row(PAYMENT, id_)["state"] != "draft":
            raise OdooError(VALIDATION_ERROR, "A posted payment cannot be deleted.")
        session.store.note("deleted", model, id_, {"model": model})
        session.store.delete(model, id_)
    return True


def load(
    session: Session, model: str, fields: Sequence[str], data: Sequence[Sequence[str]]
) -> dict[str, object]:
    """Create or update rows by external id; see `odoo_loading`."""

    def save(id_: int, values: Row) -> int:
        session.demand(model, "write" if id_ else "create")
        if not id_:
            return create_one(session, model, values)
        session.all_of(model, [id_])
        write_one(session, model, id_, values)
        return id_

    return load_rows(session, model, fields, data, save)


def _create_plain(session: Session, model: str, values: Row) -> int:
    checked = _checked_plain(session, model, values, {})
    required = _REQUIRED.get(model)
    if required and not checked.get(required):
        raise OdooError(VALIDATION_ERROR, no_value(required, model))
    if model == "res.users":
        logins = {row["login"] for _, row in session.store.rows(model)}
        if checked["login"] in logins:
            raise OdooError(VALIDATION_ERROR, "You can not have two users with the same login!")
    defaults = {"active": True} if "active" in MODELS[model].fields else {}
    id_ = session.store.insert(model, defaults | {"create_uid": session.uid} | checked)
    kind = "partner_created" if model == "res.partner" else "created"
    session.store.note(kind, model, id_)
    return id_


def _write_plain(session: Session, model: str, id_: int, values: Row) -> bool:
    checked = _checked_plain(session, model, values, session.row(model, id_))
    if model == "res.partner" and checked.get("parent_id") == id_:
        raise OdooError(VALIDATION_ERROR, "You cannot create recursive Partner hierarchies.")
    return session.update(model, id_, **checked)


def _checked_plain(session: Session, model: str, values: Row, before: Row) -> Row:
    checked = session.checked(model, values)
    fields = MODELS[model].fields
    for name in [name for name in checked if fields[name].is_many]:
        checked[name] = ids_after(checked[name], before.get(name, []))
    return checked


def _partner_in_use(session: Session, id_: int) -> bool:
    return any(
        row.get("partner_id") == id_
        for model in ("res.users", MOVE, PAYMENT)
        for _, row in session.store.rows(model)
    )
