"""A dry run and a read of a server that is warm, beside an echo of a bare one.

A read waits for the service as well: as long as the same requests take when they are sent bare is
the service's own time, and is taken off. It also leaves a Record on the disk before it answers:
for that, a second floor writes and flushes once beside the echo.
"""

from __future__ import annotations

import http.client
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from benchmarks.bench import Bench, Line, Samples, Shortfall
from benchmarks.durable_step import timed, write_flushed
from benchmarks.mcp_client import BARE, McpProcess
from utils.registry import scripts_of
from utils.sandbox.odoo import PretendOdoo
from utils.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from utils.sandbox.pretend_service import Sent

_CUSTOMER: Final = {"customer": "billing@acme.example"}
_LINE: Final = {"description": "Bread", "quantity": "3", "unit_price": "50.00"}


def measure(*, short: bool) -> dict[str, Samples]:
    """Call all of them in turn."""
    with ExitStack() as stack:
        odoo = stack.enter_context(PretendOdoo())
        home = stack.enter_context(tempfile.TemporaryDirectory())
        variables = odoo.environment() | {"EMPLOYEE_HOME": home}
        plain = stack.enter_context((Path(home) / "raw").open("wb", buffering=0))
        script = scripts_of(PROJECT_ROOT)["odoo"]
        ours = stack.enter_context(McpProcess(script, variables))
        bare = stack.enter_context(McpProcess(BARE, variables))
        for _ in range(3):
            _dry_run(ours)
            _read(ours)
            _echo(bare)
        echo, flushed, dry, read = [], [], [], []
        for _ in range(40 if short else 300):
            echo.append(timed(lambda: _echo(bare)))
            flushed.append(echo[-1] + timed(lambda: write_flushed(plain.fileno())))
            dry.append(timed(lambda: _dry_run(ours)))
            odoo.forget_requests()
            whole = timed(lambda: _read(ours))
            read.append(whole - _bare_s(odoo, odoo.requests()))
    found = {"dry_run": Samples(dry, echo), "read_kept": Samples(read, flushed)}
    return found if short else found | {"read": Samples(read, echo)}


def _echo(server: McpProcess) -> None:
    server.call("echo", text="billing@acme.example")


def _dry_run(server: McpProcess) -> None:
    server.call("odoo_create_invoice", **_CUSTOMER, lines=[_LINE], reference="PO-1")


def _read(server: McpProcess) -> None:
    server.call("odoo_get_partner", partner=_CUSTOMER["customer"])


def _bare_s(odoo: PretendOdoo, requests: Sequence[Sent]) -> float:
    """Return how long the same requests take without anything of ours, in seconds."""
    where = urlsplit(odoo.url)

    def send() -> None:
        for sent in requests:
            with closing(http.client.HTTPConnection(str(where.hostname), where.port)) as line:
                headers = {name: value for name, value in sent.headers.items() if name != "host"}
                line.request(sent.method, sent.path, sent.body, headers)
                line.getresponse().read()

    return timed(send)


BENCH: Final = Bench(
    name="calls",
    measure=measure,
    lines=(
        Line(key="dry_run", what="MCP dry run, warm", floor="bare echo tool", times=3),
        Line(
            key="read",
            what="MCP read, warm, without the service's own time",
            floor="bare echo tool",
            times=3,
            shortfall=Shortfall(times=12, why="its Record is on the disk before it answers"),
        ),
        Line(
            key="read_kept",
            what="the same",
            floor="bare echo tool, and write and fdatasync",
            times=3,
        ),
    ),
)
