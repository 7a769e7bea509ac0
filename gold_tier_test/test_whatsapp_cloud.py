"""Meta's Cloud API: what is signed is kept before it is answered, what is not is refused."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import pytest
from conftest import Business
from hypothesis import given
from hypothesis import strategies as st

from utils.sandbox.whatsapp_sender import OWN_NUMBER, PretendMeta
from utils.settings import PROJECT_ROOT
from utils.whatsapp.cloud import BODY_LIMIT
from utils.whatsapp.payload import messages_in
from watchers.whatsapp_watcher import Cloud

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CLOUD = {
    "WHATSAPP_SOURCE": "cloud",
    "WHATSAPP_VERIFY_TOKEN": "my own words",
    "WHATSAPP_APP_SECRET": "app-secret-1",
    "WHATSAPP_WEBHOOK_PORT": "0",
}


@contextmanager
def listening(business: Business) -> Iterator[PretendMeta]:
    source = Cloud(business.engine)
    with source.opened():
        yield PretendMeta(f"http://127.0.0.1:{source.webhook.port}", "app-secret-1")


@pytest.fixture
def meta(business: Business) -> Iterator[PretendMeta]:
    business.restart(**CLOUD)
    with listening(business) as made:
        yield made


def test_the_handshake_gives_the_challenge_back_to_who_knows_the_words(meta: PretendMeta) -> None:
    assert meta.handshake("my own words", "12345") == (200, "12345")
    assert meta.handshake("other words", "12345") == (403, "")
    assert meta.handshake("", "12345") == (403, "")


def test_a_signed_message_is_on_disk_when_it_is_answered(
    business: Business, meta: PretendMeta
) -> None:
    assert meta.deliver(meta.text("Do you bake rye?", sender="491701", name="Ines")) == 200
    [item] = business.chats()
    assert (item.sender, item.sender_name, item.body) == ("+491701", "Ines", "Do you bake rye?")
    assert item.link == "whatsapp:wamid.000001"
    assert item.received_at.year == 2026


def test_what_is_not_signed_is_not_kept(business: Business, meta: PretendMeta) -> None:
    payload = meta.text("x", sender="491701")
    body = json.dumps(payload).encode()
    good = meta.sign(body)
    wrong = [
        ("", 401),
        ("sha256=", 403),
        ("sha256=00", 403),
        (good.upper(), 403),
        (good.removeprefix("sha256="), 403),
        (good[:-1] + ("0" if good[-1] != "0" else "1"), 403),
        (meta.sign(body + b" "), 403),
        (PretendMeta("", "other").sign(body), 403),
    ]
    for signature, status in wrong:
        assert meta.deliver(payload, signature=signature) == status, signature
    assert business.chats() == []
    assert meta.deliver(payload) == 200


def test_the_signature_is_over_the_bytes_and_not_over_what_they_mean(
    business: Business, meta: PretendMeta
) -> None:
    payload = meta.text("Grüße 🍞", sender="491701")
    assert meta.deliver(json.dumps(payload, ensure_ascii=False, indent=3).encode()) == 200
    assert [item.body for item in business.chats()] == ["Grüße 🍞"]


def test_a_replay_is_taken_in_once(business: Business, meta: PretendMeta) -> None:
    payload = meta.text("x", sender="491701")
    assert [meta.deliver(payload) for _ in range(5)] == [200] * 5
    assert len(business.chats()) == 1


def test_many_at_once_are_all_taken_in_once(business: Business, meta: PretendMeta) -> None:
    payloads = [meta.text(f"m{n}", sender="491701") for n in range(20)]
    callers = [threading.Thread(target=meta.deliver, args=(each,)) for each in payloads * 2]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert meta.statuses == [200] * 40
    assert len(business.chats()) == 20


def test_what_nobody_wrote_to_us_is_no_item(business: Business, meta: PretendMeta) -> None:
    own = {"type": "text", "text": {"body": "mine"}}
    quiet = [
        meta.status("wamid.9"),
        meta.echo("Coming!", to="491701"),
        meta.message(own, sender=OWN_NUMBER),
        meta.message({"type": "reaction", "reaction": {"emoji": "👍"}}, sender="491701"),
        meta.change("history", {"messages": [{"id": "w1", "from": "49", "type": "text"}]}),
        meta.change("account_update", {"event": "VERIFIED"}),
        {"object": "page", "entry": 7},
        [],
        "text",
    ]
    assert [meta.deliver(payload) for payload in quiet] == [200] * len(quiet)
    assert business.chats() == []


def test_half_a_character_keeps_nobody_from_being_heard(
    business: Business, meta: PretendMeta
) -> None:
    assert meta.deliver(meta.text("Two \ud83c rye", sender="491701", name="In\udf5ees")) == 200
    [item] = business.chats()
    assert (item.sender_name, item.body) == ("In\ufffdes", "Two \ufffd rye")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"type": "image", "image": {"caption": "the cake", "id": "1"}}, "the cake\n[image"),
        ({"type": "document", "document": {"filename": "bill.pdf"}}, "[document bill.pdf"),
        ({"type": "button", "button": {"text": "Yes", "payload": "y"}}, "Yes"),
        (
            {"type": "interactive", "interactive": {"button_reply": {"id": "1", "title": "Ok"}}},
            "Ok",
        ),
        ({"type": "quantum", "quantum": {"spin": 1}}, "[quantum: it stays in WhatsApp]"),
        ({"type": 7, "text": []}, "[unknown"),
    ],
)
def test_every_kind_of_message_is_an_item(content: dict[str, object], said: str) -> None:
    meta = PretendMeta("", "")
    [message] = messages_in(meta.message(content, sender="491701"), now=NOW)
    assert message.text.startswith(said)


def test_a_person_who_hides_his_number_is_known_by_his_id() -> None:
    told = {"id": "wamid.1", "from_user_id": "DE.4711", "type": "text", "text": {"body": "Hi"}}
    contact = {"user_id": "DE.4711", "profile": {"name": "Ines", "username": "ines"}}
    payload = PretendMeta("", "").change("messages", {"contacts": [contact], "messages": [told]})
    [message] = messages_in(payload, now=NOW)
    assert (message.sender, message.name, message.at) == ("DE.4711", "Ines", NOW)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["entry", "changes", "field", "value", "messages", "contacts", "from", "type"]
                ),
                inner | st.just("messages"),
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_no_payload_at_all_makes_the_reader_fail(payload: object) -> None:
    messages_in(payload, now=NOW)


def raw(meta: PretendMeta, data: bytes) -> bytes:
    port = int(meta.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (f"POST / HTTP/1.1\r\nContent-Length: {BODY_LIMIT + 1}\r\n\r\n", b"413"),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        ("POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"411"),
        ("POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\nshort", b"400"),
        ("PUT / HTTP/1.1\r\n\r\n", b"501"),
    ],
)
def test_a_body_that_cannot_be_taken_is_refused(
    business: Business, meta: PretendMeta, head: str, status: bytes
) -> None:
    assert raw(meta, head.encode()).split(b" ")[1] == status
    assert business.chats() == []


@contextmanager
def slow_callers(meta: PretendMeta, count: int) -> Iterator[list[socket.socket]]:
    """So many callers who have begun to say something and do not go on."""
    port = int(meta.url.rpartition(":")[2])
    with ExitStack() as stack:
        callers = []
        for _ in range(count):
            caller = socket.create_connection(("127.0.0.1", port), timeout=30)
            callers.append(stack.enter_context(caller))
            caller.sendall(b"POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\nx")
        yield callers


def test_a_signed_message_gets_through_beside_a_hundred_callers_who_say_nothing(
    business: Business, meta: PretendMeta
) -> None:
    with slow_callers(meta, 100) as callers:
        assert meta.deliver(meta.text("Do you bake rye?", sender="491701")) == 200
        assert [item.body for item in business.chats()] == ["Do you bake rye?"]
        # Those who came last still have their places, those before gave theirs up.
        callers[0].settimeout(5)
        assert b"400" in callers[0].recv(100) or callers[0].recv(100) == b""
        callers[-1].settimeout(0.1)
        with pytest.raises(TimeoutError):
            callers[-1].recv(100)


def test_nobody_is_hung_up_on_before_he_had_the_time_to_speak(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A burst of messages is more than there are places; each of them has its turn."""
    monkeypatch.setattr("utils.whatsapp.cloud._AT_ONCE", 4)
    monkeypatch.setattr("utils.whatsapp.cloud._SLOW_S", 20.0)
    business.restart(**CLOUD)
    with listening(business) as meta, slow_callers(meta, 5) as callers:
        callers[0].settimeout(0.5)
        with pytest.raises(TimeoutError):
            callers[0].recv(100)
        # One of them goes, and the fifth is heard.
        callers[0].close()
        callers[4].sendall(b"x" * 49)
        assert callers[4].recv(100).split(b" ")[1] == b"401"


