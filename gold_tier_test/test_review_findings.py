"""One bad file, row or Item never stops the rest; nothing is lost silently; nothing runs twice."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import KNOWN, Business

from utils.catalogue import Catalogue
from utils.core.errors import EmployeeError, NoteError, VaultMissingError
from utils.core.lifecycle import Folder, State
from utils.core.notes import parse
from utils.sandbox.business import invoice_request


def others_go_on(business: Business) -> None:
    """What is asked and dragged now is carried out, whatever else lies about."""
    other = business.submit(reference="others go on")
    business.approve(other)
    assert business.state(other) is State.DONE


def rows(business: Business, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(business.home / "Vault/State/journal.sqlite3")) as db:
        db.execute(sql, values)
        db.commit()


def without_odoo(business: Business) -> Catalogue:
    return Catalogue()


# --- poison pills


@pytest.mark.parametrize(
    "state", ["pending", "granted", "waiting", "unknown", "armed", "done"]
)
def test_a_proposal_whose_operation_is_gone_stops_nothing_else(business: Business, state: str) -> None:
    proposal = business.submit()
    rows(
        business,
        "UPDATE proposals SET operation='gone_do', payload=replace(payload, 'odoo_create_invoice', 'gone_do'),"
        " state=?, shown=0, filed=0, granted_by='owner', granted_how='drag', granted_at=created_at",
        state,
    )
    business.restart()
    business.tick(seconds=1)
    others_go_on(business)


def test_a_proposal_too_long_for_a_note_is_not_registered(business: Business) -> None:
    lines = [{"description": "\u200b" * 480 , "quantity": "1", "unit_price": "1.00"}] * 60
    with pytest.raises(EmployeeError):
        business.submit(lines=lines)
    others_go_on(business)


def test_a_sum_beyond_all_bounds_is_refused_and_stops_nothing(business: Business) -> None:
    lines = [{"description": "x", "quantity": "999999999", "unit_price": "999999999999.00"}]
    with pytest.raises(EmployeeError):
        business.submit(lines=lines)
    others_go_on(business)


def test_a_payload_that_cannot_be_read_back_stops_nothing_else(business: Business) -> None:
    business.submit()
    rows(business, "UPDATE proposals SET payload=replace(payload, 'headline', 'heedline')")
    others_go_on(business)


@pytest.mark.parametrize("folder", [Folder.INBOX, Folder.PENDING, Folder.APPROVED, Folder.REJECTED])
@pytest.mark.parametrize(
    "name",
    [b"M\xfcller.pdf", b"M\xfcller.md", b"a" * 251 + b".pdf", b"a." + b"x" * 253, b"a\x1b[31m\n.md", b"x" * 252 + b".md"],
)
def test_a_file_with_an_odd_name_stops_nothing_else(business: Business, folder: Folder, name: bytes) -> None:
    path = os.path.join(os.fsencode(business.path(folder)), name)
    with open(path, "wb") as file:
        file.write(b"hello")
    business.tick(seconds=1)
    business.tick(seconds=1)
    others_go_on(business)
    for kept in os.listdir(business.path(Folder.NEEDS_ACTION)):
        assert "\x1b" not in kept


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("long.txt", ("漢" * 100_000).encode()),
        ("lines.csv", b"\n" * 100_000),
        ("zero.txt", ("\u200b" * 99_000).encode()),
        ("big.eml", b"From: a@b.example\r\nSubject: x\r\n\r\n" + b"word\r\n" * 400_000),
        ("subject.eml", b"From: a@b.example\r\nSubject: " + b"x" * 90_000 + b"\r\n\r\nhi"),
        ("id.eml", b"From: a@b.example\r\nMessage-ID: <" + b"x" * 90_000 + b"@b>\r\nSubject: s\r\n\r\nhi"),
        ("from.eml", b"From: " + b"x" * 90_000 + b"@b.example\r\nSubject: s\r\n\r\nhi"),
        ("nul.eml", b"From: a\x00@b.example\r\nSubject: \x00=?utf-8?q?=00=ED=A0=80?=\r\n\r\n\x00"),
    ],
)
def test_a_letter_of_any_size_stops_nothing_else(business: Business, name: str, data: bytes) -> None:
    business.drop(name, data)
    business.tick(seconds=1)
    business.tick(seconds=1)
    others_go_on(business)
    assert business.notes(Folder.INBOX) == []
    assert any(note.endswith(".md") for note in [*business.notes(Folder.NEEDS_ACTION), *business.notes(Folder.COMPLETED)])


def test_an_edit_too_long_for_a_note_stops_nothing_else(business: Business) -> None:
    pass


def test_two_copies_of_one_note_do_not_raise_its_version_for_ever(business: Business) -> None:
    proposal = business.submit()
    old = business.text(Folder.PENDING, proposal.note)
    business.edit(proposal.note, "50.00", "51.00")
    business.tick(seconds=1)
    assert business.found(proposal.id).proposal.version == 2
    business.path(Folder.APPROVED, proposal.note).write_text(old)
    for _ in range(5):
        business.tick(seconds=4)
    assert business.found(proposal.id).proposal.version <= 3
    business.path(Folder.APPROVED, proposal.note).unlink(missing_ok=True)
    business.approve(proposal)
    assert business.state(proposal) is State.DONE


def test_a_note_with_another_notes_words_is_put_right(business: Business) -> None:
    first, second = business.submit(), business.submit(reference="two")
    text = business.text(Folder.PENDING, second.note)
    business.path(Folder.PENDING, first.note).write_text(text)
    business.tick(seconds=1)
    business.tick(seconds=11)
    assert first.id in business.text(Folder.PENDING, first.note)


# --- lost silently


def test_a_vault_that_is_missing_at_the_start_withdraws_nothing(business: Business) -> None:
    proposal = business.submit()
    vault = business.home / "AI_Employee"
    vault.rename(business.home / "elsewhere")
    try:
        business.restart()
        business.tick(seconds=1)
        business.tick(seconds=30)
    except VaultMissingError:
        pass
    assert business.state(proposal) is State.PENDING


def test_a_planned_step_whose_answer_was_lost_is_asked_and_does_not_expire(business: Business) -> None:
    pass


def test_a_sum_above_the_days_limit_is_told_and_not_kept_waiting(business: Business) -> None:
    business.restart(MAX_AMOUNT_PER_DAY="100")
    proposal = business.submit()
    business.approve(proposal)
    business.tick(seconds=1)
    found = business.found(proposal.id)
    assert found.state is State.HELD
    business.tick(hours=49)
    assert "answered" not in business.found(proposal.id).proposal.reason


def test_waiting_for_a_service_uses_up_no_limit(business: Business) -> None:
    business.restart(MAX_AMOUNT_PER_DAY="1000")
    proposal = business.submit()
    business.odoo.stop()
    business.approve(proposal)
    for _ in range(12):
        business.tick(seconds=16)
    assert business.state(proposal) is State.WAITING
    business.odoo.start()
    business.restart()
    business.tick(seconds=16)
    assert business.state(proposal) is State.DONE


def test_what_waited_too_long_says_so(business: Business) -> None:
    proposal = business.submit()
    business.odoo.stop()
    business.approve(proposal)
    business.tick(hours=49)
    assert business.state(proposal) is State.EXPIRED
    assert "Nobody answered" not in business.found(proposal.id).proposal.reason


def test_a_note_shown_but_not_yet_marked_can_be_dragged(business: Business) -> None:
    proposal = business.submit()
    rows(business, "UPDATE proposals SET shown=0")
    business.drag(proposal.note)
    business.tick(seconds=1)
    assert business.state(proposal) is State.DONE


def test_a_drag_seen_by_its_event_before_the_note_was_marked_is_carried_out(business: Business) -> None:
    business.restart(HOLD_SECONDS="10")
    proposal = business.submit()
    rows(business, "UPDATE proposals SET shown=0")
    business.drag(proposal.note)
    business.engine.folders.look(Folder.APPROVED, proposal.note)
    assert business.state(proposal) is State.GRANTED
    business.tick(seconds=11)
    assert business.state(proposal) is State.DONE


def test_a_refusal_after_an_unknown_outcome_says_refused(business: Business) -> None:
    proposal = business.submit()
    business.odoo.fault("timeout_before", path="/json/2/account.move/load", seconds=3)
    business.approve(proposal)
    business.odoo.heal()
    business.tick(seconds=70)
    business.tick(seconds=70)
    assert business.state(proposal) is State.PENDING
    business.edit(proposal.note, "reject: false", "reject: true")
    business.tick(seconds=1)
    assert business.state(proposal) is State.REFUSED
    assert "status: refused" in business.text(Folder.COMPLETED, proposal.note).replace('"', "")


# --- the log


def test_the_log_verifies_while_its_file_is_behind(business: Business) -> None:
    business.submit()
    assert business.engine.audit_log.verify()[0] == []


def test_a_clock_set_back_over_midnight_breaks_no_chain(business: Business) -> None:
    business.submit()
    business.engine.pass_once()
    business.clock.now -= timedelta(days=2)
    business.submit(reference="b")
    business.engine.pass_once()
    assert business.engine.audit_log.verify()[0] == []


def test_a_record_that_is_no_json_is_a_fault_and_no_crash(business: Business) -> None:
    business.submit()
    business.engine.pass_once()
    rows(business, "UPDATE records SET body='{' WHERE seq=1")
    assert business.engine.audit_log.verify()[0]


@pytest.mark.parametrize("secret", ["1000", "true", "null", "rule", "origin", "action", 'a"b\\c'])
def test_a_short_secret_breaks_no_record(business: Business, secret: str) -> None:
    business.restart(ODOO_PASSWORD=secret)
    others_go_on(business)
    business.engine.pass_once()
    assert business.engine.audit_log.verify()[0] == []


def test_an_internal_fault_tells_no_secret(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    from utils import odoo_drafts
    business.restart(FACEBOOK_PAGE_TOKEN="sesame-open-1234567")
    proposal = business.submit()
    kind = type(business.engine.catalogue.operation("odoo_create_invoice"))
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("https://x/?access_token=sesame-open-1234567")
    monkeypatch.setattr(business.engine.catalogue.operation("odoo_create_invoice"), "perform", broken)
    business.approve(proposal)
    outcome = business.found(proposal.id).outcome
    assert outcome is not None
    assert "sesame" not in outcome.model_dump_json()


def test_hostile_yaml_is_always_a_note_error() -> None:
    hostile = ['"\\U00110000"', '"\\xZZ"', "!!binary x", "? ", "%YAML 9.9", "a: |9999\n  x", "- [", "\t", "a: &a", '"\\ud800"', "a: >-\n\n\u0085x", "{a: b", "a: 'x", "@a", "`a", "a:\n- b\n c", "a: " + "[" * 2000, "? a\n: b", "a: !<x> b", "..."]
    for front in hostile:
        for wrapped in (f"---\n{front}\n---\n", f"---\nid: {front}\n---\n"):
            try:
                parse(wrapped)
            except NoteError:
                pass
