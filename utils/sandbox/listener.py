"""A loopback port that serves connections on threads and can be closed and opened again."""

from __future__ import annotations

import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from utils.sandbox.http_wire import Connection

if TYPE_CHECKING:
    from collections.abc import Callable

logger: Final = logging.getLogger(__name__)
_LOOPBACK: Final = "127.0.0.1"
#: Connections that may wait to be taken.
_BACKLOG: Final = 128
#: Connections served at once; more wait their turn.
_MOST_AT_ONCE: Final = 128


class Listener:
    """Listens on a free port of 127.0.0.1.

    The port is kept by a second socket that is bound but never listens. So it can be closed
    (clients are refused by the system, as with a dead service) and opened again with the same
    number, and nobody else gets it in between.
    """

    def __init__(self, serve: Callable[[Connection], None], name: str) -> None:
        self._serve = serve
        self._name = name
        self._lock = threading.Lock()
        self._open_connections: set[Connection] = set()
        self._keeper: socket.socket | None = None
        #: The port; 0 until `open` was called for the first time.
        self.port = 0
        self._listening: socket.socket | None = None
        self._reopening: threading.Timer | None = None
        self._stopped = False
        self._workers = ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix=name)

    def open(self) -> None:
        """Take connections; nothing happens when they are taken already or after `stop`."""
        with self._lock:
            if self._listening is not None or self._stopped:
                return
            if self._keeper is None:
                self._keeper = _bound(0)
                self.port = self._keeper.getsockname()[1]
            self._listening = _bound(self.port)
            self._listening.listen(_BACKLOG)
            taking = threading.Thread(
                target=self._take, args=(self._listening,), name=self._name, daemon=True
            )
            taking.start()

    def close(self, seconds: float | None = None) -> None:
        """Refuse connections; end idle ones, let answers on their way go out.

        Args:
            seconds: When to open again by itself; `None` stays closed until `open`.
        """
        with self._lock:
            self._close_port()
            for connection in self._open_connections:
                connection.stop_reading()
            if self._reopening is not None:
                self._reopening.cancel()
            if seconds is not None and not self._stopped:
                self._reopening = threading.Timer(seconds, self.open)
                self._reopening.daemon = True
                self._reopening.start()

    def stop(self) -> None:
        """Close for good, give the port back and wait until every connection has ended."""
        with self._lock:
            self._stopped = True
        self.close()
        self._workers.shutdown(wait=True, cancel_futures=True)
        for connection in self._open_connections:
            connection.close()
        if self._keeper is not None:
            self._keeper.close()

    def _close_port(self) -> None:
        if self._listening is not None:
            _wake(self._listening)
            self._listening.close()
            self._listening = None

    def _take(self, listening: socket.socket) -> None:
        """Take connections until the port is closed."""
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                return
            connection = Connection(sock)
            with self._lock:
                if self._listening is not listening:
                    connection.reset()
                    return
                self._open_connections.add(connection)
                self._workers.submit(self._serve_one, connection)

    def _serve_one(self, connection: Connection) -> None:
        try:
            self._serve(connection)
        except Exception:
            # A pool keeps exceptions to itself; a mistake of the sandbox must be seen.
            logger.exception("%s could not answer", self._name)
        finally:
            with self._lock:
                self._open_connections.discard(connection)
            connection.close()


def _bound(port: int) -> socket.socket:
    """Return a socket bound to the port (0 = a free one) that does not listen yet."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((_LOOPBACK, port))
    return sock


def _wake(listening: socket.socket) -> None:
    """Make a pending `accept` return; closing alone does not on Linux."""
    try:
        listening.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
