"""Everything that may be done in fast motion: one table, out of which acts are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from benchmarks.fast_motion.moments import FAULTS, TWISTS, When

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Kind(StrEnum):
    """What an act needs to be told."""

    #: How many wishes ago; more than there are begins anew.
    WISH = "wish"
    REQUEST = "request"
    SERVICE = "service"
    FAULT = "fault"
    #: Any point of a pass or a start to die at.
    FUSE = "fuse"
    #: A point soon after something.
    NEAR = "near"
    STOP = "stop"
    SECONDS = "seconds"
    #: How far the wall clock is set, in seconds.
    JUMP = "jump"
    WHEN = "when"
    TWIST = "twist"
    #: What happens then; more often nothing.
    SECOND = "second"


#: What each may be, as often as it is to be drawn.
VALUES: Final[Mapping[Kind, Sequence[object]]] = {
    # The latest matter most, but any of them may still be touched.
    Kind.WISH: (0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 8, 13, 21, 34),
    Kind.REQUEST: ("invoice", "post", "invoice", "post", "plan"),
    Kind.SERVICE: ("odoo", "x"),
    # Twice as often as the others: a second try makes a second effect.
    Kind.FAULT: (*FAULTS.values(), FAULTS["answer lost"]),
    # A pass has some hundred points; the early ones are in every pass.
    Kind.FUSE: tuple(int(800 ** (step / 100)) for step in range(100)),
    Kind.NEAR: range(40),
    Kind.STOP: ("note", "gone", "command"),
    Kind.SECONDS: (0.5, 4.0, 11.0, 35.0, 120.0, 3600.0, 7200.0),
    Kind.JUMP: (-3600.0, -60.0, 60.0, 3600.0),
    Kind.WHEN: tuple(str(when) for when in When),
    Kind.TWIST: tuple(TWISTS),
    Kind.SECOND: ("nothing",) * len(TWISTS) + tuple(TWISTS),
}


class Group(StrEnum):
    """Whose act it is."""

    OWNER = "owner"
    MISHAPS = "mishaps"
    WORLD = "world"
    MOMENTS = "moments"
    DAY = "day"


@dataclass(frozen=True)
class Act:
    """One thing that may be done."""

    group: Group
    name: str
    #: How often, in relation to the others.
    often: int
    takes: tuple[Kind, ...] = ()


ACTS: Final = (
    Act(Group.OWNER, "ask", 12, (Kind.REQUEST,)),
    Act(Group.OWNER, "drop_letter", 3),
    Act(Group.OWNER, "approve_and_wait", 10, (Kind.WISH,)),
    Act(Group.OWNER, "drag", 6, (Kind.WISH,)),
    Act(Group.OWNER, "tick", 4, (Kind.WISH,)),
    Act(Group.OWNER, "tick_no", 1, (Kind.WISH,)),
    Act(Group.OWNER, "drag_back", 3, (Kind.WISH,)),
    Act(Group.OWNER, "reject", 2, (Kind.WISH,)),
    Act(Group.OWNER, "delete", 2, (Kind.WISH,)),
    Act(Group.OWNER, "edit_text", 4, (Kind.WISH,)),
    Act(Group.OWNER, "edit_amount", 2, (Kind.WISH,)),
    Act(Group.OWNER, "rush", 2),
    Act(Group.OWNER, "stop", 2, (Kind.STOP,)),
    Act(Group.OWNER, "resume", 4),
    Act(Group.MISHAPS, "copy_in_conflict", 2, (Kind.WISH,)),
    Act(Group.MISHAPS, "copy_to_both", 2, (Kind.WISH,)),
    Act(Group.MISHAPS, "forge", 1, (Kind.WISH,)),
    Act(Group.MISHAPS, "spoil", 10, (Kind.SERVICE, Kind.FAULT)),
    Act(Group.MISHAPS, "outage", 3, (Kind.REQUEST,)),
    Act(Group.MISHAPS, "heal", 6),
    Act(Group.MISHAPS, "rival", 3, (Kind.REQUEST,)),
    Act(Group.MISHAPS, "worker_alone", 2),
    Act(Group.MISHAPS, "restart_stopped", 8, (Kind.REQUEST, Kind.STOP)),
    Act(Group.MISHAPS, "die", 8, (Kind.FUSE,)),
    Act(Group.MISHAPS, "die_starting", 3, (Kind.FUSE,)),
    Act(Group.MISHAPS, "die_claiming", 6, (Kind.REQUEST, Kind.NEAR)),
    Act(Group.MISHAPS, "die_answered", 4, (Kind.REQUEST, Kind.NEAR)),
    Act(Group.MISHAPS, "die_reading", 4, (Kind.NEAR,)),
    Act(Group.WORLD, "make_pass", 20),
    Act(Group.WORLD, "restart", 2),
    Act(Group.WORLD, "wait", 10, (Kind.SECONDS,)),
    Act(Group.WORLD, "set_clock", 3, (Kind.JUMP,)),
    Act(Group.MOMENTS, "at", 30, (Kind.WHEN, Kind.REQUEST, Kind.TWIST, Kind.SECOND, Kind.NEAR)),
    Act(Group.DAY, "next_day", 10),
    Act(Group.DAY, "calm", 4),
)
