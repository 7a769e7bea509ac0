"""A finding of a review about the kill switch: who notices the note for everybody else."""

from __future__ import annotations

import signal

from conftest import Business
from daemon_bench import file_watcher, running, until

from utils.core.lifecycle import STOP_NOTE


def test_a_stop_note_is_seen_for_all_machines_within_two_seconds_whoever_hangs(
    business: Business,
) -> None:
    with running(business) as daemon:
        assert until(lambda: file_watcher(daemon))
        watcher = file_watcher(daemon)
        assert watcher
        watcher.send_signal(signal.SIGSTOP)
        try:
            (business.engine.vault.root / STOP_NOTE).touch()
            assert until(business.engine.journal.stopped, seconds=2)
        finally:
            watcher.send_signal(signal.SIGCONT)
