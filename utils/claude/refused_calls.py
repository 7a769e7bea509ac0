"""A system call filter: what nobody in the jail may ask of the kernel.

A process that shares a terminal can push characters into its input (``TIOCSTI``), which the
owner's shell would read as his own once Claude Code has ended. Whoever may only read a folder can
still lock it (``flock``), or hold up whoever opens a file in it (a lease, or a delegation, which
holds up whoever renames): the employee could not start again, or would wait at every note.
Bubblewrap hands this filter to the kernel; calls of another architecture's numbering, which would
get around it, are refused whole.
"""

from __future__ import annotations

import platform
import struct
from typing import Final

_TIOCSTI: Final = 0x5412
#: Pastes what is selected on a console, which does the same.
_TIOCLINUX: Final = 0x541C
_F_SETLEASE: Final = 1024
#: Newer than Python's own names (include/uapi/linux/fcntl.h).
_F_SETDELEG: Final = 1040
#: What is refused: a call by its name, and second arguments; none are all of them.
_REFUSED: Final = {
    "ioctl": (_TIOCSTI, _TIOCLINUX),
    "fcntl": (_F_SETLEASE, _F_SETDELEG),
    "flock": (),
}
#: Machine to the kernel's name of its system calls, and the numbers of those above there.
_ARCHITECTURES: Final = {
    "x86_64": (0xC000003E, {"ioctl": 16, "fcntl": 72, "flock": 73}),
    "aarch64": (0xC00000B7, {"ioctl": 29, "fcntl": 25, "flock": 32}),
}
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
#: In place of how many lines to skip: on to the line that refuses, which is the last one.
_TO_REFUSAL: Final = -1

#: What to do, how many lines to skip if so, how many if not, with which value.
type _Line = tuple[int, int, int, int]


def call_filter(machine: str = "") -> bytes | None:
    """Return the filter for a machine, or None where none is known.

    Args:
        machine: As ``uname -m`` says; "" is this machine.
    """
    found = _ARCHITECTURES.get(machine or platform.machine())
    if found is None:
        return None
    architecture, numbers = found
    lines: list[_Line] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 0, _TO_REFUSAL, architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_IF_AT_LEAST, _TO_REFUSAL, 0, _X32),
    ]
    for name, seconds in _REFUSED.items():
        lines += _refusing(numbers[name], seconds)
    lines += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    last = len(lines) - 1
    return b"".join(_packed(line, last - at - 1) for at, line in enumerate(lines))


def _refusing(number: int, seconds: tuple[int, ...]) -> list[_Line]:
    if not seconds:
        return [(_IF_EQUAL, _TO_REFUSAL, 0, number)]
    look = [(_IF_EQUAL, _TO_REFUSAL, 0, second) for second in seconds]
    looked = [(_LOAD, 0, 0, _SECOND), *look, (_LOAD, 0, 0, _NUMBER)]
    return [(_IF_EQUAL, 0, len(looked), number), *looked]


def _packed(line: _Line, to_refusal: int) -> bytes:
    act, if_so, if_not, value = line
    skips = (to_refusal if each == _TO_REFUSAL else each for each in (if_so, if_not))
    return struct.pack("<HBBI", act, *skips, value)
