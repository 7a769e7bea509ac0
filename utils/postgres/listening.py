"""Waiting for a business's bell: PostgreSQL's LISTEN, on a connection of its own."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_log: Final = logging.getLogger(__name__)
#: How often the listener looks whether it may end, in seconds.
_LOOK_S: Final = 0.5
#: How long it waits before it tries a server again that does not answer, in seconds.
_PAUSE_S: Final = 1.0


@contextmanager
def listening(url: str, channel: str, ring: Callable[[], None]) -> Iterator[None]:
    """Call ``ring`` whenever the bell rings, for the length of a ``with`` block.

    A bell that rang while the connection was lost is made up for by one ring afterwards.
    """
    ending = threading.Event()
    thread = threading.Thread(target=_listen, args=(url, channel, ring, ending), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join(timeout=2 * _PAUSE_S)


def _listen(url: str, channel: str, ring: Callable[[], None], ending: threading.Event) -> None:
    while not ending.is_set():
        try:
            with psycopg.connect(url, autocommit=True, connect_timeout=5) as db:
                db.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                ring()
                while not ending.is_set():
                    if any(True for _ in db.notifies(timeout=_LOOK_S, stop_after=1)):
                        ring()
        except psycopg.Error as error:
            _log.warning("the bell cannot be heard: %s", type(error).__name__)
            ending.wait(_PAUSE_S)
