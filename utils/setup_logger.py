"""Diagnostics on stderr, one line each in UTC, with every secret taken out."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, Final, override

if TYPE_CHECKING:
    from utils.redaction import Redactor

#: Libraries that write whole addresses, tokens included, or every ring, at a level we show.
_TALKATIVE: Final = (
    "apscheduler",
    "httpx2",
    "httpcore2",
    "urllib3",
    "requests_oauthlib",
    "oauthlib",
)


class _RedactingFormatter(logging.Formatter):
    """Formats a line, traceback included, and then takes the secrets out of the whole of it."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__(
            "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
        )
        self.converter = time.gmtime
        self._redactor = redactor

    @override
    def format(self, record: logging.LogRecord) -> str:
        return self._redactor.clean(super().format(record))


def setup_logger(level: str, redactor: Redactor) -> None:
    """Send all diagnostics of this process to stderr; stdout belongs to the protocol.

    Args:
        level: ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``.
        redactor: Knows the secrets; those it learns later are taken out too.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_RedactingFormatter(redactor))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
