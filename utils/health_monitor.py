"""What is to be done about a child: how it has been, how it looks now, and the time decide.

One that died is started again after a growing pause; one that fell silent is ended first; one
that keeps failing is tried rarely. Whoever supervises carries it out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

#: How a child ends whose settings are missing: no use in starting it again.
NOT_SET_UP: Final = 78
#: How many times in a row a child is started again before that becomes rare (design: five).
RESTARTS: Final = 5
#: A life of this length is a good one: what was before it counts no more, in seconds.
STEADY_S: Final = 60.0
#: The longest pause before the second start and all further ones, each twice the one before.
_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 10.0
#: The longest pause before a child that keeps failing is tried once more, likewise.
_RARE_PAUSE_S: Final = 120.0
_RAREST_PAUSE_S: Final = 600.0


class Act(StrEnum):
    """What is to be done about a child now."""

    NOTHING = "nothing"
    START = "start"
    #: End it at once: it does not get on.
    KILL = "kill"
    #: Have it end after what it is doing.
    LET_GO = "let go"


@dataclass(frozen=True, kw_only=True)
class Health:
    """How a child has been; times are in seconds of a clock that is never set."""

    #: Whether it was started and not yet seen to have ended.
    started: bool = False
    #: When it was started last.
    since: float = 0.0
    #: It is not started before that.
    not_before: float = 0.0
    #: How many lives in a row were short ones.
    failures: int = 0
    #: Why the last one ended.
    why: str = ""
    #: Whether its settings are missing.
    absent: bool = False
    #: Whether it was asked to end.
    let_go: bool = False

    @property
    def degraded(self) -> bool:
        """Whether it keeps failing, and is tried rarely."""
        return self.failures > RESTARTS

    def steady(self, now: float) -> bool:
        """Return whether it has lived for long enough to be taken for well."""
        return self.started and now - self.since >= STEADY_S


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a child looks now."""

    alive: bool = False
    #: The exit status of one that ended; below zero it was ended by that signal.
    status: int = 0
    #: By when it promised to be heard of.
    heard_by: float = 0.0
    #: What it uses too much of, such as "memory", or "".
    too_much: str = ""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is to be done, and how the child has been from now on."""

    act: Act = Act.NOTHING
    health: Health


def decide(health: Health, look: Look, *, now: float, share: float) -> Decision:
    """Decide about one child.

    Args:
        health: How it has been.
        look: How it looks.
        now: The time.
        share: A random number from 0 to 1: which part of the longest pause is waited, so that
            children that died together do not come back together.
    """
    if look.alive:
        return _about_living(health, look, now)
    if health.started:
        return Decision(health=_after_end(health, look, now, share))
    if health.absent or now < health.not_before:
        return Decision(health=health)
    return Decision(act=Act.START, health=replace(health, started=True, since=now))


def _about_living(health: Health, look: Look, now: float) -> Decision:
    if now > look.heard_by:
        return Decision(act=Act.KILL, health=replace(health, why="it hung"))
    if look.too_much and not health.let_go:
        why = f"it used too much: {look.too_much}"
        return Decision(act=Act.LET_GO, health=replace(health, let_go=True, why=why))
    if health.failures and health.steady(now):
        return Decision(health=replace(health, failures=0, why=""))
    return Decision(health=health)


def _after_end(health: Health, look: Look, now: float, share: float) -> Health:
    if look.status == NOT_SET_UP:
        return Health(absent=True)
    steady = health.steady(now)
    if steady and health.let_go:
        return Health(not_before=now)
    failures = 1 if steady else health.failures + 1
    why = health.why or _ending(look.status)
    return Health(failures=failures, not_before=now + _pause_s(failures, share), why=why)


def _pause_s(failures: int, share: float) -> float:
    """Return how long to wait after so many failures in a row, in seconds."""
    rare = failures - RESTARTS
    if rare > 0:
        # Half of the pause is always waited, so that no minute sees more than five.
        return (1 + share) / 2 * min(_RAREST_PAUSE_S, _RARE_PAUSE_S * 2.0 ** (rare - 1))
    return share * min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** (failures - 1))


def _ending(status: int) -> str:
    return f"it was ended by signal {-status}" if status < 0 else f"it ended with {status}"
