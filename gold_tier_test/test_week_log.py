"""A week is read from the log as it was written, or not at all."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from log_bench import Log

from utils.core.canonical import canonical
from utils.core.chain import Head, hash_of, link
from utils.core.model import Entry
from utils.core.record_line import glance_of, glances, kind_of
from utils.log.day_comparison import DayComparison
from utils.log.day_files import DayFiles
from utils.report.week_log import WeekLog

if TYPE_CHECKING:
    from pathlib import Path

    from utils.core.record_line import Glance

BEGUN = datetime(2026, 11, 16, 9, tzinfo=UTC)


def chained(count: int) -> list[str]:
    """Records as the journal holds them; their parameters try to look like the end of one."""
    head, lines = Head(), []
    for n in range(count):
        entry = Entry(
            action="odoo_create_invoice",
            actor="executor",
            parameters={
                "hash": "f" * 64,
                "prev": head.hash,
                "text": f'"prev":"{head.hash}", № {n}',
            },
            result="done",
            approval_status="granted_by_owner",
            proposal_id=f"p-{n:010}",
            duration_ms=n,
            error="" if n % 2 else 'it said "no",',
        )
        record = link(entry, after=head, at=BEGUN + timedelta(minutes=n))
        head = Head(n + 1, record.hash)
        lines.append(canonical(record.model_dump(mode="json")))
    return lines


def test_an_intact_chain_is_seen_whole_with_what_each_record_tells() -> None:
    lines = chained(6)
    found, head = glances(lines, after=Head())
    assert [line for _, line, *_ in found] == lines
    assert head == Head(6, json.loads(lines[-1])["hash"])
    for number, (seq, line, _, proposal_id, at) in enumerate(found):
        record = json.loads(line)
        assert f"r-{seq}" == record["id"] == f"r-{number + 1}"
        assert (proposal_id, at) == (record["proposal_id"], record["timestamp"])
    # What is alike is of one kind, so that one of them can stand for all.
    kinds = {(like, kind_of(line)) for _, line, like, *_ in found}
    assert len(kinds) == len({like for like, _ in kinds}) == 2


def test_a_change_anywhere_in_a_record_ends_what_is_believed() -> None:
    lines = chained(3)
    for place, char in enumerate(lines[1]):
        changed = f"{lines[1][:place]}{'1' if char != '1' else '2'}{lines[1][place + 1 :]}"
        found, head = glances([lines[0], changed, lines[2]], after=Head())
        assert (len(found), head.seq) == (1, 1), place


@pytest.mark.parametrize("order", [(0, 2), (0, 2, 1), (0, 1, 1, 2), (1, 2), (0, 0)])
def test_what_is_missing_moved_or_doubled_ends_it(order: tuple[int, ...]) -> None:
    lines = chained(3)
    found, _ = glances([lines[n] for n in order], after=Head())
    assert [line for _, line, *_ in found] == lines[: len(found)]
    assert len(found) < len(order)


@pytest.mark.parametrize("changed", [{"prev": "0" * 64}, {"id": "r-3"}, {"id": "r-20"}])
def test_a_record_with_a_hash_of_its_own_still_has_to_follow(changed: dict[str, str]) -> None:
    first, second = map(json.loads, chained(2))
    entry = Entry.model_validate({key: second[key] for key in Entry.model_fields})
    other = link(entry, after=Head(1, first["hash"]), at=BEGUN).model_dump(mode="json") | changed
    forged = canonical(other | {"hash": hash_of(other)})
    found, _ = glances([canonical(first), forged], after=Head())
    assert len(found) == 1


def test_a_record_that_is_laid_out_otherwise_tells_the_same() -> None:
    [line] = chained(1)
    [(seq, _, _, *told)], _ = glances([line], after=Head())
    other = json.dumps(json.loads(line), indent=1)
    assert glances([other], after=Head()) == ([], Head())
    again = glance_of(other, seq)
    assert (again[0], *again[3:]) == (seq, *told)
    assert kind_of(other) == kind_of(line)


# --- the days' files -----------------------------------------------------------------------------


def trouble(folder: Path, lines: list[str]) -> str:
    with DayComparison(DayFiles(folder), "2026-11-16") as comparison:
        comparison.add(lines[:1])
        comparison.add(lines[1:])
        return comparison.trouble()


@pytest.mark.parametrize("packed", [False, True])
def test_a_days_file_is_believed_only_byte_for_byte(tmp_path: Path, *, packed: bool) -> None:
    lines = chained(3)
    files = DayFiles(tmp_path)
    assert "missing" in trouble(tmp_path, lines)
    files.write("2026-11-16", lines)
    path, data = files.plain("2026-11-16"), files.plain("2026-11-16").read_bytes()

    def trouble_with(content: bytes) -> str:
        path.write_bytes(content)
        if packed:
            files.archive("2026-11-16").write_bytes(gzip.compress(content))
            path.unlink()
        return trouble(tmp_path, lines)

    assert not trouble_with(data)
    spoiled = [data[:-1], data + b"\n", b" " + data, b"", data.replace(b"done", b"gone", 1)]
    spoiled += [data.replace(b"}\n]", b"},\n]"), data[: len(data) // 2], data * 2]
    for content in spoiled:
        assert trouble_with(content) == "differs from the journal", content


def test_a_damaged_archive_cannot_be_read(tmp_path: Path) -> None:
    lines = chained(3)
    files = DayFiles(tmp_path)
    files.write("2026-11-16", lines)
    packed = gzip.compress(files.plain("2026-11-16").read_bytes())
    files.drop_plain("2026-11-16")
    for content in (packed[:-9], b"no gzip", packed[:40] + b"\0" * 40 + packed[80:]):
        files.archive("2026-11-16").write_bytes(content)
        assert trouble(tmp_path, lines).startswith("cannot be read"), content


def test_a_clock_that_was_set_back_is_no_fault(tmp_path: Path) -> None:
    log = Log(tmp_path / "home")
    log.live(2)
    log.clock.now -= timedelta(days=1)
    log.live(2)
    log.audit_log.render(whole=True)
    week = WeekLog(journal=log.journal, folder=log.folder)
    seen: list[Glance] = []
    since = datetime(2026, 6, 29, tzinfo=UTC)
    assert week.read(since, since + timedelta(days=14), seen.extend) == ()
    assert [line for _, line, *_ in seen] == list(log.journal.lines())
    log.journal.close()


def test_a_stretch_begins_and_ends_to_the_microsecond(tmp_path: Path) -> None:
    log = Log(tmp_path / "home")
    log.live(1)
    log.audit_log.render(whole=True)
    times = [json.loads(line)["timestamp"] for line in log.journal.lines()]
    since, until = datetime.fromisoformat(times[1]), datetime.fromisoformat(times[4])
    seen: list[Glance] = []
    week = WeekLog(journal=log.journal, folder=log.folder)
    assert week.read(since, until, seen.extend) == ()
    assert [at for *_, at in seen] == times[1:4]
    log.journal.close()


def test_an_intact_record_that_is_laid_out_otherwise_is_taken_too(tmp_path: Path) -> None:
    log = Log(tmp_path / "home")
    log.live(1)
    lines = list(log.journal.lines())
    with log.journal.database.step() as db:
        db.execute("UPDATE records SET body=? WHERE seq=2", (json.dumps(json.loads(lines[1])),))
    DayFiles(log.folder).write("2026-07-01", list(log.journal.lines()))
    seen: list[Glance] = []
    week = WeekLog(journal=log.journal, folder=log.folder)
    since = datetime(2026, 7, 1, tzinfo=UTC)
    assert week.read(since, since + timedelta(days=1), seen.extend) == ()
    assert [seq for seq, *_ in seen] == list(range(1, len(lines) + 1))
    log.journal.close()
