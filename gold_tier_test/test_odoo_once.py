"""Once, whatever breaks: what Odoo is sent, what never, and what comes of every failure."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
from odoo_bench import ROOT, Bench, bench_for, break_on, effects, sandbox_of, untaxed

from utils.core.errors import (
    AuthenticationError,
    ConfigurationError,
    EmployeeError,
    OutcomeUnknownError,
    RateLimitedError,
    RefusedError,
    RejectedError,
    UnreachableError,
)
from utils.core.model import Particulars
from utils.odoo.key import key_expires_at
from utils.settings import load

# --- once, whatever breaks -----------------------------------------------------------------------


def test_performing_with_one_mark_again_and_again_makes_one_record(bench: Bench) -> None:
    """As after a crash: each time with a client that knows nothing."""
    customer, name = bench.customer("Again"), f"Again and again {bench.run}"
    invoice = bench.posted("90.00", customer)
    lines, bill = (untaxed("50.00"),), {"reference": f"A {bench.run}"}
    for tool, values, model, more in (
        ("odoo_create_partner", {"name": name}, "res.partner", [["name", "=", name]]),
        (
            "odoo_create_invoice",
            {"customer": customer, "lines": lines, "reference": f"I {bench.run}"},
            "account.move",
            [["ref", "=", f"I {bench.run}"]],
        ),
        (
            "odoo_create_bill",
            {"vendor": customer, "lines": lines, "bill_date": bench.odoo.today(), **bill},
            "account.move",
            [["ref", "=", f"A {bench.run}"]],
        ),
        (
            "odoo_record_payment",
            {"invoice": invoice, "amount": "30.00"},
            "account.payment",
            [["partner_id.id", "=", int(customer)]],
        ),
        (
            "odoo_create_credit_note",
            {"invoice": invoice, "reason": "x", "amount": "20.00"},
            "account.move",
            [["reversed_entry_id", "=", int(invoice)]],
        ),
    ):
        attempt = bench.propose(tool, **values)
        outcomes = [bench.perform(attempt, bench.fresh_client(30.0)) for _ in range(3)]
        assert {(outcome.kind, outcome.remote_id) for outcome in outcomes} == {
            ("done", outcomes[0].remote_id)
        }
        assert bench.odoo.count(model, more) == 1
    assert bench.move(invoice)["amount_residual"] == 40.0


#: Operation, what is broken on its way, and what the ledger must hold once in the end.
STEPS = [
    ("odoo_create_partner", "res.partner/load", ("partner_created",)),
    ("odoo_create_invoice", "account.move/load", ("invoice_created",)),
    ("odoo_create_bill", "account.move/load", ("bill_created",)),
    ("odoo_post_invoice", "account.move/action_post", ("move_posted",)),
    ("odoo_cancel_draft", "account.move/button_cancel", ("cancelled",)),
    ("odoo_record_payment", "account.payment/load", ("payment_created",)),
    ("odoo_record_payment", "account.payment/action_post", ("payment_posted",)),
    ("odoo_record_payment", "account.move/js_assign_outstanding_line", ("reconciled",)),
    ("odoo_create_credit_note", "account.move/load", ("credit_note_created",)),
    ("odoo_create_credit_note", "account.move/action_post", ("move_posted",)),
]


def values_for(bench: Bench, tool: str) -> dict[str, Any]:
    lines = (untaxed("50.00"),)
    match tool:
        case "odoo_create_partner":
            return {"name": f"New {bench.run}"}
        case "odoo_create_invoice":
            return {"customer": "9", "lines": lines}
        case "odoo_create_bill":
            on = bench.odoo.today()
            return {"vendor": "14", "lines": lines, "reference": "B-7", "bill_date": on}
        case "odoo_post_invoice" | "odoo_cancel_draft":
            made = bench.do("odoo_create_invoice", customer="9", lines=lines)
            return {"invoice": made.remote_id}
        case "odoo_record_payment":
            return {"invoice": bench.posted("50.00", "9"), "amount": "50.00"}
        case _:
            return {"invoice": bench.posted("50.00", "9"), "reason": "x", "amount": "20.00"}


@pytest.mark.parametrize(("tool", "method", "kinds"), STEPS)
@pytest.mark.parametrize("mode", ["reset", "timeout_before", "timeout_after_commit"])
def test_a_lost_answer_is_unknown_and_doing_it_again_never_doubles_it(
    pretend: Bench, tool: str, method: str, kinds: tuple[str, ...], mode: str
) -> None:
    attempt = pretend.propose(tool, **values_for(pretend, tool))
    before = len(effects(pretend, *kinds))
    break_on(pretend, mode, method, seconds=1.0)
    with pytest.raises(OutcomeUnknownError):
        pretend.perform(attempt, pretend.fresh_client(timeout_s=0.4))
    happened = mode == "timeout_after_commit"
    assert len(effects(pretend, *kinds)) - before == happened
    last = method.endswith(("js_assign_outstanding_line", "move/action_post", "cancel")) or (
        tool in {"odoo_create_partner", "odoo_create_invoice", "odoo_create_bill"}
    )
    looked = pretend.probe(attempt)
    assert looked is not None
    assert (looked.kind == "done") == (happened and last)
    assert pretend.perform(attempt, pretend.fresh_client()).kind == "done"
    assert pretend.perform(attempt, pretend.fresh_client()).kind == "done"
    assert len(effects(pretend, *kinds)) - before == 1
    settled = pretend.probe(attempt)
    assert settled is not None
    assert settled.kind == "done"


def test_performing_again_does_not_undo_what_a_person_changed_in_the_draft(
    pretend19: Bench,
) -> None:
    attempt = pretend19.propose("odoo_create_invoice", customer="9", lines=(untaxed("50.00"),))
    made = pretend19.perform(attempt)
    later = (pretend19.odoo.today() + timedelta(days=60)).isoformat()
    sandbox_of(pretend19).arrange(
        "account.move",
        "write",
        ids=[int(made.remote_id)],
        vals={"ref": "mine", "invoice_date": later, "invoice_date_due": later},
    )
    assert pretend19.perform(attempt).kind == "failed"
    assert pretend19.move(made.remote_id)["ref"] == "mine"


def test_a_service_that_is_down_certainly_did_nothing(pretend: Bench) -> None:
    attempt = pretend.propose("odoo_create_invoice", customer="9", lines=(untaxed("50.00"),))
    sandbox_of(pretend).fault("refuse", seconds=30)
    with pytest.raises(UnreachableError):
        pretend.perform(attempt)
    sandbox_of(pretend).heal()
    assert effects(pretend, "invoice_created") == []
    assert pretend.perform(attempt).kind == "done"


# --- errors --------------------------------------------------------------------------------------


def test_reads_are_tried_again_and_writes_are_not(pretend: Bench) -> None:
    attempt = pretend.propose("odoo_create_invoice", customer="9", lines=(untaxed("50.00"),))
    break_on(pretend, "status", "res.partner/search_read", status=502, times=2)
    assert pretend.read("odoo_get_partner", partner="9")["id"] == 9
    break_on(pretend, "status", "account.move/load", status=502, times=1)
    sandbox_of(pretend).forget_requests()
    with pytest.raises(OutcomeUnknownError):
        pretend.perform(attempt)
    loads = [sent for sent in sandbox_of(pretend).requests() if b"employee.p" in sent.body]
    assert len(loads) == 1


def test_a_busy_odoo_tells_how_long_to_wait(pretend: Bench) -> None:
    attempt = pretend.propose("odoo_create_invoice", customer="9", lines=(untaxed("50.00"),))
    break_on(pretend, "status", "account.move/load", status=429, seconds=7)
    with pytest.raises(RateLimitedError) as caught:
        pretend.perform(attempt)
    assert caught.value.retry_after_s == 7


def variables_of(bench: Bench, **more: str) -> dict[str, str]:
    return sandbox_of(bench).environment() | more


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"ODOO_API_KEY": "wrong"}, AuthenticationError),
        ({"ODOO_DB": "nothere"}, ConfigurationError),
        ({"ODOO_COMPANY_ID": "99"}, ConfigurationError),
    ],
)
def test_wrong_settings_are_named_and_not_tried_again(
    pretend: Bench, tmp_path: Path, more: dict[str, str], error: type[EmployeeError]
) -> None:
    settings = load(tmp_path, environment=variables_of(pretend, **more), project_root=tmp_path)
    with pytest.raises(error) as caught:
        bench_for(settings, pretend.sandbox).read("odoo_get_partner", partner="9")
    assert "Traceback" not in str(caught.value)
    assert "key-" not in str(caught.value)


def test_a_right_that_is_missing_is_told_without_the_servers_traceback(
    pretend: Bench, tmp_path: Path
) -> None:
    def bench_of(login: str) -> Bench:
        variables = sandbox_of(pretend).environment_of(login)
        settings = load(tmp_path, environment=variables, project_root=tmp_path)
        return bench_for(settings, pretend.sandbox)

    weak, blind = bench_of("billing"), bench_of("plain")
    attempt = weak.propose("odoo_create_partner", name="Nobody")
    with pytest.raises(RejectedError) as writing:
        weak.perform(attempt)
    with pytest.raises(RejectedError) as reading:
        blind.read("odoo_list_invoices")
    break_on(pretend, "status", "account.move/search_read", status=422)
    with pytest.raises(RejectedError) as ruled:
        pretend.read("odoo_list_invoices")
    for caught in (writing, reading, ruled):
        assert "not allowed" in str(caught.value) or caught is ruled
        assert "debug" not in str(caught.value)
        assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://127.0.0.1:9", "not an address", "ftp://x.example"])
def test_an_address_that_is_none_is_named(tmp_path: Path, url: str) -> None:
    variables = {"ODOO_URL": url, "ODOO_DB": "d", "ODOO_API_KEY": "kkkk"}
    settings = load(tmp_path, environment=variables, project_root=tmp_path)
    with pytest.raises((ConfigurationError, UnreachableError)):
        bench_for(settings, None).read("odoo_get_partner", partner="9")


def test_it_is_known_when_the_key_expires(pretend: Bench) -> None:
    at = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
    sandbox_of(pretend).set_key_expiry("fte_bot", at)
    assert key_expires_at(pretend.odoo) == at


# --- what is never sent --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "method", "arguments"),
    [
        ("account.move", "write", {}),
        ("account.move", "unlink", {}),
        ("account.move", "message_post", {}),
        ("account.move", "action_post", {"state": 1}),
        ("account.payment.register", "action_create_payments", {}),
    ],
)
def test_a_call_that_is_not_listed_is_never_sent(
    pretend19: Bench, model: str, method: str, arguments: dict[str, int]
) -> None:
    with pytest.raises(RefusedError):
        pretend19.odoo.act(model, method, 1, **arguments)
    with pytest.raises(RefusedError):
        pretend19.odoo.load("account.move", ["id", "state"], [["employee.x", "posted"]])
    with pytest.raises(RefusedError):
        pretend19.odoo.search_read("res.users", [], ["login"])
    paths = [sent.path for sent in sandbox_of(pretend19).requests()]
    assert not [path for path in paths if path.endswith((method, "load", "res.users/search_read"))]


def test_a_record_without_an_external_id_of_ours_is_never_loaded(pretend19: Bench) -> None:
    columns = ["id", "move_type", "invoice_line_ids/name"]
    for fields, row in (
        (["move_type"], ["out_invoice"]),
        (["id", "move_type"], ["other.x", "out_invoice"]),
        (columns, ["employee.x", "out_invoice", "a line that every replay would add again"]),
    ):
        with pytest.raises(RefusedError):
            pretend19.odoo.load("account.move", fields, [row])


# --- dry run -------------------------------------------------------------------------------------


def test_a_dry_run_opens_no_connection_and_shows_the_request(pretend19: Bench) -> None:
    sandbox_of(pretend19).fault("refuse", seconds=30)
    for tool, values in (
        ("odoo_create_partner", {"name": "New"}),
        ("odoo_create_invoice", {"customer": "Acme GmbH", "lines": (untaxed("5.00"),)}),
        ("odoo_post_invoice", {"invoice": "58"}),
        ("odoo_record_payment", {"invoice": "INV/1", "amount": "5.00"}),
        ("odoo_create_credit_note", {"invoice": "INV/1", "reason": "x"}),
    ):
        operation = pretend19.make(tool, **values)
        request = operation.request(pretend19.odoo.settings, Particulars(), "p_preview")
        assert request.url.startswith(f"{sandbox_of(pretend19).url}/json/2/")
        assert operation.headline(Particulars())
    assert sandbox_of(pretend19).requests() == []
    invoice = pretend19.make("odoo_create_invoice", customer="Acme GmbH", lines=(untaxed("5"),))
    body = invoice.request(pretend19.odoo.settings, Particulars(), "p_preview").body
    shown = dict(zip(body["fields"], body["data"][0], strict=True))
    assert shown["partner_id/.id"] == "<id of Acme GmbH>"


def test_what_is_shown_is_what_is_sent_byte_for_byte(pretend19: Bench) -> None:
    attempts = [
        pretend19.propose(tool, **values_for(pretend19, tool)) for tool, _, _ in STEPS[::2]
    ]
    for attempt in attempts:
        shown = attempt.operation.request(
            pretend19.odoo.settings, attempt.proposal.particulars, attempt.mark.key
        )
        sandbox_of(pretend19).forget_requests()
        pretend19.perform(attempt)
        sent = [r for r in sandbox_of(pretend19).requests() if shown.url.endswith(r.path)]
        assert json.loads(sent[0].body) == shown.body


def test_everything_given_by_id_makes_the_preview_exact(pretend19: Bench) -> None:
    """Nothing has to be looked up, so the dry run and the real thing are the same."""
    today = pretend19.odoo.today()
    values: Any = {
        "customer": "9",
        "lines": ({"description": "X", "unit_price": "5.00", "taxes": ("1",)},),
        "invoice_date": today,
        "due_date": today,
    }
    attempt = pretend19.propose("odoo_create_invoice", **values)
    where, key = pretend19.odoo.settings, attempt.mark.key
    blind = attempt.operation.request(where, Particulars(), key).model_dump()
    seen = attempt.operation.request(where, attempt.proposal.particulars, key).model_dump()
    column = seen["body"]["fields"].index("currency_id/.id")
    assert blind["body"]["data"][0].pop(column) == "<id of the company currency>"
    assert seen["body"]["data"][0].pop(column) == "1"
    assert blind == seen


def test_no_library_is_loaded_before_it_is_needed() -> None:
    script = ROOT / ".claude/mcp-servers/odoo-mcp/mcp_server_odoo.py"
    heavy = ["httpx2", "httpcore2", "rapidfuzz", "dateparser", "tenacity", "requests"]
    code = (
        f"import runpy, sys; runpy.run_path({str(script)!r}, run_name='x');"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
