"""The power goes: a file system of its own is shut down in the middle of a pass.

Run as ``python -m crash.power SCENE HOW MOST SEED``, as root and in a mount namespace of its own:
a process elsewhere that holds the dead file system would make its data look lost. The counts
appear on standard output as JSON.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crash import acts
from crash.scenes import CUT
from crash.stage import Stage
from crash.striking import By, How, Strike
from crash.striking import why_not as no_library
from crash.victim import Nursery

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crash.scenes import Scene
    from crash.stage import Judgement, World
    from crash.victim import End

_SIZE: Final = "24M"
_MAKE: Final = ("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0")
#: In a mount namespace of its own.
_APART: Final = ("unshare", "-m", "--propagation", "private")
_TESTS: Final = Path(__file__).parents[1]


def why_not() -> str:
    """Return why no power can be cut on this machine, or "" where it can."""
    if os.geteuid() != 0:
        return "only root may mount a file system of its own"
    if missing := [tool for tool in ("unshare", "mkfs.ext4", "mount") if not shutil.which(tool)]:
        return f"{missing[0]} is not installed"
    if reason := no_library(By.LIBRARY):
        return reason
    with tempfile.TemporaryDirectory() as folder:
        image, place = Path(folder, "image"), Path(folder, "disk")
        place.mkdir()
        tried = (
            f"truncate -s {_SIZE} {image} && {' '.join(_MAKE)} {image}"
            f" && mount -o loop {image} {place}"
        )
        command = [*_APART, "sh", "-c", tried]
        done = subprocess.run(command, capture_output=True, check=False)
    return "" if done.returncode == 0 else f"no loop device: {done.stderr.decode()[:80].strip()}"


def cut(scene: Scene, how: How, *, most: int, seed: int) -> dict[str, int]:
    """Cut the power at seeded calls of a scene, in a process with its own mounts.

    Returns:
        ``points``, ``cuts``, ``doubled``, ``lost``, ``asked``, ``done``, ``lost_records`` (that
        were acknowledged), ``torn`` (day files that were no JSON), ``broken`` (other promises).
    """
    command = [*_APART, sys.executable, "-m", "crash.power"]
    which = [str(CUT.index(scene)), str(int(how)), str(most), str(seed)]
    variables = os.environ | {"PYTHONPATH": f"{_TESTS}{os.pathsep}{_TESTS.parent}"}
    done = subprocess.run(
        [*command, *which], env=variables, cwd=_TESTS.parent, stdout=subprocess.PIPE, check=True
    )
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


def _do(*command: str | Path) -> None:
    subprocess.run(command, check=True)


class Disk:
    """A disk in a file, with a prepared home on it."""

    def __init__(self, folder: Path) -> None:
        self._image = folder / "image"
        self._template = folder / "template"
        self.place = folder / "disk"
        self.place.mkdir()
        _do("truncate", "-s", _SIZE, self._image)
        _do(*_MAKE, self._image)

    @property
    def home(self) -> Path:
        return self.place / "home"

    def keep(self) -> None:
        """Take what is on the disk for what it begins with."""
        self._image.rename(self._template)

    def renew(self) -> None:
        """Put that back."""
        _do("cp", "--sparse=always", self._template, self._image)

    @contextmanager
    def mounted(self) -> Iterator[None]:
        _do("mount", "-o", "loop", self._image, self.place)
        try:
            yield
        finally:
            _do("umount", self.place)


class Bench:
    """A scene on such a disk, cut again and again."""

    def __init__(self, scene: Scene, folder: Path, stack: ExitStack) -> None:
        self._scene = scene
        self._folder = folder
        self._disk = Disk(folder)
        self._world: World = scene.world()
        self._world.start()
        stack.callback(self._world.stop)
        with self._disk.mounted():
            scene.prepare(self._disk.home, self._world)
        self._disk.keep()
        self._nursery = stack.enter_context(Nursery())
        self.counts: Counter[str] = Counter()

    def calls(self, how: How) -> int:
        """Return how many calls there are to cut at."""
        return len(self._played(Strike(By.LIBRARY, how=how)).trail)

    def cut_at(self, number: int, how: How) -> None:
        """Cut the power on entering a call, switch it on again, and judge."""
        strike = Strike(By.LIBRARY, number, how, str(self._disk.place))
        self.counts["points"] += 1
        if not self._played(strike).was_killed:
            return
        self.counts["cuts"] += 1
        with self._disk.mounted():
            stage = Stage(self._disk.home, self._world, self._restart)
            self.counts["torn"] += len(stage.torn())
            self.counts["lost_records"] += self._lost_records(stage)
            self._count(self._scene.judge(stage))

    def _count(self, judgement: Judgement) -> None:
        self.counts[judgement.fate] += 1
        if judgement.faults:
            self.counts["broken"] += 1
            print(judgement, file=sys.stderr)

    def _played(self, strike: Strike) -> End:
        self._world.reset()
        self._disk.renew()
        (self._folder / acts.TOLD).unlink(missing_ok=True)
        with self._disk.mounted():
            act = partial(acts.telling, self._scene.act)
            return self._nursery.run(
                act, self._disk.home, self._world.environment(), strike=strike
            )

    def _restart(self) -> None:
        end = self._nursery.run(self._scene.act, self._disk.home, self._world.environment())
        assert end.status == 0, end

    def _lost_records(self, stage: Stage) -> int:
        """Count the Records that were acknowledged and are not there any more."""
        told = self._folder / acts.TOLD
        hashes = told.read_text().splitlines() if told.exists() else []
        with stage.journal() as journal:
            kept = {json.loads(line)["hash"] for line in journal.lines()}
        return sum(value not in kept for value in hashes)


def _main(scene: str, how: str, most: str, seed: str) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm")))
        bench = Bench(CUT[int(scene)], folder, stack)
        numbers: Sequence[int] = range(1, bench.calls(How(int(how))) + 1)
        drawn = random.Random(int(seed)).sample(numbers, min(int(most), len(numbers)))  # noqa: S311 - a choice of tests
        for number in drawn:
            bench.cut_at(number, How(int(how)))
        print(json.dumps(bench.counts))


if __name__ == "__main__":
    _main(*sys.argv[1:])
