"""The desk as a face finds it: behind its socket while the employee runs, else in this process."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from utils.core.errors import DeskClosedError, DeskSilentError
from utils.desk_socket.wire import (
    ANSWER_LIMIT,
    ANSWER_S,
    QUESTION_S,
    desk_folder,
    error_from,
    hear,
    say,
    socket_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from utils.core.model import Json
    from utils.core.operation import Operation, Service
    from utils.desk import Desk

#: How long the desk has to pick up, in seconds: it is on this machine.
_PICKS_UP_S: Final = 5.0


class _NobodyThereError(Exception):
    """Nobody listens at the socket; nothing was asked."""


@dataclass(frozen=True, kw_only=True)
class NearestDesk:
    """Asks the desk behind the socket, and where nobody listens there, one of its own.

    Every method raises what ``Desk`` raises there, and:

    Raises:
        DeskClosedError: Nobody listens, and here, such as in the jail, is no desk of one's own.
        DeskSilentError: It was asked and gave no whole answer; a submission may be taken in.

    Args:
        state_dir: Where the journal lies, and the socket's folder.
        own: Makes the desk of this process.
    """

    state_dir: Path
    own: Callable[[], Desk]

    def preview(self, operation: Operation) -> Json:
        """Return what would be sent, without any connection to the service."""
        try:
            return self._asked_about("preview", operation)
        except _NobodyThereError:
            return self._own().preview(operation)

    def submit(self, operation: Operation) -> Json:
        """Register a Proposal and return what was decided about it."""
        try:
            return self._asked_about("submit", operation)
        except _NobodyThereError:
            return self._own().submit(operation)

    def read(self, operation: Operation) -> Json:
        """Read from the service."""
        try:
            return self._asked_about("read", operation)
        except _NobodyThereError:
            return self._own().read(operation)

    def status(self, proposal_id: str) -> Json:
        """Return where a Proposal stands."""
        try:
            answer: Json = self._asked({"ask": "status", "id": proposal_id})
        except _NobodyThereError:
            return self._own().status(proposal_id)
        return answer

    def whoami(self, service: Service) -> str:
        """Return whom a service's connection belongs to, in one line."""
        try:
            return str(self._asked({"ask": "whoami", "service": service.name}))
        except _NobodyThereError:
            return self._own().whoami(service)

    def _own(self) -> Desk:
        # In the jail the folder is all that is shown of its place, so it is a mount of its own.
        if desk_folder(self.state_dir).is_mount():
            raise DeskClosedError
        return self.own()

    def _asked_about(self, ask: str, operation: Operation) -> Json:
        values = operation.model_dump(mode="json", exclude_unset=True)
        answer: Json = self._asked({"ask": ask, "tool": operation.tool, "values": values})
        return answer

    def _asked(self, question: Json) -> Any:
        """Ask, and return the answer; the connection serves this once.

        Raises:
            _NobodyThereError: Nobody listens.
            DeskSilentError: No whole answer came.
            EmployeeError: What the desk raised.
        """
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_PICKS_UP_S)
            try:
                with socket_name(desk_folder(self.state_dir)) as name:
                    connection.connect(name)
            except OSError as error:
                raise _NobodyThereError from error
            try:
                say(connection, question, within_s=QUESTION_S)
                answer = hear(connection, limit_bytes=ANSWER_LIMIT, within_s=ANSWER_S)
            except (OSError, EOFError, ValueError) as error:
                raise DeskSilentError from error
        if "error" not in answer:
            return answer.get("answer")
        failure = error_from(answer)
        raise failure
