"""Hostile inputs as the gate, the folders and the executor meet them, judged by the ledger.

Every row of the catalogue's classes integrity, remote and runtime stands in `JUDGES`, or in
`ELSEWHERE` with the test that judges it. Names, objects, YAML and money are judged once more here
where only the whole line can judge them.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from conftest import CATALOGUE, KNOWN, Business
from pydantic import ValidationError

from utils.core.errors import InvalidValueError, NewerJournalError
from utils.core.lifecycle import Folder, State
from utils.core.model import Origin, Source
from utils.storage.sqlite import SqliteDatabase

ROWS = {
    row["id"]: row
    for row in map(
        json.loads,
        (Path(__file__).parent / "data/hostile_inputs.jsonl").read_text().splitlines(),
    )
}
#: Rows judged by another test, with its name.
ELSEWHERE = {
    "integrity-02": "test_races",
    "integrity-04": "test_proposal_page",
    "integrity-05": "test_outside_text",
    "integrity-13": "the jail's tests",
    "integrity-14": "test_races",
    "remote-01": "test_spine.test_what_never_left_waits_and_goes_out_once",
    "remote-04": "test_retry_mechanisms",
    "runtime-01": "test_kill_sweep",
    "runtime-02": "test_disk_faults",
    "runtime-03": "test_disk_faults",
    "runtime-05": "test_filesystem_watcher",
    "runtime-06": "the schedule's tests",
    "runtime-07": "the schedule's tests",
    "runtime-08": "the supervision's tests",
}


def nothing_ran(business: Business) -> None:
    for _ in range(3):
        business.tick(seconds=6)
    assert business.effects() == []


# --- names and objects ---------------------------------------------------------------------------


def name_05_and_06(business: Business) -> None:
    proposal = business.submit()
    vault = business.path(Folder.PENDING).parent
    for stranger in ("Аpproved", "approved", "APPROVED", "Approved "):
        (vault / stranger).mkdir()
        (vault / stranger / proposal.note).write_text(business.text(Folder.PENDING, proposal.note))
    nothing_ran(business)
    assert business.state(proposal) is State.PENDING


def name_08(business: Business) -> None:
    proposal = business.submit()
    text = business.text(Folder.PENDING, proposal.note)
    business.drag(proposal.note)
    business.path(Folder.APPROVED, proposal.note.upper()).write_text(text)
    business.tick(seconds=1)
    business.tick(seconds=1)
    assert len(business.effects()) == 1


def name_09(business: Business) -> None:
    proposal = business.submit()
    text = business.text(Folder.PENDING, proposal.note)
    stem = proposal.note.removesuffix(".md")
    copies = (
        " (Conflicted copy MyMac 202611220930)",
        ".sync-conflict-20261122-093011-ABCDEFG",
        " 2",
        " (1)",
    )
    for copy in copies:
        business.path(Folder.APPROVED, f"{stem}{copy}.md").write_text(text)
    nothing_ran(business)
    assert "copy" in business.told()
    business.approve(proposal)
    business.tick(seconds=1)
    assert len(business.effects()) == 1


def name_10(business: Business) -> None:
    proposal = business.submit()
    folder = business.path(Folder.APPROVED, "sub")
    folder.mkdir()
    (folder / proposal.note).write_text(business.text(Folder.PENDING, proposal.note))
    nothing_ran(business)


def object_02(business: Business) -> None:
    proposal = business.submit()
    pending = business.path(Folder.PENDING, proposal.note)
    os.link(pending, business.home / "second-name.md")
    business.drag(proposal.note)
    nothing_ran(business)
    assert "second name" in business.told()


def object_03(business: Business) -> None:
    proposal = business.submit()
    business.path(Folder.PENDING, proposal.note).unlink()
    business.path(Folder.APPROVED, proposal.note).mkdir()
    nothing_ran(business)
    assert "folder" in business.told()


def object_04(business: Business) -> None:
    proposal = business.submit()
    business.drag(proposal.note)
    os.truncate(business.path(Folder.APPROVED, proposal.note), 10 * 1024**3)
    nothing_ran(business)
    assert business.found(proposal.id).proposal.version == 2


def object_05(business: Business) -> None:
    proposal = business.submit()
    text = business.text(Folder.PENDING, proposal.note)
    business.path(Folder.PENDING, proposal.note).unlink()
    half = business.path(Folder.APPROVED, proposal.note)
    half.write_text(text[: len(text) // 4])
    business.tick(seconds=1)
    business.tick(seconds=1)
    assert business.effects() == []
    half.write_text(text)
    business.tick(seconds=1)
    assert len(business.effects()) == 1


def object_06(business: Business) -> None:
    proposal = business.submit()
    path = business.path(Folder.PENDING, proposal.note)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    business.approve(proposal)
    assert len(business.effects()) == 1
    assert business.effects()[0]["payload"]


def object_07(business: Business) -> None:
    proposal = business.submit()
    path = business.path(Folder.PENDING, proposal.note)
    path.chmod(0)
    other = business.submit(reference="other")
    business.drag(proposal.note)
    business.approve(other)
    assert business.state(other) is State.DONE


# --- integrity -----------------------------------------------------------------------------------


def integrity_01(business: Business) -> None:
    business.restart(HOLD_SECONDS="10")
    proposal = business.submit()
    business.approve(proposal)
    business.edit(proposal.note, "50.00", "500.00", folder=Folder.APPROVED)
    nothing_ran(business)
    assert business.found(proposal.id).proposal.version == 2
    assert "50.00" in business.text(Folder.PENDING, proposal.note)


def integrity_03(business: Business) -> None:
    proposal = business.submit()
    text = business.text(Folder.PENDING, proposal.note)
    middle = text.index("fields:")
    business.path(Folder.PENDING, proposal.note).write_text(text + text[middle : middle + 200])
    business.drag(proposal.note)
    nothing_ran(business)


def integrity_06(business: Business) -> None:
    first, second = business.submit(), business.submit(reference="two")
    a = business.text(Folder.PENDING, first.note)
    b = business.text(Folder.PENDING, second.note)
    business.path(Folder.APPROVED, first.note).write_text(b.replace(second.id, first.id))
    business.path(Folder.PENDING, first.note).write_text(a)
    nothing_ran(business)


def integrity_07(business: Business) -> None:
    first, second = business.submit(), business.submit(reference="two")
    business.drag(first.note)
    business.path(Folder.PENDING, second.note).rename(business.path(Folder.APPROVED, first.note))
    nothing_ran(business)
    assert {business.state(first), business.state(second)} & {State.PENDING}


def integrity_08(business: Business) -> None:
    proposal = business.submit()
    text = business.text(Folder.PENDING, proposal.note)
    business.approve(proposal)
    business.path(Folder.APPROVED, "another name.md").write_text(text)
    business.tick(seconds=1)
    business.tick(seconds=1)
    assert len(business.effects()) == 1


def integrity_09(business: Business) -> None:
    first = business.submit(reference="PO-1")
    business.approve(first)
    second = business.submit(reference="PO-1")
    assert (second.state, second.rule) == (State.PENDING, "duplicate")
    business.tick(seconds=1)
    assert len(business.effects()) == 1


def integrity_10(business: Business) -> None:
    business.restart(HOLD_SECONDS="10")
    proposal = business.submit()
    business.approve(proposal)
    business.drag(proposal.note, Folder.PENDING, out_of=Folder.APPROVED)
    nothing_ran(business)
    assert business.state(proposal) is State.HELD


def integrity_11(business: Business) -> None:
    proposal = business.submit()
    business.clock.forward(days=14)
    business.approve(proposal)
    assert (business.state(proposal), business.effects()) == (State.EXPIRED, [])


def integrity_12(business: Business) -> None:
    proposals = [business.submit(reference=f"PO-{n}") for n in range(60)]
    for proposal in proposals:
        business.drag(proposal.note)
    business.tick(seconds=1)
    references = {effect["reference"] for effect in business.effects()}
    assert (len(references), len(business.effects())) == (60, 60)


def integrity_15(business: Business) -> None:
    proposal = business.submit()
    assert proposal.state is State.PENDING
    nothing_ran(business)


# --- money ---------------------------------------------------------------------------------------


def refused_values(business: Business, tool: str, **values: object) -> None:
    """The tool says no in a sentence, and nothing is registered."""
    with pytest.raises((InvalidValueError, ValidationError)):
        business.submit(tool, **values)
    assert business.waiting() == []


def money_02_and_04(business: Business) -> None:
    for price in ("0.001", "100.005", "9_9", "0x64", "１００", "1e3", "NaN", "", " 5"):
        lines = [{"description": "x", "quantity": "1", "unit_price": price}]
        refused_values(business, "odoo_create_invoice", lines=lines)


def money_03(business: Business) -> None:
    for amount in ("-50.00", "-0", "0", "0.00"):
        refused_values(business, "odoo_record_payment", invoice="INV/2026/00001", amount=amount)


def money_07(business: Business) -> None:
    lines = [{"description": "the usual recurring order", "quantity": "1", "unit_price": "50.00"}]
    assert business.submit(lines=lines).state is State.PENDING


def money_08(business: Business) -> None:
    lines = [{"description": "x", "quantity": "1", "unit_price": "1.00"}]
    proposal = business.submit(customer="billing@acme-corp.example", lines=lines)
    assert proposal.state is State.PENDING


# --- remote and runtime --------------------------------------------------------------------------


def remote_02_and_03(business: Business) -> None:
    proposal = business.submit()
    business.odoo.fault("late_commit", path="/json/2/account.move/load", seconds=0.6)
    business.approve(proposal)
    business.engine.reconciler.look()
    assert business.state(proposal) is State.UNKNOWN
    pause = threading.Event()
    assert any(business.effects() or pause.wait(0.05) for _ in range(100))
    business.tick(seconds=61)
    assert business.state(proposal) is State.DONE
    assert len(business.effects()) == 1


def remote_05(business: Business) -> None:
    proposal = business.submit()
    business.odoo.fault("status", path="/json/2/account.move/load", status=401, times=1)
    business.approve(proposal)
    assert business.state(proposal) is State.WAITING
    business.tick(seconds=16)
    assert business.state(proposal) is State.DONE
    assert len(business.effects()) == 1


def remote_06(business: Business) -> None:
    proposal = business.submit()
    business.approve(proposal)
    tracked = business.found(proposal.id)
    assert tracked.outcome
    assert tracked.outcome.remote_id
    record = business.engine.journal.records_of(proposal.id)[-1]
    assert record["parameters"]["remote_id"] == tracked.outcome.remote_id


def runtime_04(business: Business) -> None:
    first, second = business.submit(), business.submit(reference="two")
    for proposal in (first, second):
        business.path(Folder.PENDING, proposal.note).unlink()
    for _ in range(3):
        business.tick(seconds=20)
    assert {business.state(first), business.state(second)} == {State.PENDING}
    assert "at once" in business.told()


JUDGES: dict[str, Callable[[Business], None]] = {
    "name-05": name_05_and_06,
    "name-06": name_05_and_06,
    "name-08": name_08,
    "name-09": name_09,
    "name-10": name_10,
    "object-02": object_02,
    "object-03": object_03,
    "object-04": object_04,
    "object-05": object_05,
    "object-06": object_06,
    "object-07": object_07,
    "integrity-01": integrity_01,
    "integrity-03": integrity_03,
    "integrity-06": integrity_06,
    "integrity-07": integrity_07,
    "integrity-08": integrity_08,
    "integrity-09": integrity_09,
    "integrity-10": integrity_10,
    "integrity-11": integrity_11,
    "integrity-12": integrity_12,
    "integrity-15": integrity_15,
    "money-02": money_02_and_04,
    "money-03": money_03,
    "money-04": money_02_and_04,
    "money-07": money_07,
    "money-08": money_08,
    "remote-02": remote_02_and_03,
    "remote-03": remote_02_and_03,
    "remote-05": remote_05,
    "remote-06": remote_06,
    "runtime-04": runtime_04,
}


@pytest.mark.parametrize("row", JUDGES)
def test_a_hostile_input_does_no_harm(row: str, business: Business) -> None:
    assert row in ROWS
    JUDGES[row](business)


def test_every_row_about_decisions_is_judged_somewhere() -> None:
    mine = {row for row, told in ROWS.items() if told["cls"] in {"integrity", "remote", "runtime"}}
    assert mine == {row for row in JUDGES if row in mine} | set(ELSEWHERE)


def test_a_journal_from_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version=999")
        db.execute("CREATE TABLE future (x)")
        db.commit()
    before = path.read_bytes()
    with pytest.raises(NewerJournalError):
        SqliteDatabase(path)
    assert path.read_bytes() == before


def test_what_an_agent_asks_after_reading_a_letter_is_never_granted_by_policy(
    business: Business,
) -> None:
    """Decision 0009: hostile text must not ride on a recurring payment."""
    lines = [{"description": "Bread", "quantity": "1", "unit_price": "30.00"}]
    for n in range(2):
        business.approve(business.submit(lines=lines, reference=f"month {n}"))
        business.clock.forward(days=31)
    business.engine.bookmarks.note_outside_reading(now=business.clock())
    operation = CATALOGUE.operation("odoo_create_invoice").model_validate(
        {"customer": KNOWN, "lines": lines, "reference": "month 3"}, strict=False
    )
    proposal = business.engine.gate.submit(operation, origin=Origin(source=Source.MCP))
    assert (proposal.state, proposal.rule) == (State.PENDING, "outside")
