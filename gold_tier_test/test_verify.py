"""The verifier under test: whatever is done to the log shows, and what is honest does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Business
from log_bench import (
    MUTATIONS,
    Log,
    cut_everything_alike,
    dice_of,
    lived,
    rows,
    run,
    undone,
    write_all,
)
from report_bench import WEEK

from utils.core.lifecycle import Folder
from utils.core.model import Entry
from utils.log.printed_heads import printed_heads
from utils.report.schedule import Report
from utils.report.weekly import Reports

#: How many mutations of each kind the normal suite tries, and the sweep.
SLICE, ALL = 12, 440


def missed(log: Log, kind: int, times: int, seed: int) -> list[str]:
    """Do one kind of harm again and again; return what was not found."""
    harm = MUTATIONS[kind]
    slipped = []
    for number in range(times):
        with undone(log):
            before = bytes_of(log)
            harm(log, dice_of(f"{seed} {harm.__name__} {number}"))
            assert bytes_of(log) != before
            if not log.faults():
                slipped.append(f"{harm.__name__} {number}")
    return slipped


def bytes_of(log: Log) -> object:
    """Everything that is to be kept from change."""
    sql = (
        "SELECT seq, CAST(day AS BLOB), CAST(body AS BLOB), CAST(proposal_id AS BLOB),"
        " CAST(hash AS BLOB) FROM records ORDER BY seq"
    )
    found = log.journal.database.rows(sql)
    return list(map(tuple, found)), {path: path.read_bytes() for path in log.folder.iterdir()}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    made = lived(tmp_path_factory.mktemp("log") / "home")
    yield made
    made.journal.close()


@pytest.mark.parametrize("kind", range(len(MUTATIONS)), ids=lambda kind: MUTATIONS[kind].__name__)
def test_every_change_to_the_log_is_found(log: Log, kind: int) -> None:
    assert missed(log, kind, SLICE, seed=1) == []
    assert log.faults() == []


@pytest.mark.sweep
@pytest.mark.timeout(3600)
def test_ten_thousand_changes_to_the_log_are_all_found(log: Log) -> None:
    slipped = [name for kind in range(len(MUTATIONS)) for name in missed(log, kind, ALL, seed=2)]
    print(f"{len(MUTATIONS) * ALL} changes, {len(slipped)} not found")  # noqa: T201 - a sweep prints its counts
    assert slipped == []


def test_a_tail_that_was_cut_everywhere_alike_shows_only_by_a_printed_head(log: Log) -> None:
    with undone(log):
        cut_everything_alike(log, dice_of(3))
        assert log.audit_log.verify()[0] == []
        [fault] = log.faults()
        assert fault.where == f"r-{printed_heads(log.vault)[-1].seq}"
        assert "is named by CEO_Briefings/" in fault.what
        assert "backup" in fault.mend


def test_rows_cut_behind_what_was_rendered_show_without_any_printed_head(log: Log) -> None:
    with undone(log):
        run(log, "DELETE FROM records WHERE seq>40")
        write_all(log)
        [fault] = log.audit_log.verify()[0]
        assert "stood in the log, which now ends at r-40" in fault.what


def test_the_first_bad_record_is_named_with_what_to_do(log: Log) -> None:
    with undone(log):
        body = rows(log)[11][2].replace('"done"', '"gone"')
        run(log, "UPDATE records SET body=? WHERE seq=12", body)
        first = log.faults()[0]
        assert (first.where, first.what) == ("r-12", "was changed after it was written")
        assert "backup" in first.mend
    with undone(log):
        day = log.files(".json")[0]
        day.write_text(day.read_text().replace('"done"', '"gone"', 1))
        [first] = log.faults()
        assert first.where == "r-19"
        assert day.name in first.what
        assert "run --once" in first.mend
        day.unlink()
        log.audit_log.render(whole=True)
        assert log.faults() == []


def test_a_log_that_is_broken_everywhere_is_told_in_bounds(log: Log) -> None:
    with undone(log):
        run(log, "UPDATE records SET body='{}'")
        assert len(log.faults()) == 100


def test_records_that_nobody_rendered_yet_are_no_fault(tmp_path: Path) -> None:
    log = Log(tmp_path / "home")
    log.live(2)
    log.journal.record(Entry(action="later", actor="gate", result="told"))
    assert log.faults() == []
    log.audit_log.render(whole=True)
    assert log.faults() == []
    log.journal.close()


def test_a_real_briefing_and_audit_are_witnesses(business: Business) -> None:
    business.approve(business.submit())
    business.clock.forward(days=7)
    reports = Reports(ground=business.engine.ground)
    for report in (Report.AUDIT, Report.BRIEFING):
        reports.make(report, WEEK)
    found = printed_heads(business.engine.vault)
    assert {head.where.split("/")[0] for head in found} == {"CEO_Briefings", "Audits"}
    business.engine.audit_log.render(whole=True)
    assert business.engine.audit_log.verify(found)[0] == []
    with business.engine.journal.database.step() as db:
        db.execute("DELETE FROM records WHERE seq>2")
        db.execute("UPDATE cursors SET value='2' WHERE name='rendered'")
    for day in (business.home / "Vault/Logs").glob("*.json"):
        day.unlink()
    business.restart()
    assert any("named by" in f.what for f in business.engine.audit_log.verify(found)[0])


def test_words_of_outsiders_in_a_page_are_no_witnesses(log: Log) -> None:
    text = "# Monday\n\n- From a mail: Log: r-99999 0123456789ab\n> Log: r-99999 0123456789ab\n"
    log.vault.write(Folder.BRIEFINGS, "2027-01-04-briefing.md", text)
    assert log.faults() == []
    log.vault.remove(Folder.BRIEFINGS, "2027-01-04-briefing.md")
