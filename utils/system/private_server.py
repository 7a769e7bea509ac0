"""A server on a Unix socket that nobody but its own user can reach."""

from __future__ import annotations

import os
import threading
from socketserver import BaseServer, ThreadingMixIn, UnixStreamServer
from typing import TYPE_CHECKING, Final, Self, override

if TYPE_CHECKING:
    from types import TracebackType

#: How soon a server notices that it is to end, in seconds.
_POLL_S: Final = 0.1


class PrivateServer(ThreadingMixIn, UnixStreamServer):
    """Gives each caller a thread; the socket is closed to others from its first moment on."""

    daemon_threads = True

    @override
    def server_bind(self) -> None:
        # Nobody else may connect in the moment before a mode could be set.
        mask = os.umask(0o177)
        try:
            super().server_bind()
        finally:
            os.umask(mask)


class Serving:
    """Serves beside everything else for the length of a ``with`` block."""

    def __init__(self, server: BaseServer) -> None:
        self._server = server

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(_POLL_S,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
