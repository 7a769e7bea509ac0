"""The kill switch: whichever way it is pulled, nothing goes out any more until `resume`."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
from conftest import Business, Square
from daemon_bench import environment, running, start, until

from utils.core.lifecycle import Folder, State
from utils.core.model import Proposal
from utils.settings import PROJECT_ROOT

LOAD = "/json/2/account.move/load"
#: An executor as any other process could run one, without the lock that keeps it alone.
EXECUTOR = """
import sys, threading
from utils.assembly.opening import open_engine
with open_engine() as engine:
    threading.Thread(target=lambda: (sys.stdin.read(), engine.leaving.set()), daemon=True).start()
    print("ready", flush=True)
    while not engine.leaving.wait(0.05):
        engine.carry_out()
"""


def approved(business: Business, count: int) -> list[Proposal]:
    """So many notes the owner has said yes to, none of which has gone out."""
    proposals = [business.submit(reference=f"PO-{number}") for number in range(count)]
    for proposal in proposals:
        business.drag(proposal.note)
    business.engine.folders.sweep()
    assert {business.state(each) for each in proposals} == {State.GRANTED}
    return proposals


def frozen(business: Business, *, seconds: float) -> bool:
    """Whether nothing more takes place for so long."""
    before = len(business.effects())
    return not until(lambda: len(business.effects()) != before, seconds=seconds)


def command(business: Business, word: str) -> None:
    done = start(business, "orchestrator.py", word)
    _, said = done.communicate(timeout=30)
    assert done.returncode == 0, said


def once_each(business: Business, proposals: list[Proposal]) -> bool:
    """Whether every Proposal took place, and none twice."""
    references = [effect["payload"]["ref"] for effect in business.effects()]
    wanted = [proposal.fields["reference"] for proposal in proposals]
    return sorted(references) == sorted(wanted)


@pytest.mark.timeout(180)
def test_a_hundred_approved_notes_wait_across_a_restart_and_go_out_once_each(
    business: Business,
) -> None:
    """Issue: no new live call within two seconds, across restarts, until `resume`."""
    business.odoo.fault("slow", path=LOAD, seconds=0.05, times=100)
    proposals = approved(business, 100)
    with running(business) as daemon:
        assert until(lambda: len(business.effects()) >= 5)
        daemon.send_signal(signal.SIGUSR1)
        threading.Event().wait(2)
        done = len(business.effects())
        assert done < 90
        assert frozen(business, seconds=2)
        daemon.kill()
        daemon.wait()
    waiting = [each.note for each in proposals if business.state(each) is State.GRANTED]
    assert len(waiting) >= 100 - done - 1
    with running(business):
        assert frozen(business, seconds=4)
        assert set(waiting) <= set(business.notes(Folder.APPROVED))
        command(business, "resume")
        assert until(lambda: len(business.effects()) >= 100, seconds=90)
        assert until(lambda: not business.notes(Folder.APPROVED), seconds=30)
    assert once_each(business, proposals)
    assert business.engine.audit_log.verify()[0] == []


def by_note(business: Business) -> None:
    (business.home / "AI_Employee/STOP.md").write_text("")


def by_command(business: Business) -> None:
    command(business, "stop")


@pytest.mark.parametrize("pull", [by_note, by_command])
def test_every_process_stops_within_two_seconds(
    business: Business, pull: Callable[[Business], None]
) -> None:
    """Three executors at once, which nothing but the journal knows of."""
    business.odoo.fault("slow", path=LOAD, seconds=0.1, times=200)
    proposals = approved(business, 40)
    executors = [
        subprocess.Popen(
            [sys.executable, "-c", EXECUTOR],
            cwd=PROJECT_ROOT,
            env=environment(business),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(3)
    ]
    try:
        assert until(lambda: len(business.effects()) >= 3)
        pull(business)
        threading.Event().wait(2)
        assert len(business.effects()) < 40
        assert frozen(business, seconds=2)
        # The note is only the hand on the switch: that it is gone changes nothing.
        (business.home / "AI_Employee/STOP.md").unlink(missing_ok=True)
        assert frozen(business, seconds=1)
        command(business, "resume")
        assert until(lambda: len(business.effects()) >= 40, seconds=60)
        assert once_each(business, proposals)
    finally:
        for executor in executors:
            executor.communicate(timeout=20)


def test_what_waits_for_a_slow_service_is_not_sent_when_it_comes_back(business: Business) -> None:
    """He finds the document's place first; the stop comes while that takes its time."""
    [proposal] = approved(business, 1)
    business.odoo.fault("slow", path="/json/2/ir.model.data/check_object_reference", seconds=1)
    worker = threading.Thread(target=business.engine.carry_out)
    worker.start()
    assert until(lambda: business.state(proposal) is State.ARMED)
    began = time.monotonic()
    by_note(business)
    worker.join()
    assert time.monotonic() - began < 10
    assert business.effects() == []
    assert business.state(proposal) is State.WAITING
    business.engine.switch.resume()
    business.tick(seconds=60)
    assert len(business.effects()) == 1


def test_a_picture_that_is_being_prepared_is_not_published_after_the_stop(square: Square) -> None:
    """Instagram takes its time with a picture: it is there that the owner changes his mind."""
    picture = square.graph.picture_url()
    proposal = square.submit("instagram_create_post", caption="Rye bread", image_url=picture)
    square.drag(proposal.note)
    square.engine.folders.sweep()
    square.graph.fault("slow", method="GET", path="*", seconds=1, times=3)
    worker = threading.Thread(target=square.engine.carry_out)
    worker.start()
    assert until(lambda: square.found(proposal.id).staged)
    by_note(square)
    worker.join()
    assert "instagram_media" not in square.posts()
    assert square.state(proposal) is State.WAITING
    square.engine.switch.resume()
    square.tick(seconds=60)
    assert square.posts().get("instagram_media") == 1


def test_a_setting_that_does_not_fit_is_not_in_the_way_of_a_stop(business: Business) -> None:
    done = start(business, "orchestrator.py", "stop", OWNER_TIMEZONE="Mars/Olympus")
    _, said = done.communicate(timeout=30)
    assert (done.returncode, said) == (0, b"")
    assert business.engine.switch.is_on()
