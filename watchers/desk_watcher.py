"""The desk's own process: it watches the socket at which MCP servers ask."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, override

from utils.assembly.own_desk import nobody_performs
from utils.desk import Desk
from utils.desk_socket.server import DeskServer
from utils.redaction import Redactor
from utils.settings import secrets
from utils.sole_process import sole_desk
from watchers.base_watcher import Watcher, main

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.assembly.engine import Engine


class DeskWatcher(Watcher):
    """Serves the desk; a fault in what is asked there stops neither watching nor acting."""

    name: ClassVar[str] = "desk"

    @override
    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Listen, as the only one of this home."""
        settings = self.engine.settings
        clean = Redactor(secrets(settings)).clean
        with (
            sole_desk(settings),
            DeskServer(desk_of(self.engine), settings.state_dir, clean=clean),
        ):
            yield

    @override
    def round(self) -> None:
        """Only be heard of: questions are answered as they come."""


def desk_of(engine: Engine) -> Desk:
    """Return the desk of an engine, for callers that count as the model."""
    return Desk(
        catalogue=engine.catalogue,
        reaches=engine.ground.reaches,
        settings=engine.settings,
        gate=lambda: engine.gate,
        is_alone=lambda: nobody_performs(engine.bookmarks, engine.clock()),
    )


if __name__ == "__main__":
    sys.exit(main(DeskWatcher))
