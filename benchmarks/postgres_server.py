"""A PostgreSQL server for tests and benchmarks: a private cluster on loopback that flushes."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

PASSWORD = "floury/Apron%7"
#: As it stands in an address.
QUOTED = "floury%2FApron%257"
_PATIENCE_S = 60.0


class NoServerError(Exception):
    """There is no PostgreSQL here that could be started."""


def binaries() -> Path | None:
    """Where the server's programs lie, the newest first; None where there is no server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    every = [*found, *([Path(on_path)] if on_path else [])]
    return next((path.parent for path in every), None)


@dataclass
class Server:
    """One cluster; it can be killed and started again."""

    programs: Path
    folder: Path
    port: int
    #: From which network others may come, beside loopback.
    guests: str = ""
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _flags: list[str] = field(default_factory=list, init=False)

    @property
    def url(self) -> str:
        return f"postgresql://keeper:{QUOTED}@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        if os.getuid() == 0:
            for path in (self.folder, secret):
                shutil.chown(path, "nobody")
        options = ["-U", "keeper", "-A", "scram-sha-256", f"--pwfile={secret}"]
        options += ["-E", "UTF8", "--locale=C.UTF-8"]
        command = [str(self.programs / "initdb"), "-D", str(self.folder / "data"), *options]
        subprocess.run(_as_nobody(command), check=True, capture_output=True, cwd=self.folder)
        if self.guests:
            with (self.folder / "data/pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {self.guests} scram-sha-256\n")

    def start(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "60",
            "restart_after_crash": "off",
            "log_min_messages": "fatal",
        }
        self._flags = [
            word for name, value in settings.items() for word in ("-c", f"{name}={value}")
        ]
        self._begin()
        self._await()

    def _begin(self) -> None:
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), *self._flags]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                _as_nobody(command), stdout=log, stderr=log, cwd=self.folder
            )

    def _await(self) -> None:
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            with contextlib.suppress(psycopg.OperationalError), self.connect():
                return
            time.sleep(0.05)
            if self._process and self._process.poll() is not None:
                # What was killed may hold its memory a moment longer.
                self._begin()
        raise TimeoutError((self.folder / "log").read_text()[-2000:])

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.url, autocommit=True, connect_timeout=3)

    def kill(self) -> None:
        """End it as a power cut does: every process of it at once, nothing written any more."""
        assert self._process is not None
        postmaster = self._process.pid
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            try:
                self._process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.kill()


def _as_nobody(command: list[str]) -> list[str]:
    """The server refuses to run as root."""
    if os.getuid() != 0:
        return command
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise NoServerError("setpriv is missing, and PostgreSQL does not run as root")
    return [setpriv, "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running(*, guests: str = "") -> Iterator[Server]:
    """Run a server for the length of a ``with`` block.

    Args:
        guests: From which network others may come, beside loopback.

    Raises:
        NoServerError: None is installed.
    """
    programs = binaries()
    if programs is None:
        raise NoServerError("no PostgreSQL server here: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = Server(programs, Path(folder), free_port(), guests)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
