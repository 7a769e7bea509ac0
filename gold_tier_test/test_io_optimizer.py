"""Watching without waste: files that still change wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from utils.io_optimizer import Settling

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def after(milliseconds: int) -> datetime:
    return NOW + timedelta(milliseconds=milliseconds)


def test_a_file_is_settled_once_it_looked_the_same_for_300_ms() -> None:
    settling = Settling()
    assert not settling.settled("x", 10, 1, now=after(0))
    assert not settling.settled("x", 10, 1, now=after(299))
    assert settling.settled("x", 10, 1, now=after(300))


@pytest.mark.parametrize("later", [(11, 1), (10, 2)])
def test_a_file_that_changes_waits_anew(later: tuple[int, int]) -> None:
    settling = Settling()
    assert not settling.settled("x", 10, 1, now=after(0))
    assert not settling.settled("x", *later, now=after(290))
    assert not settling.settled("x", *later, now=after(589))
    assert settling.settled("x", *later, now=after(590))


def test_files_do_not_wait_for_each_other() -> None:
    settling = Settling()
    settling.settled("x", 10, 1, now=after(0))
    settling.settled("y", 10, 1, now=after(200))
    assert settling.settled("x", 10, 1, now=after(300))
    assert not settling.settled("y", 10, 1, now=after(300))


def test_a_clock_that_was_set_back_keeps_no_file_waiting() -> None:
    settling = Settling()
    settling.settled("x", 10, 1, now=after(3_600_000))
    assert not settling.settled("x", 10, 1, now=after(0))
    assert settling.settled("x", 10, 1, now=after(300))
