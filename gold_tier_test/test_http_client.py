"""The HTTP client against real sockets that behave badly (design, promises 5 and 6)."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from utils.core.errors import (
    ConfigurationError,
    OutcomeUnknownError,
    UnreachableError,
)
from utils.http_client import HttpClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JSON = b"Content-Type: application/json\r\n"


@contextmanager
def server(behave: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """Serve on loopback; gives the address and every request's bytes as they arrived."""
    listening = socket.create_server(("127.0.0.1", 0))
    seen: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            # A caller who gives up ends the connection at once.
            with connection, suppress(ConnectionResetError):
                seen.append(whole_request(connection))
                behave(connection)

    worker = threading.Thread(target=serve, daemon=True)
    worker.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", seen
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        worker.join(5)


def whole_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := connection.recv(65536)):
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [int(line[15:]) for line in head.split(b"\r\n") if line[:15] == b"Content-Length:"]
    while len(body) < sum(lengths):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answering(*pieces: bytes) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return behave


def resetting(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def client(timeout_s: float = 5, limit: int = 10_000) -> HttpClient:
    return HttpClient("shop", timeout_s=timeout_s, max_answer_bytes=limit)


def test_a_request_arrives_as_bytes_with_their_length() -> None:
    with server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", JSON, b"\r\n{}")) as (
        u,
        seen,
    ):
        answer = client().send("POST", u, headers={"X-Key": "k"}, body=b'{"a":1}')
    assert (answer.status, answer.is_json, answer.json()) == (200, True, {})
    head = seen[0].lower()
    assert b"content-length: 7" in head
    assert b"transfer-encoding" not in head
    assert b"accept-encoding: identity" in head
    assert seen[0].endswith(b'\r\n\r\n{"a":1}')


def test_a_refused_connection_certainly_never_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(UnreachableError) as caught:
        client().send("POST", f"http://127.0.0.1:{port}/")
    assert caught.value.service == "shop"


def test_a_name_that_nobody_knows_certainly_never_left() -> None:
    with pytest.raises(UnreachableError):
        client().send("GET", "http://nobody.invalid/")


@pytest.mark.parametrize(
    "behave",
    [
        pytest.param(resetting, id="reset"),
        pytest.param(answering(), id="closed without an answer"),
        pytest.param(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"), id="cut"),
        pytest.param(answering(b"HTTP/1.1 200 OK\r\nTransfer-Enc"), id="cut in the head"),
        pytest.param(answering(b"SSH-2.0-OpenSSH\r\n\r\n"), id="not HTTP"),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), id="garbled"
        ),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx"),
            id="compressed unasked",
        ),
    ],
)
def test_what_broke_after_sending_may_have_happened(
    behave: Callable[[socket.socket], None],
) -> None:
    with server(behave) as (url, seen), pytest.raises(OutcomeUnknownError):
        client().send("POST", url, body=b"{}")
    assert len(seen) == 1, "nothing is sent twice"


def test_silence_ends_at_the_time_out_and_may_have_happened() -> None:
    go = threading.Event()

    def keep_silent(_: socket.socket) -> None:
        go.wait(10)

    with server(keep_silent) as (url, seen):
        began = time.monotonic()
        with pytest.raises(OutcomeUnknownError):
            client(timeout_s=0.2).send("POST", url, body=b"{}")
        took = time.monotonic() - began
        go.set()
    assert took < 2
    assert len(seen) == 1


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_an_answer_that_drips_is_cut_at_the_time_out(head: bytes) -> None:
    """Each byte comes well within the library's own time-out; the whole never ends."""
    stop = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        while not stop.wait(0.05):
            try:
                connection.sendall(b"x")
            except OSError:
                return

    with server(drip) as (url, _):
        began = time.monotonic()
        with pytest.raises(OutcomeUnknownError):
            client(timeout_s=0.4).send("GET", url)
        took = time.monotonic() - began
        stop.set()
    assert took < 2


def test_a_huge_answer_is_not_swallowed() -> None:
    huge = b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + b"x" * 20_000
    with server(answering(huge)) as (url, _), pytest.raises(OutcomeUnknownError):
        client(limit=10_000).send("GET", url)


def test_a_redirect_is_handed_over_and_not_followed() -> None:
    moved = b"HTTP/1.1 303 See Other\r\nLocation: /web/login\r\nContent-Length: 0\r\n\r\n"
    with server(answering(moved)) as (url, seen):
        answer = client().send("POST", url, body=b"{}")
    assert answer.status == 303
    assert not answer.is_json
    assert len(seen) == 1


def test_cookies_are_not_kept() -> None:
    sets = b"HTTP/1.1 200 OK\r\nSet-Cookie: session_id=abc; Path=/\r\nContent-Length: 0\r\n\r\n"
    with server(answering(sets)) as (url, seen):
        one = client()
        one.send("GET", url)
        one.send("GET", url)
    assert len(seen) == 2
    assert b"cookie" not in seen[1].lower()


def test_a_proxy_variable_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with server(answering(b"HTTP/1.1 204 No Content\r\n\r\n")) as (url, _):
        assert client().send("GET", url).status == 204


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "127.0.0.1:80"])
def test_an_address_that_is_none_is_a_setting_to_mend(url: str) -> None:
    with pytest.raises(ConfigurationError):
        client().send("GET", url)


@pytest.mark.parametrize("key", ["k\r\nX-Evil: 1", "k\n", "kéy€"])
def test_a_key_that_cannot_be_sent_is_a_setting_to_mend(key: str) -> None:
    with (
        server(answering(b"HTTP/1.1 204 No Content\r\n\r\n")) as (url, _),
        pytest.raises(ConfigurationError) as caught,
    ):
        client().send("GET", url, headers={"Authorization": f"bearer {key}"})
    assert key not in str(caught.value)
