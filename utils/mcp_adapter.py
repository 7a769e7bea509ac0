"""What a service's script becomes when it is started: its MCP server, or an answer about it."""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import sys
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final

from utils.redaction import Redactor
from utils.setup_logger import setup_logger
from utils.tools.answers import sentence_of
from utils.tools.schema import tool_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Never

    from utils.core.operation import Service
    from utils.desk import Desk
    from utils.desk_socket.client import NearestDesk

#: What a server writes to stderr: only what somebody has to look at.
_LEVEL: Final = "WARNING"


def main(service: Service, arguments: Sequence[str] | None = None) -> None:
    """Run a service's script as its command line says; by default serve MCP over stdio."""
    redactor = Redactor()
    setup_logger(_LEVEL, redactor)
    desk = _LateDesk(service, redactor)
    asked = _command_line(service).parse_args(arguments)
    if asked.schema:
        tools = [tool_of(operation) for operation in service.operations]
        sys.stdout.write(json.dumps(tools, indent=2, ensure_ascii=False) + "\n")
    elif asked.test:
        sys.exit(_introduce(service, desk, redactor))
    else:
        _serve(service, desk, redactor)


class _LateDesk:
    """The nearest desk, looked for when it is first asked for."""

    def __init__(self, service: Service, redactor: Redactor) -> None:
        self._service = service
        self._redactor = redactor

    def __call__(self) -> NearestDesk:
        return self._desk

    @cached_property
    def _desk(self) -> NearestDesk:
        from utils.desk_socket.client import NearestDesk  # noqa: PLC0415 - tools are listed before this is loaded
        from utils.settings import load  # noqa: PLC0415 - likewise

        return NearestDesk(state_dir=load().state_dir, own=self._own)

    @cache  # noqa: B019 - it lives as long as the process
    def _own(self) -> Desk:
        from utils.assembly.own_desk import desk_for  # noqa: PLC0415 - likewise

        return desk_for(self._service, self._redactor)


def _command_line(service: Service) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=f"The MCP server of {service.title}, over stdio.")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--test", action="store_true", help="say whom it is connected to, and exit")
    only.add_argument("--schema", action="store_true", help="print the tools as JSON, and exit")
    return parser


def _introduce(service: Service, desk: _LateDesk, redactor: Redactor) -> int:
    """Print whom the service is connected to, or why it is not; return the exit status."""
    try:
        said, status = desk().whoami(service), 0
    except Exception as error:  # noqa: BLE001 - the process's edge: sentence_of logs what it hides
        said, status = sentence_of(error, during=f"the test of {service.name}"), 1
    sys.stdout.write(f"{service.title}: {redactor.clean(said)}\n")
    return status


def _serve(service: Service, desk: _LateDesk, redactor: Redactor) -> Never:
    """Serve until the client closes the connection, and leave at once."""
    # The protocol brings hundreds of classes; looking for garbage among them costs a tenth.
    gc.disable()
    import anyio  # noqa: PLC0415 - loaded with the collector off

    from utils.tools.server import serve, server_of  # noqa: PLC0415 - likewise

    server = server_of(service, desk, clean=redactor.clean)
    gc.freeze()
    gc.enable()
    anyio.run(serve, server)
    logging.shutdown()
    sys.stderr.flush()
    # Everything that must last is on disk; taking the interpreter apart would only take time.
    os._exit(0)
