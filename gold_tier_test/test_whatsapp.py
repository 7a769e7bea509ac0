"""Chats from WhatsApp: exported files of many phones, dropped or found in a folder."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import Business
from hypothesis import given
from hypothesis import strategies as st

from utils.core.errors import ConfigurationError, InvalidValueError
from utils.core.lifecycle import Folder
from utils.core.model import ItemType
from utils.whatsapp.archive import opened
from utils.whatsapp.export import Chat, read_chat, title_of
from utils.whatsapp.notices import LEFT_OUT
from watchers.whatsapp_watcher import WhatsAppWatcher

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


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_bomb_that_lies_about_its_size_takes_no_memory(packing: int) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", packing) as archive:
        archive.writestr("_chat.txt", bytes(60_000_000))
    bomb = bytearray(data.getvalue())
    size_at = bomb.rfind(b"PK\x01\x02") + 24
    bomb[size_at : size_at + 4] = (1000).to_bytes(4, "little")
    tracemalloc.start()
    try:
        with pytest.raises(InvalidValueError):
            opened("WhatsApp Chat - Anna.zip", bytes(bomb))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


# --- the drop folder and the folder of exports ---------------------------------------------------


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
    assert [item.body for item in business.chats()] == ["Do you bake rye?", "Ok"]
    assert business.notes(Folder.INBOX) == []
    assert [name for name in business.notes(Folder.COMPLETED) if "WhatsApp" in name]


def test_what_is_said_in_one_go_is_one_item(business: Business) -> None:
    now = business.clock().astimezone(BERLIN) - timedelta(hours=1)
    minutes = [now + timedelta(minutes=n) for n in range(3)]
    said = zip(minutes, ["Hi", "please call", "today"], strict=True)
    drop(business, "\n".join(f"{time:%d/%m/%Y, %H:%M} - Anna: {words}" for time, words in said))
    assert [item.body for item in business.chats()] == ["Hi\nplease call\ntoday"]


def test_the_same_chat_exported_again_brings_only_what_is_new(business: Business) -> None:
    text = lines_of(business, "Anna: one", "You: x", "Anna: two")
    drop(business, text)
    drop(business, text, "WhatsApp Chat with Anna (1).txt")
    drop(business, f"{text}\n{business.clock().astimezone(BERLIN):%d/%m/%Y, %H:%M} - Anna: three")
    drop(business, zipped(_chat__txt=text.encode()), "WhatsApp Chat - Anna.zip")
    assert [item.body for item in business.chats()] == ["one", "two", "three"]


def test_old_talk_is_over_but_nothing_between_two_exports_is_lost(business: Business) -> None:
    old = lines_of(business, "Anna: years ago", ago=timedelta(days=700))
    first = lines_of(business, "Anna: lately", ago=timedelta(days=80))
    drop(business, f"{old}\n{first}")
    between = lines_of(business, "Anna: between", ago=timedelta(days=60))
    now = lines_of(business, "Anna: now")
    drop(business, f"{old}\n{first}\n{between}\n{now}")
    assert [item.body for item in business.chats()] == ["lately", "between", "now"]


def test_a_request_in_a_chat_becomes_a_proposal_with_its_evidence(business: Business) -> None:
    words = "Please send us an invoice for\n2 x 40.00 USD bread delivery\nThanks!"
    name = "WhatsApp Chat with Blue Heron Bakery.txt"
    drop(business, lines_of(business, f"Blue Heron Bakery: {words}"), name)
    [asked] = business.waiting()
    assert asked.proposal.operation == "odoo_create_invoice"
    assert asked.proposal.particulars.payee_id == "10"
    assert asked.proposal.origin.outside
    assert asked.proposal.evidence[0].where in {"chat message", "sender"}
    [item] = business.chats()
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
    kept = [item.attachments[0].name for item in business.chats()]
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
    assert [item.body for item in business.chats()] == ["Hi"]
    assert (folder / FILE).exists()
    assert "whatsapp" in business.engine.bookmarks.beats()


def test_without_settings_the_watcher_is_absent_with_a_reason(business: Business) -> None:
    with pytest.raises(ConfigurationError, match="Inbox"):
        WhatsAppWatcher(business.engine)
    business.restart(WHATSAPP_SOURCE="cloud", WHATSAPP_APP_SECRET="x")
    with pytest.raises(ConfigurationError, match="WHATSAPP_VERIFY_TOKEN"):
        WhatsAppWatcher(business.engine)
