"""One bad file, row or Item never stops the rest; nothing is lost silently; nothing runs twice."""

from __future__ import annotations

import io
import os
import threading
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import BOTH, CATALOGUE, Business, Square
from rich.console import Console

from utils.assembly.opening import assembled
from utils.commands.explain import story
from utils.core.errors import EmployeeError, VaultMissingError
from utils.core.lifecycle import Folder, State
from utils.core.model import Outcome, OutcomeKind, Proposal
from utils.core.outside_text import visible
from utils.core.policy import Situation, Verdict, decide
from watchers.filesystem_watcher import FilesystemWatcher

pytestmark = BOTH


def others_go_on(business: Business) -> None:
    """What is asked and dragged now is carried out, whatever else lies about."""
    other = business.submit(reference="others go on")
    business.approve(other)
    assert business.state(other) is State.DONE


def tamper(business: Business, sql: str, *values: object) -> None:
    """Change the journal behind the program's back."""
    with business.engine.journal.database.step() as db:
        db.execute(sql, values)


# --- one bad thing stops nothing else ------------------------------------------------------------


@pytest.mark.parametrize("state", ["pending", "granted", "waiting", "unknown", "armed", "done"])
def test_a_proposal_whose_operation_is_gone_stops_nothing_else(
    business: Business, state: str
) -> None:
    proposal = business.submit()
    tamper(
        business,
        "UPDATE proposals SET operation='gone_do', shown=0, filed=0, state=?,"
        " payload=replace(payload, 'odoo_create_invoice', 'gone_do'),"
        " granted_by='policy', granted_how='x', granted_at=created_at",
        state,
    )
    business.restart()
    business.tick(seconds=1)
    others_go_on(business)
    assert proposal.id in business.told()


def test_what_is_too_long_for_a_note_is_refused_and_not_registered(business: Business) -> None:
    line = {"description": "\u200b" * 480, "quantity": "1", "unit_price": "1.00"}
    with pytest.raises(EmployeeError, match="too long for one note"):
        business.submit(lines=[line] * 60)
    assert business.waiting() == []
    others_go_on(business)


def test_a_sum_beyond_all_bounds_is_refused_and_not_registered(business: Business) -> None:
    line = {"description": "x", "quantity": "999999999", "unit_price": "999999999999.00"}
    with pytest.raises(EmployeeError):
        business.submit(lines=[line])
    assert business.waiting() == []
    others_go_on(business)


NAMES = [
    b"M\xfcller.pdf",
    b"M\xfcller.md",
    b"a." + b"x" * 253,
    b"a\x1b[31m\n.md",
    b"x" * 252 + b".md",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "folder", [Folder.INBOX, Folder.PENDING, Folder.APPROVED, Folder.REJECTED]
)
def test_a_file_with_an_odd_name_stops_nothing_else(
    business: Business, folder: Folder, name: bytes
) -> None:
    Path(os.fsdecode(bytes(business.path(folder)) + b"/" + name)).write_bytes(b"hello")
    business.tick(seconds=1)
    business.tick(seconds=1)
    others_go_on(business)
    assert not any("\x1b" in kept for kept in business.notes(Folder.NEEDS_ACTION))


def test_a_file_that_cannot_be_moved_stops_nothing_else(business: Business) -> None:
    name = "x" * 252 + ".md"
    business.path(Folder.PENDING, name).write_text("here first")
    business.path(Folder.APPROVED, name).write_text("a number more and the name is too long")
    business.tick(seconds=1)
    others_go_on(business)


HEAD = b"From: a@b.example\r\nSubject: x\r\n\r\n"
LETTERS = {
    "cjk.txt": ("漢" * 100_000).encode(),
    "lines.csv": b"\n" * 100_000,
    "hidden.txt": ("\u200b" * 99_000).encode(),
    "body.eml": HEAD + b"word\r\n" * 400_000,
    "subject.eml": HEAD.replace(b"x", b"x" * 90_000),
    "id.eml": b"Message-ID: <" + b"x" * 90_000 + b"@b>\r\n" + HEAD,
    "from.eml": HEAD.replace(b"a@", b"x" * 90_000 + b"@"),
}


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_of_any_size_becomes_an_item(business: Business, name: str) -> None:
    business.drop(name, LETTERS[name])
    business.tick(seconds=1)
    business.tick(seconds=1)
    others_go_on(business)
    assert business.notes(Folder.INBOX) == []
    notes = [*business.notes(Folder.NEEDS_ACTION), *business.notes(Folder.COMPLETED)]
    assert any("-file-" in note or "-email-" in note for note in notes)
    assert business.told() == ""


