"""The Claude Code program: found or installed, and started with a clean environment."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

#: The version that the settings and the hooks were tried with.
PACKAGE: Final = "@anthropic-ai/claude-code@2.1.330"
#: The user who stands for the owner where the tests run as the superuser.
_OWNER: Final = 65534
_INSTALL_S: Final = 300
_RUN_S: Final = 300


@cache
def program() -> Path:
    """Return where Claude Code lies; ``CLAUDE_BIN`` names it, else it is installed once.

    The test is skipped, visibly, where it cannot be had.
    """
    named = os.environ.get("CLAUDE_BIN") or shutil.which("claude")
    if named:
        return Path(named).resolve()
    if shutil.which("npm") is None:
        pytest.skip(f"no npm to install {PACKAGE} with")
    place = (
        Path(tempfile.gettempdir()) / f"employee-tests-{os.getuid()}" / PACKAGE.replace("/", "-")
    )
    return installed(place, "claude", PACKAGE).resolve()


def installed(place: Path, name: str, *packages: str) -> Path:
    """Return a program of npm packages, installed once, whoever else runs tests beside us.

    The test is skipped, visibly, where npm cannot be reached.
    """
    place.mkdir(parents=True, exist_ok=True)
    found = place / "node_modules/.bin" / name
    with (place / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not found.exists():
            command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", *packages]
            try:
                subprocess.run(
                    command, cwd=place, check=True, capture_output=True, timeout=_INSTALL_S
                )
            except (OSError, subprocess.SubprocessError) as error:
                pytest.skip(f"{packages} could not be installed: {type(error).__name__}")
    return found


@dataclass(frozen=True)
class Run:
    """How a run of Claude Code ended."""

    status: int
    events: list[dict[str, Any]]
    stderr: str

    @property
    def result(self) -> dict[str, Any]:
        """The last event, which says how it ended; empty where there was none."""
        ends = [event for event in self.events if event.get("type") == "result"]
        return ends[-1] if ends else {}


def trust(agent_home: Path, folder: Path) -> None:
    """Mark a folder as trusted, as a person does once in a dialog."""
    agent_home.mkdir(parents=True, exist_ok=True)
    trusted = {"projects": {str(folder): {"hasTrustDialogAccepted": True}}}
    told = json.dumps(trusted | {"hasCompletedOnboarding": True})
    (agent_home / ".claude.json").write_text(told)


def environment(agent_home: Path, model_url: str) -> dict[str, str]:
    """Return all that Claude Code is given: a dummy key, a home to throw away, loopback only."""
    off = (
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
        "DISABLE_TELEMETRY",
        "DISABLE_ERROR_REPORTING",
        "DISABLE_AUTOUPDATER",
    )
    return dict.fromkeys(off, "1") | {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(agent_home),
        "CLAUDE_COMMAND": str(program()),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "ANTHROPIC_BASE_URL": model_url,
        "ANTHROPIC_API_KEY": "sk-ant-dummy",
        "NO_PROXY": "127.0.0.1",
        # Servers that start slowly are still offered in the first request.
        "CLAUDE_CODE_MCP_STARTUP_WAIT_MS": "30000",
    }


def as_owner() -> list[str]:
    """Return what goes before a command so that an ordinary user runs it.

    The superuser passes every file mode, and Claude Code refuses him some modes.
    """
    if os.getuid() != 0:
        return []
    interpreter = Path(sys.base_prefix)
    closed = [folder for folder in interpreter.parents if folder.stat().st_mode & 0o005 == 0]
    drop = f'exec setpriv --reuid={_OWNER} --regid={_OWNER} --clear-groups "$@"'
    if not closed:
        return ["/bin/sh", "-c", drop, "owner"]
    # Python lies where only the superuser may look: in a view of its own it is open to all.
    shut, aside = closed[-1], "/mnt"
    opened = (
        f"mount --bind '{interpreter}' {aside} && mount -t tmpfs -o mode=755 tmpfs '{shut}'"
        f" && mkdir -p '{interpreter}' && mount --move {aside} '{interpreter}' && {drop}"
    )
    return ["unshare", "--mount", "/bin/sh", "-c", opened, "owner"]


def give_to_owner(folder: Path) -> None:
    """Make the ordinary user the owner of a folder and all in it."""
    if os.getuid() == 0:
        command = ["chown", "--recursive", "--no-dereference", f"{_OWNER}:{_OWNER}", str(folder)]
        subprocess.run(command, check=True)


def work(
    command: Sequence[str], *, folder: Path, env: Mapping[str, str], seconds: float = _RUN_S
) -> Run:
    """Run a command that ends with Claude Code's stream of events; return how it ended."""
    done = subprocess.run(
        [*as_owner(), *command],
        cwd=folder,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    events = []
    for line in done.stdout.splitlines():
        try:
            events.append(json.loads(line))
        except ValueError:
            continue
    return Run(done.returncode, events, done.stderr)


def headless(prompt: str, *arguments: str) -> list[str]:
    """Return the arguments that make Claude Code work without a person."""
    return ["-p", prompt, "--output-format", "stream-json", "--verbose", *arguments]
