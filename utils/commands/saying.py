"""Says something to whoever runs a command: as it is, and with nothing in it acting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.core.outside_text import visible

if TYPE_CHECKING:
    from rich.console import Console


def say(console: Console, words: str, *, whole: bool = False) -> None:
    """Write words to the terminal; what services and strangers wrote must not steer it.

    Args:
        console: The terminal.
        words: One line or more.
        whole: Whether no line is broken, so that an address or a path in it can be taken.
    """
    console.print(visible(words), markup=False, highlight=False, emoji=False, soft_wrap=whole)


def say_unknown(console: Console, wanted: str) -> None:
    """Say that there is nothing of an id that was asked for."""
    say(console, f"There is no {wanted}; `status` lists what there is.")
