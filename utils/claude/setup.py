"""Which settings Claude Code works under: the owner's set installed, and what is in force."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Final

from utils.claude.rules import owner_settings
from utils.file_utils import write_atomic
from utils.registry import scripts_of

if TYPE_CHECKING:
    from utils.settings import Settings

#: Tracked: what everybody who works on the code gets.
PROJECT_SETTINGS: Final = ".claude/settings.json"
#: Tracked: what the owner's own Claude Code works under, once it is installed.
OWNER_SETTINGS: Final = ".claude/owner-settings.json"
#: Not tracked: the owner's set in force on this machine.
LOCAL_SETTINGS: Final = ".claude/settings.local.json"
_HOOKS_NEED: Final = "/usr/bin/python3"
_IN_A_SUBFOLDER: Final = (
    "They count only where Claude Code is started in the project's own folder; started in the "
    "vault it reads none of them. The jail holds in any case: `uv run orchestrator.py claude`."
)


@dataclass(frozen=True, kw_only=True)
class InForce:
    """Which settings are in force for Claude Code, and what that means."""

    #: Whether it is the owner's set, as this version has it.
    owners: bool
    #: One or two sentences for the owner.
    meaning: str
    #: What weakens it on this machine, one sentence each.
    warnings: tuple[str, ...] = ()


def install_owner_settings(settings: Settings) -> Path:
    """Put the owner's set in force for Claude Code started in the project; return where it lies.

    Rules can only close what exists, so a missing ``.env`` is made, empty.

    Raises:
        ConfigurationError: The registry cannot be read.
        OSError: It could not be written.
    """
    for folder in {settings.project_root, settings.home}:
        (folder / ".env").touch(mode=0o600)
    path = settings.project_root / LOCAL_SETTINGS
    path.parent.mkdir(exist_ok=True)
    write_atomic(path, wanted(settings).encode())
    return path


def wanted(settings: Settings, *, sandbox: bool = True) -> str:
    """Return the owner's set for this home, as JSON.

    Raises:
        ConfigurationError: The registry cannot be read.
    """
    root, home = settings.project_root, settings.home
    servers = tuple(scripts_of(root))
    return owner_settings(servers, home="" if home == root else str(home), sandbox=sandbox)


def in_force(settings: Settings) -> InForce:
    """Return which settings Claude Code has when it is started the usual way.

    Raises:
        ConfigurationError: The registry cannot be read.
    """
    path = settings.project_root / LOCAL_SETTINGS
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        meaning = (
            "Only the settings for work on the code are in force: Claude Code is kept from the "
            "decision folders by name, and a command gets around that. Run `uv run "
            "orchestrator.py init`, or start it with `uv run orchestrator.py claude`."
        )
        return InForce(owners=False, meaning=meaning)
    except (OSError, ValueError) as error:
        meaning = f"{LOCAL_SETTINGS} cannot be read ({error}), so Claude Code ignores it. "
        return InForce(owners=False, meaning=f"{meaning}Run `uv run orchestrator.py init`.")
    if found != json.loads(wanted(settings)):
        meaning = (
            f"{LOCAL_SETTINGS} is not the owner's set of this version, so nobody knows what "
            "holds. Run `uv run orchestrator.py init` to put it back."
        )
        return InForce(owners=False, meaning=meaning, warnings=_warnings())
    meaning = f"The owner's settings are in force. {_IN_A_SUBFOLDER}"
    return InForce(owners=True, meaning=meaning, warnings=_warnings())


def _warnings() -> tuple[str, ...]:
    tools = {"bwrap": "bubblewrap", "socat": "socat"}
    missing = [package for tool, package in tools.items() if which(tool) is None]
    said = []
    if missing:
        names = " and ".join(missing)
        said.append(
            f"Claude Code's sandbox needs {names}, and Claude Code refuses to start without: "
            f"sudo apt install {' '.join(missing)}"
        )
    if not Path(_HOOKS_NEED).exists():
        said.append(f"The hooks need {_HOOKS_NEED}; without it every call is refused.")
    return tuple(said)
