"""Setting a home up: what would be written, told beforehand, and then written; safe to repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.assembly.opening import assembled
from utils.catalogue import Catalogue
from utils.claude.setup import LOCAL_SETTINGS, install_owner_settings, wanted
from utils.core.errors import AlreadyRunningError, ConfigurationError
from utils.core.lifecycle import Folder
from utils.environment.env_file import write_variables
from utils.file_utils import write_atomic
from utils.obsidian.first_pages import first_pages
from utils.registry import REGISTRY, completed
from utils.settings import load
from utils.sole_process import sole_executor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from utils.settings import Settings
    from utils.setup.first_answers import Answers

_HOME: Final = "EMPLOYEE_HOME"


@dataclass(frozen=True)
class Step:
    """One thing that is written."""

    place: Path
    #: What is written there, or why nothing is.
    what: str
    #: Writes it; None where it is left as it is.
    write: Callable[[], object] | None = None


def steps(answers: Answers, settings: Settings) -> tuple[Step, ...]:
    """Return what setting up would write, in the order in which it is written.

    Args:
        answers: What the owner answered.
        settings: The settings so far.
    """
    return tuple(_steps(answers, settings))


def _steps(answers: Answers, settings: Settings) -> Iterator[Step]:
    yield _env(answers)
    if answers.home != settings.home:
        yield _pointer(answers, settings.project_root)
    yield _registry(settings.project_root)
    yield _vault(answers, settings)
    yield _agent(answers, settings)


def _env(answers: Answers) -> Step:
    values = answers.variables()

    def write() -> None:
        answers.home.mkdir(parents=True, exist_ok=True)
        write_variables(answers.home / ".env", values)

    what = f"{', '.join(values)}; for your eyes only"
    return Step(answers.home / ".env", what, write)


def _pointer(answers: Answers, project_root: Path) -> Step:
    """Return the step by which the program finds a home that lies elsewhere."""
    path = project_root / ".env"
    return Step(
        path,
        f"{_HOME}={answers.home}",
        lambda: write_variables(path, {_HOME: str(answers.home)}),
    )


def _registry(project_root: Path) -> Step:
    path = project_root / REGISTRY
    try:
        text, aside = completed(project_root), ""
    except ConfigurationError:
        text, aside = "", path.name + ".old"
    if text and path.exists() and _services(project_root) == _services_in(text):
        return Step(path, "stays as it is: every service is in it")

    def write() -> None:
        if aside:
            path.rename(path.with_name(aside))
        write_atomic(path, (text or completed(project_root)).encode())

    moved = f"; the one that cannot be read is kept as {aside}" if aside else ""
    return Step(path, f"the services, for Claude Code{moved}", write)


def _services(project_root: Path) -> int:
    return (project_root / REGISTRY).read_text().count("mcp_server_")


def _services_in(text: str) -> int:
    return text.count("mcp_server_")


def _vault(answers: Answers, settings: Settings) -> Step:
    there = settings.model_copy(update={"home": answers.home}).vault_dir
    what = f"{len(Folder)} folders and {len(first_pages())} pages; what is there stays as it is"
    return Step(there, what, lambda: _make_vault(answers))


def _make_vault(answers: Answers) -> None:
    settings = load(answers.home)
    try:
        with sole_executor(settings):
            engine = assembled(settings, Catalogue())
            try:
                engine.open_vault()
            finally:
                engine.close()
    except AlreadyRunningError:
        # Whoever runs has made it, and keeps it whole.
        return


def _agent(answers: Answers, settings: Settings) -> Step:
    path = settings.project_root / LOCAL_SETTINGS
    home = settings.model_copy(update={"home": answers.home})
    found = path.read_text(errors="replace") if path.exists() else ""
    if found and found == _wanted(home):
        return Step(path, "stays as it is: Claude Code cannot approve")
    old = path.with_name(f"{path.name}.old")

    def write() -> None:
        if found:
            write_atomic(old, path.read_bytes())
        install_owner_settings(load(answers.home))

    kept = f"; the ones that are there are kept as {old.name}" if found else ""
    return Step(path, f"rules that keep Claude Code from approving{kept}", write)


def _wanted(settings: Settings) -> str:
    try:
        return wanted(settings)
    except ConfigurationError:
        return ""
