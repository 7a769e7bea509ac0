"""The pretend Odoo and its ledger; every fault is one that a client sees."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sandbox_bench import JSON, NOON, Answered, ask, call, clock, rpc

from utils.sandbox.odoo import PretendOdoo
from utils.sandbox.odoo_errors import CANARY

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def odoo() -> Iterator[PretendOdoo]:
    with PretendOdoo(clock=clock) as service:
        yield service


def kinds(service: PretendOdoo) -> list[str]:
    return [row["kind"] for row in service.ledger()]


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
    assert rpc(odoo, args)["result"] > 0
    args[4:6] = ["create", [{"name": "New"}]]
    assert isinstance(rpc(odoo, args), str)
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
