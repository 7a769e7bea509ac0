"""A system call filter: nobody in the jail types into the owner's terminal.

A process that shares a terminal can push characters into its input (``TIOCSTI``), which the
owner's shell would read as his own once Claude Code has ended. Bubblewrap hands this filter to the
kernel; calls of another architecture's numbering, which would get around it, are refused whole.
"""

from __future__ import annotations

import platform
import struct
from typing import Final

#: Machine to the kernel's name of its system calls, and the number of ``ioctl`` there.
_ARCHITECTURES: Final = {
    "x86_64": (0xC000003E, 16),
    "aarch64": (0xC00000B7, 29),
}
_TIOCSTI: Final = 0x5412
#: Pastes what is selected on a console, which does the same.
_TIOCLINUX: Final = 0x541C
#: On x86_64, numbers from here on are the same calls by another name.
_X32: Final = 0x40000000

_LOAD: Final = 0x20
_IF_EQUAL: Final = 0x15
_IF_AT_LEAST: Final = 0x35
_RETURN: Final = 0x06
_ALLOW: Final = 0x7FFF0000
#: "Operation not permitted".
_REFUSE: Final = 0x00050000 | 1
#: Where the kernel puts the call's number, its architecture and its second argument.
_NUMBER, _ARCHITECTURE, _SECOND = 0, 4, 24


def no_keystrokes(machine: str = "") -> bytes | None:
    """Return the filter for a machine, or None where none is known.

    Args:
        machine: As ``uname -m`` says; "" is this machine.
    """
    found = _ARCHITECTURES.get(machine or platform.machine())
    if found is None:
        return None
    architecture, ioctl = found
    # Each line: what to do, how many lines to skip if so, if not, with which value.
    lines = (
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 0, 6, architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_IF_AT_LEAST, 4, 0, _X32),
        (_IF_EQUAL, 0, 4, ioctl),
        (_LOAD, 0, 0, _SECOND),
        (_IF_EQUAL, 1, 0, _TIOCSTI),
        (_IF_EQUAL, 0, 1, _TIOCLINUX),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    )
    return b"".join(struct.pack("<HBBI", *line) for line in lines)
