"""Everything written that follows from the code: pages, snapshots, tables; and a check of them.

``python -m utils.contract_docs`` writes; with ``--check`` it writes nothing and exits 1 when
something has drifted.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
from typing import TYPE_CHECKING, Final

import utils
from utils.catalogue import Catalogue
from utils.claude.rules import owner_settings, project_settings
from utils.claude.setup import OWNER_SETTINGS, PROJECT_SETTINGS
from utils.contracts.audit import audit_page
from utils.contracts.env_example import env_example
from utils.contracts.page_parts import COMMAND
from utils.contracts.pages import service_page, tools_of
from utils.core.errors import ConfigurationError, EmployeeError
from utils.file_utils import write_atomic
from utils.registry import scripts_of
from utils.settings import PROJECT_ROOT, ServiceSettings
from utils.tools.schema import tool_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_PAGES: Final = "specs/003-gold-tier/contracts"
_SNAPSHOTS: Final = "gold_tier_test/snapshots"
#: Between these two lines of the README stands the table of tools.
_BEGIN: Final = f"<!-- tools: begin, renewed by {COMMAND} -->"
_END: Final = "<!-- tools: end -->"


def generated(root: Path) -> dict[str, str]:
    """Return every generated file: path from the project's root to its text.

    Raises:
        ConfigurationError: A service of the registry cannot be loaded, so its page is not known.
    """
    catalogue = Catalogue.load(root)
    if catalogue.absent:
        raise ConfigurationError("; ".join(catalogue.absent.values()))
    scripts = scripts_of(root)
    files = {f"{_PAGES}/audit-contract.md": audit_page()}
    for service in catalogue.services:
        script = scripts[service.name].relative_to(root).as_posix()
        tools = [tool_of(operation) for operation in service.operations]
        snapshot = json.dumps(tools, indent=2, ensure_ascii=False, sort_keys=True)
        files[f"{_PAGES}/{service.name}-contract.md"] = service_page(service, script)
        files[f"{_SNAPSHOTS}/{service.name}.json"] = snapshot + "\n"
    files[PROJECT_SETTINGS] = project_settings(tuple(scripts))
    files[OWNER_SETTINGS] = owner_settings(tuple(scripts))
    files[".env.example"] = env_example(catalogue.services, _other_settings(catalogue))
    files["README.md"] = _with_table(_text(root / "README.md"), tools_of(catalogue))
    return files


def drift(root: Path) -> list[str]:
    """Return the paths of generated files that are missing, outdated or left over."""
    wanted = generated(root)
    wrong = [path for path, text in wanted.items() if _text(root / path) != text]
    return wrong + [path for path in _present(root) if path not in wanted]


def renew(root: Path) -> list[str]:
    """Write what has drifted and remove what is left over; return the paths."""
    wanted = generated(root)
    changed = drift(root)
    for path in changed:
        if path in wanted:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            write_atomic(root / path, wanted[path].encode())
        else:
            (root / path).unlink()
    return changed


def main(arguments: Sequence[str] | None = None, *, root: Path = PROJECT_ROOT) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 on a drift")
    asked = parser.parse_args(arguments)
    try:
        changed = drift(root) if asked.check else renew(root)
    except EmployeeError as error:
        sys.stderr.write(f"{error} {error.hint}\n")
        return 1
    if asked.check and changed:
        sys.stderr.write(f"Not up to date: {', '.join(changed)}. Run `{COMMAND}`.\n")
        return 1
    sys.stdout.write("".join(f"renewed {path}\n" for path in changed) or "Up to date.\n")
    return 0


def _present(root: Path) -> list[str]:
    """Return every contract page there is, and the snapshots that belong to them."""
    pages = sorted((root / _PAGES).glob("*-contract.md"))
    names = [page.name.removesuffix("-contract.md") for page in pages]
    snapshots = [root / _SNAPSHOTS / f"{name}.json" for name in names]
    return [path.relative_to(root).as_posix() for path in (*pages, *snapshots) if path.exists()]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _with_table(text: str, table: str) -> str:
    """Return a text with the table between its markers, or at its end where it has none."""
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        before, after = f"{text.rstrip()}\n\n## Tools\n\n".lstrip(), "\n"
    return f"{before}{_BEGIN}\n{table}{_END}{after}"


def _other_settings(catalogue: Catalogue) -> list[type[ServiceSettings]]:
    """Return what every module of settings under ``utils`` declares beside the services."""
    known = [ServiceSettings, *(service.settings for service in catalogue.services)]
    names = [module.name for module in pkgutil.walk_packages(utils.__path__, "utils.")]
    found = {
        value: None
        for name in names
        if name.endswith(("_settings", ".settings"))
        for value in vars(importlib.import_module(name)).values()
        if isinstance(value, type) and issubclass(value, ServiceSettings) and value not in known
    }
    return list(found)


if __name__ == "__main__":
    sys.exit(main())
