"""`sandbox`: only the pretend services, on free loopback ports, until stopped."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from utils.file_utils import write_atomic
from utils.sandbox.street import Street

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console


def main(asked: argparse.Namespace, console: Console, stopping: threading.Event) -> int:
    """Run the pretend services, tell their addresses, and wait until stopped."""
    with Street() as street:
        variables = street.environment()
        lines = [f"{name}={shlex.quote(value)}" for name, value in variables.items()]
        if asked.env_file:
            write_atomic(asked.env_file, "".join(f"{line}\n" for line in lines).encode())
        for name, url in street.urls().items():
            console.print(f"{name:<10} {url}", markup=False, highlight=False)
        console.print("Nothing here reaches the world. Stop it with Ctrl+C.")
        stopping.wait()
    return 0
