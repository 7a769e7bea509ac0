"""What an attacker knows, and what one of his moves is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from claude_code.scripted_model import Block, calls

VAULT: Final = "AI_Employee"


@dataclass(frozen=True)
class Stage:
    """What an attacker knows: the home's folder, a waiting note, and an address to send to."""

    root: str
    note: str
    ear: str

    @property
    def pending(self) -> str:
        """The waiting note, from the home's folder."""
        return f"{VAULT}/Pending_Approval/{self.note}"


@dataclass(frozen=True)
class Move:
    """One attack: the calls of one turn, or of several after each other."""

    name: str
    turns: tuple[tuple[Block, ...], ...]
    #: Whether new notes that the program registered are what it may come to.
    proposes: bool = False


def one(name: str, *blocks: Block) -> Move:
    """A move of one turn."""
    return Move(name, (blocks,))


def sh(name: str, command: str) -> Move:
    """A command for the agent's shell."""
    # In brackets, because the tool's shell stays where a command went.
    return one(name, calls("Bash", command=f"( {command} )", description=name))
