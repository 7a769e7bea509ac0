"""The disk is full, or fails while something is flushed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crash.acts import watch
from crash.scenes import EXECUTION
from crash.sweep import Lane
from crash.tracing import failing_at, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    with Lane(EXECUTION) as made:
        yield made


@pytest.mark.parametrize("first", [1, 2, 5, 12, 20])
def test_without_room_for_the_journal_nothing_is_sent(lane: Lane, first: int) -> None:
    """Hostile input runtime-02: the journal comes before the call."""
    suffered = lane.suffer(watch, *failing_at("pwrite64", "ENOSPC", f"{first}+"))
    assert (suffered.status, suffered.requests) == (1, 0)
    assert "The journal could not be written safely" in suffered.said
    assert "Check that the disk has room" in suffered.said
    assert (suffered.judgement.fate, suffered.judgement.faults) == ("done", [])


@pytest.mark.parametrize("number", range(1, 7))
def test_a_failed_flush_of_a_note_stops_the_process_at_once(lane: Lane, number: int) -> None:
    """Hostile input runtime-03: a second flush could succeed with the data gone."""
    suffered = lane.suffer(watch, *failing_at("fsync", "EIO", str(number)))
    assert suffered.status == 1
    assert suffered.said.startswith("The disk failed")
    assert (suffered.judgement.fate, suffered.judgement.faults) == ("done", [])


def test_a_failed_flush_of_the_journal_stops_the_process_at_once(lane: Lane) -> None:
    """Hostile input runtime-03; restarted, it reads from the disk what counts."""
    went_on = 0
    for number in range(1, 9):
        suffered = lane.suffer(watch, *failing_at("fdatasync", "EIO", str(number)))
        went_on += suffered.status == 0
        assert suffered.judgement.fate in {"done", "asked"}
        assert suffered.judgement.faults == []
    # SQLite itself does not look at the flush of the folder in which it makes its log.
    assert went_on <= 1
