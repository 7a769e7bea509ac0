"""The jail as it stands, by what a script can do in it. Needs bubblewrap."""

from __future__ import annotations

import json
import os
import pty
import shutil
import socket
import subprocess
import sys
import termios
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, override

import pytest

from utils.claude.access import Access
from utils.claude.jail import Jail, jail
from utils.claude.model_gate import ModelGate
from utils.claude.model_requests import TokenCount, reaches_further
from utils.claude.mounts import AGENT_HOME, Layout, arguments
from utils.claude.refused_calls import call_filter
from utils.core.errors import ClaudeMissingError, ConfigurationError, JailMissingError
from utils.core.lifecycle import Folder
from utils.settings import PROJECT_ROOT, Settings, load
from utils.system.private_server import Serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BWRAP = shutil.which("bwrap")
SETPRIV = shutil.which("setpriv")


def bubblewrap_works() -> bool:
    tried = [str(BWRAP), "--unshare-user", "--ro-bind", "/", "/", "true"]
    return BWRAP is not None and subprocess.run(tried, check=False).returncode == 0


needs_bubblewrap = pytest.mark.skipif(
    not bubblewrap_works(), reason="bubblewrap is missing or not permitted here"
)
#: An ordinary user, to whom a file's mode means something.
USER = 64_321
KEY = "sk-the-owners-own-key"
ORDINARY = ("--reuid", str(USER), "--regid", str(USER), "--clear-groups", "--")


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that an ordinary user reaches, too."""
    made = tmp_path_factory.mktemp("jail")
    for each in (made, *made.parents[:2]):
        if each.stat().st_uid == os.getuid() and each != Path("/tmp"):  # noqa: S108
            each.chmod(0o755)
    return made


def owners_place(root: Path, home: Path) -> None:
    """Put a project and a home down, each with something worth stealing."""
    (root / ".claude").mkdir(parents=True)
    shutil.copytree(PROJECT_ROOT / ".claude/hooks", root / ".claude/hooks")
    for name in ("settings.json", "settings.local.json"):
        (root / ".claude" / name).write_text("{}")
    (root / "utils/claude").mkdir(parents=True)
    shutil.copy(PROJECT_ROOT / "utils/claude/inside.py", root / "utils/claude")
    (root / ".mcp.json").write_text('{"mcpServers": {}}')
    (root / ".git").mkdir()
    (root / ".git/config").write_text("token=SECRET")
    for folder in Folder:
        (home / "AI_Employee" / folder).mkdir(parents=True)
    (home / "AI_Employee/Company_Handbook.md").write_text("how it works")
    (home / "AI_Employee/.obsidian").mkdir()
    (home / "AI_Employee/Pending_Approval/x.md").write_text("approve: [ ]")
    for name in ("State", "Logs"):
        (home / "Vault" / name).mkdir(parents=True)
    (home / "Vault/State/journal.sqlite3").write_text("SECRET")
    for each in {root, home}:
        (each / ".env").write_text("ODOO_API_KEY=SECRET")
        (each / ".env.local").write_text("SECRET")
    (home / "token.json").write_text("SECRET")


def fake_claude(folder: Path, script: str) -> Path:
    """A program in Claude Code's place that does what a test wants done inside."""
    folder.mkdir(exist_ok=True)
    program = folder / "claude"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


@pytest.fixture(params=["together", "apart"])
def owner(request: pytest.FixtureRequest, place: Path) -> Settings:
    """An owner whose home is the project, or lies elsewhere; there are blanks in both paths."""
    root = place / "the project"
    home = root if request.param == "together" else place / "my home"
    owners_place(root, home)
    fake_claude(place / "bin", "true")
    environment = {
        "PATH": f"{place / 'bin'}:/usr/bin:/bin",
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
        "GMAIL_TOKEN_FILE": "token.json",
    }
    return load(home, environment=environment, project_root=root)


