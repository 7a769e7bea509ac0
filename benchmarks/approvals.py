"""A thousand approvals at once, beside as many bare POSTs to the same pretend service.

What is sent bare is what the employee sent, byte for byte. Once the pretend service takes as long
as a real one does, and once no time at all: then what is seen is the price of never doing
anything twice, for which the last floor writes and flushes before and after each bare POST.
"""

from __future__ import annotations

import http.client
import tempfile
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from benchmarks.bench import Bench, Line, Samples, Shortfall
from benchmarks.durable_step import write_flushed
from benchmarks.homes import drag, opened, submit_post
from utils.sandbox.linkedin import PretendLinkedIn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from utils.assembly.engine import Engine
    from utils.sandbox.pretend_service import Sent

#: What a call to a real service takes at least, in seconds.
LATENCY_S: Final = 0.1
_PATIENCE_S: Final = 1200.0


class _Lane:
    """One home with its own pretend service."""

    def __init__(self, stack: ExitStack, latency_s: float) -> None:
        self.linkedin = stack.enter_context(PretendLinkedIn())
        self.home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.engine = stack.enter_context(opened(self.home, self.linkedin.environment()))
        self._latency_s = latency_s

    def approve(self, first: int, count: int) -> float:
        """Approve so many at once; return how long each of them took, in seconds."""
        posts = [submit_post(self.engine, first + number) for number in range(count)]
        self.engine.pass_once()
        _slow(self.linkedin, self._latency_s, count)
        self.linkedin.forget_requests()
        wanted = len(self.linkedin.ledger()) + count
        for post in posts:
            drag(self.engine, post.note)
        began = perf_counter()
        _until(self.engine, self.linkedin, wanted)
        return (perf_counter() - began) / count

    def repeat(self, *, flushed: bool) -> float:
        """Send the same requests bare to a new service; return how long each took, in seconds.

        Raises:
            RuntimeError: Not all of them had their effect.
        """
        requests = self.linkedin.requests()
        with PretendLinkedIn() as other, (self.home / "flushed").open("wb", buffering=0) as file:
            _slow(other, self._latency_s, len(requests))
            began = perf_counter()
            _send(other, requests, file.fileno() if flushed else None)
            took = perf_counter() - began
            if len(other.ledger()) != len(requests):
                raise RuntimeError("a bare request was refused")
        return took / len(requests)


def measure(*, short: bool) -> dict[str, Samples]:
    """Approve in batches, each beside its bare requests."""
    batches, size = (2, 15) if short else (5, 200)
    found = {"approvals": _beside(batches, size, LATENCY_S)}
    return found if short else found | _at_once(batches, size)


def _beside(batches: int, size: int, latency_s: float) -> Samples:
    with ExitStack() as stack:
        lane = _Lane(stack, latency_s)
        pairs = [
            (lane.approve(number * size, size), lane.repeat(flushed=False))
            for number in range(batches)
        ]
    return Samples(*zip(*pairs, strict=True))


def _at_once(batches: int, size: int) -> dict[str, Samples]:
    took: list[float] = []
    bare: list[float] = []
    flushed: list[float] = []
    with ExitStack() as stack:
        lane = _Lane(stack, 0.0)
        for number in range(batches):
            took.append(lane.approve(number * size, size))
            bare.append(lane.repeat(flushed=False))
            flushed.append(lane.repeat(flushed=True))
    return {"approvals_bare": Samples(took, bare), "approvals_flushed": Samples(took, flushed)}


def _slow(service: PretendLinkedIn, latency_s: float, count: int) -> None:
    service.heal()
    if latency_s:
        service.fault("slow", method="POST", path="/rest/posts", seconds=latency_s, times=count)


def _until(engine: Engine, service: PretendLinkedIn, wanted: int) -> None:
    until = monotonic() + _PATIENCE_S
    while len(service.ledger()) < wanted or engine.journal.due_services(
        engine.clock(), hold=timedelta(0)
    ):
        if monotonic() > until:
            raise TimeoutError("not everything was carried out")
        engine.pass_once()


def _send(service: PretendLinkedIn, requests: Sequence[Sent], file: int | None) -> None:
    where = urlsplit(service.url)
    with closing(http.client.HTTPConnection(str(where.hostname), where.port)) as connection:
        for sent in requests:
            _flush(file)
            headers = {name: value for name, value in sent.headers.items() if name != "host"}
            connection.request(sent.method, sent.path, sent.body, headers)
            connection.getresponse().read()
            _flush(file)


def _flush(file: int | None) -> None:
    if file is not None:
        write_flushed(file)


BENCH: Final = Bench(
    name="approvals",
    measure=measure,
    lines=(
        Line(
            key="approvals",
            what=f"each of 1,000 approvals, service takes {1000 * LATENCY_S:.0f} ms",
            floor="bare POST",
            times=3,
        ),
        Line(
            key="approvals_bare",
            what="each of 1,000 approvals, service takes no time",
            floor="bare POST",
            times=3,
            shortfall=Shortfall(times=100, why="each start, answer and note is flushed"),
        ),
        Line(
            key="approvals_flushed",
            what="the same",
            floor="bare POST between two flushed writes",
        ),
    ),
)
