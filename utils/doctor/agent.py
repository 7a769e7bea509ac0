"""Checks of Claude Code: what keeps it from the decisions, and whether it can be jailed."""

from __future__ import annotations

from shutil import which
from typing import TYPE_CHECKING, Final

from utils.claude.setup import in_force
from utils.core.errors import ConfigurationError
from utils.doctor.finding import Finding, fine, look, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from utils.doctor.scene import Scene

#: Kernel switches that forbid what a jail is made of, and the value that does.
_FORBIDDING: Final = {
    "kernel/unprivileged_userns_clone": "0",
    "user/max_user_namespaces": "0",
    "kernel/apparmor_restrict_unprivileged_userns": "1",
}
_INIT: Final = "Run `uv run orchestrator.py init`, or start it by `uv run orchestrator.py claude`"


def check_owner_settings(scene: Scene) -> Iterator[Finding]:
    """Whether the owner's settings keep Claude Code from approving."""
    try:
        found = in_force(scene.settings)
    except ConfigurationError:
        # The check of the registry says why.
        return
    if not found.owners:
        yield wrong("Claude Code, started the usual way, could write into Approved", _INIT)
    else:
        yield fine("It cannot write into Approved when it is started in the project's folder")
    for warning in found.warnings if found.owners else ():
        what, _, remedy = warning.partition(": ")
        yield look(what, remedy or "Install it")


def check_jail(scene: Scene) -> Iterator[Finding]:
    """Whether Claude Code can be started in a jail."""
    tool = which("bwrap", path=scene.settings.variables.get("PATH"))
    if tool is None:
        what = "There is no jail for Claude Code: bubblewrap is missing"
        yield look(what, "Run `sudo apt install bubblewrap`, or install it your system's way")
        return
    for switch, value in _FORBIDDING.items():
        path = scene.proc / "sys" / switch
        if _content(path) == value:
            name = switch.replace("/", ".")
            what = f"The system forbids the jail for Claude Code ({name} = {value})"
            allow = f"sudo sysctl {name}={_allowing(value)}"
            remedy = f"Run `{allow}`, or let an AppArmor profile allow it"
            yield look(what, remedy)


def _allowing(value: str) -> str:
    return "0" if value == "1" else "15000" if value == "0" else value


def _content(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
