"""Checks of the services: settings, what they say of themselves, and their clocks."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from utils.core.errors import (
    AuthenticationError,
    ConfigurationError,
    EmployeeError,
    ServiceError,
)
from utils.credentials.radar import DAYS_AHEAD
from utils.doctor.finding import Finding, aside, fine, look, wrong
from utils.http_client import HttpClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.core.operation import Service
    from utils.doctor.scene import Scene

#: How long before their end credentials deserve a look: when the first notice is due.
_SOON: Final = timedelta(days=max(DAYS_AHEAD))
#: How far two clocks may be apart: OAuth 1 takes five minutes, tokens a few (ours).
_APART: Final = timedelta(seconds=60)
_TOO_FAR: Final = timedelta(minutes=4)
#: The settings in which services keep where they answer.
_ADDRESSES: Final = ("url", "api_url", "graph_url")


def check_registry(scene: Scene) -> Iterator[Finding]:
    """Whether the services can be loaded."""
    if scene.unregistered:
        yield wrong(scene.unregistered, "Run `uv run orchestrator.py init`; it writes it again")
    for name, why in scene.catalogue.absent.items():
        yield wrong(f"The service {name} cannot be loaded: {why}", "Mend or remove its script")


def check_noise(scene: Scene) -> Iterator[Finding]:
    """Whether a server writes to standard output, which belongs to the protocol."""
    for name, line in scene.noise.items():
        what = f"The service {name} prints while it starts, which disturbs others: {line[:60]}"
        yield wrong(what, "Ask who wrote that service to let it print to stderr only")


def check_service(scene: Scene, service: Service) -> Iterator[Finding]:
    """Whether a service lets us in, until when, and what else is wrong there."""
    try:
        where = service.settings.read(scene.settings)
    except ConfigurationError as error:
        yield _not_set_up(scene, service, error.detail)
        return
    connect = _connect(service)
    try:
        reach = service.connect(where)
        who = service.whoami(reach)
    except AuthenticationError as error:
        yield wrong(f"It does not let us in: {error.detail or error}", connect)
        return
    except ConfigurationError as error:
        yield wrong(error.detail or str(error), connect)
        return
    except ServiceError as error:
        what = f"It does not answer: {error.detail or error}"
        yield wrong(what, "Check the connection; what is approved waits and goes out once")
        return
    ailments = list(_ailments(scene, service, reach, connect))
    yield from ailments or [fine(f"Connected: {who}")]


def _connect(service: Service) -> str:
    return f"Run `uv run orchestrator.py connect {service.name}`"


def _not_set_up(scene: Scene, service: Service, why: str) -> Finding:
    names = {variable.name for variable in service.settings.variables_of()}
    missing = service.settings.missing(scene.settings)
    if names & scene.settings.variables.keys() and set(missing) < names:
        return wrong(f"Set up in part only: {why}", _connect(service))
    return aside(f"Not set up; to use it: `uv run orchestrator.py connect {service.name}`")


def _ailments(scene: Scene, service: Service, reach: object, connect: str) -> Iterator[Finding]:
    try:
        ends_at = service.expiry(reach) if service.expiry else None
        found = tuple(service.ailments(reach)) if service.ailments else ()
    except AuthenticationError as error:
        yield wrong(f"It does not let us in: {error.detail or error}", connect)
        return
    except EmployeeError as error:
        yield look(f"It does not say all it should: {error.detail or error}", "Try again later")
        return
    if ends_at is not None and ends_at - scene.clock() <= _SOON:
        day = ends_at.astimezone(scene.settings.zone).date()
        yield look(f"What lets us in ends on {day:%Y-%m-%d}", connect)
    for ailment in found:
        yield (wrong if ailment.fatal else look)(ailment.what, ailment.remedy)


def check_clock(scene: Scene) -> Iterator[Finding]:
    """Whether the clocks of this machine and of a service agree."""
    for service in scene.connected:
        where = service.settings.read(scene.settings)
        found = [str(getattr(where, name)) for name in _ADDRESSES if getattr(where, name, "")]
        address = found[0] if found else ""
        if not address:
            continue
        before = scene.clock()
        try:
            client = HttpClient(service.name, timeout_s=scene.settings.http_timeout_s)
            said = client.send("GET", address).headers.get("date", "")
            theirs = parsedate_to_datetime(said)
        except (EmployeeError, ValueError):
            continue
        apart = theirs - (before + (scene.clock() - before) / 2)
        yield _told(apart, service)
        return
    yield aside("Not compared: no connected service told its time")


def _told(apart: timedelta, service: Service) -> Finding:
    seconds = round(abs(apart.total_seconds()))
    if abs(apart) <= _APART:
        return fine(f"Agrees with {service.title}")
    way = "behind" if apart > timedelta(0) else "ahead of"
    how_far = (
        f"{seconds} seconds" if abs(apart) < timedelta(minutes=2) else f"{round(seconds / 60)} min"
    )
    what = f"This machine's clock is {how_far} {way} {service.title}'s"
    remedy = "Run `sudo timedatectl set-ntp true`; planned posts and sign-ins depend on it"
    return (wrong if abs(apart) > _TOO_FAR else look)(what, remedy)
