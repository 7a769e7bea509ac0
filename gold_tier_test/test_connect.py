"""`connect SERVICE`, judged by the bytes it leaves, and the daemon that takes them up."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest
from conftest import Business
from daemon_bench import until
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.core.errors import ConfigurationError
from utils.core.lifecycle import State
from utils.credentials.settings_watch import SettingsWatch
from utils.environment.env_file import with_variables, write_variables
from utils.sandbox.gmail import PretendGmail
from utils.sandbox.gmail_consent import CLIENT_SECRET
from utils.sandbox.graph import APP_KEY, PretendGraph
from utils.sandbox.graph_state import PAGE_ID, TOKENS
from utils.sandbox.odoo import PretendOdoo
from utils.settings import PROJECT_ROOT, load

PAUSE = threading.Event()
OLD = b"# mine\n\nOWNER_NAME='Ada  B.' # me\nODOO_DB=old\nLAST=1"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@dataclass
class Desk:
    """An owner at a keyboard without a terminal: what is typed comes from standard input."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> Path:
        return self.home / ".env"

    def start(self, *command: str, terminal: int | None = None) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE if terminal is None else terminal
        clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        own = {"EMPLOYEE_HOME": str(self.home), "HTTP_TIMEOUT_SECONDS": "5", "COLUMNS": "80"}
        return subprocess.Popen(
            [sys.executable, "orchestrator.py", *command],
            cwd=PROJECT_ROOT,
            env=clean | own | self.variables,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )

    def connect(self, *words: str, typed: str = "") -> tuple[int, str, str]:
        process = self.start("connect", *words)
        said, wrong = process.communicate(typed, timeout=60)
        return process.returncode, said, wrong


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    home = tmp_path / "home"
    home.mkdir()
    return Desk(home)


def answers(odoo: PretendOdoo, **other: str) -> str:
    """What is typed for Odoo: its address, its database and the key."""
    known = odoo.environment() | other
    return "".join(f"{known[name]}\n" for name in ("ODOO_URL", "ODOO_DB", "ODOO_API_KEY"))


# --- .env -----------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    value=st.text(st.characters(codec="utf-8")),
    before=st.sampled_from(["", "A=1", "A=1\r\n", "\ufeff# x\n", "X=1\nB='2 3'\nX=4 # y\n"]),
)
def test_whatever_is_written_is_read_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, value: str, before: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.env"
    path.write_bytes(before.encode())
    others = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
    write_variables(path, {"X": value})
    assert dotenv_values(path, interpolate=False, encoding="utf-8-sig") == others | {"X": value}
    assert mode_of(path) == 0o600


@pytest.mark.parametrize(
    "value", ["a#b", "a #b", "it's", 'say "x"', "$HOME ${HOME}", "a\\", "\\n", " x ", "'", "\\'"]
)
def test_awkward_values_come_back_as_they_were(tmp_path: Path, value: str) -> None:
    write_variables(tmp_path / ".env", {"ODOO_API_KEY": value})
    assert load(tmp_path, environment={}).variables["ODOO_API_KEY"] == value


def test_all_other_lines_stay_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    old = b"\n = ?\nBROKEN LINE\r\n\texport A = 1 # one\n" + OLD
    path.write_bytes(old)
    write_variables(path, {"ODOO_DB": "new one", "ODOO_URL": "http://x"})
    changed = old.replace(b"ODOO_DB=old", b"ODOO_DB='new one'")
    assert (
        path.read_bytes().replace(b"\r", b"")
        == changed.replace(b"\r", b"") + b"\nODOO_URL=http://x\n"
    )


def test_a_variable_set_twice_stands_there_once() -> None:
    assert with_variables("A=secret\nB=2\nA=older\n", {"A": "new"}) == "A=new\nB=2\n"


def test_an_open_quote_swallows_nothing(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"NOTE='it\n")
    with pytest.raises(ConfigurationError, match="quote"):
        write_variables(path, {"ODOO_API_KEY": "a b"})
    assert path.read_bytes() == b"NOTE='it\n"


# --- every service but Gmail ------------------------------------------------------------------