@pytest.mark.parametrize("edits", [("a" * 100_000,) * 3, ("\u200b" * 25_000,)])
def test_an_edit_never_makes_a_note_that_cannot_be_shown(
    square: Square, edits: tuple[str, ...]
) -> None:
    proposal = square.submit("linkedin_create_post", text="Rye is back.")
    for words in edits:
        shown = square.found(proposal.id).proposal
        note = square.text(Folder.PENDING, shown.note)
        box = note.index("````text\n") + len("````text\n")
        square.path(Folder.PENDING, shown.note).write_text(
            note[:box] + words + note[note.index("\n````", box) :]
        )
        square.tick(seconds=4)
    found = square.found(proposal.id)
    assert found.shown
    assert found.proposal.fields["text"] == "Rye is back."
    square.approve(proposal)
    assert square.state(proposal) is State.DONE


def test_a_second_older_copy_does_not_raise_the_version_for_ever(business: Business) -> None:
    proposal = business.submit()
    old = business.text(Folder.PENDING, proposal.note)
    business.edit(proposal.note, "50.00", "51.00")
    business.tick(seconds=1)
    business.path(Folder.APPROVED, proposal.note).write_text(old)
    for _ in range(5):
        business.tick(seconds=4)
    assert business.found(proposal.id).proposal.version <= 3
    business.approve(proposal)
    assert business.state(proposal) is State.DONE


def test_a_note_with_another_notes_words_is_made_anew(business: Business) -> None:
    first, second = business.submit(), business.submit(reference="two")
    text = business.text(Folder.PENDING, second.note)
    business.path(Folder.PENDING, first.note).write_text(text)
    business.tick(seconds=1)
    assert first.id in business.text(Folder.PENDING, first.note)
    assert business.effects() == []