def run(made: Jail, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        made.command(*command),
        env=made.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def everything(settings: Settings) -> dict[str, tuple[bytes, int]]:
    """Every file below the project and the home, but what the agent may write."""
    return {
        str(path): (path.read_bytes(), path.stat().st_nlink)
        for root in {settings.project_root, settings.home}
        for path in sorted(root.rglob("*"))
        if path.is_file() and not {"Plans", "claude"} & set(path.parts)
    }


#: What an agent might try; $V is the vault, $H the home, $P the project.
MOVES = [
    'mv "$V/Pending_Approval/x.md" "$V/Approved/"',
    'cp "$V/Pending_Approval/x.md" "$V/Approved/"',
    'ln "$V/Pending_Approval/x.md" "$V/Plans/x.md"',
    'ln -s "$V/Approved" "$V/Plans/a"; echo x > "$V/Plans/a/x.md"',
    'echo "- [x]" >> "$V/Pending_Approval/x.md"',
    'sed -i "s/\\[ \\]/[x]/" "$V/Pending_Approval/x.md"',
    'touch "$V/Approved/x.md" "$V/Rejected/x.md" "$V/Completed/x.md" "$V/Needs_Action/x.md"',
    'mv "$V/Approved" "$V/Old"; mkdir "$V/Approved"',
    'mv "$V" "$V.old"',
    'mv "$H" "$H.old"',
    'mv "$P" "$P.old"',
    'touch "$V/STOP.md"; rm -f "$V/Company_Handbook.md"',
    'echo x > "$V/Company_Handbook.md"',
    'echo x > "$V/.obsidian/app.json"',
    'echo x > "$V/CLAUDE.md"; mkdir "$V/.claude"',
    'echo {} > "$P/.claude/settings.json"',
    'echo {} > "$P/.claude/settings.local.json"',
    'echo > "$P/.claude/hooks/guard.py"',
    'echo {} > "$P/.mcp.json"; rm -rf "$P/utils"',
    'echo x > "$P/new"; echo x > "$H/new"; echo x > /new',
    'umount "$V"; umount -l "$V/Plans"; mount -o remount,rw "$V"',
    'unshare -Ur mount -o remount,rw,bind "$V" && touch "$V/Approved/x.md"',
    'unshare -Urm umount "$V"; touch "$V/Approved/x.md"',
    "mkdir /tmp/m; unshare -Urm sh -c \"mount --bind '$V' /tmp/m; touch /tmp/m/Approved/x.md\"",
    "python3 -c \"import os; os.rename('$V/Pending_Approval/x.md', '$V/Approved/x.md')\"",
    'chmod -R 777 "$V/Approved"; touch "$V/Approved/x.md"',
    'dd if=/dev/zero of="$V/Pending_Approval/x.md" bs=1 count=1 conv=notrunc',
    'truncate -s 0 "$V/Pending_Approval/x.md"',
    'tar -C "$V/Pending_Approval" -c . | tar -C "$V/Approved" -x',
    'mkdir -p "$H/Vault/State"; echo x > "$H/Vault/State/journal.sqlite3"',
    "kill -9 -1; true",
]


@needs_bubblewrap
def test_nothing_that_is_tried_in_the_jail_changes_what_the_owner_decides(owner: Settings) -> None:
    """Promise 3: the model cannot approve."""
    with jail(owner) as made:
        before = everything(owner)
        names = f"V='{owner.vault_dir}' H='{owner.home}' P='{owner.project_root}'\n"
        for move in MOVES:
            run(made, "/bin/sh", "-c", names + move)
            assert everything(owner) == before, move


@needs_bubblewrap
def test_a_plan_is_written_and_the_agent_keeps_what_it_learned(owner: Settings) -> None:
    """A jail in which nothing can be done would pass every other test."""
    script = f'echo plan > "{owner.vault_dir}/Plans/p.md"; echo known > ~/memory; pwd'
    with jail(owner) as made:
        done = run(made, "/bin/sh", "-c", script)
        assert done.stdout.strip() == str(owner.project_root)
    assert (owner.vault_dir / "Plans/p.md").read_text() == "plan\n"
    with jail(owner) as made:
        assert run(made, "cat", f"{AGENT_HOME}/memory").stdout == "known\n"
        relative = run(made, "cat", "AI_Employee/Pending_Approval/x.md")
        assert relative.stdout == "approve: [ ]"


@needs_bubblewrap
def test_no_secret_is_to_be_found_in_the_jail(owner: Settings) -> None:
    """Neither in a file, nor in the environment of any process, nor in one that comes later."""
    places = f'"{owner.home}" "{owner.project_root}" ~ /run /tmp /etc'
    search = f"grep -rIsl SECRET {places}; cat /proc/*/environ | tr '\\0' '\\n'"
    with jail(owner) as made:
        (owner.project_root / ".env.new").write_text("SECRET")
        said = run(made, "/bin/sh", "-c", search).stdout
    assert "EMPLOYEE_HOME=" in said
    assert "SECRET" not in said
    assert str(owner.home) + "/" not in said
    assert KEY not in said


@needs_bubblewrap
def test_the_jail_shows_no_other_process_no_network_and_no_other_folder(
    owner: Settings, place: Path
) -> None:
    (place / "letters").mkdir()
    script = (
        f'ls /proc | grep -c "^[0-9]"; cut -d: -f1 /proc/net/dev | tail -n +3; ls "{place}"; '
        "ls -d /home/* /root/.ssh /var /srv /sys 2>/dev/null"
    )
    with jail(owner) as made, socket.create_server(("127.0.0.1", 0)) as outside:
        lines = run(made, "/bin/sh", "-c", script).stdout.split("\n")
        port = outside.getsockname()[1]
        reach = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        assert run(made, "python3", "-c", reach).returncode
    assert int(lines[0]) <= 6
    assert lines[1].strip() == "lo"
    shown = {owner.project_root.name, owner.home.name, "bin"}
    assert set(lines[2:]) - {""} <= shown | {str(AGENT_HOME)}


@needs_bubblewrap
@pytest.mark.skipif(
    os.getuid() != 0 or SETPRIV is None, reason="only the superuser can become another"
)
def test_it_holds_for_an_ordinary_user_and_claude_codes_own_sandbox_fits_into_it(
    place: Path,
) -> None:
    root = place / "the project"
    owners_place(root, root)
    run_folder, agent_home = place / "run", root / "Vault/State/claude"
    for folder in (run_folder, agent_home, root / "Vault/State/desk"):
        folder.mkdir()
    (run_folder / "settings.local.json").write_text("{}")
    layout = Layout(
        project=root,
        home=root,
        agent_home=agent_home,
        run=run_folder,
        program=fake_claude(place / "bin", "true"),
        interpreter=Path("/usr"),
    )
    for path in (root, *root.rglob("*"), *run_folder.rglob("*"), run_folder):
        os.chown(path, USER, USER)
    settings = load(root, environment={}, project_root=root)
    before = everything(settings)
    base = [str(SETPRIV), *ORDINARY, str(BWRAP), *arguments(layout), "--", "/bin/sh", "-c"]
    names = f"V='{root}/AI_Employee' H='{root}' P='{root}'\n"
    for move in MOVES:
        subprocess.run([*base, names + move], env={}, capture_output=True, check=False, timeout=60)
        assert everything(settings) == before, move
    inner = "bwrap --unshare-user --unshare-pid --unshare-net --ro-bind / / --proc /proc id -u"
    done = subprocess.run([*base, inner], env={}, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == str(USER), done.stderr


# --- keystrokes ----------------------------------------------------------------------------

_TYPE = (
    "import fcntl, sys\n"
    "for request in (0x5412, 0x100000000 + 0x5412, 0x541C):\n"
    "    try: fcntl.ioctl(0, request & 0xFFFFFFFF, b'x'); print('typed')\n"
    "    except OSError as error: print(error.errno)\n"
)


@needs_bubblewrap
@pytest.mark.skipif(call_filter() is None, reason="no filter is known for this machine")
def test_nobody_in_the_jail_types_into_the_owners_terminal(tmp_path: Path) -> None:
    program = tmp_path / "filter"
    program.write_bytes(call_filter() or b"")
    leader, follower = pty.openpty()
    script = f"import os; os.setsid(); import fcntl; fcntl.ioctl(0, {termios.TIOCSCTTY}, 0)\n"
    outside = subprocess.run(
        [sys.executable, "-c", script + _TYPE], stdin=follower, capture_output=True, check=False
    )
    assert b"typed" in outside.stdout, "the terminal must take keystrokes for this to mean much"
    with program.open("rb") as file:
        filtered = [str(BWRAP), "--ro-bind", "/", "/", "--dev", "/dev"]
        filtered += ["--seccomp", str(file.fileno()), "--", sys.executable, "-c", _TYPE]
        descriptors = (file.fileno(),)
        become = f"{script}import sys; os.execv(sys.argv[1], sys.argv[1:])"
        inside = subprocess.run(
            [sys.executable, "-c", become, *filtered],
            stdin=follower,
            pass_fds=descriptors,
            capture_output=True,
            text=True,
            check=False,
        )
    os.close(leader)
    os.close(follower)
    assert inside.stdout.split() == ["1", "1", "1"], inside.stderr


def test_an_unknown_machine_has_no_filter() -> None:
    assert call_filter("vax") is None


# --- the way to the model ------------------------------------------------------------------


class Model(HTTPServer):
    """The model's service, as far as a conversation goes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.heard: list[tuple[str, dict[str, str], Any]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Conversation(BaseHTTPRequestHandler):
    server: Model

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append((self.path, dict(self.headers.items()), body))
        answer = (
            b'data: {"type":"message_start","message":{"usage":{"input_tokens":70,'
            b'"cache_read_input_tokens":200,"output_tokens":1}}}\n\n'
            b'data: {"type":"message_delta","usage":{"output_tokens":9}}\n\n'
        )
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("set-cookie", "a=b")
        self.end_headers()
        self.wfile.write(answer)

    @override
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def model() -> Iterator[Model]:
    with Model() as server, Serving(server):
        yield server


ASK = """
import json, sys, urllib.request
body = json.dumps({"model": "m", "messages": [], **json.loads(sys.argv[2])}).encode()
headers = {"content-type": "application/json", "x-api-key": "sk-somebody-elses"}
headers |= {"authorization": "Bearer somebody-elses", "x-forwarded-host": "thief.example"}
request = urllib.request.Request("http://127.0.0.1:8118" + sys.argv[1], body, headers)
try:
    answer = urllib.request.urlopen(request)
except urllib.error.HTTPError as error:
    answer = error
print(answer.status, answer.read().decode())
"""


@contextmanager
def asking(owner: Settings, model: Model, **options: Any) -> Iterator[Callable[..., str]]:
    """The jail with a program in it that asks the model."""
    program = Path(owner.variables["PATH"].partition(":")[0]) / "claude"
    program.write_text(f"#!/bin/sh\nexec python3 -c '{ASK}' \"$@\"\n")
    variables = {**owner.variables, "ANTHROPIC_BASE_URL": model.url}
    settings = load(owner.home, environment=variables, project_root=owner.project_root)
    with jail(settings, **options) as made:

        def ask(path: str = "/v1/messages", **body: Any) -> str:
            done = subprocess.run(
                made.claude(path, json.dumps(body)),
                env=made.environment,
                pass_fds=made.descriptors,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            return done.stdout or done.stderr

        yield ask


@needs_bubblewrap
def test_a_conversation_goes_out_with_the_owners_key_and_its_tokens_are_counted(
    owner: Settings, model: Model
) -> None:
    spent: list[int] = []
    with asking(owner, model, spent=spent.append) as ask:
        said = ask("/v1/messages?beta=true", system="be kind")
    assert said.startswith("200 data:")
    [(path, headers, body)] = model.heard
    assert path == "/v1/messages?beta=true"
    assert headers["x-api-key"] == KEY
    assert not {"authorization", "x-forwarded-host"} & {name.lower() for name in headers}
    assert body["system"] == "be kind"
    assert spent == [70 + 20 + 9]


@needs_bubblewrap
def test_nothing_but_a_conversation_goes_out(owner: Settings, model: Model) -> None:
    with asking(owner, model) as ask:
        for path in ("/v1/files", "/v1/messages/batches", "/v1/messages?x=1"):
            assert ask(path).startswith("403")
        assert ask(tools=[{"type": "web_fetch_20250910"}]).startswith("403")
    assert not model.heard


@needs_bubblewrap
def test_parts_that_are_no_conversation_stay_behind_even_those_nobody_knows_yet(
    owner: Settings, model: Model
) -> None:
    with asking(owner, model) as ask:
        ask(mcp_servers=[{"url": "https://thief.example"}], container="c", errands=["go"], top_k=1)
    [(_, _, body)] = model.heard
    assert set(body) == {"model", "messages", "top_k"}


@needs_bubblewrap
def test_the_model_is_not_asked_when_the_owner_set_an_end(owner: Settings, model: Model) -> None:
    with asking(owner, model, closed=lambda: "The day's tokens are used up.") as ask:
        assert "used up" in ask()
    assert not model.heard


@pytest.mark.parametrize(
    "request_",
    [
        {"messages": [{"content": [{"type": "container_upload", "file_id": "f"}]}]},
        {"tools": [{"type": "web_fetch_20250910", "name": "web_fetch"}]},
        {"tools": [{"name": "ok"}, {"type": "web_search_20250305"}]},
        {"tools": [{"type": "code_execution_20250825"}]},
        {"messages": [{"content": [{"type": "image", "source": {"type": "url"}}]}]},
        {"messages": [{"content": [{"type": "document", "source": {"type": "file"}}]}]},
        {
            "messages": [
                {"content": [{"type": "tool_result", "content": [{"source": {"type": "url"}}]}]}
            ]
        },
        {"system": [{"type": "document", "source": {"type": "url"}}]},
    ],
)
def test_a_request_by_which_the_service_would_reach_further_is_seen(
    request_: dict[str, Any],
) -> None:
    assert reaches_further(request_)


@pytest.mark.parametrize(
    "request_",
    [
        {"messages": [{"role": "user", "content": "see https://acme.example"}]},
        {"messages": [{"content": [{"type": "image", "source": {"type": "base64"}}]}]},
        {"messages": [{"content": [{"type": "tool_use", "input": {"source": {"type": "url"}}}]}]},
        {"tools": [{"name": "x", "input_schema": {}}, {"type": "custom", "name": "y"}]},
        {"messages": [], "tools": None},
    ],
)
def test_an_ordinary_conversation_is_not_taken_for_more(request_: dict[str, Any]) -> None:
    assert not reaches_further(request_)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_tokens_are_counted_however_the_answer_is_cut(size: int) -> None:
    answer = (
        b'data: {"type":"message_start","message":{"usage":{"input_tokens":7,"output_tokens":1}}}'
        b'\n\ndata: {"usage": broken\n\ndata: {"type":"message_delta","usage":{"output_tokens":5}}'
    )
    count = TokenCount()
    for start in range(0, len(answer), size):
        count.feed(answer[start : start + size])
    count.end()
    assert count.total == 12


def test_a_subscription_is_used_where_there_is_no_key(tmp_path: Path) -> None:
    from utils.claude.settings import ClaudeSettings, ModelSettings  # noqa: PLC0415

    settings = load(tmp_path, environment={"CLAUDE_CODE_OAUTH_TOKEN": "t"}, project_root=tmp_path)
    access = Access.of(ModelSettings.read(settings), ClaudeSettings.read(settings))
    assert access.headers == {"authorization": "Bearer t"}
    assert access.beta
    assert "Bearer t" not in repr(access)


def test_the_socket_of_the_gate_is_for_its_owner_only(tmp_path: Path) -> None:
    with ModelGate(tmp_path / "s", Access(base_url="http://127.0.0.1:9", headers={})):
        assert (tmp_path / "s").stat().st_mode & 0o777 == 0o600


# --- what is missing is said ---------------------------------------------------------------


def test_the_owner_is_told_what_is_missing(
    owner: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(**variables: str) -> None:
        given = {**owner.variables, **variables}
        settings = load(owner.home, environment=given, project_root=owner.project_root)
        with jail(settings):
            pass

    with pytest.raises(ConfigurationError, match="ANTHROPIC_API_KEY"):
        opened(ANTHROPIC_API_KEY="")
    with pytest.raises(ClaudeMissingError, match="nowhere"):
        opened(CLAUDE_COMMAND="nowhere")
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None if path is None else name)
    with pytest.raises(JailMissingError) as caught:
        opened()
    assert "apt install bubblewrap" in caught.value.hint