def test_a_right_key_is_written_for_the_owner_alone(desk: Desk, odoo: PretendOdoo) -> None:
    desk.env.write_bytes(OLD)
    desk.env.chmod(0o644)
    status, said, wrong = desk.connect("odoo", typed=answers(odoo))
    assert (status, wrong) == (0, "")
    known = odoo.environment()
    added = f"\nODOO_URL={known['ODOO_URL']}\nODOO_API_KEY={known['ODOO_API_KEY']}\n"
    changed = OLD.replace(b"ODOO_DB=old", f"ODOO_DB={known['ODOO_DB']}".encode())
    assert desk.env.read_bytes() == changed + added.encode()
    assert mode_of(desk.env) == 0o600
    assert "docs/services/odoo.md" in said
    assert known["ODOO_API_KEY"] not in said


def test_a_wrong_key_leaves_everything_as_it_was(desk: Desk, odoo: PretendOdoo) -> None:
    desk.env.write_bytes(OLD)
    desk.env.chmod(0o644)
    typed = answers(odoo, ODOO_API_KEY="wrong-key-8d1f")
    status, said, wrong = desk.connect("odoo", typed=typed)
    assert status == 1
    assert (desk.env.read_bytes(), mode_of(desk.env)) == (OLD, 0o644)
    assert list(desk.home.iterdir()) == [desk.env]
    assert "Nothing was written" in wrong
    assert len(wrong.splitlines()) == 1
    assert "wrong-key-8d1f" not in said + wrong


def test_an_empty_answer_keeps_what_is_set(desk: Desk, odoo: PretendOdoo) -> None:
    known = odoo.environment()
    write_variables(desk.env, {name: known[name] for name in ("ODOO_URL", "ODOO_DB")})
    before = desk.env.read_bytes()
    assert desk.connect("odoo", typed=f"\n\n{known['ODOO_API_KEY']}\n")[0] == 0
    assert desk.env.read_bytes() == before + f"ODOO_API_KEY={known['ODOO_API_KEY']}\n".encode()


