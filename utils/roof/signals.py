"""Signals: which end us, which stops everything live, and when they are heard."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import threading

_STOPPING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
#: The kill switch as a signal: nothing live until `resume`.
KILL_SWITCH: Final = signal.SIGUSR1


def stop_when_signalled(stopping: threading.Event) -> None:
    """Set the event when somebody wants this process to end."""
    for number in _STOPPING:
        # Whoever started us with nohup wants us to stay when the terminal is closed.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: stopping.set())


def halt_when_signalled(halting: threading.Event) -> None:
    """Set the event when the kill switch is sent as a signal."""
    signal.signal(KILL_SWITCH, lambda *_: halting.set())


def hear() -> None:
    """Let signals in again that waited while the process began anew."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {*_STOPPING, KILL_SWITCH})


def keep_waiting() -> None:
    """Let signals wait until they are understood again."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {*_STOPPING, KILL_SWITCH})
