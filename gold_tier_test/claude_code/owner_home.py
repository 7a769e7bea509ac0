"""An owner's home as `init` leaves it: program, vault, secrets, Claude Code's settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from claude_code.program import as_owner, give_to_owner, trust
from utils.settings import PROJECT_ROOT

#: A secret that must never be seen by the model.
CANARY: Final = "canary-5f1d0c77e2"
#: What of the project an owner has; tests and benchmarks are not needed to work.
PARTS: Final = (
    "orchestrator.py",
    "utils",
    "watchers",
    ".claude",
    ".mcp.json",
    ".env.example",
    "pyproject.toml",
    "README.md",
    "docs",
    "AI_Employee",
    "Vault",
)
_START_S: Final = 60
PAUSE: Final = threading.Event()
#: What proposes an invoice in the home's own process, as a tool would.
_PROPOSING: Final = """
from utils.core.model import Origin, Source
from utils.assembly.opening import open_engine
with open_engine() as engine:
    lines = [{"description": "Bread", "quantity": "3", "unit_price": "50.00"}]
    kind = engine.catalogue.operation("odoo_create_invoice")
    values = {"customer": "billing@acme.example", "lines": lines}
    asked = kind.model_validate(values, strict=False)
    print(engine.gate.submit(asked, origin=Origin(source=Source.MCP)).note)
"""


@dataclass
class OwnerHome:
    """A copy of the project that belongs to an ordinary user.

    Args:
        place: A folder to make it in.
        variables: What `.env` says beside the secret.
    """

    place: Path
    variables: dict[str, str]
    folder: Path = field(init=False)
    agent_home: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder, self.agent_home = self.place / "shop", self.place / "agent"
        self.folder.mkdir(parents=True)
        for part in PARTS:
            _copy(PROJECT_ROOT / part, self.folder / part)
        _environment_of_its_own(self.folder)
        lines = [f"{name}={value}" for name, value in self.variables.items()]
        told = "\n".join([*lines, f"EMPLOYEE_CANARY={CANARY}", ""])
        (self.folder / ".env").write_text(told)
        (self.folder / ".env").chmod(0o600)
        trust(self.agent_home, self.folder)
        (self.place / "tmp").mkdir()
        for folder in (self.place, self.place.parent):
            folder.chmod(0o755)
        give_to_owner(self.place)

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / ".venv/bin/python"

    def orchestrator(self, *arguments: str) -> str:
        """Run one of its commands to the end as the owner, and return what it printed."""
        return self._run("orchestrator.py", *arguments)

    def propose(self) -> str:
        """Let an invoice wait for the owner; return its note's name."""
        self.orchestrator("--once")
        return self._run("-c", _PROPOSING).strip()

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*as_owner(), str(self.python), *arguments],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=_START_S,
            check=False,
        )
        return done.stdout + done.stderr

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let the employee run, as the owner's service does, for a ``with`` block."""
        daemon = subprocess.Popen(
            [*as_owner(), str(self.python), "orchestrator.py"],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            desk = self.folder / "Vault/State/desk"
            assert any(PAUSE.wait(0.1) or list(desk.glob("*")) for _ in range(_START_S * 10))
            yield
        finally:
            daemon.terminate()
            daemon.wait(_START_S)

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "HOME": str(self.agent_home), "LANG": "C.UTF-8"}

    def strict(self) -> None:
        """Put the owner's settings in force, as `init` does."""
        claude = self.folder / ".claude"
        shutil.copyfile(claude / "owner-settings.json", claude / "settings.local.json")
        give_to_owner(self.folder)


def _copy(source: Path, target: Path) -> None:
    skipped = shutil.ignore_patterns("__pycache__", "*.sqlite3*", "settings.local.json", "*.lock")
    if source.is_dir():
        shutil.copytree(source, target, ignore=skipped)
    else:
        shutil.copyfile(source, target)


def _environment_of_its_own(folder: Path) -> None:
    """Give a copy an interpreter and packages of its own; only tools for the code are left out."""
    venv = folder / ".venv"
    packages = venv / "lib/python3.13/site-packages"
    shared = sysconfig.get_paths()["purelib"]
    tools = shutil.ignore_patterns(
        "mypy*", "ruff*", "hypothesis*", "_pytest*", "pip*", "*employee*"
    )
    shutil.copytree(shared, packages, symlinks=True, ignore=tools)
    (venv / "bin").mkdir()
    (venv / "bin/python").symlink_to(Path(sys.base_prefix) / "bin/python3.13")
    told = f"home = {sys.base_prefix}/bin\ninclude-system-site-packages = false\nversion = 3.13\n"
    (venv / "pyvenv.cfg").write_text(told)
    (packages / "shop.pth").write_text(f"{folder}\n")
