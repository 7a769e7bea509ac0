"""The desk behind its Unix socket. Whoever asks counts as the model, and gets what a desk gives.

Only processes of the same user are heard, a bounded number at once, each question within a bounded
time and size. Nobody can grant or perform here: a desk has no such method.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import struct
import threading
from contextlib import ExitStack, suppress
from socketserver import BaseRequestHandler
from typing import TYPE_CHECKING, Any, Final, override

from utils.core.errors import DeskFailedError, EmployeeError, InvalidValueError
from utils.core.operation import Effect
from utils.desk_socket.wire import (
    ANSWER_LIMIT,
    QUESTION_LIMIT,
    QUESTION_S,
    SILENT_S,
    desk_folder,
    hear,
    say,
    socket_name,
    told,
)
from utils.system.private_server import PrivateServer, Serving
from utils.tools.answers import sentence_of, without_long_body
from utils.tools.arguments import parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from utils.core.model import Json
    from utils.core.operation import Operation, Service
    from utils.desk import Desk

_log: Final = logging.getLogger(__name__)
#: How many are served at once; whoever comes on top is told to come again.
AT_ONCE: Final = 32
#: Where Linux tells who is at the other end of a Unix socket: process, user, group.
_CREDENTIALS: Final = struct.Struct("3i")


class DeskServer(Serving):
    """Serves a desk for the length of a ``with`` block.

    Args:
        desk: What is asked.
        state_dir: Where the journal lies; the socket gets a folder of its own there.
        clean: Takes every known secret out of a text.

    Raises:
        OSError: The socket cannot be made.
    """

    def __init__(self, desk: Desk, state_dir: Path, *, clean: Callable[[str], str] = str) -> None:
        self.desk = desk
        self.clean = clean
        self.places = threading.BoundedSemaphore(AT_ONCE)
        # A service's client is not promised to bear several threads at once.
        self._lines = {each.name: threading.Lock() for each in desk.catalogue.services}
        folder = desk_folder(state_dir)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        with socket_name(folder) as name:
            with suppress(FileNotFoundError):
                os.unlink(name)  # noqa: PTH108 - a name for this moment only
            super().__init__(_Server(name, self))

    def answer(self, question: Json) -> Json:
        """Return the desk's answer to a question as a message; nothing is raised."""
        try:
            return _fitting({"answer": self._answer(question)})
        except EmployeeError as error:
            return told(error, self.clean)
        except Exception as error:  # noqa: BLE001 - the process's edge: sentence_of logs it
            return told(DeskFailedError(sentence_of(error, during="the desk")), self.clean)

    def _answer(self, question: Json) -> Any:
        """Ask the desk.

        Raises:
            InvalidValueError: This is no question that a desk is asked.
            EmployeeError: What the desk raises.
        """
        match question:
            case {
                "ask": "preview" | "submit" | "read" as ask,
                "tool": str(tool),
                "values": dict(),
            }:
                return self._about(ask, tool, question["values"])
            case {"ask": "status", "id": str(proposal_id)}:
                return self.desk.status(proposal_id)
            case {"ask": "whoami", "service": str(name)}:
                found = {each.name: each for each in self.desk.catalogue.services}
                if name not in found:
                    raise InvalidValueError(f"there is no service {name}")
                with self._line_of(found[name]):
                    return self.desk.whoami(found[name])
            case _:
                words = "preview, submit, read, status or whoami"
                raise InvalidValueError(f"the desk is asked for {words}")

    def _about(self, ask: str, tool: str, values: Json) -> Json:
        """Ask the desk about an Operation.

        Raises:
            InvalidValueError: The Operation is asked for in another way, or a value does not fit.
            EmployeeError: What the desk raises.
        """
        kind = self.desk.catalogue.operation(tool)
        if (kind.effect is Effect.READ) != (ask == "read"):
            raise InvalidValueError(f"{tool} is not asked for with {ask}")
        operation = _checked(kind, values)
        if ask == "preview":
            return without_long_body(self.desk.preview(operation))
        with self._line_of(self.desk.catalogue.service_of(tool)):
            if ask == "read":
                return self.desk.read(operation)
            return without_long_body(self.desk.submit(operation))

    def _line_of(self, service: Service) -> ExitStack:
        """Wait until a service is free; what stands for several waits for all of them."""
        whole = any(operation.composite for operation in service.operations)
        stack = ExitStack()
        for name in sorted(self._lines) if whole else (service.name,):
            stack.enter_context(self._lines[name])
        return stack


def _fitting(message: Json) -> Json:
    """Return a message that fits.

    Raises:
        InvalidValueError: It is too long.
    """
    if len(json.dumps(message, ensure_ascii=False).encode()) > ANSWER_LIMIT:
        raise InvalidValueError("the answer is too long; ask for less")
    return message


def _checked(kind: type[Operation], values: Json) -> Operation:
    """Return the Operation as strictly as a tool call is read.

    Raises:
        InvalidValueError: A value does not fit.
    """
    if kind.effect is not Effect.READ and "dry_run" in values:
        raise InvalidValueError("there is no argument dry_run here")
    return parse(kind, values)[0]


class _Server(PrivateServer):
    request_queue_size = AT_ONCE

    def __init__(self, name: str, desk: DeskServer) -> None:
        self.desk = desk
        super().__init__(name, _Connection)


class _Connection(BaseRequestHandler):
    """One question and its answer."""

    request: socket.socket
    server: _Server

    @override
    def handle(self) -> None:
        desk = self.server.desk
        if not _is_ours(self.request):
            _log.warning("somebody else's process came to the desk and was not heard")
            return
        if not desk.places.acquire(blocking=False):
            busy = DeskFailedError(f"more than {AT_ONCE} questions at once")
            self._say(told(busy, desk.clean))
            return
        try:
            self._say(desk.answer(self._question()))
        except (EOFError, OSError):
            # Whoever asked has gone, or never finished.
            return
        except ValueError as error:
            self._say(told(InvalidValueError(f"a line of JSON is expected: {error}"), desk.clean))
        finally:
            desk.places.release()

    def _question(self) -> Json:
        return hear(
            self.request, limit_bytes=QUESTION_LIMIT, within_s=QUESTION_S, silent_s=SILENT_S
        )

    def _say(self, message: Json) -> None:
        with suppress(OSError):
            say(self.request, message, within_s=QUESTION_S)


def _is_ours(connection: socket.socket) -> bool:
    """Return whether the process at the other end belongs to the same user."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        # Where a system does not tell, the mode of the socket's folder decides.
        return True
    peer = connection.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(peer)
    return bool(user == os.getuid())
