"""The floors and the "only X may do Y" rules of the design, read off the syntax trees."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import utils
from utils.core.lifecycle import Folder

ROOT = Path(__file__).resolve().parents[1]
ROOF = 6
#: How long a module may be before it wants a reason, in lines.
LONG = 250


def module_name(path: Path) -> str:
    relative = path.relative_to(ROOT).with_suffix("")
    return ".".join(relative.parts).removesuffix(".__init__")


def sources() -> dict[str, Path]:
    """Every module of the program by its name; services by the name of their file."""
    found = [
        ROOT / "orchestrator.py",
        *(ROOT / "utils").rglob("*.py"),
        *(ROOT / "watchers").rglob("*.py"),
    ]
    modules = {module_name(path): path for path in found}
    services = (ROOT / ".claude/mcp-servers").glob("*/*.py")
    return modules | {path.stem: path for path in services}


SOURCES = sources()
TREES = {name: ast.parse(path.read_text()) for name, path in SOURCES.items()}


def floors() -> dict[str, float]:
    """The map in the docstring of `utils`: module or package to its floor."""
    lines = re.findall(r"^    ([\w.*]+) +([0-9.]+)  \S", utils.__doc__ or "", re.MULTILINE)
    return {name: float(floor) for name, floor in lines}


FLOORS = floors()


def floor_of(module: str) -> float | None:
    """A module's floor: its own line, or that of the package it lies in."""
    if module.startswith("mcp_server_"):
        return FLOORS["mcp_server_*"]
    while module:
        if module in FLOORS:
            return FLOORS[module]
        module = module.rpartition(".")[0]
    return None


def imports(tree: ast.AST) -> set[str]:
    """Names of modules that are imported when the program runs, wherever in the file."""
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def ours(names: set[str]) -> set[str]:
    return {name for name in names if name in SOURCES}


def users_of(*libraries: str) -> set[str]:
    return {
        name
        for name, tree in TREES.items()
        if any(found.split(".")[0] in libraries for found in imports(tree))
    }


def callers_of(attribute: str) -> set[str]:
    return {
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == attribute
    }


@pytest.mark.parametrize("module", sorted(SOURCES))
def test_every_module_has_its_line_on_the_map(module: str) -> None:
    assert floor_of(module) is not None, f"add {module} to the docstring of utils/__init__.py"


def test_the_map_names_nothing_that_does_not_exist() -> None:
    packages = {name.rpartition(".")[0] for name in SOURCES}
    assert set(FLOORS) - set(SOURCES) - packages == {"mcp_server_*"}


@pytest.mark.parametrize("module", sorted(SOURCES))
def test_imports_go_downwards_only(module: str) -> None:
    floor = floor_of(module)
    package = module.rpartition(".")[0]
    higher = {
        name: floor_of(name)
        for name in ours(imports(TREES[module])) - {module, package}
        if (floor_of(name) or 0) > (floor or 0)
    }
    assert not higher, f"{module} on floor {floor} looks up at {higher}"


@pytest.mark.parametrize(
    "module", sorted(name for name in SOURCES if name.startswith("utils.core"))
)
def test_the_core_does_no_input_or_output(module: str) -> None:
    forbidden = {
        "os",
        "pathlib",
        "logging",
        "socket",
        "sqlite3",
        "subprocess",
        "threading",
        "time",
    }
    assert not {name.split(".")[0] for name in imports(TREES[module])} & forbidden


def test_nobody_imports_in_a_circle() -> None:
    graph = {name: ours(imports(tree)) - {name} for name, tree in TREES.items()}
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " → ".join((*path, name))
        if name not in done:
            for inner in graph[name]:
                if not name.startswith(f"{inner}."):
                    walk(inner, (*path, name))
            done.add(name)

    for name in graph:
        walk(name, ())


