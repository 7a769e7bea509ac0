"""Methods of single models: posting, paying, reversing, asking for oneself; and the registry."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.sandbox import odoo_payments as payments
from utils.sandbox import odoo_posting as posting
from utils.sandbox import odoo_reading as reading
from utils.sandbox import odoo_writing as writing
from utils.sandbox.odoo_errors import VALUE_ERROR, OdooError
from utils.sandbox.odoo_reconciling import assign_outstanding_line
from utils.sandbox.odoo_register import REGISTER, create_payments
from utils.sandbox.odoo_rights import USERS
from utils.sandbox.odoo_totals import MOVE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from utils.sandbox.odoo_session import Session

    type Function = Callable[..., object]


def _demand_write(session: Session, model: str, ids: Sequence[int]) -> None:
    """Insist on the right to write; with no records nobody is asked, as in the real one."""
    if ids:
        session.demand(model, "write")


def _action_post(session: Session, model: str, ids: Sequence[int]) -> object:
    _demand_write(session, model, ids)
    if model == MOVE:
        return posting.post_moves(session, ids)
    payments.post_payments(session, ids)
    return None


def _button_draft(session: Session, model: str, ids: Sequence[int]) -> None:
    _demand_write(session, model, ids)
    posting.set_draft(session, ids)


def _button_cancel(session: Session, model: str, ids: Sequence[int]) -> None:
    _demand_write(session, model, ids)
    posting.cancel_moves(session, ids)


def _action_cancel(session: Session, model: str, ids: Sequence[int]) -> None:
    _demand_write(session, model, ids)
    payments.cancel_payments(session, ids)


def _assign(session: Session, model: str, ids: Sequence[int], line_id: int) -> None:
    _demand_write(session, model, ids)
    for id_ in session.all_of(model, ids):
        assign_outstanding_line(session, id_, line_id)


def _refund_moves(session: Session, model: str, ids: Sequence[int]) -> object:
    _demand_write(session, model, ids)
    return posting.refund_moves(session, ids)


def _modify_moves(session: Session, model: str, ids: Sequence[int]) -> object:
    _demand_write(session, model, ids)
    return posting.modify_moves(session, ids)


def _create_payments(session: Session, model: str, ids: Sequence[int]) -> object:
    _demand_write(session, model, ids)
    return create_payments(session, ids)


def _send_and_print(session: Session, model: str, ids: Sequence[int]) -> object:
    session.demand(model, "read")
    context = {"active_model": model, "active_ids": list(ids)}
    wizard = "account.move.send.wizard"
    return {"type": "ir.actions.act_window", "res_model": wizard, "context": context}


def _message_post(session: Session, model: str, ids: Sequence[int], body: str = "") -> list[int]:
    session.demand(model, "read")
    for id_ in ids:
        session.store.note("message_posted", model, id_, {"body": body})
    return [session.store.insert("mail.message", {"body": body})]


def _archive(session: Session, model: str, ids: Sequence[int]) -> None:
    writing.write(session, model, ids, {"active": False})


def _unarchive(session: Session, model: str, ids: Sequence[int]) -> None:
    writing.write(session, model, ids, {"active": True})


def _check_object_reference(
    session: Session,
    model: str,  # noqa: ARG001 - every method gets it
    module: str,
    xml_id: str,
    raise_on_access_error: object = False,  # noqa: ARG001, FBT002 - Odoo's own signature
) -> list[object]:
    pointer = session.store.find_record(f"{module}.{xml_id}")
    if pointer is None:
        raise OdooError(VALUE_ERROR, f"External ID not found in the system: {module}.{xml_id}")
    row = session.store.tables[pointer.model][pointer.id]
    seen = session.visible(pointer.model, pointer.id) and row.get("active") is not False
    return [pointer.model, pointer.id if seen else False]


def _context_get(session: Session, model: str) -> dict[str, object]:
    user = session.store.tables[model][session.uid]
    return {"lang": user["lang"], "tz": user["tz"], "uid": session.uid}


def _has_group(session: Session, model: str, ids: Sequence[int], group_ext_id: str) -> bool:
    login = session.row(model, next(iter(ids), session.uid))["login"]
    return group_ext_id in USERS.get(login, ())


@dataclass(frozen=True, slots=True)
class Method:
    """A method that can be called from outside."""

    function: Function
    #: Whether it works on records and takes their ids first.
    takes_ids: bool
    #: Parameters behind session, model and ids.
    signature: inspect.Signature
    #: Whether it changes nothing.
    reads: bool


def _method(function: Function, *, reads: bool) -> Method:
    names = list(inspect.signature(function).parameters.values())
    takes_ids = len(names) > 2 and names[2].name == "ids"  # noqa: PLR2004 - session and model first
    rest = names[3 if takes_ids else 2 :]
    return Method(function, takes_ids, inspect.Signature(rest), reads)


_READING: Final = (
    reading.search,
    reading.search_count,
    reading.search_read,
    reading.read,
    reading.name_search,
    reading.formatted_read_group,
    reading.read_group,
    reading.fields_get,
    reading.has_access,
    reading.get_external_id,
)
_WRITING: Final = (writing.create, writing.write, writing.unlink, writing.load)

#: Method name to method, for every model.
_COMMON: Final[dict[str, Method]] = {
    function.__name__: _method(function, reads=function in _READING)
    for function in (*_READING, *_WRITING)
} | {
    "action_archive": _method(_archive, reads=False),
    "action_unarchive": _method(_unarchive, reads=False),
    "message_post": _method(_message_post, reads=False),
}

#: Model and method name to method.
_SPECIAL: Final[dict[tuple[str, str], Method]] = {
    (MOVE, "action_post"): _method(_action_post, reads=False),
    (MOVE, "button_draft"): _method(_button_draft, reads=False),
    (MOVE, "button_cancel"): _method(_button_cancel, reads=False),
    (MOVE, "js_assign_outstanding_line"): _method(_assign, reads=False),
    (MOVE, "action_send_and_print"): _method(_send_and_print, reads=True),
    (payments.PAYMENT, "action_post"): _method(_action_post, reads=False),
    (payments.PAYMENT, "action_cancel"): _method(_action_cancel, reads=False),
    (REGISTER, "action_create_payments"): _method(_create_payments, reads=False),
    (posting.REVERSAL, "refund_moves"): _method(_refund_moves, reads=False),
    (posting.REVERSAL, "modify_moves"): _method(_modify_moves, reads=False),
    ("ir.model.data", "check_object_reference"): _method(_check_object_reference, reads=True),
    ("res.users", "context_get"): _method(_context_get, reads=True),
    ("res.users", "has_group"): _method(_has_group, reads=True),
}


def find_method(model: str, name: str) -> Method | None:
    """Return a model's method, or `None` when there is none of that name."""
    return _SPECIAL.get((model, name)) or _COMMON.get(name)
