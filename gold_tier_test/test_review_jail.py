"""Findings of a review about the jail, each proven once: what could be had from the inside."""

from __future__ import annotations

import errno
import json
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, override

import pytest
from test_jail import BWRAP, bubblewrap_works

from utils.claude.access import Access
from utils.claude.model_gate import ModelGate
from utils.claude.refused_calls import call_filter
from utils.system.private_server import Serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_REACHES = b'"tools":[{"type":"web_fetch_20250910","name":"web_fetch"}]'
_FIRST = (
    b'data: {"type":"message_start","message":{"usage":{"input_tokens":70,"output_tokens":1}}}'
)
_LAST = b'data: {"type":"message_delta","usage":{"output_tokens":9}}'


class Model(ThreadingHTTPServer):
    """The model's service: keeps the bytes that reach it; answers when it may."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.heard: list[tuple[str, bytes]] = []
        self.asked, self.may_answer = threading.Event(), threading.Event()


class _Conversation(BaseHTTPRequestHandler):
    server: Model

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.headers["Content-Type"], body))
        self.server.asked.set()
        self.server.may_answer.wait(10)
        self.send_response(200)
        self.end_headers()
        for line in (_FIRST, _LAST):
            self.wfile.write(line + b"\n\n")
            self.wfile.flush()

    @override
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def model() -> Iterator[Model]:
    with Model() as server, Serving(server):
        yield server


@contextmanager
def gate(folder: Path, model: Model, spent: Callable[[int], None]) -> Iterator[Path]:
    """The way out of a jail to the model; gives its socket."""
    access = Access(base_url=f"http://127.0.0.1:{model.server_address[1]}", headers={})
    with ModelGate(folder / "s", access, spent=spent):
        yield folder / "s"


def posted(body: bytes, kind: str = "application/json") -> bytes:
    """A request as whoever is in the jail may write it."""
    head = f"POST /v1/messages HTTP/1.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


def answered(path: Path, request: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(request)
        return connection.recv(65_536)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"messages":[],' + _REACHES + b',"tools":[]}', "application/json"),
        (b'{"messages":[],"tools":[],"x":{' + _REACHES + b'},"x":1}', "text/plain"),
        (('{"messages":[],' + _REACHES.decode() + ',"tools":[]}').encode("utf-16"), "text/json"),
    ],
)
def test_the_model_is_told_what_was_judged_and_not_what_another_reader_may_see(
    tmp_path: Path, model: Model, body: bytes, kind: str
) -> None:
    model.may_answer.set()
    with gate(tmp_path, model, lambda _: None) as path:
        answered(path, posted(body, kind))
    [(heard_kind, heard)] = model.heard
    assert heard_kind == "application/json"
    assert b"web_fetch" not in heard
    assert json.loads(heard)["tools"] == []


def test_an_answer_is_paid_for_by_whoever_hangs_up_before_it_comes(
    tmp_path: Path, model: Model
) -> None:
    spent: list[int] = []
    counted = threading.Event()

    def spend(tokens: int) -> None:
        spent.append(tokens)
        counted.set()

    with gate(tmp_path, model, spend) as path:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(posted(b'{"messages":[]}'))
            assert model.asked.wait(10)
        model.may_answer.set()
        assert counted.wait(10)
    assert spent == [79]


#: Takes what the employee needs at a start, and what makes it wait at an opened note.
_HOLD = """
import fcntl, os, struct, sys
folder = os.open(sys.argv[1], os.O_RDONLY)
note = os.open(sys.argv[1] + "/x.md", os.O_RDONLY)
for take in (
    lambda: fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB),
    lambda: fcntl.fcntl(note, fcntl.F_SETLEASE, fcntl.F_WRLCK),
    lambda: fcntl.fcntl(note, 1040, struct.pack("=IHH", 0, fcntl.F_RDLCK, 0)),  # F_SETDELEG
):
    try: take(); print("held")
    except OSError as error: print(error.errno)
"""


@pytest.mark.skipif(
    not bubblewrap_works() or call_filter() is None, reason="there is no jail on this machine"
)
def test_nobody_in_the_jail_holds_a_lock_that_the_employee_waits_for(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text("a note")
    command = [sys.executable, "-c", _HOLD, str(tmp_path)]
    read_only = [str(BWRAP), "--ro-bind", "/", "/"]
    without = [*read_only, "--", *command]
    outside = subprocess.run(without, capture_output=True, text=True, check=False)
    held = outside.stdout.split()
    # A kernel from before delegations finds nothing wrong but the number.
    assert held in (["held"] * 3, ["held", "held", str(errno.EINVAL)]), outside.stderr
    (tmp_path / "filter").write_bytes(call_filter() or b"")
    with (tmp_path / "filter").open("rb") as file:
        inside = subprocess.run(
            [*read_only, "--seccomp", str(file.fileno()), "--", *command],
            pass_fds=(file.fileno(),),
            capture_output=True,
            text=True,
            check=False,
        )
    assert inside.stdout.split() == [str(errno.EPERM)] * 3, inside.stderr