def test_one_place_reads_the_environment() -> None:
    readers = {
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert readers == {"utils.environment.surroundings"}


def test_only_lifecycle_spells_folder_names() -> None:
    spelled = {str(folder) for folder in Folder} - {
        "Inbox",
        "Approved",
        "Rejected",
        "Completed",
        "Plans",
    }
    offenders = {
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in spelled
    }
    assert offenders == {"utils.core.lifecycle"}


def test_only_the_executor_performs() -> None:
    assert callers_of("perform") == {"utils.action_executor"}


def test_only_the_journal_database_speaks_sqlite() -> None:
    assert users_of("sqlite3") == {"utils.storage.sqlite", "utils.storage.schema"}


def test_only_its_own_package_speaks_postgresql() -> None:
    assert {name.rpartition(".")[0] for name in users_of("psycopg")} == {"utils.postgres"}
    assert users_of("procrastinate") == {"utils.postgres.jobs"}


def test_only_adapters_use_network_libraries() -> None:
    network = users_of(
        "httpx2",
        "requests",
        "requests_oauthlib",
        "tweepy",
        "facebook",
        "google",
        "imaplib",
        "urllib3",
    )
    strangers = {name for name in network if floor_of(name) != 2.5}
    assert not strangers


def test_only_the_roof_handles_signals_and_starts_children() -> None:
    users = users_of("signal", "subprocess", "multiprocessing", "apscheduler")
    assert {name for name in users if floor_of(name) != ROOF} == set()


def test_nobody_asks_for_a_time_without_a_zone() -> None:
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                naive = node.func.attr in {"utcnow", "today"} and not name.startswith(
                    "utils.sandbox"
                )
                bare = node.func.attr == "now" and ast.unparse(node.func.value) == "datetime"
                assert not (naive and "date" in ast.unparse(node.func.value)), name
                assert not (bare and not (node.args or node.keywords)), name


def test_only_the_vault_parks_notes_in_approved() -> None:
    assert callers_of("park") == {"utils.owner_notes.proposals"}


def test_services_never_import_each_other() -> None:
    services = {name for name in SOURCES if name.startswith("mcp_server_")}
    for name in services:
        assert not imports(TREES[name]) & (services - {name})


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"helpers", "common", "misc", "manager", "util"}
    words = {word for name in SOURCES for word in name.rpartition(".")[2].split("_")}
    assert words & empty <= {"manager"}
    assert {name for name in SOURCES if "manager" in name} <= {"utils.social_media_manager"}


def test_a_long_module_is_long_for_a_reason_that_is_told() -> None:
    """Past 250 lines look for the seam, or say in the architecture why there is none."""
    told = (ROOT / "docs/architecture.md").read_text()
    table = told.partition("| why it stays whole |")[2].partition("\n\n")[0]
    excused = set(re.findall(r"`([\w/]+)(?:_\*)?\.py`", table))
    long = {
        "mcp_server" if name.startswith("mcp_server_") else str(path.relative_to(ROOT))[:-3]
        for name, path in SOURCES.items()
        if len(path.read_text().splitlines()) > LONG
    }
    assert long == excused


def test_entering_a_package_loads_nothing() -> None:
    """A server answers sooner than its libraries load: a step costs what it needs, no more."""
    packages = {name for name, path in SOURCES.items() if path.name == "__init__.py"}
    assert {name for name in packages if imports(TREES[name])} == set()


def spoken_imports() -> set[tuple[str, str, str]]:
    """File, module and name of every import of ours that stands in the text of a string."""
    pattern = re.compile(r"\bfrom (utils[\w.]*|watchers[\w.]*) import (\w+(?:, \w+)*)")
    return {
        (path.name, module, name)
        for folder in ("gold_tier_test", "benchmarks", "utils")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for module, names in pattern.findall(node.value)
        for name in names.split(", ")
    }


def names_in(module: str) -> set[str]:
    """What a module defines or brings along, and the modules of a package."""
    tree = TREES[module]
    own = {word.rpartition(".")[2] for word in imports(tree)}
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                own.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                own.add(name)
            case _:
                continue
    return own | {word.rpartition(".")[2] for word in SOURCES if word.startswith(f"{module}.")}


def test_programs_that_are_written_in_strings_import_what_there_is() -> None:
    """No linter looks into them, and those of the crash tests run for minutes before they fail."""
    found = spoken_imports()
    assert len(found) > 10
    assert {each for each in found if each[1] not in TREES} == set()
    assert {each for each in found if each[2] not in names_in(each[1])} == set()
