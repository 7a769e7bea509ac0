"""What a fresh machine installs is what was tested, and each package has its reason."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
#: What is there before anything is installed, and the project itself.
OURSELVES = {"employee", "pip", "setuptools", "uv", "wheel"}


def plain(name: str) -> str:
    """Return a package's name in the one form that compares."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirement: str) -> str:
    """Return the name a requirement begins with."""
    return plain(re.split(r"[\s<>=!~;\[]", requirement, maxsplit=1)[0])


def test_every_installed_package_is_pinned_to_exactly_what_is_installed() -> None:
    lines = PROJECT["tool"]["uv"]["constraint-dependencies"]
    pins = {named(line): line.partition("==")[2] for line in lines}
    installed = {plain(found.name): found.version for found in distributions()}
    loose = {
        name: (version, pins.get(name))
        for name, version in installed.items()
        if name not in OURSELVES and pins.get(name) != version
    }
    assert not loose, f"renew the pins, see docs/decisions/0003: {loose}"


def test_every_package_we_ask_for_has_a_line_that_says_why() -> None:
    groups = PROJECT["dependency-groups"].values()
    asked = {
        named(one)
        for one in [*PROJECT["project"]["dependencies"], *(d for group in groups for d in group)]
        if isinstance(one, str) and not one.startswith("types-")
    }
    told = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "docs/decisions").glob("*")
    )
    silent = {name for name in asked if f"`{name}`" not in plain_names(told)}
    assert not silent, f"one line each in docs/decisions/0002: {silent}"


def imported_by(*places: str) -> set[str]:
    """Return the packages whose modules are imported below some places of the project."""
    modules = packages_distributions()
    files = (path for place in places for path in (ROOT / place).rglob("*.py"))
    nodes = (node for path in files for node in ast.walk(ast.parse(path.read_text())))
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    roots = {name.partition(".")[0] for name in names}
    return {plain(found) for root in roots for found in modules.get(root, [])} - OURSELVES


def test_what_the_program_imports_is_what_it_asks_for() -> None:
    """Else a library that another one drops is missing one day, or is installed for nobody."""
    extra = PROJECT["project"]["optional-dependencies"]["postgres"]
    asked = {named(one) for one in (*PROJECT["project"]["dependencies"], *extra)}
    used = imported_by("utils", "watchers", ".claude")
    # Data, and types only.
    assert asked - used == {"tzdata"}
    assert used - asked == {"pydantic-core"}


def plain_names(text: str) -> str:
    """Return a page with each package's name in the form that compares."""
    return re.sub(r"`([A-Za-z0-9_.-]+)`", lambda found: f"`{plain(found[1])}`", text)
