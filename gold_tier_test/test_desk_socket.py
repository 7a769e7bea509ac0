"""The desk behind its socket: the same desk, for whoever may come in."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from conftest import CATALOGUE, KNOWN, LINES, Business
from pretend_shop import GOOD, SHOP, VARIABLES
from test_desk import desk_of, operation
from test_jail import ORDINARY, SETPRIV, needs_bubblewrap
from test_mcp_process import LIST, call

from utils.assembly.ground import Ground
from utils.catalogue import Catalogue
from utils.claude.jail import jail
from utils.core.errors import (
    ConfigurationError,
    DeskFailedError,
    DeskSilentError,
    EmployeeError,
    UnreachableError,
)
from utils.core.lifecycle import Folder, State
from utils.desk_socket.client import NearestDesk
from utils.desk_socket.server import AT_ONCE, DeskServer
from utils.desk_socket.wire import (
    QUESTION_LIMIT,
    QUESTION_S,
    desk_folder,
    error_from,
    hear,
    socket_name,
    told,
)
from utils.redaction import Redactor
from utils.settings import PROJECT_ROOT, load
from utils.tools.arguments import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from utils.approval_gate import Gate
    from utils.desk import Desk


def no_own_desk() -> NoReturn:
    pytest.fail("the desk of this process was asked")


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    for folder in Folder:
        (tmp_path / "AI_Employee" / folder).mkdir(parents=True)
    settings = load(tmp_path, environment=VARIABLES, project_root=tmp_path)
    made = Ground.of(settings, Catalogue((SHOP,)), Redactor()).gate()
    yield made
    made.journal.close()


@pytest.fixture
def own(gate: Gate) -> Desk:
    return desk_of(gate)


@pytest.fixture
def served(gate: Gate, own: Desk) -> Iterator[DeskServer]:
    with DeskServer(own, gate.settings.state_dir, clean=Redactor(["shop-secret-1"]).clean) as made:
        yield made


@pytest.fixture
def desk(gate: Gate, served: DeskServer) -> NearestDesk:
    del served
    return NearestDesk(state_dir=gate.settings.state_dir, own=no_own_desk)


@contextmanager
def connected(state_dir: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as connection, socket_name(desk_folder(state_dir)) as name:
        connection.connect(name)
        connection.settimeout(20)
        yield connection


def answered(state_dir: Path, line: bytes) -> dict[str, Any]:
    """Send bytes as they are; return the answer, {} where none came."""
    with connected(state_dir) as connection:
        try:
            connection.sendall(line)
            return hear(connection, limit_bytes=1 << 20, within_s=20)
        except (EOFError, ConnectionError):
            return {}


# --- the same desk -------------------------------------------------------------------------


def test_every_answer_is_that_of_the_desk_itself(gate: Gate, own: Desk, desk: NearestDesk) -> None:
    wish = operation("shop_create_invoice", **GOOD)
    assert desk.preview(wish) == own.preview(wish)
    shown = desk.submit(wish)
    assert shown["status"] == "pending"
    assert len(gate.journal.in_states([State.PENDING])) == 1
    assert (gate.settings.vault_dir / shown["note"]).is_file()
    assert desk.status(shown["proposal_id"]) == own.status(shown["proposal_id"])
    orders = operation("shop_list_orders", limit=2)
    assert desk.read(orders) == own.read(orders)
    assert desk.whoami(SHOP) == own.whoami(SHOP)


def every_error(base: type[EmployeeError] = EmployeeError) -> list[type[EmployeeError]]:
    return [base, *(kind for child in base.__subclasses__() for kind in every_error(child))]


@pytest.mark.parametrize("kind", every_error())
def test_every_error_says_the_same_on_both_sides(kind: type[EmployeeError]) -> None:
    for error in (kind(), kind("the oven is off")):
        there = error_from(json.loads(json.dumps(told(error, str))))
        assert (str(there), there.hint) == (str(error), error.hint)
        assert (there.transient, there.may_have_happened) == (
            error.transient,
            error.may_have_happened,
        )


def test_what_goes_wrong_at_the_desk_is_raised_at_the_face(desk: NearestDesk) -> None:
    with pytest.raises(UnreachableError, match="shop: connection refused"):
        desk.submit(operation("shop_send_word", text="hello"))


def test_no_secret_crosses_in_an_error(served: DeskServer) -> None:
    question = {"ask": "whoami", "service": "shop-secret-1"}
    assert "shop-secret-1" not in json.dumps(served.answer(question))


OPERATIONS = [kind for service in CATALOGUE.services for kind in service.operations]
#: Values for what declares no example; they cover dates, sums, lists and words of any script.
WITHOUT_EXAMPLE: dict[str, dict[str, Any]] = {
    "odoo_post_invoice": {"invoice": "INV/2026/00017"},
    "odoo_record_payment": {"invoice": "7", "amount": "150.00", "payment_date": "2026-11-20"},
    "odoo_create_bill": {
        "vendor": "Mühle Öz",
        "lines": LINES,
        "reference": "R-1",
        "bill_date": "2026-11-01",
    },
    "odoo_create_credit_note": {"invoice": "7", "reason": "broken ☂"},
    "odoo_create_partner": {"name": "Ada", "is_company": True},
    "odoo_get_partner": {"partner": "Ada"},
    "gmail_read_message": {"message_id": "18c0"},
    "gmail_read_thread": {"thread_id": "18c0"},
}


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.tool)
def test_every_operation_arrives_as_it_was_sent(kind: Any) -> None:
    sent = parse(kind, kind.example or WITHOUT_EXAMPLE.get(kind.tool, {}))[0]
    arrived = parse(kind, json.loads(json.dumps(sent.model_dump(mode="json", exclude_unset=True))))
    assert arrived[0] == sent


def test_the_path_may_be_longer_than_the_system_takes(tmp_path: Path, own: Desk) -> None:
    state = tmp_path / ("a long name for a folder " * 6) / "State"
    with DeskServer(own, state):
        shown = NearestDesk(state_dir=state, own=no_own_desk).preview(
            operation("shop_send_word", text="hello")
        )
    assert shown["status"] == "previewed"


# --- when nobody listens -------------------------------------------------------------------


def test_without_a_listener_the_desk_of_the_process_is_asked(gate: Gate, own: Desk) -> None:
    nearest = NearestDesk(state_dir=gate.settings.state_dir, own=lambda: own)
    wish = operation("shop_create_invoice", **GOOD)
    assert nearest.preview(wish) == own.preview(wish)
    assert nearest.submit(wish)["status"] == "pending"


def test_a_dead_socket_counts_as_nobody(gate: Gate, own: Desk) -> None:
    folder = desk_folder(gate.settings.state_dir)
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folder / "desk.sock"))
    nearest = NearestDesk(state_dir=gate.settings.state_dir, own=lambda: own)
    assert nearest.preview(operation("shop_send_word", text="hello"))["status"] == "previewed"
    with DeskServer(own, gate.settings.state_dir):
        assert NearestDesk(state_dir=gate.settings.state_dir, own=no_own_desk).preview(
            operation("shop_send_word", text="hello")
        )


@contextmanager
def listener(state_dir: Path, answer: bytes, heard: list[bytes]) -> Iterator[None]:
    """A desk that says what it is told to, and counts who comes."""
    folder = desk_folder(state_dir)
    folder.mkdir(exist_ok=True)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "desk.sock"))
        listening.listen(8)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection, connection.makefile("rb") as file:
                    heard.append(file.readline())
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_preview_costs_one_round_trip(gate: Gate) -> None:
    heard: list[bytes] = []
    with listener(gate.settings.state_dir, b'{"answer": {"status": "previewed"}}\n', heard):
        nearest = NearestDesk(state_dir=gate.settings.state_dir, own=no_own_desk)
        assert nearest.preview(operation("shop_send_word", text="hello"))
    assert len(heard) == 1


@pytest.mark.parametrize("answer", [b"", b'{"answer": {"sta', b"not JSON\n", b"[]\n"])
def test_a_submission_without_a_whole_answer_is_not_made_again(gate: Gate, answer: bytes) -> None:
    """Promise 5: it may have been taken in."""
    heard: list[bytes] = []
    with listener(gate.settings.state_dir, answer, heard):
        nearest = NearestDesk(state_dir=gate.settings.state_dir, own=no_own_desk)
        with pytest.raises(DeskSilentError) as caught:
            nearest.submit(operation("shop_create_invoice", **GOOD))
    assert len(heard) == 1
    assert "Pending_Approval" in caught.value.hint


# --- whoever asks counts as the model ------------------------------------------------------

VALUES = {"customer": "Ada", "lines": [{"text": "Rye", "unit_price": "4.50"}]}


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"ask": "perform", "tool": "shop_create_invoice", "values": VALUES},
        {"ask": "grant", "id": "p-abc2345678"},
        {"ask": "resume"},
        {"ask": "submit", "tool": "shop_list_orders", "values": {}},
        {"ask": "read", "tool": "shop_create_invoice", "values": VALUES},
        {"ask": "submit", "tool": "shop_create_invoice", "values": {"dry_run": False, **VALUES}},
        {"ask": "submit", "tool": "shop_create_invoice", "values": {"origin": "owner", **VALUES}},
        {"ask": "submit", "tool": "shop_create_invoice", "values": [VALUES]},
        {"ask": "submit", "tool": ["shop_create_invoice"], "values": VALUES},
        {"ask": "submit", "tool": "shop_buy_everything", "values": {}},
        {"ask": "status", "id": 7},
        {"ask": "status", "id": "p-abc2345678"},
        {"ask": "whoami", "service": "bank"},
    ],
)
def test_nothing_but_a_desk_is_to_be_had(
    gate: Gate, served: DeskServer, question: dict[str, Any]
) -> None:
    """Promise 1: nothing live without a Grant."""
    del served
    said = answered(gate.settings.state_dir, json.dumps(question).encode() + b"\n")
    assert set(said) == {"error", "detail"}
    assert said["error"] != "DeskFailedError"
    assert not gate.journal.in_states(list(State))


def test_a_submission_over_the_socket_comes_from_the_model(gate: Gate, desk: NearestDesk) -> None:
    shown = desk.submit(operation("shop_create_invoice", **GOOD))
    tracked = gate.journal.find(shown["proposal_id"])
    assert tracked
    assert str(tracked.proposal.origin) == "mcp"


@pytest.mark.parametrize(
    "line",
    [
        b"hello\n",
        b"[]\n",
        b"\n",
        b"\xff\xfe\n",
        b'{"ask": NaN}\n' * 3,
        b"[" * 50_000 + b"\n",
        b"x" * (QUESTION_LIMIT + 2),
    ],
    ids=["words", "list", "empty", "no text", "three", "deep", "long"],
)
def test_a_line_that_is_no_question_hurts_nobody(
    gate: Gate, desk: NearestDesk, line: bytes
) -> None:
    said = answered(gate.settings.state_dir, line)
    assert said.get("error", "InvalidValueError") in {"InvalidValueError", "DeskFailedError"}
    assert desk.preview(operation("shop_send_word", text="hello"))["status"] == "previewed"


def test_an_answer_that_does_not_fit_is_said_to_be_too_long(
    own: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.desk_socket.server.ANSWER_LIMIT", 200)
    question = {"ask": "preview", "tool": "shop_create_invoice", "values": VALUES}
    with DeskServer(own, tmp_path / "State") as server:
        said = server.answer(question)
    assert said["error"] == "InvalidValueError"


def test_a_question_that_only_drips_is_not_waited_for() -> None:
    here, there = socket.socketpair()
    with here, there:
        stop = threading.Event()

        def drip() -> None:
            while not stop.wait(0.02):
                there.send(b"x")

        dripping = threading.Thread(target=drip)
        dripping.start()
        began = monotonic()
        with pytest.raises(TimeoutError):
            hear(here, limit_bytes=QUESTION_LIMIT, within_s=0.3)
        assert monotonic() - began < 5
        stop.set()
        dripping.join()


def test_only_so_many_are_heard_at_once(gate: Gate, desk: NearestDesk) -> None:
    state_dir = gate.settings.state_dir
    with ExitStack() as stack:
        idle = [stack.enter_context(connected(state_dir)) for _ in range(AT_ONCE)]
        # Each has sent half a line, so each is being heard before one more comes.
        for connection in idle:
            connection.sendall(b'{"ask"')
        until = monotonic() + 20
        while answered(state_dir, b"{}\n").get("error") != "DeskFailedError":
            assert monotonic() < until
    until = monotonic() + 20
    while answered(state_dir, b"{}\n").get("error") == "DeskFailedError":
        assert monotonic() < until
    assert desk.preview(operation("shop_send_word", text="hello"))


def test_who_comes_and_says_nothing_keeps_no_place_for_long(gate: Gate, desk: NearestDesk) -> None:
    with ExitStack() as stack:
        for _ in range(AT_ONCE):
            stack.enter_context(connected(gate.settings.state_dir))
        state_dir, until = gate.settings.state_dir, monotonic() + QUESTION_S / 2
        while answered(state_dir, b"{}\n").get("error") != "DeskFailedError":
            assert monotonic() < until, "they have every place"
        while True:
            with suppress(DeskFailedError, DeskSilentError):
                assert desk.preview(operation("shop_send_word", text="hello"))
                break
            assert monotonic() < until


def test_nobody_else_may_even_knock(gate: Gate, served: DeskServer) -> None:
    del served
    folder = desk_folder(gate.settings.state_dir)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "desk.sock").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in folder.iterdir()] == ["desk.sock"]


@pytest.mark.skipif(
    os.getuid() != 0 or SETPRIV is None or not os.access("/usr/bin/python3", os.X_OK),
    reason="only the superuser can become another",
)
def test_another_users_process_is_not_heard_even_where_the_door_stands_open(own: Desk) -> None:
    script = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
        "s.sendall(b'{}\\n'); s.settimeout(20); print(s.recv(100))"
    )
    place = PROJECT_ROOT / "gold_tier_test" / "artefacts" / f"desk-{os.getpid()}"
    place.mkdir(parents=True)
    try:
        with DeskServer(own, place):
            path = desk_folder(place) / "desk.sock"
            path.chmod(0o666)
            path.parent.chmod(0o755)
            knock = ["/usr/bin/python3", "-c", script, str(path)]
            ours = subprocess.run(knock, capture_output=True, text=True, check=False)
            theirs = subprocess.run(
                [str(SETPRIV), *ORDINARY, *knock], capture_output=True, text=True, check=False
            )
    finally:
        shutil.rmtree(place)
    assert "InvalidValueError" in ours.stdout
    assert theirs.stdout.strip() in {"b''", ""}
    assert "Permission" not in theirs.stderr


# --- as processes --------------------------------------------------------------------------


@contextmanager
def desk_process(business: Business) -> Iterator[None]:
    """The desk's own process, which alone knows how to reach Odoo."""
    environment = os.environ | business.odoo.environment() | {"EMPLOYEE_HOME": str(business.home)}
    environment = {k: v for k, v in environment.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    command = [sys.executable, "-m", "watchers.desk_watcher", "--attached"]
    with subprocess.Popen(
        command, env=environment, cwd=PROJECT_ROOT, stdin=subprocess.PIPE
    ) as process:
        assert process.stdin
        try:
            path = desk_folder(business.engine.settings.state_dir) / "desk.sock"
            until = monotonic() + 60
            while not path.exists():
                assert process.poll() is None
                assert monotonic() < until
                threading.Event().wait(0.05)
            yield
        finally:
            process.stdin.close()
            process.wait(20)


SERVER = PROJECT_ROOT / ".claude/mcp-servers/odoo-mcp/mcp_server_odoo.py"
WISH = {"customer": KNOWN, "lines": LINES}


def asked(command: list[str], environment: dict[str, str]) -> list[dict[str, Any]]:
    """Have an MCP server answer: its tools, a dry run, a submission."""
    requests = (
        LIST,
        call("odoo_create_invoice", **WISH),
        call("odoo_create_invoice", **WISH, dry_run=False),
    )
    envelope = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "probe", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    lines = [
        {"jsonrpc": "2.0", "id": n, **each, "params": each["params"] | {"_meta": envelope}}
        for n, each in enumerate(requests)
    ]
    answers = []
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        for line in lines:
            process.stdin.write(json.dumps(line) + "\n")
            process.stdin.flush()
            answers.append(json.loads(process.stdout.readline())["result"])
        process.stdin.close()
    return answers


def assert_asked_at_the_desk(business: Business, answers: list[dict[str, Any]]) -> None:
    preview, pending = (each["structuredContent"] for each in answers[1:])
    assert preview["status"] == "previewed"
    assert preview["request"]["url"].startswith(business.odoo.url)
    assert pending["status"] == "pending"
    assert business.path(Folder.PENDING, pending["note"].rpartition("/")[2]).is_file()
    assert not business.effects()


def test_a_server_without_any_secret_asks_through_the_desks_process(business: Business) -> None:
    with desk_process(business):
        environment = {"PATH": os.environ["PATH"], "EMPLOYEE_HOME": str(business.home)}
        answers = asked([sys.executable, str(SERVER)], environment)
    assert_asked_at_the_desk(business, answers)


@needs_bubblewrap
def test_a_server_in_the_jail_asks_through_the_desks_process(
    business: Business, tmp_path: Path
) -> None:
    program = tmp_path / "claude"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    variables = {"CLAUDE_COMMAND": str(program), "ANTHROPIC_API_KEY": "k"}
    settings = load(business.home, environment=variables, project_root=PROJECT_ROOT)
    python = str(PROJECT_ROOT / ".venv/bin/python")
    with desk_process(business), jail(settings) as made:
        inside = made.command(python, str(SERVER))
        assert_asked_at_the_desk(business, asked(inside, made.environment))
    with jail(settings) as made:
        said = asked(made.command(python, str(SERVER)), made.environment)[1]
    assert said["isError"]
    assert "The employee is not running" in said["content"][0]["text"]


def test_a_desk_is_served_once_for_a_home(business: Business) -> None:
    with desk_process(business):
        environment = os.environ | {"EMPLOYEE_HOME": str(business.home)}
        done = subprocess.run(
            [sys.executable, "-m", "watchers.desk_watcher", "--once"],
            env=environment,
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "already running" in done.stderr


def test_a_service_that_is_not_set_up_says_so_through_the_socket(
    gate: Gate, tmp_path: Path
) -> None:
    from dataclasses import replace  # noqa: PLC0415

    bare = load(tmp_path, environment={}, project_root=tmp_path)
    with DeskServer(replace(desk_of(gate), settings=bare), tmp_path / "State"):
        nearest = NearestDesk(state_dir=tmp_path / "State", own=no_own_desk)
        with pytest.raises(ConfigurationError, match="SHOP_URL"):
            nearest.preview(operation("shop_send_word", text="hello"))
