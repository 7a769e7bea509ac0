"""Connections that forget: nothing of a call arrives after it was given up.

A system goes on sending for minutes what a pulled cable has not let through, also after the
program closed the connection or died. It would take place behind the look that found nothing.
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    type Option = tuple[int, int, int] | tuple[int, int, bytes]

#: Whether closing a connection throws away what has not left yet.
_LINGER: Final = (socket.SOL_SOCKET, socket.SO_LINGER)
_AT_ONCE: Final = struct.pack("ii", 1, 0)
_POLITE: Final = struct.pack("ii", 0, 0)


def forgetting(timeout_s: float) -> list[Option]:
    """Return the socket options of a call that is given up after so long."""
    options: list[Option] = [(*_LINGER, _AT_ONCE)]
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # For a process that hangs, and so closes nothing.
        longest_ms = max(1, round(1000 * timeout_s))
        options.append((socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, longest_ms))
    return options


def part_politely(connection: socket.socket) -> None:
    """Let a connection end in the usual way: everything was sent, and is being answered."""
    with suppress(OSError):
        connection.setsockopt(*_LINGER, _POLITE)
