"""How many calls a mail costs when five thousand wait."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from benchmarks.bench import Bench, Limit, Line, Samples
from benchmarks.homes import opened
from utils.sandbox.gmail import PretendGmail
from watchers.gmail_watcher import GmailWatcher


def measure(*, short: bool) -> dict[str, Samples]:
    """Let mails wait, look once, and count what was asked.

    Raises:
        RuntimeError: Not all of them were taken in.
    """
    mails = 300 if short else 5000
    with (
        PretendGmail() as gmail,
        tempfile.TemporaryDirectory() as home,
        opened(Path(home), gmail.environment()) as engine,
    ):
        for number in range(mails):
            gmail.deliver(subject=f"{number}")
        GmailWatcher(engine).round()
        taken = len(engine.bookmarks.open_items())
        if taken != mails:
            raise RuntimeError(f"{taken} of {mails} were taken in")
        return {"mails": Samples([len(gmail.requests()) / mails])}


BENCH: Final = Bench(
    name="mails",
    measure=measure,
    lines=(
        Line(
            key="mails",
            what="5,000 mails waiting: calls a mail",
            unit="calls",
            limit=Limit(most=1.15),
        ),
    ),
)
