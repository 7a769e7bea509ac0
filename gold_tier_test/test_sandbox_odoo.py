"""The pretend Odoo answers as the real one was recorded; every fault is one that a client sees.

Recordings are in `data/odoo-recordings/`, made by this project against Odoo 19.0 and 18.0; ids in
them are translated while replaying, and texts of errors are not compared.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from utils.sandbox.odoo import PretendOdoo
from utils.sandbox.odoo_errors import CANARY
from utils.sandbox.odoo_schema import MODELS, Field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

RECORDINGS = Path(__file__).parent / "data" / "odoo-recordings"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
#: Texts are the vendor's, times and traces change with every run.
NOT_COMPARED = {"debug", "message", "arguments", "moreinfo", "field_name", "write_date", "context"}
NOT_COMPARED |= {"create_date", "view_mode", "expiration_date", "access_url"}
JSON = "application/json"


def clock() -> datetime:
    return NOON


@pytest.fixture
def odoo() -> Iterator[PretendOdoo]:
    with PretendOdoo(clock=clock) as service:
        yield service


class Answered:
    """An answer as a client got it."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.raw = response.read()
        is_json = self.headers.get("content-type", "").startswith(JSON)
        self.body: Any = json.loads(self.raw) if is_json else self.raw.decode()


def ask(
    service: PretendOdoo,
    method: str,
    path: str,
    body: bytes | None = None,
    *,
    headers: dict[str, str] | None = None,
    timeout_s: float = 5.0,
) -> Answered:
    """Send one request on a connection of its own."""
    port = int(service.url.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    chunked = "Transfer-Encoding" in (headers or {})
    content: Any = iter([body or b""]) if chunked else body
    try:
        connection.request(method, path, content, headers or {}, encode_chunked=chunked)
        return Answered(connection.getresponse())
    finally:
        connection.close()


def call(
    service: PretendOdoo,
    model: str,
    method: str,
    *,
    login: str = "fte_bot",
    timeout_s: float = 5.0,
    **named: Any,
) -> Answered:
    """Call a method on the JSON-2 face."""
    headers = {"Authorization": f"bearer key-{login}", "Content-Type": JSON}
    body = json.dumps(named).encode()
    path = f"/json/2/{model}/{method}"
    return ask(service, "POST", path, body, headers=headers, timeout_s=timeout_s)


def kinds(service: PretendOdoo) -> list[str]:
    return [row["kind"] for row in service.ledger()]


class Ids:
    """Recorded ids and the ones that stand for them here, learned from answers."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], int] = {}

    def learn(self, model: str, recorded: object, here: object) -> None:
        pairs = (
            zip(recorded, here, strict=False)
            if isinstance(recorded, list) and isinstance(here, list)
            else [(recorded, here)]
        )
        for one, other in pairs:
            if type(one) is int and type(other) is int:
                self._known.setdefault((model, one), other)

    def translated(self, model: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self.translated(model, item) for item in value]
        return self._known.get((model, value), value) if type(value) is int else value

    def field_value(self, field: Field | None, value: Any) -> Any:
        if field is None or not field.relation:
            return value
        if not isinstance(value, list):
            return self.translated(field.relation, value)
        return [self._command(field.relation, item) for item in value]

    def values(self, model: str, values: dict[str, Any]) -> dict[str, Any]:
        fields = MODELS[model].fields
        return {name: self.field_value(fields.get(name), v) for name, v in values.items()}

    def domain(self, model: str, domain: list[Any]) -> list[Any]:
        return [self._condition(model, part) for part in domain]

    def _command(self, model: str, item: Any) -> Any:
        match item:
            case [0 | 1 as kind, id_, dict() as values]:
                return [kind, self.translated(model, id_), self.values(model, values)]
            case [6, _, list() as ids]:
                return [6, 0, self.translated(model, ids)]
            case _:
                return self.translated(model, item)

    def _condition(self, model: str, part: Any) -> Any:
        if not isinstance(part, list):
            return part
        path, operator, value = part
        if path == "id":
            return [path, operator, self.translated(model, value)]
        return [path, operator, self.field_value(MODELS[model].fields.get(path), value)]


def translated_body(ids: Ids, model: str, body: Any) -> Any:
    if not isinstance(body, dict) or model not in MODELS:
        return body
    own: dict[str, Callable[[Any], Any]] = {
        "ids": lambda value: ids.translated(model, value),
        "line_id": lambda value: ids.translated("account.move.line", value),
        "vals": lambda value: ids.values(model, value),
        "vals_list": lambda value: [ids.values(model, one) for one in value],
        "domain": lambda value: ids.domain(model, value),
        "context": lambda value: {
            key: ids.translated("account.move", v) if key == "active_ids" else v
            for key, v in value.items()
        },
    }
    result = {key: own[key](value) if key in own else value for key, value in body.items()}
    if "data" in body:
        result["data"] = [translated_row(ids, model, body["fields"], row) for row in body["data"]]
    return result


def translated_row(ids: Ids, model: str, names: list[str], row: list[str]) -> list[str]:
    cells = []
    for name, cell in zip(names, row, strict=True):
        target = model
        for part in name.split("/")[:-1] if name.endswith("/.id") else []:
            target = MODELS[target].fields[part].relation
        numeric = name.endswith("/.id") and cell.isdigit()
        cells.append(str(ids.translated(target, int(cell))) if numeric else cell)
    return cells


def learn(ids: Ids, model: str, recorded: Any, here: Any) -> None:
    """Learn from an answer which id stands for which."""
    match recorded, here:
        case [int(), *_], list():
            ids.learn(model, recorded, here)
        case {"ids": one}, {"ids": other}:
            ids.learn(model, one, other)
        case {"res_id": one, "res_model": target}, {"res_id": other}:
            ids.learn(target, one, other)
        case [dict(), *_], [dict(), *_]:
            for one, other in zip(recorded, here, strict=False):
                ids.learn(model, one.get("id"), other.get("id"))
                for name in one.keys() & other.keys() & MODELS[model].fields.keys():
                    ids.learn(MODELS[model].fields[name].relation, one[name], other[name])
        case _:
            return


def comparable(value: Any, key: str = "") -> Any:
    """Return what is the same on every server: no ids, no digits of numbers, no texts."""
    match value:
        case dict():
            return {k: comparable(v, k) for k, v in value.items() if k not in NOT_COMPARED}
        case [int(), str()]:
            return "id and label"
        case list():
            return [comparable(item, key) for item in value]
        case str():
            return re.sub(r"\b([A-Z][A-Z0-9]*)(/\d+)+\b|PAY\d+", r"\1/#", value)
        case bool() | float() | None:
            return value
        case _:
            is_id = key in {"", "id", "ids", "res_id", "uid"} or key.endswith(("_id", "_ids"))
            return "#" if is_id else value


def recording(name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((RECORDINGS / name).read_text(encoding="utf-8"))
    return entries


def replay(service: PretendOdoo, entry: dict[str, Any], ids: Ids) -> tuple[Any, Any]:
    """Send a recorded request; return what was recorded and what came, made comparable."""
    request, recorded = entry["request"], entry["response"]
    parts = request["path"].partition("?")[0].split("/")
    model = parts[3] if request["path"].startswith("/json/2/") else ""
    body = translated_body(ids, model, request["body"])
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    headers = dict(request["headers"])
    if "Transfer-Encoding" in headers:
        headers["Authorization"] = "bearer <key:admin>"
    if "Authorization" in headers:
        key = re.sub(r"<key:(\w+)>", r"key-\1", headers["Authorization"])
        headers["Authorization"] = key
    if headers.get("X-Odoo-Database", "").startswith("erp"):
        headers["X-Odoo-Database"] = "erp"
    sent = None if request["body"] is None else content
    answer = ask(service, request["method"], request["path"], sent, headers=headers)
    if model in MODELS:
        learn(ids, model, recorded["body"], answer.body)
    told = sorted(recorded["headers"].keys() & {"www-authenticate", "accept", "location"})
    return (
        [
            recorded["status"],
            recorded["headers"].get("content-type", JSON).partition(";")[0],
            {name: recorded["headers"][name] for name in told},
            "" if isinstance(recorded["body"], str) else comparable(recorded["body"]),
        ],
        [
            answer.status,
            answer.headers["content-type"].partition(";")[0],
            {name: answer.headers.get(name) for name in told},
            "" if isinstance(answer.body, str) else comparable(answer.body),
        ],
    )


def assert_same(service: PretendOdoo, names: Sequence[str]) -> None:
    """Replay recordings one after the other and compare every answer."""
    ids = Ids()
    for name in names:
        for entry in recording(name):
            recorded, here = replay(service, entry, ids)
            assert here == recorded, f"{name}: {entry['label']}"


@pytest.mark.parametrize(
    "names",
    [
        ("errors.json",),
        ("invoicing.json",),
        ("reversals_and_currency.json",),
        ("transactions.json",),
        ("load.json",),
        ("payment_by_load.json", "assign_and_bot.json"),
        ("state_bypass.json",),
    ],
    ids=" and ".join,
)
def test_recorded_exchanges_get_the_recorded_answers(names: tuple[str, ...]) -> None:
    with PretendOdoo(company_id=2, clock=clock, history=False) as service:
        # Partners 47 and 48, which recordings take for granted.
        wanted = 48 - max(service.arrange("res.partner", "search", domain=[]))
        people = [{"name": f"Partner {n}"} for n in range(wanted)]
        if names[0] != "invoicing.json":
            service.arrange("res.partner", "create", vals_list=people)
        assert_same(service, names)


def test_a_second_database_makes_the_header_necessary() -> None:
    with PretendOdoo(company_id=2, clock=clock) as service:
        service.add_database("other")
        assert_same(service, ["two_databases.json"])


def same_shape(one: Any, other: Any) -> bool:
    """Return whether two answers have the same keys and types; an empty value fits anything."""
    match one, other:
        case (False | [], _) | (_, False | []):
            return True
        case dict(), dict():
            return one.keys() == other.keys() and all(
                same_shape(one[key], other[key]) for key in one if not key.startswith("__")
            )
        case list(), list():
            return same_shape(one[0], other[0])
        case int() | float(), int() | float():
            return True
        case _:
            return type(one) is type(other)


def test_audit_queries_have_the_recorded_shapes(odoo: PretendOdoo) -> None:
    for entry in recording("audit_queries.json"):
        if "invoice.report" in entry["request"]["path"]:
            continue
        headers = {"Authorization": "bearer key-admin", "Content-Type": JSON}
        body = json.dumps(entry["request"]["body"]).encode()
        here = ask(odoo, "POST", entry["request"]["path"], body, headers=headers)
        assert here.status == entry["response"]["status"], entry["label"]
        if here.status == 200:
            assert same_shape(here.body, entry["response"]["body"]), entry["label"]


@pytest.mark.parametrize("version", ["18", "19"])
def test_json_rpc_and_the_version_routes_answer_as_recorded(version: str) -> None:
    with PretendOdoo(version, company_id=2, clock=clock, databases=("erp", "b")) as service:
        for entry in recording("jsonrpc_and_versions.json"):
            label = entry["label"]
            if not label.startswith(version) or label.endswith("search_read"):
                continue
            text = json.dumps(entry["request"]["body"])
            text = re.sub(r'\["erp1[89]", \d+, "(API_KEY|wrong)"', _as_auditor, text)
            text = re.sub(r'"erp1[89]"', '"erp"', text)
            entry["request"]["body"] = None if text == "null" else text
            recorded, here = replay(service, entry, Ids())
            assert here == recorded, label


def _as_auditor(found: re.Match[str]) -> str:
    key = "key-auditor" if found[1] == "API_KEY" else "wrong"
    return f'["erp", 8, "{key}"'


@pytest.mark.parametrize("name", ["flow_on_18.json", "bypass_on_18.json"])
def test_the_replay_safe_flow_works_on_18_as_recorded(name: str) -> None:
    with PretendOdoo("18", company_id=1, clock=clock, history=False) as service:
        ids = Ids()
        ids.learn("res.partner", 15, 15)
        for entry in recording(name):
            model = entry["model"]
            args = _translated_arguments(ids, model, entry["method"], entry["args"])
            uid, key = (10, "key-fte_bot")
            params = ["erp", uid, key, model, entry["method"], args, entry.get("kw", {})]
            reply = _rpc(service, params)
            if entry["fault"] and "cannot marshal None" not in str(entry["fault"]):
                assert reply["error"]["data"]["name"] == "odoo.exceptions.UserError"
                continue
            here = reply.get("result")
            assert ("result" in reply) is (entry["result"] is not None), entry["label"]
            _learn_call(ids, entry, here)
            if not (isinstance(here, list) and here and isinstance(here[0], dict)):
                assert comparable(here) == comparable(entry["result"]), entry["label"]
                continue
            for row, told in zip(here, entry["result"], strict=True):
                same = {key: row[key] for key in told}
                assert comparable(same) == comparable(told), entry["label"]


def _translated_arguments(ids: Ids, model: str, method: str, args: list[Any]) -> list[Any]:
    if method == "create":
        return [ids.values(model, args[0])]
    if method == "search":
        return [ids.domain(model, args[0])]
    if method == "load":
        return [args[0], [translated_row(ids, model, args[0], row) for row in args[1]]]
    rest = [ids.translated("account.move.line", item) for item in args[1:]]
    return [ids.translated(model, args[0]), *rest]


def _learn_call(ids: Ids, entry: dict[str, Any], here: Any) -> None:
    if entry["method"] in {"create", "search"}:
        ids.learn(entry["model"], entry["result"], here)
    else:
        learn(ids, entry["model"], entry["result"], here)


def _rpc(service: PretendOdoo, args: list[Any]) -> dict[str, Any]:
    params = {"service": "object", "method": "execute_kw", "args": args}
    body = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "call", "params": params})
    headers = {"Content-Type": JSON}
    reply: dict[str, Any] = ask(service, "POST", "/jsonrpc", body.encode(), headers=headers).body
    return reply


COLUMNS = [
    "id",
    "move_type",
    "partner_id/.id",
    "invoice_date",
    "invoice_date_due",
    "invoice_line_ids/id",
    "invoice_line_ids/name",
    "invoice_line_ids/quantity",
    "invoice_line_ids/price_unit",
]


def load_invoice(service: PretendOdoo, key: str = "fte.inv_a", price: str = "100") -> Answered:
    row = [key, "out_invoice", "9", "2026-11-20", "2026-12-20", f"{key}_l1", "Work", "1", price]
    return call(service, "account.move", "load", fields=COLUMNS, data=[row])


def test_every_error_carries_a_long_traceback_that_a_client_must_drop(odoo: PretendOdoo) -> None:
    answer = call(odoo, "res.partner", "search", domain=[["nope", "=", 1]])
    assert CANARY in answer.body["debug"]
    assert 1000 < len(answer.body["debug"]) < 6000


def test_every_answer_closes_its_connection(odoo: PretendOdoo) -> None:
    answer = call(odoo, "res.users", "context_get")
    assert answer.headers["connection"] == "close"


def test_a_chunked_body_is_read_as_no_arguments(odoo: PretendOdoo) -> None:
    headers = {"Authorization": "bearer key-admin", "Content-Type": JSON}
    body = json.dumps({"domain": [["id", "=", -1]], "fields": ["name"]}).encode()
    path = "/json/2/res.partner/search_read"
    answer = ask(odoo, "POST", path, body, headers=headers | {"Transfer-Encoding": "chunked"})
    assert len(answer.body) > 1
    assert "email" in answer.body[0]


def test_the_ledger_has_one_row_for_every_effect_and_none_for_a_replay(odoo: PretendOdoo) -> None:
    invoice = load_invoice(odoo).body["ids"][0]
    assert load_invoice(odoo).body["ids"] == [invoice]
    call(odoo, "account.move", "action_post", ids=[invoice])
    call(odoo, "account.move", "action_post", ids=[invoice])
    load_invoice(odoo)
    rows = odoo.ledger()
    assert [(row["seq"], row["kind"], row["id"], row["reference"]) for row in rows] == [
        (1, "invoice_created", invoice, "fte.inv_a"),
        (2, "move_posted", invoice, "fte.inv_a"),
    ]
    assert rows[1]["payload"]["amount_total"] == 100.0
    assert ask(odoo, "GET", "/_ledger").body == rows


def test_lines_without_their_own_ids_double_with_every_load(odoo: PretendOdoo) -> None:
    columns = [name for name in COLUMNS if name != "invoice_line_ids/id"]
    row = ["fte.inv_b", "out_invoice", "9", "2026-11-20", "2026-12-20", "Work", "1", "31"]
    for _ in range(3):
        answer = call(odoo, "account.move", "load", fields=columns, data=[row])
    read = call(odoo, "account.move", "read", ids=answer.body["ids"], fields=["amount_total"])
    assert read.body[0]["amount_total"] == 93.0


def test_of_four_loads_at_once_one_wins_and_the_others_are_told_to_serialize(
    odoo: PretendOdoo,
) -> None:
    odoo.fault("slow", path="/json/2/account.move/load", times=4, seconds=0.2)
    answers: list[Answered] = []
    threads = [
        threading.Thread(target=lambda: answers.append(load_invoice(odoo))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [answer for answer in answers if answer.body["ids"]]
    lost = [answer.body["messages"][0]["message"] for answer in answers if not answer.body["ids"]]
    assert len(won) == 1
    assert lost == ["could not serialize access due to concurrent update"] * 3
    assert kinds(odoo) == ["invoice_created"]


def test_payables_are_negative_and_receivables_add_up(odoo: PretendOdoo) -> None:
    def open_sum(account_type: str, company: int) -> float:
        rows = call(
            odoo,
            "account.move.line",
            "formatted_read_group",
            login="admin",
            domain=[
                ["company_id", "=", company],
                ["parent_state", "=", "posted"],
                ["account_type", "=", account_type],
                ["account_id.non_trade", "=", False],
                ["reconciled", "=", False],
            ],
            groupby=[],
            aggregates=["amount_residual:sum"],
            context={"allowed_company_ids": [company]},
        ).body
        return float(rows[0]["amount_residual:sum"])

    assert [open_sum("asset_receivable", 1), open_sum("liability_payable", 1)] == [2450.0, -480.0]
    assert [open_sum("asset_receivable", 2), open_sum("liability_payable", 2)] == [910.0, -75.0]


def test_a_posted_move_is_balanced_with_tax_and_currency() -> None:
    with PretendOdoo(clock=clock) as service:
        work = {"name": "Work", "quantity": 3, "price_unit": 33.33, "tax_ids": [[6, 0, [1]]]}
        line = [0, 0, work]
        values = {"move_type": "out_invoice", "partner_id": 9, "currency_id": 126}
        values |= {"invoice_date": "2026-11-20", "invoice_line_ids": [line]}
        ids = call(service, "account.move", "create", vals_list=[values]).body
        call(service, "account.move", "action_post", ids=ids)
        names = ["amount_untaxed", "amount_tax", "amount_total", "amount_total_signed"]
        move = call(service, "account.move", "read", ids=ids, fields=names).body[0]
        fields = ["balance", "amount_currency", "account_type"]
        domain = [["move_id", "in", ids]]
        lines = call(
            service, "account.move.line", "search_read", domain=domain, fields=fields
        ).body
    assert [move[name] for name in names] == [99.99, 15.0, 114.99, 126.49]
    assert sum(line["balance"] for line in lines) == pytest.approx(0.0)
    assert {line["account_type"] for line in lines} == {
        "income",
        "liability_current",
        "asset_receivable",
    }


def loaded(service: PretendOdoo, **columns: str) -> Answered:
    """Load an invoice of one line with more columns."""
    row = ["fte.a", "out_invoice", "9", "2026-11-20", "2026-12-20", "fte.a_l1", "Work", "1", "10"]
    names = [*COLUMNS, *(f"invoice_line_ids/{name}/.id" for name in columns)]
    return call(service, "account.move", "load", fields=names, data=[[*row, *columns.values()]])


def test_a_line_takes_the_taxes_of_its_product_or_account_and_never_the_usual_one() -> None:
    with PretendOdoo(default_sale_tax=True, clock=clock) as service:
        service.arrange("product.product", "write", ids=[1], vals={"taxes_id": [[6, 0, [1]]]})
        service.arrange("account.account", "write", ids=[28], vals={"tax_ids": [[6, 0, [1]]]})
        for columns, total in (
            ({}, 10.0),
            ({"product_id": "1"}, 11.5),
            ({"product_id": "2"}, 10.0),
            ({"account_id": "28"}, 11.5),
            ({"account_id": "28", "tax_ids": ""}, 10.0),
        ):
            ids = loaded(service, **columns).body["ids"]
            [row] = service.arrange("account.move", "read", ids=ids, fields=["amount_total"])
            assert row["amount_total"] == total, columns
            service.arrange("account.move", "unlink", ids=ids)


def test_an_account_that_is_named_as_none_is_an_error(odoo: PretendOdoo) -> None:
    answer = loaded(odoo, account_id="")
    assert answer.body["ids"] is False
    assert kinds(odoo) == []


@pytest.mark.parametrize(("version", "name"), [("19", False), ("18", "/")])
def test_a_draft_has_no_number_and_says_so_as_its_version_does(version: str, name: object) -> None:
    with PretendOdoo(version, clock=clock) as service:
        line = [0, 0, {"name": "Work", "quantity": 1, "price_unit": 10.0}]
        values = {"move_type": "out_invoice", "partner_id": 9, "invoice_line_ids": [line]}
        ids = service.arrange("account.move", "create", vals_list=[values])
        [draft] = service.arrange("account.move", "read", ids=ids, fields=["name"])
        assert draft["name"] == name
        service.arrange("account.move", "action_post", ids=ids)
        [posted] = service.arrange("account.move", "read", ids=ids, fields=["name"])
        assert posted["name"].startswith("INV/2026/")


@pytest.mark.parametrize(
    ("version", "totals"),
    [
        # As the real ones answered: 19 rounds once for a document, 18 for each line.
        ("19", [23.23, 0.99, 1.14, 1.10, 0.23]),
        ("18", [23.24, 1.00, 1.16, 1.11, 0.21]),
    ],
)
def test_cents_are_rounded_as_the_version_rounds_them(version: str, totals: list[float]) -> None:
    fifteen: list[int] = [1]
    cases: list[list[tuple[float, float, list[int]]]] = [
        [(1, 10.10, fifteen)] * 2,
        [(1.5, 0.33, [])] * 2,
        [(1.5, 0.33, fifteen)] * 2,
        [(1.5, 0.33, []), (1.5, 0.33, fifteen), (1, 0.03, fifteen)],
        [(0.333, 0.10, [])] * 7,
    ]
    with PretendOdoo(version, clock=clock) as service:
        for case, total in zip(cases, totals, strict=True):
            lines = [
                [0, 0, {"name": "x", "quantity": q, "price_unit": p, "tax_ids": [[6, 0, taxes]]}]
                for q, p, taxes in case
            ]
            values = {"move_type": "out_invoice", "partner_id": 9, "invoice_line_ids": lines}
            ids = service.arrange("account.move", "create", vals_list=[values])
            [row] = service.arrange("account.move", "read", ids=ids, fields=["amount_total"])
            assert row["amount_total"] == total, case


def test_an_expired_key_is_like_a_wrong_one(odoo: PretendOdoo) -> None:
    odoo.set_key_expiry("fte_bot", NOON - timedelta(seconds=1))
    answer = call(odoo, "res.users", "context_get")
    assert (answer.status, answer.body["message"]) == (401, "Invalid apikey")


def test_an_external_id_in_another_company_is_there_but_not_shown(odoo: PretendOdoo) -> None:
    columns = ["id", "name", "company_id/.id"]
    odoo.arrange("res.partner", "load", fields=columns, data=[["fte.p", "Hidden", "2"]])
    answer = call(odoo, "ir.model.data", "check_object_reference", module="fte", xml_id="p")
    assert answer.body == ["res.partner", False]


def test_arranging_leaves_no_trace_in_the_ledger(odoo: PretendOdoo) -> None:
    odoo.arrange("res.partner", "create", vals_list=[{"name": "Stage hand"}])
    assert odoo.ledger() == []


def test_the_environment_reaches_the_robot_user(odoo: PretendOdoo) -> None:
    found = odoo.environment()
    headers = {"Authorization": f"bearer {found['ODOO_API_KEY']}", "Content-Type": JSON}
    headers["X-Odoo-Database"] = found["ODOO_DB"]
    answer = ask(odoo, "POST", "/json/2/res.users/context_get", b"{}", headers=headers)
    assert answer.body["uid"] == 10
    assert found["ODOO_COMPANY_ID"] == "1"


def test_refuse_closes_the_port_and_opens_it_again(odoo: PretendOdoo) -> None:
    odoo.fault("refuse", seconds=0.2)
    with pytest.raises(ConnectionRefusedError):
        load_invoice(odoo)
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            assert load_invoice(odoo).status == 200
            break
        except ConnectionRefusedError:
            time.sleep(0.02)
    assert kinds(odoo) == ["invoice_created"]


def test_heal_opens_a_refused_port_at_once(odoo: PretendOdoo) -> None:
    odoo.fault("refuse", seconds=60)
    with pytest.raises(ConnectionRefusedError):
        load_invoice(odoo)
    odoo.heal()
    assert load_invoice(odoo).status == 200


def test_reset_breaks_the_connection_and_commits_nothing(odoo: PretendOdoo) -> None:
    odoo.fault("reset", path="/json/2/account.move")
    with pytest.raises(ConnectionResetError):
        load_invoice(odoo)
    assert odoo.ledger() == []
    assert [sent.path for sent in odoo.requests()] == ["/json/2/account.move/load"]


def test_timeout_before_commits_nothing(odoo: PretendOdoo) -> None:
    odoo.fault("timeout_before", path="*/load", seconds=30)
    with pytest.raises(TimeoutError):
        call(
            odoo, "res.partner", "load", timeout_s=0.1, fields=["id", "name"], data=[["f.a", "A"]]
        )
    assert odoo.ledger() == []


def test_timeout_after_commit_has_happened_all_the_same(odoo: PretendOdoo) -> None:
    odoo.fault("timeout_after_commit", path="*/load", seconds=30)
    with pytest.raises(TimeoutError):
        call(
            odoo, "res.partner", "load", timeout_s=0.1, fields=["id", "name"], data=[["f.a", "A"]]
        )
    assert kinds(odoo) == ["partner_created"]
    answer = call(odoo, "ir.model.data", "check_object_reference", module="f", xml_id="a")
    assert answer.body[0] == "res.partner"


@pytest.mark.parametrize("status", [429, 502, 503])
def test_status_answers_without_committing(odoo: PretendOdoo, status: int) -> None:
    odoo.fault("status", status=status, seconds=7, times=2)
    answers = [load_invoice(odoo), load_invoice(odoo), load_invoice(odoo)]
    assert [answer.status for answer in answers] == [status, status, 200]
    assert answers[0].headers["content-type"].startswith("text/html")
    assert answers[0].headers.get("retry-after") == ("7" if status == 429 else None)
    assert kinds(odoo) == ["invoice_created"]


def test_slow_waits_and_then_commits(odoo: PretendOdoo) -> None:
    odoo.fault("slow", seconds=0.15)
    started = time.monotonic()
    assert load_invoice(odoo).status == 200
    assert time.monotonic() - started >= 0.15
    assert kinds(odoo) == ["invoice_created"]


def test_lag_hides_what_was_committed_from_reads(odoo: PretendOdoo) -> None:
    odoo.fault("lag", path="*/load", seconds=0.3)
    invoice = load_invoice(odoo).body["ids"]
    assert kinds(odoo) == ["invoice_created"]
    assert call(odoo, "account.move", "read", ids=invoice, fields=["state"]).body == []
    until = time.monotonic() + 5
    while not call(odoo, "account.move", "read", ids=invoice, fields=["state"]).body:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_late_commit_arrives_after_the_client_was_cut_off(odoo: PretendOdoo) -> None:
    odoo.fault("late_commit", path="*/load", seconds=0.3)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        load_invoice(odoo)
    assert odoo.ledger() == []
    until = time.monotonic() + 5
    while not odoo.ledger():
        assert time.monotonic() < until
        time.sleep(0.02)
    assert kinds(odoo) == ["invoice_created"]


def test_reset_of_the_service_drops_a_late_commit(odoo: PretendOdoo) -> None:
    odoo.fault("late_commit", path="*/load", seconds=0.2)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        load_invoice(odoo)
    assert ask(odoo, "POST", "/_reset").body == {"reset": True}
    time.sleep(0.4)
    assert odoo.ledger() == []


def test_faults_can_be_set_over_http(odoo: PretendOdoo) -> None:
    fault = {"path": "/json/2/res.users", "mode": "status", "times": 1, "status": 401}
    assert ask(odoo, "POST", "/_faults", json.dumps(fault).encode()).status == 200
    assert call(odoo, "res.users", "context_get").status == 401
    assert call(odoo, "res.users", "context_get").status == 200
    assert ask(odoo, "POST", "/_faults", b'{"mode": "explode"}').status == 400


def test_a_fault_on_json_rpc_can_name_model_and_method(odoo: PretendOdoo) -> None:
    odoo.fault("status", path="/jsonrpc/res.partner/create", status=502)
    args = ["erp", 10, "key-fte_bot", "res.partner", "search_count", [[]], {}]
    assert _rpc(odoo, args)["result"] > 0
    args[4:6] = ["create", [{"name": "New"}]]
    assert isinstance(_rpc(odoo, args), str)
    assert odoo.ledger() == []


def test_stop_ends_a_wait_at_once() -> None:
    service = PretendOdoo().start()
    service.fault("timeout_before", seconds=60)
    port = int(service.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b"GET /json/version HTTP/1.1\r\nHost: x\r\n\r\n")
        until = time.monotonic() + 5
        while not service.requests() and time.monotonic() < until:
            time.sleep(0.01)
        started = time.monotonic()
        service.stop()
        assert time.monotonic() - started < 2
        assert client.recv(100) == b""


def test_the_request_log_keeps_what_was_sent_byte_by_byte(odoo: PretendOdoo) -> None:
    call(odoo, "res.partner", "search_count", domain=[])
    method, path, headers, body = odoo.requests()[-1]
    assert (method, path) == ("POST", "/json/2/res.partner/search_count")
    assert headers["authorization"] == "bearer key-fte_bot"
    assert body == b'{"domain": []}'
    odoo.forget_requests()
    assert odoo.requests() == []
