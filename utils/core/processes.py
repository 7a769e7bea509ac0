"""What a process is called, where several machines have one of its kind."""

from __future__ import annotations

from typing import Final

#: What stands between the name of a process and that of its machine.
_ON: Final = " on "


def on_machine(process: str, machine: str) -> str:
    """Return what a process is called where several machines have one; "" is the only machine."""
    return f"{process}{_ON}{machine}" if machine else process


def process_of(who: str) -> str:
    """Return the process that ``on_machine`` made a name for."""
    return who.partition(_ON)[0]


def machine_of(who: str) -> str:
    """Return the machine that ``on_machine`` made a name for, "" where there is only one."""
    return who.partition(_ON)[2]
