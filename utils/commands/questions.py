"""Asks the owner for values: at the terminal, or from standard input, one line each."""

from __future__ import annotations

import sys
from getpass import getpass
from typing import TYPE_CHECKING, Final

from utils.commands.saying import say
from utils.core.errors import InvalidValueError, NoAnswerError

if TYPE_CHECKING:
    from rich.console import Console

    from utils.environment.variables import Variable

#: How often somebody at a terminal is asked for one value.
_TRIES: Final = 5


def ask(console: Console, variable: Variable, current: str) -> str:
    """Return a variable's value; an empty answer keeps the current one.

    Args:
        console: Where the question is shown.
        variable: What is asked; a secret is neither shown nor echoed.
        current: The value so far, or "".

    Raises:
        NoAnswerError: There is no answer.
        InvalidValueError: It holds characters that nobody can see.
    """
    shown = "kept as it is" if variable.secret and current else current
    empty = f" (Enter: {shown})" if shown else ""
    words = f"{variable.name}: {variable.meaning}{empty}"
    unseen = f"{variable.name} holds characters that cannot be seen; copy it again"
    for left in reversed(range(_TRIES if sys.stdin.isatty() else 1)):
        say(console, words)
        answer = _line(variable.name, secret=variable.secret).strip()
        if answer.isprintable():
            return answer or current
        if left:
            say(console, f"{unseen}.")
    raise InvalidValueError(unseen)


def ask_for(console: Console, question: str, current: str) -> str:
    """Return the answer to a question; an empty one keeps the current answer.

    Raises:
        NoAnswerError: There is no answer.
    """
    empty = f" (Enter: {current})" if current else ""
    say(console, f"{question}{empty}")
    return _line(question, secret=False).strip() or current


def _line(name: str, *, secret: bool) -> str:
    """Return one line as it was typed.

    Raises:
        NoAnswerError: The input ended.
    """
    try:
        if sys.stdin.isatty():
            return getpass("> ") if secret else input("> ")
        if line := sys.stdin.readline():
            return line
    except EOFError:
        sys.stdout.write("\n")
    raise NoAnswerError(name)
