"""The sweep: one death for every call that an act makes, each on a fresh copy of the same home."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple, override

from crash.acts import SAID
from crash.stage import Stage
from crash.tracing import CALLS, dying_at, hesitating, watching
from crash.victim import run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from crash.scenes import Scene
    from crash.stage import Judgement
    from crash.victim import Act, End

#: How many points are tried at once (this has to run on two cores).
_LANES: Final = 2
#: A point whose call was not made this time (an answer came in fewer pieces) is tried again.
_TRIES: Final = 3


#: A point's call where its place among all calls counts.
_ANY: Final = "any call"


class Point(NamedTuple):
    """One moment to die at: on entering a call for the nth time."""

    #: The call's name, or "any call".
    call: str
    number: int


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
    points: int = 0
    kills: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    faults: dict[Point, list[str]] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, point: Point, judgement: Judgement | None) -> None:
        self.points += 1
        if judgement is None:
            return
        self.kills += 1
        self.fates[judgement.fate] += 1
        if judgement.faults:
            self.faults[point] = judgement.faults

    @override
    def __str__(self) -> str:
        kinds = ("doubled", "lost", "asked", "done")
        fates = ", ".join(f"{self.fates[kind]} {kind}" for kind in kinds)
        broken = f"{len(self.faults)} with broken promises"
        return (
            f"{self.scene}: {self.points} points, {self.kills} kills, {fates}, {broken},"
            f" {self.seconds:.0f} s"
        )


class Lane:
    """One world to die in again and again: a prepared home, and a service outside of the blast."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._world = scene.world()
        self._folder = Path(tempfile.mkdtemp(prefix="crash-"))

    def __enter__(self) -> Self:
        self._world.start()
        self._scene.prepare(self._folder / "prepared", self._world)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._world.stop()
        shutil.rmtree(self._folder)

    def points(self) -> list[Point]:
        """Let the act come to its end, and return every moment at which it could have died."""
        end = run(self._scene.act, self._fresh(), self._world.environment(), *watching(*CALLS))
        assert end.status == 0, f"{self._scene.name} does not work without a death: {end}"
        judgement = self._judged(self._folder / "home")
        assert judgement.fate in {"done", "asked"}, judgement
        assert judgement.faults == [], judgement
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
        act, environment = self._scene.act, self._world.environment()
        if point.call == _ANY:
            return run(act, home, environment, *hesitating(*CALLS), last=point.number)
        return run(act, home, environment, *dying_at(*point))

    def suffer(self, act: Act, *tracing: str) -> Suffered:
        """Let an act run into a fault of the disk, start it again, and tell how it went."""
        home = self._fresh()
        end = run(act, home, self._world.environment(), *tracing)
        words = home / SAID
        said = words.read_text() if words.exists() else ""
        requests = len(self._world.requests())
        return Suffered(end.status, said, requests, self._judged(home))

    def _fresh(self) -> Path:
        self._world.reset()
        home = self._folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self._folder / "prepared", home)
        return home

    def _judged(self, home: Path) -> Judgement:
        stumbles: list[str] = []
        # What a scene lets go wrong in a service is over by the time of the next start.
        self._world.heal()

        def restart() -> None:
            end = run(self._scene.act, home, self._world.environment())
            if end.status:
                stumbles.append(f"it did not work after a start: {end.status}")

        judgement = self._scene.judge(Stage(home, self._world, restart))
        judgement.faults += stumbles
        return judgement


def sweep(scene: Scene, *, seconds: float | None = None, seed: int = 0) -> Tally:
    """Die at every point of a scene, or at those of a seeded order that fit into a time."""
    began = monotonic()
    with Lane(scene) as lane:
        points = lane.points()
    tally = Tally(scene.name)
    random.Random(seed).shuffle(points)  # noqa: S311 - a choice of tests, no secret
    until = began + seconds if seconds is not None else None
    with ThreadPoolExecutor(_LANES) as pool:
        shares = [points[lane::_LANES] for lane in range(_LANES)]
        for found in pool.map(lambda share: _walk(scene, share, until), shares):
            for point, judgement in found:
                tally.add(point, judgement)
    tally.seconds = monotonic() - began
    return tally


def _walk(
    scene: Scene, points: Sequence[Point], until: float | None
) -> list[tuple[Point, Judgement | None]]:
    found: list[tuple[Point, Judgement | None]] = []
    with Lane(scene) as lane:
        for point in points:
            if until is not None and monotonic() > until:
                break
            found.append((point, lane.die_at(point)))
    return found
