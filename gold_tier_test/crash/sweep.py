"""The sweep: one death for every call that an act makes, each on a fresh copy of the same home."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, NamedTuple, override

from crash.acts import QUIET_S, SAID
from crash.stage import Stage
from crash.striking import By, Strike
from crash.tracing import CALLS, dying_at, hesitating, watching
from crash.victim import Nursery

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from crash.scenes import Scene
    from crash.stage import Judgement
    from crash.victim import Act, End

#: How many points are tried at once (a lane often waits).
_LANES: Final = 3
_MEMORY: Final = "/dev/shm"  # noqa: S108 - a folder of our own is made in it
#: A point whose call was not made this time (an answer came in fewer pieces) is tried again.
_TRIES: Final = 3


#: A point's call where its place among all calls counts.
_ANY: Final = "any call"


class Point(NamedTuple):
    """One moment to die at: on entering a call for the nth time."""

    #: The call's name, or "any call".
    call: str
    #: Its place among the calls of that name; among all calls where ``by`` says what counts them.
    number: int
    #: What kills it; None is strace.
    by: By | None = None


class Part(NamedTuple):
    """A share of a sweep, so that it can be run piece by piece."""

    number: int = 1
    of: int = 1

    @classmethod
    def read(cls, text: str) -> Self:
        """Read ``3/8``: the third of eight."""
        number, _, of = text.partition("/")
        return cls(int(number), int(of))


_WHOLE: Final = Part()


class Suffered(NamedTuple):
    """How an act bore a fault of the disk."""

    status: int
    #: What it said when it stopped by itself.
    said: str
    #: How many requests it had sent by then.
    requests: int
    #: What came of it after it was started again.
    judgement: Judgement


@dataclass
class Tally:
    """What a sweep has found."""

    scene: str
    #: Moments at which the process was to die, and how often it died there.
    points: int = 0
    kills: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    faults: dict[Point, list[str]] = field(default_factory=dict)
    unlogged: int = 0
    unsettled: int = 0
    #: The longest time from a start after a death until everything was settled.
    longest_s: float = 0.0
    seconds: float = 0.0

    def add(self, point: Point, judgement: Judgement | None) -> None:
        self.points += 1
        if judgement is None:
            return
        self.kills += 1
        self.fates[judgement.fate] += 1
        self.unlogged += judgement.is_unlogged
        self.unsettled += judgement.is_unsettled
        self.longest_s = max(self.longest_s, judgement.seconds)
        if judgement.faults:
            self.faults[point] = judgement.faults

    def take_over(self, other: Tally) -> None:
        """Add what another sweep has found."""
        self.points += other.points
        self.kills += other.kills
        self.fates += other.fates
        self.faults |= other.faults
        self.unlogged += other.unlogged
        self.unsettled += other.unsettled
        self.longest_s = max(self.longest_s, other.longest_s)
        self.seconds += other.seconds

    def figures(self) -> dict[str, Any]:
        """Return the counts as JSON has them."""
        return {
            "scene": self.scene,
            "points": self.points,
            "kills": self.kills,
            **{fate: self.fates[fate] for fate in ("doubled", "lost", "asked", "done")},
            "unlogged": self.unlogged,
            "unsettled": self.unsettled,
            "longest_s": round(self.longest_s, 2),
            "seconds": round(self.seconds, 1),
            "faults": {
                f"{point.call} {point.number}": said for point, said in self.faults.items()
            },
        }

    @classmethod
    def read(cls, figures: dict[str, Any]) -> Tally:
        """Read ``figures`` back; what was broken is only counted."""
        fates = Counter({fate: figures[fate] for fate in ("doubled", "lost", "asked", "done")})
        same = ("scene", "points", "kills", "unlogged", "unsettled", "longest_s", "seconds")
        return cls(fates=fates, **{name: figures[name] for name in same})

    @override
    def __str__(self) -> str:
        kinds = ("doubled", "lost", "asked", "done")
        fates = ", ".join(f"{self.fates[kind]} {kind}" for kind in kinds)
        return (
            f"{self.scene}: {self.points} points, {self.kills} kills, {fates},"
            f" {self.unlogged} unlogged, {self.unsettled} unsettled,"
            f" settled within {self.longest_s:.1f} s, {self.seconds:.0f} s"
        )


class Lane:
    """One world to die in again and again: a prepared home, and a service outside of the blast."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._world = scene.world()
        # A dead process leaves its pages to the system, so that the disk itself does not matter.
        memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None
        self._folder = Path(tempfile.mkdtemp(prefix="crash-", dir=memory))
        self._nursery = Nursery()
        self._first: Strike | None = None

    def __enter__(self) -> Self:
        self._world.start()
        self._scene.prepare(self._folder / "prepared", self._world)
        if self._scene.before:
            self._first = self._last_answer(self._scene.before)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._nursery.__exit__(kind, error, trace)
        self._world.stop()
        shutil.rmtree(self._folder)

    def points(self, by: By | None = None) -> list[Point]:
        """Let the act come to its end, and return every moment at which it could have died."""
        # Once before, so that nothing is loaded any more while it is counted.
        self._run(self._scene.act, self._fresh())
        tracing = () if by else watching(*CALLS)
        strike = Strike(by) if by else None
        end = self._run(self._scene.act, self._fresh(), *tracing, strike=strike)
        assert end.status == 0, f"{self._scene.name} does not work without a death: {end}"
        judgement = self._judged(self._folder / "home")
        assert judgement.fate in {"done", "asked"}, judgement
        assert judgement.faults == [], judgement
        if by:
            return [Point(call, number, by) for number, call in enumerate(end.trail, start=1)]
        calls = {_ANY: sum(end.calls.values())} if self._scene.side_by_side else end.calls
        return [
            Point(call, number)
            for call, count in sorted(calls.items())
            for number in range(1, count + 1)
        ]

    def die_at(self, point: Point) -> Judgement | None:
        """Die once and judge what came of it; None where the moment never came."""
        for _ in range(_TRIES):
            home = self._fresh()
            if self._killed(home, point).was_killed:
                return self._judged(home)
        return None

    def _killed(self, home: Path, point: Point) -> End:
        act = self._scene.act
        if point.by:
            return self._run(act, home, strike=Strike(point.by, point.number))
        if point.call == _ANY:
            return self._run(act, home, *hesitating(*CALLS), last=point.number)
        return self._run(act, home, *dying_at(point.call, point.number))

    def _run(
        self, act: Act, home: Path, *tracing: str, last: int = 0, strike: Strike | None = None
    ) -> End:
        variables = self._world.environment()
        return self._nursery.run(act, home, variables, *tracing, last=last, strike=strike)

    def suffer(self, act: Act, *tracing: str) -> Suffered:
        """Let an act run into a fault of the disk, start it again, and tell how it went."""
        home = self._fresh()
        end = self._run(act, home, *tracing)
        words = home / SAID
        said = words.read_text() if words.exists() else ""
        requests = len(self._world.requests())
        return Suffered(end.status, said, requests, self._judged(home))

    def _last_answer(self, act: Act) -> Strike:
        """Return the blow that an act meets on reading its last answer: its effect is there."""
        end = self._run(act, self._fresh(), strike=Strike(By.LIBRARY))
        places = [place for place, call in enumerate(end.trail, start=1) if call == "recv"]
        return Strike(By.LIBRARY, places[-1])

    def _fresh(self) -> Path:
        self._world.reset()
        home = self._folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self._folder / "prepared", home)
        if self._first and self._scene.before:
            assert self._run(self._scene.before, home, strike=self._first).was_killed
            sleep(QUIET_S)
        return home

    def _judged(self, home: Path) -> Judgement:
        stumbles: list[str] = []
        # What a scene lets go wrong in a service is over by the time of the next start.
        self._world.heal()

        def restart() -> None:
            end = self._run(self._scene.again or self._scene.act, home)
            if end.status:
                stumbles.append(f"it did not work after a start: {end.status}")

        began = monotonic()
        judgement = self._scene.judge(Stage(home, self._world, restart))
        judgement.seconds = monotonic() - began
        judgement.faults += stumbles
        return judgement


