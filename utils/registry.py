"""`.mcp.json` as the registry: which scripts of ours it names, and the Service each declares."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import re
import sys
from typing import TYPE_CHECKING, Final

from utils.core.errors import ConfigurationError, EmployeeError
from utils.core.operation import Service

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from utils.core.model import Json

_log: Final = logging.getLogger(__name__)
#: The file that Claude Code reads, in the project's root.
REGISTRY: Final = ".mcp.json"
_SCRIPTS: Final = "*/mcp_server_*.py"
#: How a script of ours is named, wherever in an entry's arguments.
_SCRIPT: Final = re.compile(r"\.claude/mcp-servers/[\w-][\w.-]*/[\w-][\w.-]*\.py")


def scripts_of(project_root: Path) -> dict[str, Path]:
    """Return the scripts of ours that the registry names, by the name of their entry, in order.

    Raises:
        ConfigurationError: The registry is missing or is not what Claude Code expects.
    """
    try:
        entries = json.loads((project_root / REGISTRY).read_bytes())["mcpServers"]
        commands = {name: " ".join(entry.get("args", [])) for name, entry in entries.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{REGISTRY} cannot be read: {error!r}") from error
    found = {name: _SCRIPT.search(command) for name, command in commands.items()}
    return {name: project_root / match[0] for name, match in found.items() if match}


def completed(project_root: Path) -> str:
    """Return the registry's text with every service of ours in it; what else it names stays.

    Raises:
        ConfigurationError: The registry is there and cannot be read, or a script of ours cannot.
    """
    path = project_root / REGISTRY
    found: Json = {"mcpServers": {}}
    named: dict[str, Path] = {}
    if path.exists():
        named = scripts_of(project_root)
        found = json.loads(path.read_bytes())
    for script in sorted((project_root / ".claude" / "mcp-servers").glob(_SCRIPTS)):
        if script not in named.values():
            service = getattr(_module(script), "SERVICE", None)
            if isinstance(service, Service):
                found["mcpServers"][service.name] = _entry(script.relative_to(project_root))
    return json.dumps(found, indent=2) + "\n"


def _entry(script: Path) -> Json:
    """Return the entry that starts a script, wherever in the project Claude Code was started."""
    up = f'while [ ! -e {REGISTRY} ] && [ "$PWD" != / ]; do cd ..; done'
    command = f"{up}; exec .venv/bin/python {script}"
    return {"command": "/bin/sh", "args": ["-c", command], "alwaysLoad": True}


def declared(name: str, script: Path) -> Service:
    """Return the Service that an entry's script declares.

    Raises:
        ConfigurationError: The script cannot be loaded or declares no Service of that name.
    """
    try:
        service = getattr(_module(script), "SERVICE", None)
    except Exception as error:
        # Whatever is wrong with one service's script, the others go on without it.
        _log.exception("the script of %s cannot be loaded", name)
        what = str(error) if isinstance(error, EmployeeError) else repr(error)
        raise ConfigurationError(f"{script.name} cannot be loaded: {what}") from error
    if not isinstance(service, Service):
        raise ConfigurationError(f"{script.name} declares no SERVICE")
    if service.name != name:
        raise ConfigurationError(f"the entry {name} starts the service {service.name}")
    return service


def _module(script: Path) -> ModuleType:
    """Load a script by its path, once; a folder with a dot and hyphens cannot be a package.

    Raises:
        ConfigurationError: It is no Python file.
        Exception: Whatever the script raises.
    """
    name = f"{script.stem}_{hashlib.sha256(bytes(script.resolve())).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, script)
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"{script.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    # Before it runs: pydantic looks annotations up in sys.modules.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
