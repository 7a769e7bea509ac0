"""An ordeal: approvals are carried out while one thing after another goes wrong; all counted."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.farm import COMMITS, PAUSE, Farm
from utils.core.errors import JournalError

#: What each service is made to fail with: the mode, and how long it takes, in seconds.
FAULTS = (("timeout_after_commit", 1.5), ("reset", 0.0), ("status", 0.0), ("refuse", 0.5))
#: How often it is told how far things have got, in seconds.
_TOLD_S = 15.0


@dataclass
class Ordeal:
    """Troubles for a farm, one after another, as dice fall.

    Args:
        farm: Its workers are at work.
        dice: Choose what goes wrong.
        cut_s: For how long a machine is cut off, where the machines are on cables.
        tell: Hears how far things have got.
    """

    farm: Farm
    dice: random.Random
    cut_s: float = 4.0
    tell: Callable[[str], object] = print
    #: What went wrong how often.
    troubles: Counter[str] = field(default_factory=Counter, init=False)
    _cut: threading.Thread | None = field(default=None, init=False)
    _began: float = field(default_factory=time.monotonic, init=False)
    _told: float = field(default=0.0, init=False)

    def run(self, most: int, *, seconds: float) -> None:
        """Let so much go wrong at most, and wait until everything is settled.

        Raises:
            TimeoutError: It was not within so many seconds.
        """
        latest = time.monotonic() + seconds
        self._told = 0.0
        while time.monotonic() < latest:
            self.farm.tend()
            if self.troubles.total() < most:
                PAUSE.wait(self.dice.uniform(0.5, 2))
                self.troubles[self._trouble()] += 1
            else:
                PAUSE.wait(0.2)
            if self._is_settled():
                self._join()
                if self._is_settled():
                    return
        raise TimeoutError(f"{self.troubles} {self.farm.states()}")

    def _is_settled(self) -> bool:
        try:
            settled = self.farm.is_settled()
            if time.monotonic() > self._told + _TOLD_S:
                self._told = time.monotonic()
                states = ", ".join(f"{n} {state}" for state, n in self.farm.states().items())
                self.tell(f"{self._told - self._began:5.0f} s: {states}; {self._summary()}")
        except JournalError:
            return False
        return settled

    def _summary(self) -> str:
        return ", ".join(f"{count} × {what}" for what, count in sorted(self.troubles.items()))

    def _trouble(self) -> str:
        """Let one thing go wrong; return what it was."""
        machine = self.dice.choice(sorted(self.farm.workers))
        kinds = ("kill", "freeze", "database", "service", "service", "cut")
        match self.dice.choice(kinds if self._may_cut() else kinds[:-1]):
            case "cut":
                self._cut = threading.Thread(target=self._cut_off, args=(machine,))
                self._cut.start()
                return "machine cut off"
            case "kill":
                self.farm.kill(machine)
                PAUSE.wait(self.dice.uniform(0, 0.5))
                self.farm.start(machine)
                return "machine killed"
            case "freeze":
                with self.farm.frozen(machine):
                    PAUSE.wait(self.dice.uniform(0.5, 2))
                return "machine frozen"
            case "database":
                self.farm.server.kill()
                self.farm.server.start()
                return "database killed"
            case _:
                return self._fault()

    def _fault(self) -> str:
        name, path = self.dice.choice(sorted(COMMITS.items()))
        mode, seconds = self.dice.choice(FAULTS)
        values = {"path": path, "method": "POST", "times": 1} if mode != "refuse" else {}
        status = {"status": 503} if mode == "status" else {}
        self.farm.street.services[name].fault(mode, seconds=seconds, **values, **status)
        return f"service: {mode}"

    # --- cutting off: it goes on beside the other troubles --------------------------------------

    def _may_cut(self) -> bool:
        return self.farm.cables is not None and not (self._cut and self._cut.is_alive())

    def _cut_off(self, machine: str) -> None:
        assert self.farm.cables is not None
        with self.farm.cables.cut(machine):
            PAUSE.wait(self.cut_s)

    def _join(self) -> None:
        if self._cut:
            self._cut.join()
