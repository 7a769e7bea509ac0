"""The way back from a sign-in in the browser: a listener on loopback, or an address pasted."""

from __future__ import annotations

import os
import select
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final, Self, override

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

#: The port that is tried first, so that it can be forwarded: ``ssh -L 8765:localhost:8765``.
PORT: Final = 8765
_THANKS: Final = b"<!doctype html><title>Signed in</title><p>You may close this page."
_PIECE: Final = 65_536


class Redirects:
    """Listens on this machine for the browser that comes back."""

    def __init__(self) -> None:
        try:
            self._server = _Server(PORT)
        except OSError:
            self._server = _Server(0)
        #: Where the browser is to be sent; by this name Windows reaches a Linux inside it.
        self.address = f"http://localhost:{self._server.server_address[1]}/"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.server_close()

    def wait(self, fits: Callable[[str], bool], *, typed: int, within_s: float) -> str:
        """Return the address that the browser came back to, or that was typed.

        Args:
            fits: Whether an address is the one waited for; all others are passed over.
            typed: The descriptor on which a person may paste it; its end is no matter.
            within_s: How long to wait, in seconds.

        Raises:
            TimeoutError: Nothing came.
        """
        self._server.fits, self._server.base = fits, self.address
        sources: list[_Server | int] = [self._server, typed]
        text, until = b"", monotonic() + within_s
        while not self._server.found and (left := until - monotonic()) > 0:
            ready, _, _ = select.select(sources, [], [], left)
            if self._server in ready:
                self._server.handle_request()
            if typed in ready:
                piece = os.read(typed, _PIECE)
                text += piece or b"\n"
                if not piece:
                    sources.remove(typed)
                *lines, text = text.split(b"\n")
                words = (line.decode(errors="replace").strip() for line in lines)
                self._server.found = next(filter(fits, words), self._server.found)
        if not self._server.found:
            raise TimeoutError
        return self._server.found


class _Handler(BaseHTTPRequestHandler):
    """Answers the browser; anything but the address waited for is not found."""

    #: How long a connection that says nothing is borne with, in seconds.
    timeout: ClassVar[float] = 2.0
    server: _Server

    def do_GET(self) -> None:
        url = self.server.base + self.path.removeprefix("/")
        fits = self.server.fits(url)
        self.send_response(200 if fits else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if fits:
            self.server.found = url
            self.wfile.write(_THANKS)

    @override
    def log_message(self, *_: object) -> None:
        """Say nothing: the line would hold the code."""


class _Server(TCPServer):
    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.base = ""
        self.found = ""
        self.fits: Callable[[str], bool] = bool
