"""What systemd wants to be told: ready, well, stopping. Without it nothing is told."""

from __future__ import annotations

import logging
import socket
from typing import Final

_log: Final = logging.getLogger(__name__)
READY: Final = "READY=1"
WELL: Final = "WATCHDOG=1"
STOPPING: Final = "STOPPING=1"


def tell(address: str, *states: str) -> None:
    """Tell the one who started us, the way sd_notify(3) says.

    Args:
        address: A Unix socket's path, or its abstract name after an ``@``; "" tells nobody.
        states: Such as ``READY``.
    """
    if not address:
        return
    place = f"\0{address[1:]}" if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto("\n".join(states).encode(), place)
    except OSError as error:
        # Silence makes it act, which is what it is there for.
        _log.warning("systemd cannot be told anything: %s", error.strerror)
