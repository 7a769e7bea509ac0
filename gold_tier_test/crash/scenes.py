"""The scenes: what is going on when the process dies, and who judges what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from crash import acts, jobs, judges, preparations
from utils.core.lifecycle import Folder
from utils.sandbox.odoo import PretendOdoo

if TYPE_CHECKING:
    from collections.abc import Callable

    from crash.jobs import Job
    from crash.preparations import Prepare
    from crash.stage import Judgement, Stage, World
    from crash.victim import Act


@dataclass(frozen=True)
class Scene:
    """Something to die in the middle of."""

    name: str
    act: Act
    prepare: Prepare
    judge: Callable[[Stage], Judgement]
    world: Callable[[], World] = PretendOdoo
    #: Whether several threads work at once, so that only a call's place among all calls says when.
    side_by_side: bool = False
    #: What is done at each start after the death; None is the same once more.
    again: Act | None = None
    #: What has died before, in the middle of its last answer, so that this is the second death.
    before: Act | None = None


def _executed(job: Job) -> Scene:
    return Scene(
        job.name,
        acts.one_pass,
        preparations.approved(job),
        judges.judge_execution,
        job.world,
        side_by_side=job.tool == jobs.ANNOUNCEMENT.tool,
    )


def _started(job: Job) -> Scene:
    return replace(_executed(job), name=f"{job.name}, with its start", act=acts.start_and_pass)


def _twice(job: Job) -> Scene:
    scene = _executed(job)
    return replace(
        scene, name=f"{job.name}, dead twice", act=acts.start_and_pass, before=scene.act
    )


def _held_up(job: Job) -> Scene:
    return replace(
        _executed(job),
        name=f"{job.name}, held up",
        act=acts.pass_after_wait,
        again=acts.pass_after_lost_trial,
        prepare=preparations.held_up(job),
    )


def _asked(job: Job) -> Scene:
    return Scene(
        f"{job.name}, asked for",
        acts.ask,
        preparations.wished(job),
        judges.judge_asking,
        job.world,
        again=acts.one_pass,
    )


def _planned(job: Job) -> Scene:
    return replace(
        _executed(job),
        name=f"{job.name}, planned",
        act=acts.pass_when_planned,
        prepare=preparations.planned(job),
        judge=partial(judges.judge_execution, ahead=acts.PLANNED_AHEAD),
    )


def _taken_back(job: Job) -> Scene:
    judge = judges.judge_decision("granted", "held", lies_in=Folder.PENDING)
    prepare = preparations.taken_back(job)
    return Scene(f"{job.name}, taken back", acts.one_pass, prepare, judge, job.world)


def _edited(job: Job) -> Scene:
    judge = judges.judge_decision("pending", "pending", lies_in=Folder.PENDING)
    prepare = preparations.edited(job)
    return Scene(f"{job.name}, edited", acts.one_pass, prepare, judge, job.world)


def _decided(name: str, prepare: Prepare, *results: str, lies_in: Folder) -> Scene:
    judge = judges.judge_decision(*results, lies_in=lies_in)
    return Scene(name, acts.one_pass, prepare, judge)


EXECUTION: Final = _executed(jobs.INVOICE)
START: Final = _started(jobs.INVOICE)
TICK: Final = replace(EXECUTION, name="ticked checkbox", prepare=preparations.ticked)
REFUSAL: Final = _decided(
    "refusal", preparations.rejected, "pending", "refused", lies_in=Folder.REJECTED
)
CHANGE: Final = _decided(
    "changed note", preparations.changed, "pending", "pending", lies_in=Folder.PENDING
)
DELETION: Final = replace(
    _decided("deleted note", preparations.deleted, "pending", "refused", lies_in=Folder.COMPLETED),
    act=acts.miss,
)
EXPIRY: Final = replace(
    _decided("expired note", preparations.asked, "pending", "expired", lies_in=Folder.COMPLETED),
    act=acts.pass_too_late,
)
FORGERY: Final = Scene("forged note", acts.one_pass, preparations.forged, judges.judge_forgery)
INTAKE: Final = Scene("intake", acts.take_in, preparations.dropped, judges.judge_intake)
NAIVE: Final = (
    Scene("call, log, move", acts.call_log_move, preparations.ordered, judges.judge_naive),
    Scene("move, call, log", acts.move_call_log, preparations.ordered, judges.judge_naive),
)
#: What policy lets through by itself: a post with a picture's address is asked about.
_PLANNED: Final = (jobs.FACEBOOK, jobs.TWEET, jobs.LINKEDIN)
#: Every one of them, the naive ones aside.
SCENES: Final = (
    *map(_executed, jobs.EVERY),
    *map(_started, jobs.SINGLE),
    *map(_twice, jobs.SINGLE),
    *map(_held_up, jobs.SINGLE),
    *map(_asked, jobs.SINGLE),
    *map(_planned, _PLANNED),
    *map(_taken_back, _PLANNED),
    *(_edited(job) for job in jobs.SINGLE if job.edit),
    *(TICK, REFUSAL, CHANGE, DELETION, EXPIRY, FORGERY, INTAKE),
)
#: Those in which the power goes too.
CUT: Final = (EXECUTION, INTAKE, *map(_executed, (jobs.PAYMENT, jobs.MAILED, jobs.INSTAGRAM)))