def test_nobody_is_heard_for_long_however_steadily_he_drips(
    business: Business, meta: PretendMeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.whatsapp.cloud._PATIENCE_S", 1.0)
    with slow_callers(meta, 1) as [caller]:
        caller.settimeout(0.2)
        for _ in range(40):
            try:
                caller.sendall(b"x")
                if not caller.recv(100):
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break
        else:
            pytest.fail("he is still heard")
    assert business.chats() == []


def test_signed_bytes_that_are_no_json_are_refused_and_not_kept(
    business: Business, meta: PretendMeta
) -> None:
    for body in (b"{", b"\xff\xfe", b"[" * 100_000):
        assert meta.deliver(body) == 400
    assert business.chats() == []


def test_it_listens_on_this_machine_only(meta: PretendMeta) -> None:
    port = int(meta.url.rpartition(":")[2])
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), port)}
    for address in others - {"127.0.0.1", "::1"}:
        with pytest.raises(OSError, match=r"refused|unreachable|timed out"):
            socket.create_connection((str(address), port), timeout=2)


def test_what_cannot_be_kept_is_not_answered_with_success(business: Business) -> None:
    business.restart(**CLOUD)
    with listening(business) as meta:
        payload = meta.text("x", sender="491701")
        business.engine.journal.database.close()
        assert meta.deliver(payload) == 503
    business.start()
    with listening(business) as meta:
        assert meta.deliver(payload) == 200
    assert len(business.chats()) == 1


