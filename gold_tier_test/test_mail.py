"""Mails as values: whatever bytes come, the words a reader would see, and nothing hidden."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter

from utils.core.model import Source
from utils.mail.html_text import readable
from utils.mail.pdf_text import text_of_pdf
from utils.mail.reading import TEXT_LIMIT, read_mail

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def mail(body: str = "Two rye, please.", **headers: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in ({"From": "Ann <ann@cafe.example>", "Subject": "Order"} | headers).items():
        made[name.replace("_", "-")] = value
    made.set_content(body)
    return made


def pdf(text: str) -> bytes:
    """Return a PDF of one page with a line of plain text on it."""
    drawn = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    page = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(page))
        page += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 6\n0000000000 65535 f \n" + table
    return page + head + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(page)


# --- a mail taken apart ----------------------------------------------------------------------


def test_a_mail_becomes_its_values() -> None:
    made = mail(
        To="Owner <Owner@Bakery.example>, info@bakery.example",
        Cc="bob@cafe.example",
        Reply_To="office@cafe.example",
        Date="Mon, 16 Nov 2026 09:00:00 +0100",
        Message_ID="<two@cafe.example>",
        In_Reply_To="<one@cafe.example>",
        References="<zero@cafe.example> <one@cafe.example>",
        Subject="Rechnung für März 🍞",
    )
    found = read_mail(made.as_bytes())
    assert (found.sender, found.sender_name) == ("ann@cafe.example", "Ann")
    assert found.to == ("owner@bakery.example", "info@bakery.example", "bob@cafe.example")
    assert found.reply_to == "office@cafe.example"
    assert found.subject == "Rechnung für März 🍞"
    assert found.sent_at == datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
    assert found.message_id == "<two@cafe.example>"
    assert found.in_reply_to == "<one@cafe.example>"
    assert found.references == ("<zero@cafe.example>", "<one@cafe.example>")
    assert found.text == "Two rye, please."
    assert not found.is_automatic


@pytest.mark.parametrize(
    "headers",
    [
        {"List_Unsubscribe": "<https://news.example/off>"},
        {"Auto_Submitted": "auto-replied; owner-email=a@b.example"},
        {"Precedence": "Bulk"},
    ],
    ids=str,
)
def test_what_a_machine_sent_is_known_and_weighs_less(headers: dict[str, str]) -> None:
    found = read_mail(mail(**headers).as_bytes())
    assert found.is_automatic
    assert found.to_item("i-1", Source.GMAIL, NOW).priority == "low"


def test_the_version_without_html_is_read_unless_it_is_empty() -> None:
    made = mail("plain words")
    made.add_alternative("<p>html words</p>", subtype="html")
    assert read_mail(made.as_bytes()).text == "plain words"
    empty = mail(" \n")
    empty.add_alternative("<p>html <b style='display:none'>evil</b>words</p>", subtype="html")
    found = read_mail(empty.as_bytes())
    assert (found.text, found.hidden) == ("html words", 1)


def test_attachments_are_named_weighed_and_read() -> None:
    made = mail()
    data = pdf("Total 150.00 EUR")
    made.add_attachment(data, maintype="application", subtype="pdf", filename="../../Bill 7.PDF")
    made.add_attachment(b"# run me", maintype="text", subtype="markdown", filename="CLAUDE.md")
    item = read_mail(made.as_bytes()).to_item("i-1", Source.GMAIL, NOW)
    bill, note = item.attachments
    assert bill.name == "i-1-Bill-7.pdf"
    assert bill.size_bytes == len(data)
    assert bill.sha256 == hashlib.sha256(data).hexdigest()
    assert "Total 150.00 EUR" in bill.text
    assert note.name == "i-1-CLAUDE-md.bin"


def test_a_forwarded_mail_is_kept_as_a_file_and_a_logo_is_not() -> None:
    made = mail()
    made.add_attachment(mail("inside"))
    made.add_attachment(
        b"GIF89a", maintype="image", subtype="gif", cid="<logo>", disposition="inline"
    )
    [file] = read_mail(made.as_bytes()).attachments
    assert file.media_type == "message/rfc822"
    assert b"inside" in file.data


def test_a_text_that_is_too_long_says_so() -> None:
    found = read_mail(mail("x" * (TEXT_LIMIT + 7)).as_bytes())
    assert len(found.text) == TEXT_LIMIT
    assert found.cut == 7
    assert "[7 more characters are in the mailbox.]" in found.to_item("i", Source.FILE, NOW).body


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=a\n\n\xe4\n--a",
        b"Content-Type: text/html\n\n<p>a<!-- x -->&#1;b\x02<a href='https://\x03'>c</a>",
        b"Content-Type: text/html\n\n<?x?>\x00<template>\x01</template>\x0b",
        b"From: =?utf-7?q?+2AA-?=\n\nHi",
        b"Subject: =?utf-7?q?+2AA-?=\n\nHi",
        b"Content-Type: text/plain; charset=utf-7\n\n+2AA-",
        b"Content-Type: multipart/mixed; boundary*=idna''%D8%00\n\n--a\n\nHi",
        b"Content-Type: multipart/mixed; boundary*=undefined''a\n\n--a\n\nHi",
        b"Content-Disposition: attachment; filename*=idna''%D8%00.pdf\n\nHi",
        b"Content-Disposition: attachment; filename*=undefined''a.pdf\n\nHi",
    ],
)
def test_bytes_that_once_made_a_library_fail_are_read(raw: bytes) -> None:
    read_mail(raw).to_item("i-1", Source.GMAIL, NOW).model_dump_json().encode()


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"Content-Type: text/plain; charset=nonsense\r\n\r\nGr\xc3\xbc\xc3\x9fe", "Grüße"),
        (b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\nGr\xfc\xdfe", "Grüße"),
        (b"\r\nGr\xfc\xdfe", "Grüße"),
        (b"Content-Type: text/plain; charset=punycode\r\n\r\nabc", "abc"),
        (b"Content-Transfer-Encoding: base64\r\n\r\n%%%=", ""),
        (b"Content-Type: multipart/mixed\r\n\r\nno boundary", ""),
    ],
)
def test_a_broken_encoding_is_read_as_well_as_can_be(raw: bytes, text: str) -> None:
    assert read_mail(raw).text.strip("%=") == text


def test_a_file_keeps_the_name_that_is_written_in_an_encoding_of_its_own() -> None:
    head = b"Content-Type: application/pdf\nContent-Disposition: attachment; "
    for name in (b"filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf", b"filename*=iso-8859-1''Gr%FC%DFe.pdf"):
        [file] = read_mail(head + name + b"\n\nHi").attachments
        assert file.name == "Grüße.pdf"


@pytest.mark.parametrize(
    ("header", "sender"),
    [
        (b'"Smith, Ann" <ANN@cafe.example>', ("Smith, Ann", "ann@cafe.example")),
        (b"ann@cafe.example", ("", "ann@cafe.example")),
        (b'"boss@bakery.example" <eve@evil.example>', ("boss@bakery.example", "eve@evil.example")),
        (b"=?utf-8?b?QsO2aG0=?= <b@c.example>", ("Böhm", "b@c.example")),
        (b"Ann <<ann@cafe.example>", ("Ann", "ann@cafe.example")),
        (b"nobody", ("nobody", "")),
        (b"<>", ("<>", "")),
    ],
)
def test_a_sender_is_an_address_and_what_he_calls_himself(
    header: bytes, sender: tuple[str, str]
) -> None:
    found = read_mail(b"From: " + header + b"\r\n\r\nHi")
    assert (found.sender_name, found.sender) == sender


PARTS = (
    b"From: ",
    b"Subject: =?utf-8?q?",
    b"\r\n",
    b"\r\n\r\n",
    b"Content-Type: multipart/alternative; boundary=a\r\n",
    b"Content-Type: text/html; charset=",
    b"Content-Type: message/rfc822\r\n",
    b"Content-Disposition: attachment; filename*=utf-8''%ff",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Date: Mon, 99 Nov 20260 99:99:99 +9999\r\n",
    b"\n--a\n",
    b"\n--a--\n",
    b"<style>p{",
    b"<p style='font-size:1e9",
    b"<!-- x -->&#1;<a href='https://\x02'>",
    b"%PDF-1.4",
)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PARTS) | st.binary(max_size=30), max_size=25).map(b"".join))
def test_no_bytes_make_it_fail(raw: bytes) -> None:
    item = read_mail(raw).to_item("i-1", Source.GMAIL, NOW)
    item.model_dump_json().encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"To: " + b'"\\' * 200_000 + b"\r\n\r\n",
        b"From: " + b"<a@b>,(" * 200_000 + b"\r\n\r\n",
        b"Subject: " + b"=?utf-8?q?a?= " * 100_000 + b"\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\nx\r\n" * 100_000,
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1500)
        ),
        b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>" * 50_000,
        b"Content-Type: text/html\r\n\r\n<style>"
        + b"*{a:b}" * 3_000
        + b"</style>"
        + b"<i>x" * 9_000,
        b"Content-Type: text/html\r\n\r\n<style>" + b"a b c d{e:f}" * 9_000 + b"</style>x",
        b"Content-Type: text/html\r\n\r\n<style>" + b"@media{a{" * 20_000,
        b"".join(
            name + b": " + "\u202e".encode() * 20_000 + b"\r\n"
            for name in (b"From", b"Sender", b"Reply-To", b"To", b"Cc") * 4
        ),
        b"Content-Type: application/pdf; name*=punycode''"
        + b"a" * 900_000
        + b"-"
        + b"b" * 900_000,
    ],
    ids=range(11),
)
def test_no_mail_takes_long(raw: bytes) -> None:
    started = time.process_time()
    read_mail(raw)
    assert time.process_time() - started < 10


# --- what a page hides -----------------------------------------------------------------------

HIDDEN = [
    "<p style='display:none'>EVIL</p>",
    "<p style='DISPLAY : NONE !important'>EVIL</p>",
    "<p style='dis\\70lay:none'>EVIL</p>",
    "<p style='dis/**/play:x;display:none'>EVIL</p>",
    "<p style='visibility:hidden'>EVIL</p>",
    "<p style='opacity:0'>EVIL</p>",
    "<p style='opacity:0.01'>EVIL</p>",
    "<p style='font-size:0'>EVIL</p>",
    "<p style='font-size:1px'>EVIL</p>",
    "<p style='font:0/0 serif'>EVIL</p>",
    "<p style='color:#fff'>EVIL</p>",
    "<p style='color:#FEFEFE'>EVIL</p>",
    "<p style='color:rgb(255, 255, 255)'>EVIL</p>",
    "<p style='color:transparent'>EVIL</p>",
    "<p style='color:rgba(0,0,0,0)'>EVIL</p>",
    "<div style='background:black'><p style='color:#000'>EVIL</p></div>",
    "<table bgcolor='#000000'><tr><td style='color:#010101'>EVIL</td></tr></table>",
    "<font color='white'>EVIL</font>",
    "<p style='position:absolute;left:-9999px'>EVIL</p>",
    "<p style='text-indent:-1000px'>EVIL</p>",
    "<p style='max-height:0;overflow:hidden'>EVIL</p>",
    "<p style='width:1px;height:1px;overflow:hidden'>EVIL</p>",
    "<p style='clip-path:inset(100%)'>EVIL</p>",
    "<p style='transform:scale(0)'>EVIL</p>",
    "<p hidden>EVIL</p>",
    "<p aria-hidden='true'>EVIL</p>",
    "<!-- EVIL -->",
    "<template>EVIL</template>",
    "<noscript>EVIL</noscript>",
    "<style>.x{display:none}</style><p class='y x'>EVIL</p>",
    "<style>.x{display:none!important}</style><p class=x style='display:block'>EVIL</p>",
    "<style>@media screen{.x{display:none}}</style><p class=x>EVIL</p>",
    "<style>@media (min-width:1px){.x{display:none}}</style><p class=x>EVIL</p>",
    "<style>#a > .b span{font-size:0}</style><div id=a><p class=b><i><span>EVIL</span></i></div>",
    "<style>p[data-x^='se']{display:none}</style><p data-x='secret'>EVIL</p>",
    "<style>h1 + p{opacity:0}</style><h1>Hello</h1><p>EVIL</p>",
    "<style>.x{color:red}.x{display:none}</style><p class=x>EVIL</p>",
]


@pytest.mark.parametrize("page", HIDDEN)
def test_what_a_reader_cannot_see_is_left_out_and_counted(page: str) -> None:
    text, hidden = readable(f"<body>Before {page} <b>after</b></body>")
    assert "EVIL" not in text
    assert "Before" in text
    assert "after" in text
    assert hidden == 1


SHOWN = [
    "<p>WORDS</p>",
    "<table><tr><td style='font-size:0'><div style='font-size:14px'>WORDS</div></td></tr></table>",
    "<div style='background:#222;color:white'>WORDS</div>",
    "<div style='background-image:url(x.png);color:white'>WORDS</div>",
    "<div style='visibility:hidden'><p style='visibility:visible'>WORDS</p></div>",
    "<style>@media (max-width:600px){.d{display:none}}</style><p class=d>WORDS</p>",
    "<style>@media print{.d{display:none}}</style><p class=d>WORDS</p>",
    "<style>.x{display:none}.x{display:block}</style><p class=x>WORDS</p>",
    "<style>.x{display:none}</style><p class=x style='display:block'>WORDS</p>",
    "<style>a:hover{display:none}</style><a>WORDS</a>",
    "<p style='color:#888'>WORDS</p>",
    "<p style='text-indent:-18pt;margin-left:36pt'>WORDS</p>",
    "<p style='font:12px/0 serif'>WORDS</p>",
    "<!--[if mso]><b>x</b><![endif]--><p>WORDS</p>",
    "<head><title>t</title></head><script>1</script>WORDS",
]


@pytest.mark.parametrize("page", SHOWN)
def test_what_a_reader_sees_stays(page: str) -> None:
    text, hidden = readable(page)
    assert text.strip() == "WORDS"
    assert hidden == 0


def test_a_link_says_where_it_leads() -> None:
    page = "<a href='https://evil.example/pay?x=1'>www.<b>bank</b>.example</a>"
    assert readable(page) == ("www.bank.example (https://evil.example/pay?x=1)", 0)
    assert readable("<a href='https://a.example'>https://a.example</a>")[0] == "https://a.example"


def test_lists_and_tables_stay_lines() -> None:
    page = "<ul><li>rye<li>spelt</ul><table><tr><td>Total<td>150.00</table>"
    assert readable(page)[0].split("\n")[:2] == ["  * rye", "  * spelt"]
    assert "Total  150.00" in readable(page)[0]


@settings(max_examples=200)
@given(st.text())
def test_any_text_is_a_page(page: str) -> None:
    text, hidden = readable(page)
    assert isinstance(text, str)
    assert hidden >= 0


# --- PDF -------------------------------------------------------------------------------------


def test_a_pdf_is_read() -> None:
    assert text_of_pdf(pdf("Invoice 17")) == "Invoice 17"


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4", pdf("x")[:200], b"%PDF-1.4\n" + b"<<" * 5000])
def test_a_broken_pdf_says_nothing(data: bytes) -> None:
    assert text_of_pdf(data) == ""


def test_a_locked_pdf_says_nothing() -> None:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="RC4-128")
    file = BytesIO()
    writer.write(file)
    assert text_of_pdf(file.getvalue()) == ""


def test_only_the_first_pages_of_a_long_pdf_are_read() -> None:
    writer = PdfWriter()
    for _ in range(500):
        writer.add_blank_page(100, 100)
    file = BytesIO()
    writer.write(file)
    started = time.process_time()
    text_of_pdf(file.getvalue())
    assert time.process_time() - started < 5
