"""The vault's settings in Obsidian: given to a new vault, hardly touched in a used one."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Final

from utils.file_utils import write_atomic

_log: Final = logging.getLogger(__name__)
_SHIPPED: Final = Path(__file__).parents[1] / "templates" / "vault" / "obsidian"
#: Where Obsidian keeps a vault's settings.
FOLDER: Final = ".obsidian"
_TYPES: Final = "types.json"


def give_settings(vault: Path) -> None:
    """Give a vault that Obsidian never opened our settings; else only the types it lacks.

    Without a type Obsidian shows *approve* as a text, and no box to tick.

    Raises:
        OSError: The disk did not take it.
    """
    folder = vault / FOLDER
    if folder.is_symlink():
        _log.warning("%s is a link, so it is left as it is", FOLDER)
    elif folder.is_dir():
        _add_types(folder)
    elif not os.path.lexists(folder):
        for shipped in sorted(_SHIPPED.rglob("*.*")):
            place = folder / shipped.relative_to(_SHIPPED)
            place.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(place, shipped.read_bytes())


def _add_types(folder: Path) -> None:
    """Add the types of properties that a used vault does not know; all others stay."""
    path, wanted = folder / _TYPES, json.loads((_SHIPPED / _TYPES).read_bytes())["types"]
    try:
        found = json.loads(path.read_bytes())
        known = found["types"]
    except FileNotFoundError:
        found, known = {}, {}
    except (OSError, ValueError, KeyError, TypeError):
        _log.warning("%s/%s cannot be read, so it is left as it is", FOLDER, _TYPES)
        return
    if path.is_symlink() or not isinstance(known, dict) or wanted.keys() <= known.keys():
        return
    merged = json.dumps(found | {"types": wanted | known}, indent=2)
    write_atomic(path, f"{merged}\n".encode())
