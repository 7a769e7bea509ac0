"""What Claude Code sees in its jail, as arguments of bubblewrap.

Nothing is shown unless it is named here: the system's programs, the project without its secrets,
and the vault, where only Plans/ is written. The journal, the log and the owner's own files are not
closed but absent.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from utils.claude.rules import OPEN_FOLDERS, RECORDS
from utils.core.lifecycle import VAULT

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where the agent's own folder, and what was prepared for this run, lie in the jail.
AGENT_HOME: Final = Path("/home/agent")
RUN: Final = Path("/run/employee")
#: The folder beside the journal in which the desk listens.
DESK: Final = "desk"
#: The largest temporary folder, in bytes.
_TEMPORARY: Final = 1024**3
_ALONE: Final = (
    *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net"),
    *("--unshare-cgroup-try", "--cap-drop", "ALL", "--die-with-parent"),
    *("--hostname", "jail"),
)
_SYSTEM: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
#: What programs read in /etc; the rest may hold other people's secrets.
_ETC: Final = (
    *("alternatives", "bash.bashrc", "ca-certificates", "group", "hosts", "inputrc"),
    *("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "nsswitch.conf", "os-release"),
    *("passwd", "pki", "profile", "ssl", "terminfo", "timezone"),
)
#: Of the project's hidden entries, those that an agent and its servers need.
_SHOWN: Final = frozenset({".venv", ".mcp.json", ".env.example", ".python-version"})
_SETTINGS: Final = ".claude"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The folders and files of this machine that a jail is made of; absolute and resolved."""

    project: Path
    #: Where the vault and the journal lie.
    home: Path
    #: The agent's own folder: its settings, its memory.
    agent_home: Path
    #: What was prepared for this run: settings, the socket to the model.
    run: Path
    #: Claude Code itself.
    program: Path
    #: Where the interpreter of the environment is installed.
    interpreter: Path = Path(sys.base_prefix)
    #: Files of the owner's that hold secrets, wherever they lie.
    secrets: frozenset[Path] = frozenset()


def arguments(layout: Layout) -> list[str]:
    """Return the arguments of bubblewrap up to the command.

    Raises:
        OSError: A folder cannot be listed.
    """
    given = (
        _ALONE,
        _system(),
        _programs(layout),
        _project(layout),
        _home(layout),
        ("--bind", str(layout.agent_home), str(AGENT_HOME)),
        ("--ro-bind", str(layout.run), str(RUN)),
        # Last: nothing can be made beside what is shown, or put in its place.
        ("--remount-ro", str(layout.project), "--remount-ro", "/"),
        ("--chdir", str(layout.project)),
    )
    return [argument for part in given for argument in part]


def _system() -> Iterator[str]:
    yield from _read_only(Path("/usr"))
    for name in _SYSTEM:
        place = Path("/") / name
        if place.is_symlink():
            yield from ("--symlink", str(place.readlink()), str(place))
        elif place.is_dir():
            yield from _read_only(place)
    for name in _ETC:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    yield from ("--proc", "/proc", "--dev", "/dev")
    yield from ("--size", str(_TEMPORARY), "--tmpfs", "/tmp")  # noqa: S108 - the jail's own


def _programs(layout: Layout) -> Iterator[str]:
    """Show Claude Code and the interpreter of the environment, wherever they were installed."""
    # An npm package of it has its program in a neighbouring folder.
    package = next((each for each in layout.program.parents if each.name[:1] == "@"), None)
    prefix = layout.interpreter
    for place in dict.fromkeys((package or layout.program, prefix, prefix.resolve())):
        if Path("/usr") not in (place, *place.parents):
            yield from _read_only(place)


def _project(layout: Layout) -> Iterator[str]:
    """Show the project entry by entry, so that a secret put there later is not in it either."""
    yield from ("--tmpfs", str(layout.project))
    private = {root / name for root in (layout.home, layout.project) for name in (VAULT, RECORDS)}
    private |= {layout.home, *layout.secrets}
    for entry in sorted(layout.project.iterdir()):
        hidden = entry.name.startswith(".") and entry.name not in _SHOWN
        if hidden or any(entry == place or entry in place.parents for place in private):
            continue
        yield from _entry(entry)
    settings = layout.project / _SETTINGS
    for entry in sorted(settings.iterdir()):
        if entry.name != "settings.local.json":
            yield from _entry(entry)
    local = settings / "settings.local.json"
    yield from ("--ro-bind", str(layout.run / local.name), str(local))


def _entry(entry: Path) -> Iterator[str]:
    if entry.is_symlink():
        yield from ("--symlink", str(entry.readlink()), str(entry))
    elif entry.is_dir() or entry.is_file():
        yield from _read_only(entry)


def _home(layout: Layout) -> Iterator[str]:
    """Show the vault, and of what lies beside it only the folder in which the desk listens."""
    vault = layout.home / VAULT
    yield from _read_only(vault)
    if layout.home != layout.project:
        yield from ("--symlink", str(vault), str(layout.project / VAULT))
    for folder in OPEN_FOLDERS:
        yield from ("--bind", str(vault / folder), str(vault / folder))
    yield from _read_only(layout.home / RECORDS / "State" / DESK)


def _read_only(place: Path) -> tuple[str, ...]:
    return ("--ro-bind", str(place), str(place))