def test_events_without_end_do_not_keep_the_inbox_waiting(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchers.filesystem_watcher.RESCAN_S", 0.0)
    watcher = FilesystemWatcher(business.engine)
    business.path(Folder.INBOX, "a.txt").write_text("hello")
    for _ in range(3):
        watcher.notice(Folder.PENDING, "busy.md")
        watcher.round()
        business.clock.forward(seconds=1)
    assert business.notes(Folder.INBOX) == []


# --- nothing is lost silently --------------------------------------------------------------------


def test_a_vault_that_is_missing_at_the_start_withdraws_nothing(business: Business) -> None:
    proposal = business.submit()
    vault = business.home / "AI_Employee"
    vault.rename(business.home / "elsewhere")
    with pytest.raises(VaultMissingError):
        business.engine.start()
    assert not vault.exists()
    with suppress(VaultMissingError):
        business.tick(seconds=30)
    assert business.state(proposal) is State.PENDING
    (business.home / "elsewhere").rename(vault)
    business.restart()
    business.approve(proposal)
    assert business.state(proposal) is State.DONE


def test_a_planned_post_whose_answer_was_lost_is_asked_and_does_not_expire(
    square: Square,
) -> None:
    at = (square.clock() + timedelta(hours=3)).isoformat()
    proposal = square.submit("twitter_create_tweet", text="Rye is back.", scheduled_for=at)
    if square.state(proposal) is State.PENDING:
        square.approve(proposal)
    square.x.fault("reset", path="/2/tweets", times=1)
    square.tick(hours=3, seconds=5)
    assert square.state(proposal) is State.UNKNOWN
    for _ in range(4):
        square.tick(seconds=60)
    assert square.state(proposal) in {State.PENDING, State.DONE}


def test_a_sum_above_the_days_limit_is_told_and_does_not_wait_in_vain(business: Business) -> None:
    business.restart(MAX_AMOUNT_PER_DAY="100")
    proposal = business.submit()
    business.approve(proposal)
    assert business.state(proposal) is State.HELD
    assert "limit of USD 100.00" in business.text(Folder.PENDING, proposal.note)


def test_what_was_approved_and_could_not_go_out_does_not_say_that_nobody_answered(
    business: Business,
) -> None:
    proposal = business.submit()
    business.odoo.stop()
    business.approve(proposal)
    business.tick(hours=49)
    assert business.state(proposal) is State.EXPIRED
    assert "You approved it" in business.text(Folder.COMPLETED, proposal.note)


def test_a_note_that_was_written_but_not_marked_before_a_crash_can_be_dragged(
    business: Business,
) -> None:
    proposal = business.submit()
    tamper(business, "UPDATE proposals SET shown=0")
    business.approve(proposal)
    assert business.state(proposal) is State.DONE


def test_a_drag_noticed_before_its_note_was_marked_is_carried_out(business: Business) -> None:
    business.restart(HOLD_SECONDS="10")
    proposal = business.submit()
    tamper(business, "UPDATE proposals SET shown=0")
    business.drag(proposal.note)
    business.engine.folders.look((Folder.APPROVED, proposal.note))
    business.tick(seconds=11)
    assert business.state(proposal) is State.DONE


def test_a_no_after_an_unknown_outcome_is_filed_as_refused(business: Business) -> None:
    proposal = business.submit()
    business.odoo.fault("timeout_before", path="/json/2/account.move/load", seconds=3)
    business.approve(proposal)
    business.odoo.heal()
    business.tick(seconds=70)
    assert business.state(proposal) is State.PENDING
    business.edit(proposal.note, "reject: false", "reject: true")
    business.tick(seconds=1)
    assert business.state(proposal) is State.REFUSED
    assert 'status: "refused"' in business.text(Folder.COMPLETED, proposal.note)


def test_dry_run_holds_an_announcement_whole(square: Square) -> None:
    square.restart(DRY_RUN="true")
    proposal = square.announce()
    square.approve(proposal)
    square.settle()
    assert square.state(proposal) is State.HELD
    assert proposal.note in square.notes(Folder.PENDING)
    square.restart(DRY_RUN="false")
    square.approve(proposal)
    square.settle()
    assert sum(square.posts().values()) == 4


def test_an_alert_of_another_process_is_not_taken_for_put_away(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process tells of something between the listing and the look at what is open."""
    vault = business.engine.vault
    listing = type(vault).list

    def late(self: Any, folder: Folder) -> Any:
        found = listing(self, folder)
        if folder is Folder.NEEDS_ACTION:
            monkeypatch.undo()
            business.engine.ground.alerts().raise_("key", "Look here", "Something happened.")
        return found

    monkeypatch.setattr(type(vault), "list", late)
    business.engine.follow_up.follow()
    business.engine.follow_up.follow()
    assert "Something happened" in business.told()


def test_two_processes_that_ask_at_once_stay_below_the_limit_together(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = {"description": "Bread", "quantity": "1", "unit_price": "60.00"}
    for n in range(2):
        business.approve(business.submit(lines=[line], reference=f"month {n}"))
        business.clock.forward(days=31)
    with closing(another(business)) as other:
        both_decide = threading.Barrier(2)
        granted: list[Proposal] = []

        def decided_together(case: Situation) -> Verdict:
            verdict = decide(case)
            with suppress(threading.BrokenBarrierError):
                both_decide.wait(timeout=1)
            return verdict

        monkeypatch.setattr("utils.approval_gate.decide", decided_together)

        def ask(who: Business | Other, reference: str) -> None:
            granted.append(who.submit(lines=[line], reference=reference))

        threads = [
            threading.Thread(target=ask, args=(business, "a")),
            threading.Thread(target=ask, args=(other, "b")),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
    through = [p for p in granted if p.state is State.GRANTED]
    assert (len(granted), len(through)) == (2, 1)


class Other:
    """A second process of the same home, as far as the journal can tell."""

    def __init__(self, business: Business) -> None:
        self.engine = assembled(business.engine.settings, CATALOGUE, clock=business.clock)

    def submit(self, **values: Any) -> Proposal:
        return Business.submit(self, **values)  # type: ignore[arg-type]

    def close(self) -> None:
        self.engine.close()


def another(business: Business) -> Other:
    return Other(business)


# --- the log, secrets and the terminal -----------------------------------------------------------


def test_a_record_that_is_not_rendered_yet_is_no_fault(business: Business) -> None:
    business.submit()
    assert business.engine.audit_log.verify()[0] == []


def test_a_file_cut_behind_what_was_rendered_is_a_fault(business: Business) -> None:
    business.approve(business.submit())
    [day] = (business.home / "Vault/Logs").glob("*.json")
    lines = day.read_text().splitlines()
    day.write_text("\n".join([*lines[:-2], "]"]).replace(",\n]", "\n]"))
    assert business.engine.audit_log.verify()[0]
    day.unlink()
    assert business.engine.audit_log.verify()[0]
    business.restart()
    business.tick(seconds=1)
    assert business.engine.audit_log.verify()[0] == []


def test_another_process_never_covers_the_newest_record(business: Business) -> None:
    business.submit()
    with closing(another(business)) as other:
        business.submit(reference="b")
        business.engine.audit_log.render()
        other.engine.audit_log.render()
    assert business.engine.audit_log.verify()[0] == []
    [day] = (business.home / "Vault/Logs").glob("*.json")
    assert day.read_text().count('"id":"r-') == business.engine.journal.head().seq


def test_a_clock_set_back_over_midnight_breaks_no_chain(business: Business) -> None:
    business.submit()
    business.engine.pass_once()
    business.clock.now -= timedelta(days=2)
    business.submit(reference="b")
    business.engine.pass_once()
    assert business.engine.audit_log.verify()[0] == []


@pytest.mark.parametrize("body", ["{", "[]", '{"id":NaN}'])
def test_a_record_that_cannot_be_read_is_a_fault_and_no_crash(
    business: Business, body: str
) -> None:
    business.submit()
    business.engine.pass_once()
    tamper(business, "UPDATE records SET body=? WHERE seq=1", body)
    assert business.engine.audit_log.verify()[0]


@pytest.mark.parametrize("secret", ["1000", "true", "null", "rule", "action", 'a"b\\c'])
def test_a_secret_that_looks_like_part_of_a_record_breaks_none(
    business: Business, secret: str
) -> None:
    business.restart(ODOO_PASSWORD=secret)
    others_go_on(business)
    assert business.engine.audit_log.verify()[0] == []


def test_an_internal_fault_shows_no_secret(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    business.restart(FACEBOOK_PAGE_TOKEN="sesame-open-1234567")
    proposal = business.submit()

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("https://x.example/?access_token=sesame-open-1234567")

    monkeypatch.setattr(CATALOGUE.operation("odoo_create_invoice"), "perform", broken)
    business.approve(proposal)
    outcome = business.found(proposal.id).outcome
    assert outcome
    assert "sesame" not in outcome.model_dump_json()


def test_an_outcome_is_kept_without_secrets(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    business.restart(FACEBOOK_PAGE_TOKEN="sesame-open-1234567")
    proposal = business.submit()

    def talkative(*_: Any, **__: Any) -> Outcome:
        return Outcome(kind=OutcomeKind.DONE, detail="made with sesame-open-1234567")

    monkeypatch.setattr(CATALOGUE.operation("odoo_create_invoice"), "perform", talkative)
    business.approve(proposal)
    assert "sesame" not in business.text(Folder.COMPLETED, proposal.note)


def test_what_a_service_wrote_cannot_steer_the_terminal(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = business.submit()

    def hostile(*_: Any, **__: Any) -> Outcome:
        return Outcome(kind=OutcomeKind.DONE, detail="\x1b]0;owned\x07[red]:smile:")

    monkeypatch.setattr(CATALOGUE.operation("odoo_create_invoice"), "perform", hostile)
    business.approve(proposal)
    shown = io.StringIO()
    console = Console(file=shown)
    for line in story(business.engine, business.found(proposal.id)):
        console.print(visible(line), markup=False, highlight=False, emoji=False)
    assert "\x1b" not in shown.getvalue()
    assert ":smile:" in shown.getvalue()
