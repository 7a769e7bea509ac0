"""A Proposal's note: what counts stands first, and what is read back is what is registered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from sample_proposals import EDITABLE, NOW, ZONE, payment

from utils.core import notes
from utils.core.errors import NoteError
from utils.core.lifecycle import State
from utils.core.model import Evidence, Outcome, OutcomeKind, Particulars, Proposal
from utils.core.pinned import Difference, as_text
from utils.core.proposal_page import (
    Shown,
    completed_page,
    differences,
    page,
    read_back,
    same_fields,
)

#: The contract of interface.md, with the owner's comment at the end.
ORDER = (
    "id version operation effect status created expires runs_at origin reason warnings "
    "fields digest approve reject comment"
)
ANY_TEXT = st.text(
    st.characters(codec="utf-8") | st.sampled_from("`~#-> \n\t\r\u2028\u202e⟨"), max_size=120
)
SCALARS = ANY_TEXT | st.booleans() | st.integers() | st.none()
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.from_regex(r"\A[a-z]{1,6}\Z"), inner, max_size=3)
    ),
    max_leaves=6,
)


def shown(proposal: Proposal) -> str:
    return page(proposal, editable=EDITABLE, zone=ZONE)


def read(text: str) -> Shown:
    return read_back(text, editable=EDITABLE)


def differs(text: str, proposal: Proposal) -> list[str]:
    return [each.name for each in differences(read(text), proposal, zone=ZONE)]


def unlike(text: str) -> tuple[Difference, ...]:
    return same_fields(read(text), payment())


def body_of(text: str) -> list[str]:
    return notes.parse(text).body.split("\n")


@given(ANY_TEXT)
@example("````text\n`````\n## Message\n---\ntrailing  \n\n")
@example("    ````\n~~~~\r\n\u202e\x00")
def test_the_text_in_the_box_is_the_text_that_runs(text: str) -> None:
    proposal = payment(fields={"message": text})
    assert read(shown(proposal)).texts == {"message": text}
    assert differs(shown(proposal), proposal) == []


@given(ANY_TEXT)
@example(" spaces kept \t")
def test_a_pinned_text_reads_back_letter_for_letter(text: str) -> None:
    proposal = payment(fields={"memo": text, "lines": [{"description": text}]})
    assert read(shown(proposal)).fields == {"memo": text, "lines": [{"description": text}]}


@given(st.dictionaries(st.sampled_from(["invoice", "amount", "memo", "lines"]), JSON))
def test_the_fields_read_back_are_those_registered(fields: dict[str, Any]) -> None:
    proposal = payment(fields=fields)
    try:
        text = shown(proposal)
    except NoteError:
        return
    assert read(text).fields == as_text(fields)
    assert differs(text, proposal) == []


@given(ANY_TEXT)
def test_no_name_or_reason_can_add_to_the_note(text: str) -> None:
    plain, hostile = (
        payment(
            headline=f"Pay {words}",
            reason=f"A {words}",
            warnings=(f"Look {words}",),
            undo=f"Undo {words}",
            particulars=Particulars(payee=f"A{words}", amount="1.00", shown={f"N{words}": "x"}),
            evidence=(Evidence(what=words, quote=words, where=words),),
        )
        for words in ("", text)
    )
    first, second = notes.parse(shown(plain)), notes.parse(shown(hostile))
    assert list(first.front) == list(second.front)
    assert second.ticked == frozenset()
    assert kinds("\n".join(body_of(shown(hostile)))) == kinds("\n".join(body_of(shown(plain))))


def kinds(markdown: str) -> set[str]:
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = [
        token for block in parser.parse(markdown) for token in (block, *(block.children or []))
    ]
    return {token.type for token in tokens} - {"softbreak", "text_special"}


def test_the_properties_stand_in_the_agreed_order() -> None:
    front = notes.parse(shown(payment(runs_at=NOW + timedelta(days=1)))).front
    assert " ".join(front) == ORDER
    assert "runs_at" not in notes.parse(shown(payment())).front


def test_obsidian_is_given_real_checkboxes_and_a_number() -> None:
    lines = shown(payment()).split("\n")
    assert {"approve: false", "reject: false", "version: 1", 'comment: ""'} <= set(lines)


def test_payee_amount_account_and_undo_stand_in_the_first_ten_lines() -> None:
    memo = {"memo": "m" * 10_000, "message": "w" * 10_000}
    warnings = tuple(f"Warning {number}." for number in range(9))
    top = body_of(shown(payment(fields=memo, warnings=warnings)))[:10]
    for words in ("**1200.00 EUR**", "Acme GmbH", "billing@acme.example", "····1234", "**Undo**"):
        assert any(words in line for line in top), words
    assert max(map(len, top)) < 400


def test_every_warning_and_every_recipient_is_named_in_full() -> None:
    people = tuple(f"person_{number}@acme.example" for number in range(40))
    warnings = tuple(f"Warning {number}." for number in range(9))
    text = shown(payment(warnings=warnings, particulars=Particulars(recipients=people)))
    body = notes.parse(text).body
    assert all(words in body for words in (*people, *warnings))
    assert "and 37 more, all named below" in "\n".join(body_of(text)[:10])


def test_a_long_value_is_folded_and_whole() -> None:
    memo = " ".join(f"word{number}" for number in range(2000))
    text = shown(payment(fields={"memo": memo}))
    assert "> [!quote]- Memo, in full" in text
    assert memo in "\n".join(body_of(text))


def test_the_lines_of_an_invoice_are_a_table() -> None:
    assert "| 2 × Rye bread | 600.00 |" in shown(payment())


def test_what_only_the_machine_needs_stands_in_the_properties_alone() -> None:
    proposal = payment(operation="facebook_reply_comment", effect="send").model_copy(
        update={
            "fields": {"comment_id": "1012_1013", "message": "Yes."},
            "particulars": Particulars(recipients=("Bea",), shown={"Comment": "Is it vegan?"}),
        }
    )
    note = notes.parse(shown(proposal))
    assert note.front["fields"] == {"comment_id": "1012_1013"}
    for words in (proposal.id, proposal.operation, proposal.digest[:8], "1012", "gmail", "i-1"):
        assert words not in note.body, words
    assert "Is it vegan?" in note.body


def test_an_id_is_shown_where_nothing_was_looked_up_under_it_or_something_is_taken_away() -> None:
    fields = {"post_id": "1012_1013"}
    known = Particulars(shown={"Post": "Rye is back."})
    asked = payment(effect="send", fields=fields, particulars=Particulars())
    taken = payment(effect="remove", fields=fields, particulars=known)
    for proposal in (asked, taken):
        assert "| Post id | 1012\\_1013 |" in shown(
            proposal
        ) or "| Post id | 1012_1013 |" in shown(proposal)


def test_a_value_is_said_once_and_another_one_beside_it() -> None:
    fields = {
        "customer": "billing@acme.example",
        "currency": "EUR",
        "due_date": "2026-12-22",
        "memo": "2026-12-22",
    }
    known = payment().particulars.model_copy(update={"shown": {"Due": "2026-12-22"}})
    said = notes.parse(shown(payment(fields=fields, particulars=known))).body
    assert said.count("2026-12-22") == 2  # as the due date, and as the memo
    assert "| Customer |" not in said
    assert "| Currency |" not in said
    other = fields | {"customer": "Acme Ltd", "currency": "USD", "due_date": "2027-01-01"}
    differs_ = notes.parse(shown(payment(fields=other, particulars=known))).body
    for row in ("| Customer | Acme Ltd |", "| Currency | USD |", "| Due date | 2027-01-01 |"):
        assert row in differs_


def test_whom_it_reaches_is_told_once_and_all_of_them_where_more_are_reached() -> None:
    to_bea = Particulars(recipients=("Bea",), shown={"To": "Bea"})
    and_ada = Particulars(recipients=("Bea", "Ada"), shown={"To": "Bea"})
    assert "| Reaches |" not in shown(payment(particulars=to_bea))
    assert "| Reaches | Bea, Ada |" in shown(payment(particulars=and_ada))


def test_the_lines_are_told_once_and_their_summary_where_there_is_no_table() -> None:
    known = Particulars(shown={"Lines": "2 × Rye bread at 600.00"})
    assert "at 600.00" not in shown(payment(particulars=known))
    assert "| Lines | 2 × Rye bread at 600.00 |" in shown(payment(fields={}, particulars=known))


def test_short_evidence_is_gathered_and_long_evidence_stands_whole_by_itself() -> None:
    evidence = (
        Evidence(what="amount", quote="please pay 1200", where="mail body"),
        Evidence(what="due date", quote="Net 30", where="mail body"),
        Evidence(what="letter", quote="one\n# two\n- [x] approve"),
    )
    said = notes.parse(shown(payment(evidence=evidence))).body
    assert "> > amount (mail body): please pay 1200\n> > due date (mail body): Net 30" in said
    assert said.count("[!quote]-") == 2
    assert "The words behind “letter”" in said


def test_no_fence_stands_above_the_decision() -> None:
    text = shown(payment(fields={"message": "Hello"}))
    assert text.index("**No:**") < text.index("````text")


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (State.PENDING, "Decide by Tue 24 Nov 2026, 18:00"),
        (State.HELD, "You took it back. Decide by"),
        (State.GRANTED, "To stop it, drag this note back"),
        (State.WAITING, "To stop it, drag this note back"),
    ],
)
def test_the_note_says_what_the_owner_can_do_now(state: State, says: str) -> None:
    proposal = payment(state=state)
    assert says in shown(proposal)
    assert differs(shown(proposal), proposal) == []


@pytest.mark.parametrize("state", [State.GRANTED, State.UNKNOWN, State.DONE])
def test_a_note_that_was_not_written_anew_at_each_step_is_still_the_same(state: State) -> None:
    assert differs(shown(payment()), payment(state=state)) == []


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ('amount: "1200.00"', 'amount: "12000.00"', "amount"),
        ('amount: "1200.00"', "amount: 1:30", "amount"),
        ('  parts: "3"', '  parts: "4"', "parts"),
        ('  final: "true"', '  final: "false"', "final"),
        ('  invoice: "INV/2026/0007"\n', "", "invoice"),
        ('  parts: "3"', '  parts: "3"\n  extra: "x"', "extra"),
        ('quantity: "2"', 'quantity: "20"', "lines"),
        ('effect: "spend"', 'effect: "read"', "effect"),
        ("version: 1", "version: 2", "version"),
        ('reason: "It', 'reason: "Nothing', "reason"),
        ("**1200.00 EUR**", "**12.00 EUR**", ""),
        ("> [!danger] Look twice\n", "", ""),
        ("| Invoice | INV/2026/0007 |", "| Invoice | INV/2026/0001 |", ""),
        ("## Message\n", "## Message\nAlso send this.\n", ""),
    ],
)
def test_whatever_is_changed_outside_the_boxes_is_a_difference(
    old: str, new: str, name: str
) -> None:
    text = shown(payment())
    assert old in text
    assert name in differs(text.replace(old, new, 1), payment())


def test_a_difference_tells_what_is_registered_and_what_is_shown() -> None:
    text = shown(payment()).replace('"1200.00"', '"12000.00"', 1)
    (change,) = unlike(text)
    assert (change.name, change.registered, change.shown) == ("amount", "1200.00", "12000.00")


def test_a_number_and_its_text_are_alike_and_nothing_else() -> None:
    text = shown(payment())
    assert unlike(text.replace('parts: "3"', "parts: 3")) == ()
    assert unlike(text.replace('parts: "3"', "parts: 3.0")) != ()


def test_a_text_that_lost_its_box_was_not_read() -> None:
    text = shown(payment())
    without = text.replace("````text\nThank you.\n````", "")
    assert [change.name for change in unlike(without)] == ["message"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("````text\n", "````text\n````\n````text\n", "heading of its own"),
        ("## Message", "## Other", "heading of its own"),
        ("Thank you.\n````", "Thank you.", "never ends"),
        ("approve: false", "approve: false\ndry_run: off", "dry_run"),
        ("approve: false", "approve: false\napproved: true", "approved"),
        ("digest:", "digset:", "digset"),
        ("version: 1", "version: x", "version"),
        ("version: 1", "version: \uff11", "version"),
        ('comment: ""', "comment: [a]", "comment"),
        ('effect: "spend"\n', "", "effect"),
    ],
)
def test_what_cannot_be_read_for_certain_is_refused(old: str, new: str, says: str) -> None:
    text = shown(payment())
    assert old in text
    with pytest.raises(NoteError, match=says):
        read(text.replace(old, new, 1))


def test_what_the_owner_does_is_no_difference() -> None:
    text = (
        shown(payment())
        .replace("approve: false", "approve: true\ntags:\n  - shop")
        .replace('comment: ""', "comment: go on")
        .replace("Thank you.", "Thank you all.\n## Not a heading\n```\n")
    )
    seen = read(text)
    assert (seen.approve, seen.reject, seen.comment) == (True, False, "go on")
    assert seen.texts == {"message": "Thank you all.\n## Not a heading\n```\n"}
    assert differs(text, payment()) == []


def test_a_box_that_its_text_would_close_shows_as_other_words() -> None:
    text = shown(payment()).replace("Thank you.", "Thank you.\n````\nAnd more.")
    assert differs(text, payment()) == [""]


def test_a_text_field_without_text_has_no_box() -> None:
    proposal = payment(fields={"message": None})
    assert "```" not in shown(proposal)
    assert differs(shown(proposal), proposal) == []


@pytest.mark.parametrize("kind", list(OutcomeKind))
def test_a_kept_note_says_on_top_what_came_of_it(kind: OutcomeKind) -> None:
    outcome = Outcome(
        kind=kind,
        detail="It is in the books.",
        url="https://odoo.example/web#id=7",
        data={"number": "INV/2026/0008"},
    )
    text = completed_page(
        payment(), outcome, editable=EDITABLE, zone=ZONE, decided="You dragged it at 18:20."
    )
    top = "\n".join(body_of(text)[:4])
    assert "**INV/2026/0008**" in top
    assert "[Open it there](https://odoo.example/web#id=7)" in top
    assert "You dragged it at 18:20." in top
    assert read(text).status == kind
    assert read(text).texts == {"message": "Thank you."}


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://x.example/)\n# y", "https://x.example/ y", "file:///x"]
)
def test_an_address_that_is_not_plain_is_no_link(url: str) -> None:
    outcome = Outcome(kind=OutcomeKind.DONE, url=url)
    text = completed_page(payment(), outcome, editable=EDITABLE, zone=ZONE, decided="")
    assert "](" not in text
    assert "\n# y" not in text


def test_a_proposal_too_large_for_a_note_is_said_to_be() -> None:
    with pytest.raises(NoteError, match="too long"):
        shown(payment(fields={"message": "x" * 300_000}))