#: Keeps a webhook as the watcher does, and dies before it is answered.
DYING = """
import os, signal, sys
from utils.assembly.opening import open_engine
from utils.sandbox.whatsapp_sender import PretendMeta
from watchers.whatsapp_watcher import Cloud

with open_engine() as engine:
    engine.vault.make()
    source = Cloud(engine)
    keep = source.receive
    source.webhook._receive = lambda payload: (keep(payload), os.kill(os.getpid(), signal.SIGKILL))
    with source.opened():
        print(source.webhook.port, flush=True)
        sys.stdin.read()
"""


def test_a_crash_between_keeping_and_answering_loses_and_doubles_nothing(
    business: Business,
) -> None:
    business.restart(**CLOUD)
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    dying = subprocess.Popen(
        [sys.executable, "-c", DYING],
        cwd=PROJECT_ROOT,
        env=clean | CLOUD | {"EMPLOYEE_HOME": str(business.home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with dying:
        assert dying.stdout
        dead = PretendMeta(f"http://127.0.0.1:{int(dying.stdout.readline())}", "app-secret-1")
        payload = dead.text("Please call", sender="491701", name="Ines")
        assert dead.deliver(payload) == 0
        assert dying.wait(10) == -9
    with listening(business) as meta:
        assert meta.deliver_until_taken(payload) == 1
    business.tick(seconds=1)
    assert [item.body for item in business.chats()] == ["Please call"]
    taken = [
        record
        for day in business.engine.journal.days()
        for record in map(json.loads, business.engine.journal.lines_of(day))
        if record["action"] == "item"
    ]
    assert len(taken) == 1
