"""What every pretend service shares: server, faults, ledger, request log, control endpoints.

class PretendEcho(PretendService[list[str]]):
    name = "echo"
    def seed(self): return []
    def respond(self, request, state): self.note(...); return Answer.json({})
    def environment(self): return {"ECHO_URL": self.url}

with PretendEcho() as echo:
    echo.fault("timeout_after_commit", path="/posts", seconds=5)
"""

from __future__ import annotations

import copy
import math
import threading
import time
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, Self

from utils.sandbox.faults import Fault, FaultBook, Mode
from utils.sandbox.http_wire import Answer, BodyTooLargeError, Connection, Request, parsed_json
from utils.sandbox.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

_TOO_MANY: Final = 429


class Sent(NamedTuple):
    """One request as a client sent it, for comparison byte by byte."""

    #: `GET`, `POST` …
    method: str
    #: Path and query string as sent.
    path: str
    #: Header name in small letters to value.
    headers: dict[str, str]
    #: The body as received, chunks put together.
    body: bytes


class PretendService[State = Any](ABC):
    """A service on 127.0.0.1 that behaves like a real one and remembers what took place.

    A subclass names itself and gives `seed`, `respond` and `environment`. `respond` runs under
    the service's one lock, so a state needs none of its own. Control endpoints (`/_ledger`,
    `/_faults`, `/_reset`) are neither logged nor hit by faults; while the port is closed the
    owning process still has the methods.
    """

    #: The service's word in thread names.
    name: ClassVar[str]
    #: Whether a connection may carry a second request.
    keep_alive: ClassVar[bool] = True
    #: Largest body taken, in bytes; above it `too_large` answers.
    max_body_bytes: ClassVar[int] = 16 * 1024 * 1024

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._faults = FaultBook()
        self._ledger: list[dict[str, Any]] = []
        self._requests: list[Sent] = []
        self._epoch = 0
        self._stale: tuple[float, State] | None = None
        self._listener = Listener(self._serve, f"pretend-{self.name}")
        self._state = self.seed()
        #: How far the clock that its answers tell of is ahead of ours, in seconds.
        self.clock_ahead_s = 0.0

    @abstractmethod
    def seed(self) -> State:
        """Return the state that a new or reset service begins with; it must be deep-copyable."""

    @abstractmethod
    def respond(self, request: Request, state: State) -> Answer:
        """Carry out one request on the state, `note` every effect, and answer."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """Return the variables of interface.md that reach this service; only when started."""

    def is_read(self, request: Request) -> bool:
        """Return whether a request changes nothing; `lag` shows such requests an older state."""
        return request.method in {"GET", "HEAD"}

    def fault_path(self, request: Request) -> str:
        """Return the path that faults are compared with, where the real one says too little."""
        return request.path

    def mark(self, state: State) -> int:  # noqa: ARG002 - a subclass may look at its state
        """Return a number that grows with every change; a request carries that of its arrival."""
        return len(self._ledger)

    def error_answer(self, request: Request, status: int) -> Answer:
        """Return the service's own shape of an error, for faults of the mode `status`."""
        return Answer.json({"error": {"status": status, "path": request.path}}, status)

    def too_large(self) -> Answer:
        """Return the answer to a body above `max_body_bytes`."""
        return Answer.json({"error": "too large"}, 413)

    def start(self) -> Self:
        """Begin to answer; may be called once."""
        self._listener.open()
        return self

    def stop(self) -> None:
        """End all waiting and every connection; commits still to come are dropped."""
        self._stopping.set()
        self._listener.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where the service listens once it was started, without a slash at the end."""
        return f"http://127.0.0.1:{self._listener.port}"

    def ledger(self) -> list[dict[str, Any]]:
        """Return every effect in the order it took place.

        Returns:
            One mapping each: `seq` (from 1), `at` (ISO-8601 UTC), `kind`, `id`, `payload`,
            `reference` (the client's own mark, or empty).
        """
        with self._lock:
            return copy.deepcopy(self._ledger)

    def requests(self) -> list[Sent]:
        """Return every request since the start or `forget_requests`, also those that failed."""
        with self._lock:
            return list(self._requests)

    def forget_requests(self) -> None:
        """Empty the request log."""
        with self._lock:
            self._requests.clear()

    def fault(self, mode: str, **values: object) -> None:
        """Let something go wrong; modes in `Mode`, values in `Fault`.

        Raises:
            ValueError: The mode or a value's name is unknown.
        """
        fault = Fault.from_json({"mode": mode, **values})
        if fault.mode is Mode.REFUSE:
            self._listener.close(fault.seconds)
            return
        with self._lock:
            self._faults.add(fault)

    def heal(self) -> None:
        """Forget all faults, open the port, end a lag. Waits already begun go on."""
        with self._lock:
            self._faults.clear()
            self._stale = None
        self._listener.open()

    def reset(self) -> None:
        """Return to the seed: no effects, no faults, no requests; late commits are dropped."""
        with self._lock:
            self._state = self.seed()
            self._ledger.clear()
            self._requests.clear()
            self._epoch += 1
        self.heal()

    def note(self, kind: str, id_: object, payload: Mapping[str, Any], reference: str) -> None:
        """Add one effect to the ledger; called by `respond` for what it has committed."""
        row = {
            "seq": len(self._ledger) + 1,
            "at": datetime.now(UTC).isoformat(),
            "kind": kind,
            "id": id_,
            "payload": copy.deepcopy(dict(payload)),
            "reference": reference,
        }
        self._ledger.append(row)

    def time_s(self) -> float:
        """Return what time it is here, in seconds since 1970."""
        return time.time()

    def _serve(self, connection: Connection) -> None:
        """Answer one connection's requests until one side ends it."""
        while not self._stopping.is_set():
            try:
                request = connection.read_request(self.max_body_bytes)
            except BodyTooLargeError:
                connection.send(self.too_large(), close=True)
                return
            if request is None or not self._serve_one(connection, request):
                return

    def _serve_one(self, connection: Connection, request: Request) -> bool:
        """Answer one request; return whether the connection may carry another."""
        control = request.path in {"/_ledger", "/_faults", "/_reset"}
        answer = self._control(request) if control else self._answer(connection, request)
        if answer is None:
            return False
        at = self.time_s() + self.clock_ahead_s
        answer.headers.setdefault("date", formatdate(at, usegmt=True))
        close = not (self.keep_alive and request.keeps_alive)
        connection.send(answer, close=close)
        return not close

    def _answer(self, connection: Connection, request: Request) -> Answer | None:
        """Return the answer under the fault that hits, or `None` when none is to be sent."""
        with self._lock:
            sent = Sent(request.method, request.target, request.headers, request.body)
            self._requests.append(sent)
            request.arrived = self.mark(self._state)
            epoch = self._epoch
            fault = self._faults.take(request.method, self.fault_path(request))
        if fault is None:
            return self._commit(request, epoch)
        return self._fail(fault, connection, request, epoch)

    def _fail(
        self, fault: Fault, connection: Connection, request: Request, epoch: int
    ) -> Answer | None:
        """Do what the fault says; `None` means that the client gets no answer."""
        match fault.mode:
            case Mode.STATUS:
                return self._faulty_status(fault, request)
            case Mode.SLOW:
                return None if self._interrupted(fault) else self._commit(request, epoch)
            case Mode.LAG:
                return self._commit_unseen(fault, request, epoch)
            case Mode.TIMEOUT_BEFORE:
                self._interrupted(fault)
            case Mode.TIMEOUT_AFTER_COMMIT:
                self._commit(request, epoch)
                self._interrupted(fault)
            case Mode.LATE_COMMIT:
                connection.close()
                if not self._interrupted(fault):
                    self._commit(request, epoch)
            case Mode.RESET | Mode.REFUSE:
                connection.reset()
        return None

    def _faulty_status(self, fault: Fault, request: Request) -> Answer:
        answer = self.error_answer(request, fault.status)
        if fault.status == _TOO_MANY:
            answer.headers["retry-after"] = str(math.ceil(fault.seconds))
        return answer

    def _interrupted(self, fault: Fault) -> bool:
        """Wait as long as the fault says; return whether the service was stopped meanwhile."""
        return self._stopping.wait(fault.seconds)

    def _commit(self, request: Request, epoch: int) -> Answer | None:
        """Carry the request out, unless the service was reset since it arrived."""
        with self._lock:
            if epoch != self._epoch:
                return None
            if self.is_read(request):
                return self.respond(request, self._shown())
            return self.respond(request, self._state)

    def _commit_unseen(self, fault: Fault, request: Request, epoch: int) -> Answer | None:
        with self._lock:
            shown = self._shown()
            before = shown if self._stale else copy.deepcopy(shown)
            self._stale = (time.monotonic() + fault.seconds, before)
            return self._commit(request, epoch)

    def _shown(self) -> State:
        """Return the state that reads see: an older one while a lag lasts."""
        if self._stale is not None and time.monotonic() < self._stale[0]:
            return self._stale[1]
        self._stale = None
        return self._state

    def _control(self, request: Request) -> Answer:
        if request.path == "/_ledger":
            return Answer.json(self.ledger())
        if request.path == "/_reset":
            self.reset()
            return Answer.json({"reset": True})
        try:
            values = parsed_json(request.body)
            for fault in values if isinstance(values, list) else [values]:
                self.fault(**fault)
        except (TypeError, ValueError) as error:
            return Answer.json({"error": str(error)}, 400)
        return Answer.json({"faults": len(self._faults)})
