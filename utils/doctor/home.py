"""Checks of the home: settings that fit, secrets that are shut, a disk with room."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from utils.doctor.finding import Finding, fine, look, wrong
from utils.resource_monitor import MEGABYTE
from utils.times.owner_time import machine_zone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.doctor.scene import Scene

_ANYBODY: Final = stat.S_IRWXG | stat.S_IRWXO
#: The longest path of a socket, in bytes (Linux, unix(7): 108 with the closing zero).
_SOCKET_PATH: Final = 107
#: What lies in or above folders that a sync client copies, and whose they are.
_SYNCED: Final = {
    ".stfolder": "Syncthing",
    ".dropbox": "Dropbox",
    ".dropbox.cache": "Dropbox",
    ".nextcloudsync.log": "Nextcloud",
    ".tmp.drivedownload": "Google Drive",
}
_SYNCED_NAMES: Final = {
    "dropbox": "Dropbox",
    "onedrive": "OneDrive",
    "google drive": "Google Drive",
    "icloud drive": "iCloud",
    "mobile documents": "iCloud",
    "nextcloud": "Nextcloud",
}


def check_settings(scene: Scene) -> Iterator[Finding]:
    """Whether every variable of the owner fits."""
    if scene.complaint:
        yield wrong(scene.complaint, "Correct that line in .env; until then nothing starts")


def check_env_readable(scene: Scene) -> Iterator[Finding]:
    """Whether the settings can be read by us, and by nobody else; secrets in other files too."""
    settings = scene.settings
    named = (
        settings.home / Path(value).expanduser()
        for name, value in settings.variables.items()
        if name.endswith(("_TOKEN_FILE", "_CREDENTIALS_FILE"))
    )
    places = {settings.home / ".env", settings.project_root / ".env", *named}
    for path in sorted(places):
        if not path.is_file():
            continue
        if not os.access(path, os.R_OK):
            yield wrong(f"{path.name} cannot be read by us", f"Run `sudo chown $USER '{path}'`")
        elif path.stat().st_mode & _ANYBODY:
            what = f"{path.name} holds secrets, and other people of this machine can read it"
            yield wrong(what, f"Run `chmod 600 '{path}'`")


def check_state_private(scene: Scene) -> Iterator[Finding]:
    """Whether the journal and the log are shut to others."""
    for folder in (scene.settings.state_dir, scene.settings.logs_dir):
        if folder.is_dir() and folder.stat().st_mode & _ANYBODY:
            what = f"Vault/{folder.name} can be opened by other people of this machine"
            yield look(what, f"Run `chmod 700 '{folder}'`")


def check_zone(scene: Scene) -> Iterator[Finding]:
    """Whether the owner's time zone was named, and is that of the machine."""
    zone, machine = scene.settings.zone, machine_zone(scene.settings.variables)
    if "OWNER_TIMEZONE" not in scene.settings.variables:
        where = f", but this machine is in {machine}" if machine not in {"", "UTC"} else ""
        yield look(f"Your time zone is not set, so times are UTC{where}", _set_zone(machine))
    elif machine not in {"", "UTC", str(zone)} and _differ(scene, machine):
        what = f"OWNER_TIMEZONE is {zone}, but this machine is in {machine}"
        yield look(what, f"{_set_zone(machine)}, if you moved")
    else:
        yield fine(f"Times are those of {zone}")


def _set_zone(machine: str) -> str:
    zone = machine if machine not in {"", "UTC"} else "Europe/Berlin"
    return f"Write OWNER_TIMEZONE={zone} into .env"


def _differ(scene: Scene, machine: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - for this alone

    now = scene.clock()
    try:
        there = now.astimezone(ZoneInfo(machine)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return there != now.astimezone(scene.settings.zone).utcoffset()


def check_room(scene: Scene) -> Iterator[Finding]:
    """Whether the disk has room, and may be written to."""
    home = scene.settings.home
    if not home.is_dir():
        yield wrong(f"{home} is not there", "Run `uv run orchestrator.py init`")
        return
    if not os.access(home, os.W_OK):
        yield wrong(f"{home} may not be written to", f"Run `sudo chown -R $USER '{home}'`")
    free = shutil.disk_usage(home).free
    if free < scene.room:
        what = f"The disk has only {free // MEGABYTE} MB left"
        yield wrong(what, "Make room; without it nothing is done, because nothing could be kept")
    else:
        yield fine(f"{free // MEGABYTE:,} MB are free")


def check_synced(scene: Scene) -> Iterator[Finding]:
    """Whether a sync client copies the journal, which breaks databases."""
    state = scene.settings.state_dir
    for folder in (state, *state.parents):
        owner = _SYNCED_NAMES.get(folder.name.casefold().partition(" - ")[0], "")
        marks = (who for mark, who in _SYNCED.items() if (folder / mark).exists())
        owner = owner or next(marks, "")
        if owner:
            yield wrong(
                f"The journal lies in {folder}, which {owner} copies; that can break it",
                "Move the home elsewhere and sync AI_Employee alone, or leave Vault out there",
            )
            return


def check_socket(scene: Scene) -> Iterator[Finding]:
    """Whether the desk's socket can be opened where the home lies."""
    length = len(os.fsencode(scene.settings.state_dir / "desk.sock"))
    if length > _SOCKET_PATH:
        what = f"The folder's path is too long by {length - _SOCKET_PATH} characters"
        yield wrong(what, "Move the home to a shorter path, such as ~/employee")