@pytest.mark.parametrize(
    ("words", "typed", "what"),
    [
        (["shop"], "", "“shop”: there are odoo"),
        (
            ["odo"],
            "",
            "There is no service of that name. (“odo”: did you mean odoo? there are odoo,",
        ),
        (["odoo", "--send"], "", "--send belongs to gmail"),
        (["odoo"], "http://x\n", "got no answer, so nothing was written. (ODOO_DB)"),
        (["odoo"], "http://x\u200b\n", "cannot be seen"),
        (["odoo"], "x\ny\nz\n", "ODOO_URL does not fit"),
        (["odoo"], "http://127.0.0.1:9\ny\nz\n", "is the address right"),
        (["odoo"], "\n\n\n", "not set: ODOO_URL, ODOO_DB, ODOO_API_KEY"),
        (["gmail"], "", "Desktop app"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    desk: Desk, words: list[str], typed: str, what: str
) -> None:
    status, _, wrong = desk.connect(*words, typed=typed)
    assert (status, len(wrong.splitlines())) == (1, 1)
    assert what in wrong
    assert not desk.env.exists()


def test_at_a_terminal_what_was_typed_is_kept_until_it_works(
    desk: Desk, odoo: PretendOdoo
) -> None:
    known = odoo.environment()
    ours, theirs = pty.openpty()
    process = desk.start("connect", "odoo", terminal=theirs)
    os.close(theirs)
    said = b""
    wrong = [known["ODOO_URL"], "two\u200bwords", known["ODOO_DB"], "wrong-key-8d1f"]
    for answer in (*wrong, "", "", known["ODOO_API_KEY"]):
        said += shown_until(ours, b"> ")
        os.write(ours, f"{answer}\n".encode())
    said += shown_until(ours, b"takes this up")
    assert process.wait(20) == 0
    os.close(ours)
    assert b"ODOO_DB holds characters that cannot be seen" in said
    assert b"It does not work like this: " in said
    assert b"(Enter: kept as it is)" in said
    assert not [key for key in (b"wrong-key-8d1f", known["ODOO_API_KEY"].encode()) if key in said]
    written = dotenv_values(desk.env)
    assert written == {name: known[name] for name in ("ODOO_URL", "ODOO_DB", "ODOO_API_KEY")}


def shown_until(terminal: int, wanted: bytes) -> bytes:
    said = b""
    while wanted not in said:
        said += os.read(terminal, 4096)
    return said


def test_it_says_when_the_environment_wins_over_what_it_wrote(
    desk: Desk, odoo: PretendOdoo
) -> None:
    desk.variables["ODOO_DB"] = "elsewhere"
    status, said, _ = desk.connect("odoo", typed=answers(odoo))
    assert status == 0
    assert "ODOO_DB is also set in the environment" in said
    assert "ODOO_URL is also" not in said


# --- Gmail ------------------------------------------------------------------------------------


@pytest.fixture
def gmail(desk: Desk) -> Iterator[PretendGmail]:
    with PretendGmail() as service:
        (desk.home / "client.json").write_text(json.dumps(service.client()))
        desk.variables |= {
            "GMAIL_API_URL": service.url,
            "GMAIL_CREDENTIALS_FILE": "client.json",
            # The pretend Google speaks plain HTTP.
            "OAUTHLIB_INSECURE_TRANSPORT": "1",
        }
        yield service


def visit(url: str) -> tuple[int, str]:
    """Open an address as a browser does; return the status and where it leads."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=10)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer = connection.getresponse()
        return answer.status, answer.getheader("location", "")
    finally:
        connection.close()


def url_of(process: subprocess.Popen[str]) -> tuple[str, str]:
    """The address that the owner is to open, and all that was said before.

    Raises:
        AssertionError: It ended before.
    """
    said = ""
    assert process.stdout
    for line in process.stdout:
        if line.startswith("http"):
            return line.strip(), said
        said += line
    raise AssertionError(said + (process.stderr.read() if process.stderr else ""))


def ended(process: subprocess.Popen[str], typed: str | None = None) -> tuple[int, str]:
    said, wrong = process.communicate(typed, timeout=30)
    return process.returncode, said + wrong


def test_the_sign_in_is_kept_where_the_mail_is_read_from(desk: Desk, gmail: PretendGmail) -> None:
    process = desk.start("connect", "gmail")
    url, before = url_of(process)
    assert "7 days" in before
    assert "connect gmail --send" in " ".join(before.split())
    assert parse_qs(urlsplit(url).query)["scope"] == [
        "https://www.googleapis.com/auth/gmail.readonly"
    ]
    _, back = visit(url)
    assert visit(back)[0] == 200
    status, after = ended(process)
    assert status == 0, after
    token = desk.home / "Vault/State/gmail-token.json"
    kept = json.loads(token.read_text())
    assert mode_of(token) == 0o600
    assert kept["scopes"] == ["https://www.googleapis.com/auth/gmail.readonly"]
    assert desk.env.read_text() == "GMAIL_TOKEN_FILE=Vault/State/gmail-token.json\n"
    assert [path.name for path in token.parent.iterdir()] == [token.name]
    secrets = (kept["refresh_token"], CLIENT_SECRET, parse_qs(urlsplit(back).query)["code"][0])
    assert not [secret for secret in secrets if secret in before + url + after]
    tested = subprocess.run(
        [sys.executable, ".claude/mcp-servers/gmail-mcp/mcp_server_email.py", "--test"],
        cwd=PROJECT_ROOT,
        env=os.environ | {"EMPLOYEE_HOME": str(desk.home), "GMAIL_API_URL": gmail.url},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "owner@bakery.example" in tested.stdout


def test_a_sign_in_that_google_ends_after_a_week_says_on_which_day(
    desk: Desk, gmail: PretendGmail
) -> None:
    gmail.set_testing()
    process = desk.start("connect", "gmail")
    url, _ = url_of(process)
    visit(visit(url)[1])
    status, after = ended(process)
    assert status == 0, after
    said = re.search(r"It ends on ([0-9-]+)", " ".join(after.split()))
    assert said
    assert timedelta(6) <= date.fromisoformat(said[1]) - datetime.now(UTC).date() <= timedelta(7)


@pytest.mark.usefixtures("gmail")
def test_a_pasted_address_does_the_same_and_strangers_are_passed_over(desk: Desk) -> None:
    process = desk.start("connect", "gmail", "--send")
    url, _ = url_of(process)
    _, back = visit(url)
    forged = back.replace("state=", "state=x")
    assert visit(forged)[0] == 404
    status, said = ended(process, f"{forged}\nwhat?\n{back}\n")
    assert status == 0, said
    kept = json.loads((desk.home / "Vault/State/gmail-token.json").read_text())
    assert [one.rpartition(".")[2] for one in kept["scopes"]] == ["readonly", "compose"]


@pytest.mark.parametrize(
    ("ticks", "what"), [([], "did not allow"), (["gmail.readonly"], "writing mails")]
)
def test_a_sign_in_that_is_not_allowed_leaves_the_old_one(
    desk: Desk, gmail: PretendGmail, ticks: list[str], what: str
) -> None:
    token = desk.home / "old.json"
    token.write_bytes(b"old")
    desk.variables["GMAIL_TOKEN_FILE"] = "old.json"
    gmail.tick(*ticks)
    process = desk.start("connect", "gmail", "--send")
    visit(visit(url_of(process)[0])[1])
    status, said = ended(process)
    assert (status, token.read_bytes()) == (1, b"old")
    assert what in said
    assert not desk.env.exists()


def test_a_sign_in_that_gmail_does_not_take_is_not_kept(desk: Desk, gmail: PretendGmail) -> None:
    gmail.fault("status", path="/gmail/v1/users/me/profile", status=403, times=9)
    process = desk.start("connect", "gmail")
    visit(visit(url_of(process)[0])[1])
    status, said = ended(process)
    assert (status, "Nothing was written" in said) == (1, True)
    assert sorted(path.name for path in desk.home.rglob("*.json")) == ["client.json"]


@pytest.mark.usefixtures("gmail")
def test_control_c_ends_it_at_once_and_writes_nothing(desk: Desk) -> None:
    process = desk.start("connect", "gmail")
    url_of(process)
    process.send_signal(signal.SIGINT)
    status, said = ended(process)
    assert (status, "Traceback" in said) == (1, False)
    assert not desk.env.exists()


# --- the daemon takes it up ------------------------------------------------------------------


def test_a_change_counts_once_when_it_has_settled(tmp_path: Path) -> None:
    watch = SettingsWatch(lambda: load(tmp_path, environment={}), every_s=0)
    assert not watch.changed()
    write_variables(tmp_path / ".env", {"OWNER_NAME": "Ada"})
    assert [watch.changed() for _ in range(3)] == [False, True, False]


def test_settings_that_cannot_be_used_change_nothing(tmp_path: Path) -> None:
    watch = SettingsWatch(lambda: load(tmp_path, environment={}), every_s=0)
    write_variables(tmp_path / ".env", {"HOLD_SECONDS": "soon"})
    assert [watch.changed() for _ in range(3)] == [False, False, False]
    write_variables(tmp_path / ".env", {"HOLD_SECONDS": "5"})
    assert [watch.changed() for _ in range(2)] == [False, True]


def test_a_new_sign_in_counts_too(tmp_path: Path) -> None:
    variables = {"GMAIL_TOKEN_FILE": "token.json"}
    watch = SettingsWatch(lambda: load(tmp_path, environment=variables), every_s=0)
    (tmp_path / "token.json").write_bytes(b"{}")
    assert [watch.changed() for _ in range(2)] == [False, True]


def test_what_waits_for_a_sign_in_is_tried_at_once_with_new_settings(business: Business) -> None:
    asked = business.submit()
    business.engine.switch.stop(how="a test")
    business.approve(asked)
    business.restart(ODOO_API_KEY="wrong-key")
    business.engine.switch.resume()
    business.tick(seconds=1)
    assert business.state(asked) is State.WAITING
    business.tick(seconds=1)
    assert business.found(asked.id).attempts == 1
    business.restart(ODOO_API_KEY=business.odoo.environment()["ODOO_API_KEY"])
    business.tick()
    assert business.state(asked) is State.DONE
    assert len(business.effects()) == 1


def test_the_daemon_takes_new_credentials_up_and_what_waited_goes_out_once(
    business: Business,
) -> None:
    desk = Desk(business.home)
    known = business.odoo.environment() | {"ODOO_API_KEY": "wrong-key"}
    write_variables(desk.env, known | {"HOLD_SECONDS": "0", "STAND_SECONDS": "0"})
    asked = business.submit()
    business.engine.switch.stop(how="a test")
    assert business.approve(asked).state is State.GRANTED
    business.engine.switch.resume()
    process = desk.start("run")
    try:
        assert until(lambda: business.state(asked) is State.WAITING)
        old = psutil.Process(process.pid).children()
        assert desk.connect("odoo", typed=answers(business.odoo))[0] == 0
        assert until(lambda: business.state(asked) is State.DONE, seconds=40)
        assert len(business.effects()) == 1
        assert not any(child.is_running() for child in old)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


# --- Facebook -------------------------------------------------------------------------------

SHORT = TOKENS["user"]


@pytest.fixture
def graph(desk: Desk) -> Iterator[PretendGraph]:
    with PretendGraph() as service:
        # As the Graph API Explorer gives it: good for an hour.
        service.set_expiry("user", datetime.now(UTC) + timedelta(hours=1))
        desk.variables |= {"FACEBOOK_GRAPH_URL": service.url}
        yield service


def test_facebooks_short_token_becomes_a_pages_own_that_does_not_end(
    desk: Desk, graph: PretendGraph
) -> None:
    status, said, wrong = desk.connect("facebook", typed=f"{SHORT}\n{APP_KEY}\n")
    assert status == 0, wrong + said
    kept = dotenv_values(desk.env)
    assert (kept["FACEBOOK_PAGE_ID"], kept["FACEBOOK_PAGE_TOKEN"]) == (PAGE_ID, TOKENS["page"])
    assert kept["FACEBOOK_APP_SECRET"] == APP_KEY
    assert SHORT not in desk.env.read_text()
    assert mode_of(desk.env) == 0o600
    assert "It allows: publishing" in said
    for secret in (SHORT, APP_KEY, TOKENS["page"]):
        assert secret not in said + wrong
    assert not [sent.path for sent in graph.requests() if APP_KEY in sent.path]
    [exchange] = [sent for sent in graph.requests() if "oauth" in sent.path]
    assert (exchange.method, exchange.path) == ("POST", "/v26.0/oauth/access_token")


def test_a_pages_own_token_is_taken_as_it_is(desk: Desk, graph: PretendGraph) -> None:
    status, said, wrong = desk.connect("facebook", typed=f"{TOKENS['page']}\n")
    assert status == 0, wrong + said
    kept = dotenv_values(desk.env)
    assert (kept["FACEBOOK_PAGE_ID"], kept["FACEBOOK_PAGE_TOKEN"]) == (PAGE_ID, TOKENS["page"])
    assert not [sent for sent in graph.requests() if "oauth" in sent.path]


@pytest.mark.usefixtures("graph")
@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (f"{SHORT}\n\n", "within two hours"),
        (f"{SHORT}\nwrong-secret\n", "Error validating application"),
        ("EAAnonsense\n", "token"),
    ],
)
def test_what_facebook_does_not_take_is_written_nowhere(desk: Desk, typed: str, why: str) -> None:
    status, said, wrong = desk.connect("facebook", typed=typed)
    assert status == 1
    assert why in wrong + said
    assert not desk.env.exists()
    assert "Traceback" not in wrong


def test_an_app_in_development_mode_and_a_missing_right_are_told(
    desk: Desk, graph: PretendGraph
) -> None:
    graph.set_app_live(live=False)
    graph.take_scope("page", "read_insights")
    _, said, _ = desk.connect("facebook", typed=f"{SHORT}\n{APP_KEY}\n")
    assert "But: The app is in Development mode" in said
    assert "But: The token lacks read_insights" in said


# --- the others -----------------------------------------------------------------------------


def test_what_odoo_allows_is_told(desk: Desk, odoo: PretendOdoo) -> None:
    status, said, _ = desk.connect("odoo", typed=answers(odoo))
    assert status == 0
    assert "making invoices and bills" in said
    known = odoo.environment_of("auditor")
    _, said, _ = desk.connect("odoo", typed=f"\n\n{known['ODOO_API_KEY']}\n")
    assert "But: The robot user lacks the right for making invoices" in said


def test_whatsapp_is_connected_with_a_folder_that_is_there(desk: Desk) -> None:
    folder = desk.home / "chats"
    typed = f"export\n{folder}\n\n\n\n"
    status, _, wrong = desk.connect("whatsapp", typed=typed)
    assert status == 1
    assert "is no folder" in wrong
    assert not desk.env.exists()
    folder.mkdir()
    (folder / "chat.txt").write_text("x")
    status, said, wrong = desk.connect("whatsapp", typed=typed)
    assert status == 0, wrong
    assert "1 there now" in " ".join(said.split())
    assert dotenv_values(desk.env) == {"WHATSAPP_EXPORT_DIR": str(folder)}
