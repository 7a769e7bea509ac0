"""Claude Code in its jail: everything prepared for one run, and the command that starts it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from utils.claude.access import Access
from utils.claude.model_gate import ModelGate
from utils.claude.mounts import AGENT_HOME, DESK, RUN, Layout, arguments
from utils.claude.refused_calls import call_filter
from utils.claude.settings import ClaudeSettings, ModelSettings
from utils.core.errors import ClaudeMissingError, JailMissingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from utils.settings import Settings

_BUBBLEWRAP: Final = "bwrap"
_SOCKET: Final = "model.sock"
_TASK: Final = "task"
#: Where the model seems to answer, seen from the inside.
_PORT: Final = "8118"
#: What the agent is told of its terminal and the owner's language, where that is set.
_PASSED: Final = (
    *("TERM", "COLORTERM", "LANG", "LC_ALL", "TZ", "NO_COLOR"),
    *("ANTHROPIC_MODEL", "ANTHROPIC_SMALL_FAST_MODEL", "CLAUDE_CODE_MAX_OUTPUT_TOKENS"),
)
_FIXED: Final = {
    "HOME": str(AGENT_HOME),
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "SHELL": "/bin/sh",
    "USER": "agent",
    "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{_PORT}",
    # The gate puts the owner's own in its place.
    "ANTHROPIC_AUTH_TOKEN": "none-in-the-jail",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_AUTOUPDATER": "1",
    # All servers are to be there when the model is first asked.
    "CLAUDE_CODE_MCP_STARTUP_WAIT_MS": "20000",
}


@dataclass(frozen=True, kw_only=True)
class Jail:
    """A jail that stands ready; nothing runs in it yet."""

    _bubblewrap: str
    _mounts: tuple[str, ...]
    _filter: tuple[str, ...]
    _entry: tuple[str, ...]
    _local_settings: Path
    _program: Path
    #: What everything in the jail has in its environment; no secret is among it.
    environment: dict[str, str]
    #: Descriptors that the started process needs.
    descriptors: tuple[int, ...]

    def command(self, *inside: str) -> list[str]:
        """Return how something is run in the jail, without the filter of calls or a model."""
        return [self._bubblewrap, *self._mounts, "--new-session", "--", *inside]

    def trial(self) -> list[str]:
        """Return a command that succeeds where Claude Code can confine its commands in here."""
        inner = "bwrap --unshare-user --unshare-pid --unshare-net --ro-bind / / --dev /dev"
        return self.command("/bin/sh", "-c", f"command -v socat && {inner} --proc /proc true")

    def claude(self, *given: str) -> list[str]:
        """Return how Claude Code is run in the jail with arguments of its own."""
        for descriptor in self.descriptors:
            # Whoever was started before has read it to its end.
            os.lseek(descriptor, 0, os.SEEK_SET)
        way_out = (*self._entry, str(RUN / _SOCKET), _PORT)
        inside = (*way_out, str(self._program), *given)
        return [self._bubblewrap, *self._mounts, *self._filter, "--", *inside]

    def settle(self, local_settings: str) -> None:
        """Write the settings that are in force inside."""
        self._local_settings.write_text(local_settings, encoding="utf-8")


@contextmanager
def jail(
    settings: Settings,
    *,
    task: Sequence[str] = (),
    closed: Callable[[], str] = str,
    spent: Callable[[int], None] | None = None,
) -> Iterator[Jail]:
    """Prepare a jail for the length of a ``with`` block; its way to the model is open meanwhile.

    Args:
        settings: The owner's; the vault must be there.
        task: Names of Items' notes that the agent is kept at.
        closed: Tells why the model may not be asked any more, or "".
        spent: Takes the number of tokens of each answer of the model.

    Raises:
        JailMissingError: Bubblewrap is not installed.
        ClaudeMissingError: Claude Code is not installed.
        ConfigurationError: There is no access to the model, or a setting does not fit.
        OSError: A folder could not be made.
    """
    claude = ClaudeSettings.read(settings)
    access = Access.of(ModelSettings.read(settings), claude)
    bubblewrap = shutil.which(_BUBBLEWRAP)
    if bubblewrap is None or not sys.platform.startswith("linux"):
        raise JailMissingError(_BUBBLEWRAP)
    with ExitStack() as stack:
        run = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="employee-")))
        layout = _layout(settings, run, _found(claude.command, settings))
        local = run / "settings.local.json"
        local.write_text("{}", encoding="utf-8")
        (run / _TASK).write_text("".join(f"{name}\n" for name in task), encoding="utf-8")
        stack.enter_context(ModelGate(run / _SOCKET, access, closed=closed, spent=spent))
        descriptors = tuple(stack.enter_context(_filter_open()))
        yield Jail(
            _bubblewrap=bubblewrap,
            _mounts=tuple(arguments(layout)),
            _filter=_filtered(descriptors),
            _entry=_entry(layout),
            _local_settings=local,
            _program=layout.program,
            environment=_environment(settings, has_task=bool(task)),
            descriptors=descriptors,
        )


def _found(command: str, settings: Settings) -> Path:
    """Return where Claude Code lies, behind all links.

    Raises:
        ClaudeMissingError: It is not on this machine.
    """
    found = shutil.which(command, path=settings.variables.get("PATH"))
    if found is None:
        raise ClaudeMissingError(command)
    return Path(found).resolve()


def _layout(settings: Settings, run: Path, program: Path) -> Layout:
    """Make the folders that a jail shows, and return where everything lies."""
    agent_home, desk = settings.state_dir / "claude", settings.state_dir / DESK
    for folder in (settings.state_dir, agent_home, desk):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    named = (value for name, value in settings.variables.items() if name.endswith("_FILE"))
    secrets = frozenset((settings.home / Path(value).expanduser()).resolve() for value in named)
    return Layout(
        project=settings.project_root,
        home=settings.home,
        agent_home=agent_home,
        run=run,
        program=program,
        secrets=secrets,
    )


def _entry(layout: Layout) -> tuple[str, ...]:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    script = layout.project / "utils" / "claude" / "inside.py"
    return (str(layout.interpreter / "bin" / version), "-I", "-S", str(script))


def _environment(settings: Settings, *, has_task: bool) -> dict[str, str]:
    passed = {name: settings.variables[name] for name in _PASSED if settings.variables.get(name)}
    task = {"EMPLOYEE_TASK": str(RUN / _TASK)} if has_task else {}
    return passed | _FIXED | {"EMPLOYEE_HOME": str(settings.home)} | task


@contextmanager
def _filter_open() -> Iterator[tuple[int, ...]]:
    """Give a descriptor to read the filter of system calls from; none where no filter is known."""
    program = call_filter()
    if program is None:
        yield ()
        return
    with tempfile.TemporaryFile() as file:
        file.write(program)
        file.seek(0)
        yield (file.fileno(),)


def _filtered(descriptors: tuple[int, ...]) -> tuple[str, ...]:
    """Return what keeps the jail from the owner's terminal, and hands over the filter."""
    filtered = tuple(part for each in descriptors for part in ("--seccomp", str(each)))
    # A session of its own has no terminal at all; who sits at one needs it.
    return filtered if filtered and sys.stdin.isatty() else (*filtered, "--new-session")
