"""`undo ID`: asks for what takes back what was done, through the gate like everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.assembly.opening import open_engine
from utils.commands.saying import say, say_unknown
from utils.core.lifecycle import State
from utils.core.outside_text import one_line
from utils.execution.undoing import Undoing

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console

    from utils.execution.undoing import Undone

_WIDTH = 200


def main(asked: argparse.Namespace, console: Console, _: threading.Event) -> int:
    """Ask for it; return 1 where nothing takes it back, or there is no such Proposal."""
    with open_engine() as engine:
        tracked = engine.journal.find(asked.id)
        if tracked is None:
            say_unknown(console, asked.id)
            return 1
        answers = Undoing(ground=engine.ground, gate=engine.gate).undo(tracked)
        for answer in answers:
            for line in _lines(answer):
                say(console, line)
    return 0 if all(_is_on_its_way(answer) for answer in answers) else 1


def _lines(answer: Undone) -> list[str]:
    lines = [f"{answer.of.id}: {one_line(answer.of.headline, _WIDTH)}"]
    if answer.asked:
        lines.append(f"  {answer.asked.id}: {one_line(answer.asked.headline, _WIDTH)}")
    return [*lines, f"  {one_line(answer.said, _WIDTH * 2)}"]


def _is_on_its_way(answer: Undone) -> bool:
    return answer.asked is not None and answer.asked.state is not State.REFUSED
