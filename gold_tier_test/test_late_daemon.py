"""Late answers as the daemon itself meets them: every service, random delays, a printed seed.

The pretend services carry a request out after the client has given up, or carry it out and lose
the answer. The daemon runs as its own processes; the owner drags, and later says no to what he is
asked again. Whatever the delay, nothing may take place twice.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from conftest import KNOWN, LINES, NEWS, Square

from utils.core.lifecycle import FINAL_STATES, OPEN_STATES, Folder, State
from utils.core.model import Proposal
from utils.sandbox.business import invoice_request
from utils.settings import PROJECT_ROOT

SEED = int(os.environ.get("LATE_SEED", "20261122"))
#: How long the client waits for an answer, and how long "not there" does not count, in seconds.
PATIENCE_S = 1.0
WINDOW_S = 3.0
#: The longest delay that is drawn: some effects come long after anybody looked.
LATEST_S = 6.0


class Commit(NamedTuple):
    """The request with which an Operation takes place, and its effect."""

    tool: str
    pretend: str
    path: str
    effect: str


COMMITS = (
    Commit("odoo_create_invoice", "odoo", "/json/2/account.move/load", "invoice_created"),
    Commit("facebook_create_post", "graph", "*/feed", "facebook_post"),
    Commit("instagram_create_post", "graph", "*/media_publish", "instagram_media"),
    Commit("twitter_create_tweet", "x", "/2/tweets", "tweet"),
    Commit("linkedin_create_post", "linkedin", "/rest/posts", "linkedin_post"),
    Commit("gmail_send_mail", "gmail", "/gmail/v1/users/me/drafts/send", "mail_sent"),
)
FAULTS = ("late_commit", "timeout_after_commit", "slow")


def until(check: Callable[[], object], *, within_s: float) -> bool:
    latest = time.monotonic() + within_s
    while not check():
        if time.monotonic() > latest:
            return False
        time.sleep(0.05)
    return True


def variables(square: Square, **more: str) -> dict[str, str]:
    services = square.engine.catalogue.services
    windows = {f"RECONCILE_AFTER_SECONDS_{each.name.upper()}": str(WINDOW_S) for each in services}
    return (
        square.street.environment()
        | windows
        | {
            "EMPLOYEE_HOME": str(square.home),
            "HOLD_SECONDS": "0",
            "STAND_SECONDS": "0",
            "HTTP_TIMEOUT_SECONDS": str(PATIENCE_S),
            "OWNER_TIMEZONE": "Europe/Berlin",
            "MAX_POSTS_PER_DAY": "500",
            "MAX_MAILS_PER_HOUR": "500",
        }
        | more
    )


@contextmanager
def daemon(square: Square, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """The employee in its own processes."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "orchestrator.py"],
        cwd=PROJECT_ROOT,
        env=kept | variables(square, **more),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert until(lambda: "filesystem" in square.engine.bookmarks.beats(), within_s=30)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def asked(square: Square, commit: Commit, number: int) -> Proposal:
    text = f"{NEWS} Number {number}."
    values: dict[str, dict[str, Any]] = {
        "odoo": {"customer": KNOWN, "lines": LINES, "reference": f"PO-{number}"},
        "facebook": {"message": text},
        "instagram": {"caption": text, "image_url": square.graph.picture_url()},
        "twitter": {"text": text},
        "linkedin": {"text": text},
        "gmail": {"to": f"guest{number}@cafe.example", "subject": "Order", "body": text},
    }
    return square.submit(commit.tool, **values[commit.tool.partition("_")[0]])


def settled(square: Square, proposals: list[Proposal]) -> bool:
    return all(square.state(each) in FINAL_STATES | OPEN_STATES for each in proposals)


def one_round(square: Square, chance: random.Random, number: int) -> tuple[Counter[str], int]:
    """Ask, approve and let go wrong one thing in every service; return how it ended."""
    proposals = []
    for commit in COMMITS:
        proposals.append(asked(square, commit, number))
        fault, seconds = chance.choice(FAULTS), chance.uniform(0.0, LATEST_S)
        if fault != "late_commit":
            seconds = max(seconds, PATIENCE_S + 0.2)
        service = square.street.services[commit.pretend]
        service.fault(fault, path=commit.path, method="POST", seconds=seconds)
        square.drag(proposals[-1].note)
    assert until(lambda: settled(square, proposals), within_s=60), "nobody was told"
    # Whatever was still on its way has arrived by now.
    began = time.monotonic()
    until(lambda: time.monotonic() - began > LATEST_S, within_s=LATEST_S + 1)
    ends = Counter(str(square.state(each)) for each in proposals)
    for proposal in proposals:
        if square.state(proposal) in OPEN_STATES:
            square.drag(proposal.note, Folder.REJECTED)
    assert until(lambda: all(square.state(p) in FINAL_STATES for p in proposals), within_s=30)
    return ends, sum(square.state(each) is State.DONE for each in proposals)


@pytest.mark.parametrize(
    "rounds",
    [1, pytest.param(25, marks=[pytest.mark.sweep, pytest.mark.timeout(3600)])],
)
def test_nothing_takes_place_twice_however_late_the_daemon_hears_of_it(
    square: Square, rounds: int
) -> None:
    """Promise 5."""
    chance = random.Random(SEED)  # noqa: S311 - a choice of tests, no secret
    ends: Counter[str] = Counter()
    done = 0
    with daemon(square):
        for number in range(1, rounds + 1):
            of_round, told_done = one_round(square, chance, number)
            ends += of_round
            done += told_done
            made = Counter(kind for _, kind in square.street.ledger())
            doubled = {c.effect: made[c.effect] for c in COMMITS if made[c.effect] > number}
            assert not doubled, f"seed {SEED}, round {number}: {doubled}"
    effects = sum(made[commit.effect] for commit in COMMITS)
    answers = rounds * len(COMMITS)
    told = f"seed {SEED}: {answers} late answers, {effects} effects, 0 doubled; {dict(ends)}"
    print(told)  # noqa: T201 - a sweep prints its counts
    assert done <= effects <= answers
    assert square.engine.audit_log.verify()[0] == []


def test_a_service_that_hangs_keeps_no_approval_for_another_one_waiting(square: Square) -> None:
    """Decision 0012: while the call to X hangs, and the books hang too, LinkedIn has its post."""
    hanging = next(commit for commit in COMMITS if commit.pretend == "x")
    prompt = next(commit for commit in COMMITS if commit.pretend == "linkedin")
    stuck, quick = asked(square, hanging, 1), asked(square, prompt, 1)
    with daemon(square, HTTP_TIMEOUT_SECONDS="60"):
        square.x.fault("timeout_before", path="/2/tweets", method="POST", seconds=90)
        square.odoo.fault("timeout_before", seconds=90, times=100)
        square.odoo.forget_requests()
        letter = invoice_request(sent_at=square.clock())
        square.path(Folder.INBOX, "a.eml").write_bytes(letter)
        assert until(square.odoo.requests, within_s=30), "the letter is looked up in the books"
        square.drag(stuck.note)
        assert until(lambda: square.state(stuck) is State.ARMED, within_s=30)
        square.drag(quick.note)
        assert until(lambda: square.state(quick) is State.DONE, within_s=30)
        assert square.state(stuck) is State.ARMED
    assert [kind for _, kind in square.street.ledger()].count(prompt.effect) == 1
