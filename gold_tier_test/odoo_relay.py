"""A relay between the employee and Odoo that kills the employee in the middle of a create."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from typing import override
from urllib.parse import urlsplit

from conftest import Business
from odoo_bench import ROOT


class Relay:
    """Stands between the employee and Odoo, and kills the employee at the call that makes."""

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream.rstrip("/"))
        #: Whoever is to be killed, once it runs; empty while nobody is.
        self.victims: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self.armed = threading.Event()
        #: Whether Odoo gets the call before the employee dies.
        self.is_passed_on = False
        self.url = ""


@contextmanager
def relay_to(upstream: str) -> Iterator[Relay]:
    relay = Relay(upstream)
    handler = type("Handler", (_Handler,), {"relay": relay})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        relay.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield relay
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    relay: Relay

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on stderr."""

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        makes = self.path.endswith("account.move/load") or b'"account.move", "load"' in body
        dying = makes and self.relay.armed.is_set()
        if not dying or self.relay.is_passed_on:
            status, kind, answer = self._asked(body)
        if dying:
            victim = self.relay.victims.get(timeout=30)
            victim.kill()
            victim.wait()
            return
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _asked(self, body: bytes) -> tuple[int, str, bytes]:
        there = self.relay.upstream
        kind = HTTPSConnection if there.scheme == "https" else HTTPConnection
        connection = kind(there.netloc, timeout=60)
        headers = dict(self.headers.items()) | {"Host": there.netloc}
        try:
            connection.request(self.command, f"{there.path}{self.path}", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Content-Type", ""), answer.read()
        finally:
            connection.close()


def employee_of(business: Business) -> subprocess.Popen[bytes]:
    """Start the employee of a home in a process of its own, for one pass."""
    settings = business.engine.settings
    variables = dict(settings.variables) | {"EMPLOYEE_HOME": str(settings.home)}
    business.engine.close()
    command = [sys.executable, str(ROOT / "orchestrator.py"), "--once"]
    return subprocess.Popen(command, env=variables, cwd=Path(settings.home))
