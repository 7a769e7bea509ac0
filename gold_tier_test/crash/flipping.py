"""Somebody who exchanges a note for another one as fast as the system lets him."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from types import TracebackType
    from typing import Self

_SERVER: Final = multiprocessing.get_context("forkserver")
#: How many exchanges are made between two looks at whether to stop.
_AT_ONCE: Final = 50


class Flipper:
    """Exchanges a file with one in which a text stands for another, in a process of its own."""

    def __init__(self, note: Path, old: str, new: str) -> None:
        genuine = note.read_bytes()
        forged = genuine.replace(old.encode(), new.encode())
        assert forged != genuine
        self._ours, theirs = _SERVER.Pipe()
        self._process = _SERVER.Process(target=_flip, args=(note, genuine, forged, theirs))
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        self._ours.recv()
        return self

    def wait_for(self, least: int) -> int:
        """Let it go on until it has made so many exchanges; return how many it made."""
        self._ours.send(least)
        return int(self._ours.recv())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ours.close()
        self._process.join(60)
        self._process.close()


def _flip(note: Path, genuine: bytes, forged: bytes, stage: Connection) -> None:
    aside = note.with_name(f".{note.stem}.tmp")
    made = 0
    stage.send("begun")
    while not stage.poll():
        made += _exchange(note, aside, genuine, forged)
    least = stage.recv()
    while made < least:
        made += _exchange(note, aside, genuine, forged)
    stage.send(made)


def _exchange(note: Path, aside: Path, genuine: bytes, forged: bytes) -> int:
    for number in range(_AT_ONCE):
        # It ends as it began, so that only what lies between can be wrong.
        aside.write_bytes(genuine if number % 2 else forged)
        aside.rename(note)
    return _AT_ONCE
