"""The first process in the jail: opens the way to the model, then becomes Claude Code.

The jail has no network. Here a listener on its own loopback carries bytes to the one socket that
leads out, where the model's gate judges them. Standard library only; started as a script with the
arguments SOCKET PORT COMMAND….
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
from pathlib import Path

_PIECE = 65_536
_AT_ONCE = threading.BoundedSemaphore(16)


def main(way_out: str, port: str, *command: str) -> None:
    """Listen in a process of its own, and become the command."""
    listener = socket.create_server(("127.0.0.1", int(port)), backlog=32)
    _trust(Path.cwd())
    if os.fork() == 0:
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(silence, stream)
        _listen(listener, way_out)
    listener.close()
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def _trust(project: Path) -> None:
    """Answer Claude Code's first questions: the owner started it here, so he trusts the folder."""
    path = Path.home() / ".claude.json"
    try:
        known = json.loads(path.read_bytes())
        projects = known["projects"]
    except (OSError, ValueError, KeyError, TypeError):
        known, projects = {}, {}
    answered = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
    projects = projects | {str(project): projects.get(str(project), {}) | answered}
    known = known | {"hasCompletedOnboarding": True, "projects": projects}
    path.write_text(json.dumps(known), encoding="utf-8")


def _listen(listener: socket.socket, way_out: str) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_carry, args=(connection, way_out), daemon=True).start()


def _carry(connection: socket.socket, way_out: str) -> None:
    """Carry bytes both ways until either side is done."""
    with (
        _AT_ONCE,
        connection,
        socket.socket(socket.AF_UNIX) as outside,
        contextlib.suppress(OSError),
    ):
        outside.connect(way_out)
        back = threading.Thread(target=_pour, args=(outside, connection), daemon=True)
        back.start()
        _pour(connection, outside)
        back.join()


def _pour(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main(*sys.argv[1:])
