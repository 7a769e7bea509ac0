"""`status`: what waits, what is held, what failed, and who is alive."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from utils.commands.saying import say
from utils.commands.set_up import expect_home
from utils.core.lifecycle import State
from utils.core.outside_text import one_line
from utils.core.processes import is_silent
from utils.environment.surroundings import PROJECT_ROOT, gathered
from utils.status.kept import StatusKept
from utils.times.clock import utc_now

if TYPE_CHECKING:
    import argparse
    import threading
    from collections.abc import Iterator

    from rich.console import Console

    from utils.assembly.engine import Engine
    from utils.core.model import Json

#: How many notes and failures are shown.
_SHOWN: Final = 20
_WIDTH: Final = 46
_DOING: Final = {
    State.PENDING: "asks you",
    State.HELD: "taken back",
    State.GRANTED: "approved",
    State.ARMED: "goes out",
    State.WAITING: "waits",
    State.UNKNOWN: "looked into",
}
#: What stands in the reason of a service of which variables are missing.
_NOT_SET: Final = "not set:"
_CAPS: Final = {"mail": "mails this hour", "post": "posts today"}


def main(asked: argparse.Namespace, console: Console, _: threading.Event) -> int:
    """Show how things stand."""
    home, variables = gathered()
    kept = StatusKept(home=home, project_root=PROJECT_ROOT, variables=variables)
    found = kept.read(now=utc_now())
    if not found:
        expect_home(home, variables)
        found = _put_together()
    if asked.json:
        console.out(json.dumps(found), highlight=False)
        return 0
    for line in _lines(found):
        say(console, line)
    return 0


def collected(engine: Engine) -> Json:
    """Return how things stand, as JSON values."""
    from utils.status.standing import standing  # noqa: PLC0415 - it brings every service along

    return standing(engine.ground)


def _put_together() -> Json:
    """Return how things stand now, and keep it for the next time."""
    from utils.assembly.opening import open_engine  # noqa: PLC0415 - it brings every service along

    with open_engine() as engine:
        engine.standing.refresh()
        return collected(engine)


def _lines(found: Json) -> Iterator[str]:
    """Yield what a person reads, the most urgent on top."""
    if found["stopped"]:
        yield "STOPPED: nothing goes out until `uv run orchestrator.py resume`."
    if found["dry_run"]:
        yield "DRY_RUN is on: nothing goes out, even when you approve it."
    counts = found["counts"]
    yield f"{counts['pending'] + counts['held']} wait for you, {counts['granted']} are approved."
    yield f"{counts['waiting']} wait for a service, {counts['unknown']} are being looked into."
    yield from _proposals(found)
    yield from _failures(found)
    if found["items"]:
        yield f"{found['items']} messages, questions or alerts lie in Needs_Action."
    if quiet := found["filed_quietly"]:
        yield f"{quiet} newsletters and notices were filed by themselves in a week."
    yield from _services(found["services"])
    yield _phone(found.get("phone", ""))
    yield from _watchers(found)
    yield from _ahead(found)
    yield f"\nHome {found['home']}"


def _proposals(found: Json) -> Iterator[str]:
    zone = ZoneInfo(found["zone"])
    for each in found["proposals"][:_SHOWN]:
        doing = _DOING.get(each["state"], each["state"])
        until = each["runs_at"] or (each["expires"] if each["state"] == State.PENDING else "")
        when = f"  {_local(until, zone):%a %d %b %H:%M}" if until else ""
        yield f"  {each['id']}  {doing:<11} {one_line(each['headline'], _WIDTH)}{when}"
    if (left := len(found["proposals"]) - _SHOWN) > 0:
        yield f"  and {left} more; they all lie in Pending_Approval or Approved"
    yield from dict.fromkeys(each["waits"] for each in found["proposals"] if each["waits"])


def _failures(found: Json) -> Iterator[str]:
    failed = found["failed"]
    if failed:
        yield f"\nDid not work in the last week: {len(failed)}"
    for each in failed[:_SHOWN]:
        yield f"  {each['id']}  {one_line(each['headline'], _WIDTH)}"
        yield f"      {one_line(each['error'], 70)}"


def _services(services: Json) -> Iterator[str]:
    yield "\nServices"
    ready = [name for name, state in services.items() if state == "ready"]
    yield f"  ready: {', '.join(ready) or 'none'}"
    missing = [name for name, state in services.items() if _NOT_SET in state]
    if missing:
        yield f"  not set up: {', '.join(missing)} (`connect NAME` does it)"
    for name, state in services.items():
        if state != "ready" and name not in missing:
            yield f"  {name}: {state}"


def _phone(state: str) -> str:
    if not state:
        return "  phone: not set up; choose an NTFY_TOPIC in .env to get notices"
    if state == "ready":
        return "  phone: set up for notices"
    return f"  phone: notices do not get through: {state}"


def _watchers(found: Json) -> Iterator[str]:
    yield "\nAt work"
    if not found["watchers"]:
        yield "  nobody yet; start it with `uv run orchestrator.py`"
    for name, beat in found["watchers"].items():
        if "absent" in beat:
            yield f"  {name}: {beat['absent']}"
        else:
            silent = ", silent" if is_silent(timedelta(seconds=beat["ago_s"])) else ""
            yield f"  {name}: {_ago(beat['ago_s'])} ago{silent}"
    for name, each in found.get("machines", {}).items():
        life, running = "alive" if each["alive"] else "silent", ", ".join(each["processes"])
        yield f"  machine {name}: {life} ({running}), {each['done_in_7_days']} done in a week"
    if found["changes_noticed"]:
        yield f"  Changes in the vault are noticed {found['changes_noticed']}."
    yield from _used(found["resources"])


def _used(resources: Json) -> Iterator[str]:
    if "memory_mb" in resources:
        yield (
            f"  {resources['memory_mb']} MB of memory, {resources['open_files']} open files, "
            f"{resources['cpu_s']} s of work so far"
        )
    if resources["free_disk_mb"] is not None:
        yield f"  {resources['free_disk_mb']} MB are free on the disk"


def _ago(seconds: float) -> str:
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {word}"
    return f"{seconds:.0f} s"


def _ahead(found: Json) -> Iterator[str]:
    zone = ZoneInfo(found["zone"])
    yield "\nNext"
    for report, at in found["schedule"].items():
        yield f"  {report}: {_local(at, zone):%a %d %b %H:%M}"
    left = [
        f"{each['limit'] - each['used']} of {each['limit']} {_CAPS[each['kind']]}"
        for each in found["caps"]
        if each["kind"] in _CAPS
    ]
    money = [
        f"{(each['limit'] - each['used']) / 100:,.2f} of {each['allowance']}"
        for each in found["caps"]
        if each["kind"] == "money"
    ]
    yield f"  left: {', '.join(left + money)}"


def _local(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).astimezone(zone)
