"""One business on several machines: a database, workers as processes, and services that fail."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.cables import Cables
from benchmarks.postgres_server import Server
from utils.assembly.engine import Engine
from utils.assembly.opening import assembled
from utils.catalogue import Catalogue
from utils.core.lifecycle import FINAL_STATES, OPEN_STATES, State
from utils.core.model import Origin, Proposal, Source
from utils.sandbox.street import Street
from utils.settings import PROJECT_ROOT, load

CATALOGUE = Catalogue.load(PROJECT_ROOT)
#: A customer with posted history.
KNOWN = "billing@acme.example"
PAUSE = threading.Event()
#: Tool to the effect that it has, and to where in the effect its text stands.
KINDS = {
    "odoo_create_invoice": "invoice_created",
    "facebook_create_post": "facebook_post",
    "linkedin_create_post": "linkedin_post",
    "twitter_create_tweet": "tweet",
}
TOOLS = tuple(KINDS)
#: The request that a tool's effect takes place in, by service.
COMMITS = {
    "odoo": "*/account.move/load",
    "graph": "*/feed",
    "linkedin": "/rest/posts",
    "x": "/2/tweets",
}


@dataclass
class Farm:
    """The home with the vault, and the workers elsewhere, on cables where there are any."""

    folder: Path
    server: Server
    street: Street
    name: str
    more: dict[str, str] = field(default_factory=dict)
    cables: Cables | None = None
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict, init=False)
    home: Engine = field(init=False)
    asked: list[Proposal] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        environment = self.environment("home")
        settings = load(self.folder / "home", environment=environment, project_root=self.folder)
        self.home = assembled(settings, CATALOGUE)
        self.home.start()

    def environment(self, machine: str) -> dict[str, str]:
        windows = {
            f"RECONCILE_AFTER_SECONDS_{name}": "3"
            for name in ("ODOO", "FACEBOOK", "LINKEDIN", "TWITTER")
        }
        limits = dict.fromkeys(("MAX_MAILS_PER_HOUR", "MAX_POSTS_PER_DAY"), "100000")
        return (
            self.street.environment()
            | windows
            | limits
            | {
                "EMPLOYEE_HOME": str(self.folder / machine),
                "EMPLOYEE_DATABASE_URL": self.server.url,
                "EMPLOYEE_BUSINESS": self.name,
                "EMPLOYEE_MACHINE": machine,
                "MAX_AMOUNT_PER_DAY": "100000000",
                "HTTP_TIMEOUT_SECONDS": "1",
                "HOLD_SECONDS": "0",
                "STAND_SECONDS": "0",
                "LOG_LEVEL": "ERROR",
            }
            | self.more
        )

    # --- what is approved --------------------------------------------------------------------

    def approve(self, count: int, tools: tuple[str, ...] = TOOLS) -> None:
        """Have so many things proposed and approved, in a known order, in turn for each tool."""
        for number in range(len(self.asked), len(self.asked) + count):
            tool = tools[number % len(tools)]
            self.asked.append(self.ask(tool, **values(tool, number)))

    def ask(self, tool: str, **fields: Any) -> Proposal:
        """Have one thing proposed and approved."""
        operation = CATALOGUE.operation(tool).model_validate(fields, strict=False)
        proposal = self.home.gate.submit(operation, origin=Origin(source=Source.MCP))
        tracked = self.home.journal.find(proposal.id)
        assert tracked is not None
        self._drag(proposal)
        assert self.home.ground.decisions().grant(tracked, how="drag")
        return proposal

    # --- the machines ------------------------------------------------------------------------

    def start(self, machine: str, *more: str) -> subprocess.Popen[bytes]:
        clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        within = self.cables.words(machine) if self.cables else []
        with (self.folder / f"{machine}.err").open("ab") as told:
            process = subprocess.Popen(
                [*within, sys.executable, "orchestrator.py", "worker", *more],
                cwd=PROJECT_ROOT,
                env=clean | self.environment(machine),
                stdout=subprocess.DEVNULL,
                stderr=told,
            )
        self.workers[machine] = process
        return process

    def tend(self) -> None:
        """Start again what ended, as a service manager does: there was no database to begin with.

        Raises:
            AssertionError: It ended for another reason.
        """
        for machine, process in list(self.workers.items()):
            if process.poll() is not None:
                said = (self.folder / f"{machine}.err").read_text()
                assert "The journal could not be written" in said[-400:], said
                self.start(machine)

    def kill(self, machine: str) -> None:
        """End a machine as a power cut does."""
        process = self.workers.pop(machine)
        process.kill()
        process.wait()

    @contextlib.contextmanager
    def frozen(self, machine: str) -> Iterator[None]:
        """Take a machine out of the world for a while; it does not know that it was."""
        self.workers[machine].send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.workers[machine].send_signal(signal.SIGCONT)

    def stop(self) -> None:
        for machine in list(self.workers):
            self.workers[machine].send_signal(signal.SIGCONT)
            self.workers[machine].terminate()
        for machine in list(self.workers):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.workers[machine].wait(10)
            self.kill(machine)
        with contextlib.suppress(Exception):
            self.home.close()

    # --- what came of it ---------------------------------------------------------------------

    def states(self) -> Counter[State]:
        rows = self.home.journal.database.rows(
            "SELECT state, count(*) AS n FROM proposals GROUP BY state"
        )
        return Counter({State(row["state"]): row["n"] for row in rows})

    def is_settled(self) -> bool:
        return set(self.states()) <= FINAL_STATES | OPEN_STATES

    def effects(self) -> dict[str, list[int]]:
        """Tool to the numbers of what really took place, in the order in which it did."""
        found: dict[str, list[int]] = {}
        for tool, kind in KINDS.items():
            rows = [
                row
                for service in self.street.services.values()
                for row in service.ledger()
                if row["kind"] == kind
            ]
            found[tool] = [number_in(row) for row in rows]
        return found

    def by_state(self, *states: State) -> set[int]:
        """The numbers of what stands in some states."""
        ids = {each.proposal.id for each in self.home.journal.in_states(states)}
        return {number for number, each in enumerate(self.asked) if each.id in ids}

    def answer_again(self) -> int:
        """Answer what was asked again as an owner does; return how many yeses there were.

        He takes the employee's word where it says that a service does not have it. Where it
        cannot tell, he looks.
        """
        self.home.folders.sweep()
        made = {number for numbers in self.effects().values() for number in numbers}
        numbers = {each.id: number for number, each in enumerate(self.asked)}
        decisions, said_yes = self.home.ground.decisions(), 0
        for tracked in self.home.journal.in_states(OPEN_STATES):
            proposal = tracked.proposal
            if "does not have it" not in proposal.reason and numbers[proposal.id] in made:
                assert decisions.refuse(tracked, how="it is there")
                continue
            self._drag(proposal)
            assert decisions.grant(tracked, how="drag")
            said_yes += 1
        return said_yes

    def _drag(self, proposal: Proposal) -> None:
        root = self.home.vault.root
        (root / "Pending_Approval" / proposal.note).rename(root / "Approved" / proposal.note)

    def judge(self, *, ordered: bool = True) -> dict[str, int]:
        """Check that nothing was doubled, lost or reordered; return the counts.

        What was asked again took place at most once too, and may do so at its own time.
        """
        effects = self.effects()
        made = [number for numbers in effects.values() for number in numbers]
        done, failed = self.by_state(State.DONE), self.by_state(State.FAILED)
        asked = self.by_state(*OPEN_STATES, State.REFUSED)
        everything = set(range(len(self.asked)))
        faults = {
            "doubled": [number for number, count in Counter(made).items() if count > 1],
            "lost": sorted((done - set(made)) | (everything - done - asked - failed)),
            "unseen": sorted(set(made) - done - asked),
            "out of order": [
                tool
                for tool, numbers in effects.items()
                if ordered and not _rises([number for number in numbers if number in done])
            ],
        }
        assert not any(faults.values()), faults
        assert self.home.audit_log.verify()[0] == []
        return {"done": len(done), "asked": len(asked), "failed": len(failed)}


def _rises(numbers: list[int]) -> bool:
    return numbers == sorted(numbers)


def values(tool: str, number: int) -> dict[str, Any]:
    text = f"Rye bread number {number} is out of the oven."
    if tool == "odoo_create_invoice":
        line = {"description": "Bread", "quantity": "3", "unit_price": "50.00"}
        return {"customer": KNOWN, "lines": [line], "reference": f"number {number} "}
    return {"message" if tool == "facebook_create_post" else "text": text}


def number_in(row: dict[str, Any]) -> int:
    words = str(row["payload"]).split("number ")[1]
    return int(words.split()[0].strip("'\","))


def until(done: Callable[[], object], *, seconds: float) -> bool:
    """Wait for something to become true, for so long at most."""
    return any(done() or PAUSE.wait(0.1) for _ in range(int(seconds / 0.1)))
