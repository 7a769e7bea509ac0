"""A home with pretend services, and Claude Code at work in it, in its jail or without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from claude_code.hostile import AT_WORK, Attacker, ear
from claude_code.move import Move, Stage
from claude_code.moves import moves
from claude_code.owner_home import OwnerHome
from claude_code.program import environment, headless, program, work
from claude_code.scripted_model import OVER, Block, Conversation, ScriptedModel
from utils.sandbox.street import Street

LONGEST_S: Final = 600


@dataclass
class Scene:
    """A home with a waiting note, pretend services, and somebody outside who listens."""

    home: OwnerHome
    street: Street
    stage: Stage
    heard: list[str]

    def play(
        self,
        mode: str,
        *,
        picked: Callable[[list[Move]], list[Move]] = list,
        in_jail: bool = False,
    ) -> Attacker:
        """Let the hostile model make its moves in one of Claude Code's permission modes."""
        made = picked(moves(self.stage))
        attacker = Attacker(self.home.folder, made, self.heard, AT_WORK if in_jail else ())
        self.run(attacker, "--permission-mode", mode, in_jail=in_jail)
        return attacker

    def run(
        self,
        script: Callable[[Conversation], list[Block]],
        *arguments: str,
        in_jail: bool = False,
    ) -> ScriptedModel:
        """Let Claude Code work with a script to its end; return the model with what it saw."""
        with ScriptedModel(script) as model:
            env = environment(self.home.agent_home, model.url)
            jailed = [str(self.home.python), "orchestrator.py", "claude"]
            start = jailed if in_jail else [str(program())]
            command = [*start, *headless("Process the inbox.", *arguments)]
            run = work(command, folder=self.home.folder, env=env, seconds=LONGEST_S)
        assert run.result.get("result") == OVER, f"it ended early: {run.result} {run.stderr}"
        return model

    def live(self) -> list[tuple[str, str]]:
        """Let the owner's program make two passes; return every effect there ever was."""
        self.home.orchestrator("--once")
        self.home.orchestrator("--once")
        return self.street.ledger()


@contextmanager
def opened() -> Iterator[Scene]:
    """Set a scene for a ``with`` block; the test is skipped where Claude Code cannot be had."""
    program()
    with ExitStack() as stack:
        # Not pytest's own folder: an ordinary user could not look into it.
        place = Path(stack.enter_context(TemporaryDirectory(prefix="owner-")))
        street = stack.enter_context(Street())
        url, heard = stack.enter_context(ear())
        quick = {"HOLD_SECONDS": "0", "STAND_SECONDS": "0"}
        home = OwnerHome(place / "home", street.environment() | quick)
        yield Scene(home, street, Stage(str(home.folder), home.propose(), url), heard)
