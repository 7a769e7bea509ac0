"""Chats from WhatsApp: exported files of many phones, and Meta's webhook over a real socket."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import Business
from hypothesis import given
from hypothesis import strategies as st

from utils.core.errors import ConfigurationError
from utils.core.lifecycle import Folder
from utils.core.model import Item, ItemType
from utils.sandbox.whatsapp_sender import OWN_NUMBER, PretendMeta
from utils.settings import PROJECT_ROOT
from utils.whatsapp.archive import opened
from utils.whatsapp.cloud import BODY_LIMIT
from utils.whatsapp.export import Chat, read_chat, title_of
from utils.whatsapp.notices import LEFT_OUT
from utils.whatsapp.payload import messages_in
from watchers.whatsapp_watcher import Cloud, WhatsAppWatcher

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FILE = "WhatsApp Chat with Anna.txt"
ENCRYPTED = (
    "Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp,"
    " can read or listen to them. Tap to learn more."
)


def chat(text: str, *, file_name: str = FILE, own: tuple[str, ...] = ()) -> Chat:
    return read_chat(text, file_name=file_name, own_names=own, zone=BERLIN, now=NOW)


def at(*numbers: int) -> datetime:
    year, month, day, hour, minute, second = (*numbers, 0)[:6]
    return datetime(year, month, day, hour, minute, second, tzinfo=BERLIN)


#: A line as one phone writes it, and when that was.
LINES: list[tuple[str, datetime]] = [
    # Android: day first, month first, year first; two and four digits; 24 and 12 hours.
    ("14/10/2026, 15:34 - Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("14/10/26, 15:34 - Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("10/14/26, 3:34 PM - Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("10/14/26, 3:34\u202fPM - Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("1/4/26, 7:02\u202fAM - Anna: Hi", at(2026, 1, 4, 7, 2)),
    ("14.10.26, 15:34 - Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("03.04.26, 15:34 - Anna: Hi", at(2026, 4, 3, 15, 34)),
    ("14.10.2026 15:34 - Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("14-10-2026 15:34 - Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("14-10-26 15:34 - Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("2026-10-14, 3:34 p.m. - Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("2026/10/14, 3:34 pm - Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("2026-10-14 15:34 - Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("14/10/2026 3:34 p.\u00a0m. - Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("14/10/2026 à 15:34 - Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("14/10/26 15.34 - Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("2026/10/14 下午3:34 - Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("14. 10. 2026, 15:34 - Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("14/10/2026, 15:34 – Anna: Hi", at(2026, 10, 14, 15, 34)),
    ("14/10/2026, 12:05 am - Anna: Hi", at(2026, 10, 14, 0, 5)),
    ("14/10/2026, 12:05 pm - Anna: Hi", at(2026, 10, 14, 12, 5)),
    # iPhone: in brackets, with seconds, with marks of direction.
    ("[14/10/2026, 15:34:09] Anna: Hi", at(2026, 10, 14, 15, 34, 9)),
    ("\u200e[14/10/2026, 15:34:09] Anna: Hi", at(2026, 10, 14, 15, 34, 9)),
    ("[14.10.26, 15:34:09] Anna: Hi", at(2026, 10, 14, 15, 34, 9)),
    ("[14.10.2026 klo 15.34.09] Anna: Hi", at(2026, 10, 14, 15, 34, 9)),
    ("[2026-10-14 kl. 15:34:09] Anna: Hi", at(2026, 10, 14, 15, 34, 9)),
    ("[10/14/26, 3:34:09\u202fPM] Anna: Hi", at(2026, 10, 14, 15, 34, 9)),
    ("[14/10/2026 15:34:09] Anna: Hi", at(2026, 10, 14, 15, 34, 9)),
    ("[14/10/2026 à 15:34:09] Anna: Hi", at(2026, 10, 14, 15, 34, 9)),
    ("[14-10-2026 15:34:09] Anna: Hi", at(2026, 10, 14, 15, 34, 9)),
    ("[2026/10/14 오후 3:34:09] Anna: Hi", at(2026, 10, 14, 15, 34, 9)),
    ("\ufeff[14/10/2026, 15:34:09] Anna: Hi", at(2026, 10, 14, 15, 34, 9)),
]


@pytest.mark.parametrize(("line", "when"), LINES, ids=[line for line, _ in LINES])
def test_a_line_of_any_phone_is_read(line: str, when: datetime) -> None:
    [message] = chat(line).messages
    assert (message.sender, message.text, message.at) == ("Anna", "Hi", when)


#: Lines that WhatsApp wrote itself, as they stand after the date.
NOTICES = [
    ENCRYPTED,
    "Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt. Niemand außerhalb dieses Chats",
    "Les messages et les appels sont chiffrés de bout en bout.",
    "Los mensajes y las llamadas están cifrados de extremo a extremo.",
    "Anna changed their phone number to a new number. Tap to message or add the new number.",
    'Anna created group "Orders: Spring"',
    "Ben joined using this group's invite link",
    "Carlos salió del grupo",
    "Your security code with Anna changed. Tap to learn more.",
    "Anna: This message was deleted",
    "Anna: Diese Nachricht wurde gelöscht.",
    "Anna: \u200eVous avez supprimé ce message.",
    "Anna: \u200eMissed voice call, Tap to call back",
    "Anna: \u200eVerpasster Sprachanruf",
    "Orders: \u200eAnna added Ben",
    "Orders: \u200eAnna hat die Gruppe erstellt",
    "Anna: \u200eLlamada de voz perdida",
    f"Anna: \u200e{ENCRYPTED}",
]


@pytest.mark.parametrize("notice", NOTICES)
def test_what_whatsapp_writes_itself_is_no_message(notice: str) -> None:
    said = chat(f"14/10/2026, 15:33 - Anna: before\n14/10/2026, 15:34 - {notice}")
    assert [message.text for message in said.messages] == ["before"]


@pytest.mark.parametrize(
    "words",
    [
        "Ben joined us for lunch and left at two",
        "Messages must be end-to-end tested, please invoice us",
        "I missed your call",
        "null and void",
        "He said: This message was deleted",
    ],
)
def test_people_may_use_the_words_that_whatsapp_uses(words: str) -> None:
    said = chat(f"14/10/2026, 15:33 - Anna: Hi\n14/10/2026, 15:34 - Anna: {words}")
    assert [message.text for message in said.messages] == ["Hi", words]


@pytest.mark.parametrize(
    "words",
    [
        "<Media omitted>",
        "<Medien ausgeschlossen>",
        "<Multimedia omitido>",
        "\u200eimage omitted",
        "\u200eBild weggelassen",
        "\u200einvoice.pdf • \u200e2 pages \u200edocument omitted",
        "null",
    ],
)
def test_what_was_left_out_is_named(words: str) -> None:
    [message] = chat(f"14/10/2026, 15:34 - Anna: {words}").messages
    assert message.text == LEFT_OUT


def orders(text: str) -> list[tuple[int, int]]:
    return [(message.at.month, message.at.day) for message in chat(text).messages]


def test_a_day_above_twelve_settles_the_order_for_the_whole_file() -> None:
    assert orders("03/04/2026, 10:00 - A: x\n13/04/2026, 10:00 - A: y") == [(4, 3), (4, 13)]
    assert orders("03/04/2026, 10:00 - A: x\n04/13/2026, 10:00 - A: y") == [(3, 4), (4, 13)]


def test_messages_never_go_back_in_time() -> None:
    text = "01/12/2025, 10:00 - A: x\n02/01/2026, 10:00 - A: y\n03/02/2026, 10:00 - A: z"
    assert orders(text) == [(12, 1), (1, 2), (2, 3)]


def test_days_in_a_row_are_likelier_than_one_day_of_each_month() -> None:
    text = "\n".join(f"{day:02}/04/2026, 10:00 - A: x" for day in (3, 4, 5))
    assert orders(text) == [(4, 3), (4, 4), (4, 5)]


def test_a_chat_has_no_messages_from_the_future() -> None:
    assert orders("11/12/2026, 10:00 - A: x") == [(11, 12)]


def test_a_message_goes_on_over_many_lines() -> None:
    said = chat("14/10/2026, 15:34 - Anna: one\n\n2) two: x\n  three\n14/10/2026, 15:35 - Anna: b")
    assert [message.text for message in said.messages] == ["one\n\n2) two: x\n  three", "b"]


def test_a_number_that_looks_like_a_date_does_not_make_the_chat_unreadable() -> None:
    said = chat(
        "14/10/2026, 15:34 - Anna: one\n99/99/9999, 10:00 - Ben: x\n15/10/2026, 9:00 - Anna: b"
    )
    assert [message.text for message in said.messages] == [
        "one\n99/99/9999, 10:00 - Ben: x",
        "b",
    ]


def test_hidden_marks_of_the_sender_stay_in_his_words() -> None:
    [message] = chat(
        "[14/10/2026, 15:34:09] \u202a+49\u00a0170\u00a012\u202c: \u202eevil"
    ).messages
    assert (message.sender, message.text) == ("+49 170 12", "\u202eevil")


def test_a_name_of_the_strangers_own_choice_is_no_address() -> None:
    [message] = chat("14/10/2026, 15:34 - ~\u202fAcme: Hi").messages
    assert (message.sender, message.self_named) == ("Acme", True)


@pytest.mark.parametrize(
    ("file_name", "own", "mine"),
    [
        (FILE, (), {"Maria F."}),
        ("chat.txt", ("maria f.",), {"Maria F."}),
        ("WhatsApp Chat mit Anna.txt", (), {"Maria F."}),
        ("chat.txt", (), set[str]()),
    ],
)
def test_the_owners_own_messages_are_told_apart(
    file_name: str, own: tuple[str, ...], mine: set[str]
) -> None:
    text = "14/10/2026, 15:34 - Anna: Hi\n14/10/2026, 15:35 - Maria F.: Hello"
    said = chat(text, file_name=file_name, own=own)
    assert {message.sender for message in said.messages if message.is_own} == mine
    assert said.owner_known == bool(mine)


def test_you_is_the_owner_in_every_language() -> None:
    for you in ("You", "Du", "Vous", "Tú", "Você"):
        said = chat(f"14/10/2026, 15:34 - {you}: Hi", file_name="x.txt")
        assert [message.is_own for message in said.messages] == [True]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        (FILE, "Anna"),
        ("WhatsApp Chat - Blue Heron Bakery.zip", "Blue Heron Bakery"),
        ("WhatsApp Chat mit Ines Cedar.txt", "Ines Cedar"),
        ("Chat de WhatsApp con Ana.txt", "Ana"),
        ("Discussion WhatsApp avec Zoé.txt", "Zoé"),
        ("WhatsApp Chat with Anna (2).txt", "Anna"),
        ("_chat.txt", ""),
    ],
)
def test_the_name_of_the_file_says_whom_the_chat_is_with(name: str, title: str) -> None:
    assert title_of(name) == title


def test_the_same_words_twice_in_a_minute_are_two_messages() -> None:
    line = "14/10/2026, 15:34 - Anna: Hi"
    first, second = chat(f"{line}\n{line}").messages
    assert first.key != second.key
    assert chat(line).messages[0].key == first.key


@given(st.text(), st.lists(st.sampled_from([line for line, _ in LINES]), max_size=4))
def test_no_text_at_all_makes_the_reader_fail(text: str, lines: list[str]) -> None:
    chat("\n".join([*lines, text, *lines]))


def zipped(**files: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return data.getvalue()


def test_a_bomb_in_a_zip_is_not_unpacked() -> None:
    data = zipped(_chat__txt=b"14/10/2026, 15:34 - Anna: Hi", big__pdf=bytes(60 * 1024 * 1024))
    assert len(data) < 200_000
    assert opened("WhatsApp Chat - Anna.zip", data).file("big.pdf") == b""


# --- the drop folder and the folder of exports ---------------------------------------------------


def items(business: Business) -> list[Item]:
    return [
        item
        for item, _ in business.engine.bookmarks.open_items()
        if item.type is ItemType.WHATSAPP
    ]


def drop(business: Business, text: str | bytes, name: str = FILE) -> None:
    business.drop(name, text if isinstance(text, bytes) else text.encode())
    business.tick(seconds=1)


def lines_of(business: Business, *said: str, ago: timedelta = timedelta(hours=2)) -> str:
    """Return an export with a message each half hour, beginning so long ago."""
    start = business.clock().astimezone(BERLIN) - ago
    times = [start + n * timedelta(minutes=30) for n in range(len(said))]
    return "\n".join(
        f"{time:%d/%m/%Y, %H:%M} - {line}" for time, line in zip(times, said, strict=True)
    )


def test_a_dropped_chat_becomes_items_without_the_owners_own_words(business: Business) -> None:
    drop(business, lines_of(business, ENCRYPTED, "Anna: Do you bake rye?", "You: Yes", "Anna: Ok"))
    assert [item.body for item in items(business)] == ["Do you bake rye?", "Ok"]
    assert business.notes(Folder.INBOX) == []
    assert [name for name in business.notes(Folder.COMPLETED) if "WhatsApp" in name]


def test_what_is_said_in_one_go_is_one_item(business: Business) -> None:
    now = business.clock().astimezone(BERLIN) - timedelta(hours=1)
    minutes = [now + timedelta(minutes=n) for n in range(3)]
    said = zip(minutes, ["Hi", "please call", "today"], strict=True)
    drop(business, "\n".join(f"{time:%d/%m/%Y, %H:%M} - Anna: {words}" for time, words in said))
    assert [item.body for item in items(business)] == ["Hi\nplease call\ntoday"]


def test_the_same_chat_exported_again_brings_only_what_is_new(business: Business) -> None:
    text = lines_of(business, "Anna: one", "You: x", "Anna: two")
    drop(business, text)
    drop(business, text, "WhatsApp Chat with Anna (1).txt")
    drop(business, f"{text}\n{business.clock().astimezone(BERLIN):%d/%m/%Y, %H:%M} - Anna: three")
    drop(business, zipped(_chat__txt=text.encode()), "WhatsApp Chat - Anna.zip")
    assert [item.body for item in items(business)] == ["one", "two", "three"]


def test_old_talk_is_over_but_nothing_between_two_exports_is_lost(business: Business) -> None:
    old = lines_of(business, "Anna: years ago", ago=timedelta(days=700))
    first = lines_of(business, "Anna: lately", ago=timedelta(days=80))
    drop(business, f"{old}\n{first}")
    between = lines_of(business, "Anna: between", ago=timedelta(days=60))
    now = lines_of(business, "Anna: now")
    drop(business, f"{old}\n{first}\n{between}\n{now}")
    assert [item.body for item in items(business)] == ["lately", "between", "now"]


def test_a_request_in_a_chat_becomes_a_proposal_with_its_evidence(business: Business) -> None:
    words = "Please send us an invoice for\n2 x 40.00 USD bread delivery\nThanks!"
    name = "WhatsApp Chat with Blue Heron Bakery.txt"
    drop(business, lines_of(business, f"Blue Heron Bakery: {words}"), name)
    [asked] = business.waiting()
    assert asked.proposal.operation == "odoo_create_invoice"
    assert asked.proposal.particulars.payee_id == "10"
    assert asked.proposal.origin.outside
    assert asked.proposal.evidence[0].where in {"chat message", "sender"}
    [item] = items(business)
    assert asked.proposal.origin.link == f"whatsapp:{item.id}"


def test_files_in_the_zip_are_kept_under_safe_names_beside_the_note(business: Business) -> None:
    text = lines_of(
        business,
        "Anna: \u200e<attached: 00001-offer.pdf>",
        "You: no",
        "Anna: x.md (file attached)",
    )
    data = zipped(_chat__txt=text.encode(), **{"00001-offer__pdf": b"%PDF-1.4", "x__md": b"- [ ]"})
    drop(business, data, "WhatsApp Chat - Anna.zip")
    kept = [item.attachments[0].name for item in items(business)]
    assert [name.rpartition(".")[2] for name in kept] == ["pdf", "bin"]
    assert business.path(Folder.NEEDS_ACTION, kept[0]).read_bytes() == b"%PDF-1.4"


def test_a_file_that_only_has_the_name_of_a_chat_is_a_file_like_any_other(
    business: Business,
) -> None:
    drop(business, b"just a list", "WhatsApp shopping.txt")
    drop(business, b"PK broken", "WhatsApp Chat - Anna.zip")
    found = [item.type for item, _ in business.engine.bookmarks.open_items()]
    assert found == [ItemType.FILE, ItemType.FILE]


def test_where_the_owner_cannot_be_told_he_is_asked_for_his_name(business: Business) -> None:
    drop(business, lines_of(business, "Anna: Hi", "Maria: Hello"), "WhatsApp export.txt")
    [alert] = [name for name in business.notes(Folder.NEEDS_ACTION) if name.startswith("ALERT")]
    assert "OWNER_NAME" in business.text(Folder.NEEDS_ACTION, alert)


def test_a_folder_of_exports_is_read_and_left_as_it_is(business: Business, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    business.restart(WHATSAPP_EXPORT_DIR=str(folder))
    (folder / FILE).write_text(lines_of(business, "Anna: Hi"))
    (folder / "link.txt").symlink_to(folder / FILE)
    watcher = WhatsAppWatcher(business.engine)
    for _ in range(3):
        watcher.once()
        business.clock.forward(seconds=1)
    business.restart()
    WhatsAppWatcher(business.engine).once()
    assert [item.body for item in items(business)] == ["Hi"]
    assert (folder / FILE).exists()
    assert "whatsapp" in business.engine.bookmarks.beats()


def test_without_settings_the_watcher_is_absent_with_a_reason(business: Business) -> None:
    with pytest.raises(ConfigurationError, match="Inbox"):
        WhatsAppWatcher(business.engine)
    business.restart(WHATSAPP_SOURCE="cloud", WHATSAPP_APP_SECRET="x")
    with pytest.raises(ConfigurationError, match="WHATSAPP_VERIFY_TOKEN"):
        WhatsAppWatcher(business.engine)


# --- Meta's Cloud API ----------------------------------------------------------------------------

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
    [item] = items(business)
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
    assert items(business) == []
    assert meta.deliver(payload) == 200


def test_the_signature_is_over_the_bytes_and_not_over_what_they_mean(
    business: Business, meta: PretendMeta
) -> None:
    payload = meta.text("Grüße 🍞", sender="491701")
    assert meta.deliver(json.dumps(payload, ensure_ascii=False, indent=3).encode()) == 200
    assert [item.body for item in items(business)] == ["Grüße 🍞"]


def test_a_replay_is_taken_in_once(business: Business, meta: PretendMeta) -> None:
    payload = meta.text("x", sender="491701")
    assert [meta.deliver(payload) for _ in range(5)] == [200] * 5
    assert len(items(business)) == 1


def test_many_at_once_are_all_taken_in_once(business: Business, meta: PretendMeta) -> None:
    payloads = [meta.text(f"m{n}", sender="491701") for n in range(20)]
    callers = [threading.Thread(target=meta.deliver, args=(each,)) for each in payloads * 2]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert meta.statuses == [200] * 40
    assert len(items(business)) == 20


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
    assert items(business) == []


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
    assert items(business) == []


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
        assert [item.body for item in items(business)] == ["Do you bake rye?"]
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
    assert items(business) == []


def test_signed_bytes_that_are_no_json_are_refused_and_not_kept(
    business: Business, meta: PretendMeta
) -> None:
    for body in (b"{", b"\xff\xfe", b"[" * 100_000):
        assert meta.deliver(body) == 400
    assert items(business) == []


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
    assert len(items(business)) == 1


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
    assert [item.body for item in items(business)] == ["Please call"]
    taken = [
        record
        for day in business.engine.journal.days()
        for record in map(json.loads, business.engine.journal.lines_of(day))
        if record["action"] == "item"
    ]
    assert len(taken) == 1