def sweep(
    scene: Scene,
    *,
    seconds: float | None = None,
    seed: int = 0,
    by: By | None = None,
    part: Part = _WHOLE,
    most: int | None = None,
    lanes: int = _LANES,
) -> Tally:
    """Die at every point of a scene, or at those of a seeded order that fit into a time.

    Args:
        scene: What it dies in the middle of.
        seconds: How long at most; None for all of it.
        most: How many points at most; None for all of them.
        lanes: How many at once.
        seed: The order.
        by: What kills; None is strace.
        part: Which share of the points.
    """
    began = monotonic()
    tally = Tally(scene.name)
    with ExitStack() as stack, ThreadPoolExecutor(lanes) as pool:
        made = [stack.enter_context(Lane(scene)) for _ in range(lanes)]
        points = made[0].points(by)
        random.Random(seed).shuffle(points)  # noqa: S311 - a choice of tests, no secret
        points = points[part.number - 1 :: part.of][:most]
        shares = [points[lane::lanes] for lane in range(lanes)]
        until = monotonic() + seconds if seconds is not None else None
        for found in pool.map(lambda lane, share: _walk(lane, share, until), made, shares):
            for point, judgement in found:
                tally.add(point, judgement)
    tally.seconds = monotonic() - began
    return tally


def _walk(
    lane: Lane, points: Sequence[Point], until: float | None
) -> list[tuple[Point, Judgement | None]]:
    found: list[tuple[Point, Judgement | None]] = []
    for point in points:
        if until is not None and monotonic() > until:
            break
        found.append((point, lane.die_at(point)))
    return found
