"""What must be true after a process has died and was started again."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from crash import acts, jobs
from crash.stage import UNSETTLED, Judgement, Stage, parses
from utils.audit_log import AuditLog
from utils.core.lifecycle import DECISION_FOLDERS, FINAL_STATES, OPEN_STATES, Folder, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from utils.journal import Journal
    from utils.storage.rows import Tracked

#: How often the employee is started again; after the last start everything must be settled.
_STARTS: Final = 4
#: How a note says that nobody but the owner can tell.
_CANNOT_TELL: Final = "cannot tell"


def judge_execution(stage: Stage, *, ahead: timedelta = timedelta(0)) -> Judgement:
    """Judge that what was approved is done once, or asked about again and then done once.

    Args:
        stage: What is left after the death.
        ahead: How far the clock of every pass was ahead of the service's.
    """
    faults = _settled(stage)
    asked = [tracked for tracked in stage.tracked() if tracked.state in OPEN_STATES]
    for tracked in asked:
        faults += _answer(stage, tracked)
    if asked:
        stage.restart()
    stage.restart()
    everything = stage.tracked()
    faults += _notes(stage, {tracked.proposal.id for tracked in asked}) + _log(stage)
    for tracked in everything:
        faults += _records(stage, tracked, ahead)
    wanted = [kind for tracked in everything for kind in _kinds(tracked)]
    on_the_way = jobs.STEPS - set(wanted)
    made = Counter({kind: n for kind, n in stage.effects().items() if kind not in on_the_way})
    faults += [f"there is a {kind} that nobody asked for" for kind in made if kind not in wanted]
    if any(count > 1 for count in made.values()):
        return Judgement("doubled", [*faults, f"made {dict(made)}"])
    unsettled = [tracked.state for tracked in everything if tracked.state not in FINAL_STATES]
    if unsettled or any(made[kind] == 0 for kind in wanted):
        ends = [f"{tracked.proposal.operation} {tracked.state}" for tracked in everything]
        return Judgement("lost", [*faults, f"it ended {ends} with {dict(made)}"])
    return Judgement("asked" if asked else "done", faults)


def judge_decision(*results: str, lies_in: Folder) -> Callable[[Stage], Judgement]:
    """Return the judge of a decision that makes nothing: these Records and no others."""

    def judge(stage: Stage) -> Judgement:
        faults = _settled(stage)
        stage.restart()
        [tracked] = stage.tracked()
        faults += _lies(stage, {tracked.proposal.note: lies_in}) + _log(stage)
        with stage.journal() as journal:
            found = [record["result"] for record in journal.records_of(tracked.proposal.id)]
        if found != list(results):
            faults.append(f"its Records are {found}")
        return Judgement("doubled" if stage.effects() else "done", faults)

    return judge


def judge_asking(stage: Stage) -> Judgement:
    """Judge that what was asked for is asked whole, or not at all where nobody was told so."""
    faults = stage.torn()
    for _ in range(2):
        stage.restart()
    asked = stage.tracked()
    with stage.journal() as journal:
        results = [record["result"] for record in _all_records(journal)]
    if results != ["pending"] * len(asked):
        faults.append(f"{len(asked)} Proposals have the Records {results}")
    faults += _lies(stage, {tracked.proposal.note: Folder.PENDING for tracked in asked})
    faults += _log(stage)
    return Judgement("doubled" if stage.effects() or len(asked) > 1 else "done", faults)


def judge_forgery(stage: Stage) -> Judgement:
    """Judge that a forged note does nothing, is sent back, and that the owner is told once."""
    faults = stage.torn()
    for _ in range(2):
        stage.restart()
    with stage.journal() as journal:
        told = [record["result"] for record in _all_records(journal)].count("told")
    counts = {
        "Records of it": told,
        "alerts": len(stage.names(Folder.NEEDS_ACTION)),
        "notes sent back": len(stage.names(Folder.PENDING)) - 1,
    }
    faults += [f"{count} {what}" for what, count in counts.items() if count != 1]
    faults += [f"there is {name}" for name in stage.names(Folder.APPROVED)]
    faults += [f"there is {name}" for name in stage.names(Folder.PLANS)]
    faults += _log(stage)
    return Judgement("doubled" if stage.effects() else "done", faults)


def judge_intake(stage: Stage) -> Judgement:
    """Judge that the letter was taken in once and led to one question."""
    faults = stage.torn()
    for _ in range(2):
        stage.restart()
    with stage.journal() as journal:
        asked = journal.in_states(State)
        taken = _all_records(journal)
    items = [record for record in taken if record["action"] == "item"]
    kept = [name.rpartition(".")[2] for name in stage.names(Folder.NEEDS_ACTION)]
    counts = {
        "Proposals": len(asked),
        "Records of the Item": len(items),
        "Records of the question": sum(record["result"] == "pending" for record in taken),
        "notes that ask": len(stage.names(Folder.PENDING)),
        "notes of the Item": kept.count("md"),
        "letters kept": kept.count("eml"),
        "Plans": len(stage.names(Folder.PLANS)),
    }
    faults += [f"{count} {what}" for what, count in counts.items() if count != 1]
    faults += [f"{name} still lies in the Inbox" for name in stage.names(Folder.INBOX)]
    faults += _log(stage)
    most, least = max(counts.values()), min(counts.values())
    return Judgement("doubled" if most > 1 else "lost" if least < 1 else "done", faults)


def judge_naive(stage: Stage) -> Judgement:
    """Judge a naive executor by the same promises: made once, and its log says so."""
    log = stage.home / acts.LOG
    faults = [] if not log.exists() or parses(log) else ["the log is torn"]
    for _ in range(_STARTS):
        stage.restart()
    made = stage.effects()["invoice_created"]
    whole = log.exists() and parses(log)
    logged = len(json.loads(log.read_text())) if whole else 0
    if logged != made:
        faults.append(f"{made} made, {logged} logged")
    return Judgement("doubled" if made > 1 else "lost" if made == 0 else "done", faults)


# --- what the judges look at ---------------------------------------------------------------


def _kinds(tracked: Tracked) -> Sequence[str]:
    return jobs.KINDS[tracked.proposal.operation]


def _settled(stage: Stage) -> list[str]:
    """Start it again until everything is settled or asked; return what was torn meanwhile."""
    faults = stage.torn()
    for _ in range(_STARTS):
        stage.restart()
        faults += stage.torn()
        if all(tracked.state in FINAL_STATES | OPEN_STATES for tracked in stage.tracked()):
            return faults
        time.sleep(acts.QUIET_S)
    return [*faults, UNSETTLED]


def _answer(stage: Stage, tracked: Tracked) -> list[str]:
    """Answer what is asked once more, as the note says; return what stood in the way.

    The owner says yes, unless he had to look himself and found it.
    """
    proposal, faults = tracked.proposal, []
    has_to_look = proposal.operation in jobs.UNREADABLE
    if has_to_look != (_CANNOT_TELL in proposal.reason):
        faults.append(f"{proposal.operation} asks: {proposal.reason}")
    is_there = has_to_look and any(stage.effects()[kind] for kind in _kinds(tracked))
    to = Folder.REJECTED if is_there else Folder.APPROVED
    try:
        (stage.folder(Folder.PENDING) / proposal.note).rename(stage.folder(to) / proposal.note)
    except FileNotFoundError:
        faults.append("it asks without a note")
    return faults


def _notes(stage: Stage, asked: set[str]) -> list[str]:
    """Return which notes lie elsewhere than where they belong in the end, or twice.

    What is part of a whole has a note of its own only where it was asked about by itself.
    """
    with stage.journal() as journal:
        parts = {part.proposal.id for part in _parts(journal)}
    return _lies(
        stage,
        {
            tracked.proposal.note: Folder.REJECTED
            if tracked.state is State.REFUSED
            else Folder.COMPLETED
            for tracked in stage.tracked()
            if tracked.proposal.id in asked or tracked.proposal.id not in parts
        },
    )


def _parts(journal: Journal) -> Iterator[Tracked]:
    for tracked in journal.in_states(State):
        yield from journal.of_group(tracked.proposal.id)


def _lies(stage: Stage, places: Mapping[str, Folder]) -> list[str]:
    """Return whether any other notes lie anywhere than these in their places."""
    folders = (*DECISION_FOLDERS, Folder.COMPLETED)
    found = sorted((name, folder) for folder in folders for name in stage.names(folder))
    return [] if found == sorted(places.items()) else [f"the notes lie so: {found}"]


def _records(stage: Stage, tracked: Tracked, ahead: timedelta) -> list[str]:
    """Return what the Records of a finished Proposal leave out."""
    with stage.journal() as journal:
        records = journal.records_of(tracked.proposal.id)
        parts = journal.of_group(tracked.proposal.id)
    results = [record["result"] for record in records]
    # What is closed while all of its parts are asked by themselves has not failed: it waits.
    end = str(tracked.outcome.kind if parts and tracked.outcome else tracked.state)
    ends = results.count(end)
    faults = [] if ends == 1 else [f"{ends} Records of {end}"]
    if results.count("armed") != tracked.attempts:
        faults.append(f"{results.count('armed')} Records of {tracked.attempts} attempts")
    # What certainly never left goes out once more on the same yes.
    if results.count("armed") > results.count("granted") + results.count("waiting"):
        faults.append("sent again without a new yes")
    if tracked.state is State.FAILED:
        # What took place is that of the Proposal in its stead.
        return faults
    times = {
        record["result"]: datetime.fromisoformat(record["timestamp"])
        for record in reversed(records)
    }
    began, ended = times.get("armed"), times.get(str(tracked.state))
    for made in stage.times(_kinds(tracked)):
        at = datetime.fromisoformat(made) + ahead
        if not (began and ended and began <= at <= ended):
            faults.append("made outside of armed and done")
    return faults


def _all_records(journal: Journal) -> list[dict[str, Any]]:
    return [json.loads(line) for day in journal.days() for line in journal.lines_of(day)]


def _log(stage: Stage) -> list[str]:
    with stage.journal() as journal:
        found, _ = AuditLog(folder=stage.home / "Vault/Logs", journal=journal).verify()
    return [str(fault) for fault in found]
