"""What passes between a face and the desk over its socket: one JSON message a line, both ways.

Asked: ``{"ask": "preview" | "submit" | "read", "tool": …, "values": {…}}``,
``{"ask": "status", "id": …}`` or ``{"ask": "whoami", "service": …}``. Answered:
``{"answer": …}``, or ``{"error": class, "detail": …}``, from which the very same sentence is made.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Final

from utils.claude.mounts import DESK
from utils.core.errors import DeskFailedError, EmployeeError, ServiceError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from utils.core.model import Json

#: The longest question and the longest answer, in bytes.
QUESTION_LIMIT: Final = 256 * 1024
ANSWER_LIMIT: Final = 1024 * 1024
#: How long a question may take to arrive, and an answer to be made and arrive, in seconds.
QUESTION_S: Final = 30.0
#: How long who came may say nothing at all, in seconds: he holds one of few places.
SILENT_S: Final = 3.0
ANSWER_S: Final = 300.0
_SOCKET: Final = "desk.sock"
_PIECE: Final = 65_536


def desk_folder(state_dir: Path) -> Path:
    """Return the folder that holds the socket and nothing else, so that a jail shows just that."""
    return state_dir / DESK


@contextmanager
def socket_name(folder: Path) -> Iterator[str]:
    """Give the socket's path, however long the folder's is: the system takes 107 bytes.

    Raises:
        OSError: The folder is not there.
    """
    if not os.path.isdir("/proc/self/fd"):  # noqa: PTH112 - no path of the owner's
        yield str(folder / _SOCKET)
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{_SOCKET}"
    finally:
        os.close(descriptor)


def say(connection: socket.socket, message: Json, *, within_s: float) -> None:
    """Send a message.

    Raises:
        OSError: The other side does not take it.
    """
    connection.settimeout(within_s)
    connection.sendall(json.dumps(message, ensure_ascii=False).encode() + b"\n")


def hear(
    connection: socket.socket, *, limit_bytes: int, within_s: float, silent_s: float | None = None
) -> Json:
    """Return the message that arrives, however slowly it drips.

    Args:
        connection: Where it arrives.
        limit_bytes: The longest.
        within_s: How long it may take, in seconds.
        silent_s: How long it may take to begin, in seconds; None for as long as the whole.

    Raises:
        ValueError: It is too long, or no JSON object.
        EOFError: The other side ended before it was whole.
        TimeoutError: It was not whole in time.
        OSError: The connection broke.
    """
    began, data = monotonic(), bytearray()
    while not data.endswith(b"\n"):
        limit_s = within_s if data or silent_s is None else min(silent_s, within_s)
        left = began + limit_s - monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        piece = connection.recv(_PIECE)
        if not piece:
            raise EOFError
        data += piece
        if len(data) > limit_bytes:
            raise ValueError(f"more than {limit_bytes} bytes")
    try:
        message = json.loads(data)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(message, dict):
        raise ValueError("a JSON object is expected")  # noqa: TRY004 - the value came from outside
    return message


def told(error: EmployeeError, clean: Callable[[str], str]) -> Json:
    """Return an error as a message."""
    return {"error": type(error).__name__, "detail": clean(error.detail)}


def error_from(message: Json) -> EmployeeError:
    """Return the error that a message tells of, with the same sentence and the same hint."""
    kinds = {kind.__name__: kind for kind in _kinds(EmployeeError)}
    detail = str(message.get("detail", ""))
    kind = kinds.get(str(message["error"]))
    if kind is None:
        return DeskFailedError(f"{message['error']}: {detail}")
    # The detail of a service's error names the service already.
    return kind(detail, service="") if issubclass(kind, ServiceError) else kind(detail)


def _kinds(base: type[EmployeeError]) -> list[type[EmployeeError]]:
    return [base, *(kind for child in base.__subclasses__() for kind in _kinds(child))]
