"""Processes: what they are called where several machines have one, and when one is silent."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

#: What stands between the name of a process and that of its machine.
_ON: Final = " on "
#: A watcher that was not heard of for longer is silent (ours; the slowest looks every minute).
_WATCHER_SILENT: Final = timedelta(minutes=5)
#: Who carries things out and was not heard of for longer is gone: it beats every few seconds, and
#: is quiet at most for a round in which a service uses up its time-out (ours).
_PERFORMER_GONE: Final = timedelta(minutes=2)


def on_machine(process: str, machine: str) -> str:
    """Return what a process is called where several machines have one; "" is the only machine."""
    return f"{process}{_ON}{machine}" if machine else process


def process_of(who: str) -> str:
    """Return the process that ``on_machine`` made a name for."""
    return who.partition(_ON)[0]


def machine_of(who: str) -> str:
    """Return the machine that ``on_machine`` made a name for, "" where there is only one."""
    return who.partition(_ON)[2]


def is_silent(unheard: timedelta) -> bool:
    """Return whether a watcher that was not heard of for so long is one to look after."""
    return unheard > _WATCHER_SILENT


def is_gone(unheard: timedelta) -> bool:
    """Return whether who carries things out, and was not heard of for so long, does so no more."""
    return unheard > _PERFORMER_GONE
