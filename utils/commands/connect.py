"""`connect SERVICE`: give the employee access to a service; nothing is kept that does not work."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from utils.catalogue import Catalogue
from utils.commands.questions import ask
from utils.commands.saying import say
from utils.core.errors import (
    ConfigurationError,
    EmployeeError,
    InvalidValueError,
    ServiceError,
    UnknownServiceError,
    UnreachableError,
)
from utils.core.outside_text import one_line
from utils.credentials.connecting import NotConnectedError, having, tried
from utils.environment.env_file import write_variables
from utils.redaction import Redactor
from utils.registry import scripts_of
from utils.settings import load, secrets
from utils.setup_logger import setup_logger
from utils.whatsapp.connected import HOW_TO, WHATSAPP

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console

    from utils.core.operation import Service
    from utils.settings import Settings

#: How often somebody at a terminal is asked before connecting is given up.
_TRIES: Final = 5
_GMAIL: Final = "gmail"
_FACEBOOK: Final = "facebook"


def main(asked: argparse.Namespace, console: Console, _: threading.Event) -> int:
    """Connect one service.

    Raises:
        NotConnectedError: It does not work with what was given.
        UnknownServiceError: There is no such service.
        InvalidValueError: An answer is missing.
    """
    settings = load()
    redactor = Redactor(secrets(settings))
    setup_logger("WARNING", redactor)
    service = _service_of(asked, settings)
    say(console, f"How to get what is asked: {_how_to(settings, service)}")
    try:
        if service.name == _GMAIL:
            from utils.commands.connect_gmail import sign_in  # noqa: PLC0415 - only Gmail needs it

            values = sign_in(settings, service, console, send=asked.send)
        elif service.name == _FACEBOOK and not asked.all:
            from utils.commands.connect_facebook import page_values  # noqa: PLC0415

            values = page_values(settings, console, redactor)
            _try(having(settings, values), service, console)
        else:
            everything = asked.all or service is WHATSAPP
            values = _working(settings, service, console, redactor, everything=everything)
    except (ConfigurationError, ServiceError) as error:
        raise NotConnectedError(redactor.clean(_why(error))) from error
    except KeyboardInterrupt:
        say(console, "\nNothing was written.")
        return 1
    _keep(settings, values, console)
    return 0


def _working(
    settings: Settings,
    service: Service,
    console: Console,
    redactor: Redactor,
    *,
    everything: bool,
) -> dict[str, str]:
    """Ask until it works, and return what is new; whoever sits at a terminal types nothing twice.

    Raises:
        ConfigurationError: A setting is missing or does not fit.
        ServiceError: The service does not answer or does not know us.
    """
    values: dict[str, str] = {}
    for left in reversed(range(_TRIES if sys.stdin.isatty() else 1)):
        values = _answers(settings, values, service, console, everything=everything)
        redactor.add(*secrets(having(settings, values)))
        try:
            _try(having(settings, values), service, console)
            break
        except (ConfigurationError, ServiceError) as error:
            if not left:
                raise
            say(console, f"\nIt does not work like this: {redactor.clean(_why(error))}.")
            say(console, "Once more; Enter keeps what you typed, Ctrl+C ends it.\n")
    return values


def _why(error: EmployeeError) -> str:
    """Return what is wrong, in words that say where to look."""
    asks = "; is the address right, and this machine online"
    detail = (error.detail or str(error)).rstrip(".")
    return f"{detail}{asks if isinstance(error, UnreachableError) else ''}"


def _service_of(asked: argparse.Namespace, settings: Settings) -> Service:
    """Return the service of that name.

    Raises:
        UnknownServiceError: There is none, or it has nothing to connect.
        InvalidValueError: ``--send`` was given for another service than Gmail.
    """
    services = (*Catalogue.load(settings.project_root).services, WHATSAPP)
    able = {one.name: one for one in services if one.settings.variables_of()}
    if asked.service not in able:
        raise UnknownServiceError(_meant(asked.service, tuple(able)))
    if asked.send and asked.service != _GMAIL:
        raise InvalidValueError("--send belongs to gmail")
    return able[asked.service]


def _meant(given: str, able: tuple[str, ...]) -> str:
    """Return what the owner may have meant, and what there is."""
    near = get_close_matches(given.casefold(), able, n=1)
    guess = f"did you mean {near[0]}? " if near else ""
    return f"“{one_line(given, 40)}”: {guess}there are {', '.join(able)}"


def _how_to(settings: Settings, service: Service) -> str:
    if service is WHATSAPP:
        return HOW_TO
    page = settings.project_root / "docs/services" / f"{service.name}.md"
    if not page.exists():
        page = scripts_of(settings.project_root)[service.name].parent / "README.md"
    return str(page.relative_to(settings.project_root))


def _answers(
    settings: Settings,
    so_far: dict[str, str],
    service: Service,
    console: Console,
    *,
    everything: bool,
) -> dict[str, str]:
    """Ask for the service's variables, and return those that are new.

    Args:
        settings: What is set.
        so_far: What was answered before; an empty answer keeps it.
        service: What the variables belong to.
        console: Where is asked.
        everything: Whether to ask for what may be left out, too.
    """
    wanted = service.settings.variables_of()
    found: dict[str, str] = {}
    for variable in wanted:
        if variable.default is None or everything:
            current = settings.variables.get(variable.name, "")
            kept = so_far.get(variable.name, current)
            answer = ask(console, variable, kept or variable.default or "")
            if answer not in {current, variable.default}:
                found[variable.name] = answer
    return found


def _try(settings: Settings, service: Service, console: Console) -> None:
    """Say whom the service knows us as, and until when.

    Raises:
        ConfigurationError: A setting is missing or does not fit.
        ServiceError: The service does not answer or does not know us.
    """
    who, ends_at = tried(settings, service)
    say(console, f"Connected: {who}")
    _allowed(settings, service, console)
    if ends_at:
        day = ends_at.astimezone(settings.zone).date()
        say(console, f"This ends on {day:%Y-%m-%d}; you are reminded before.")
    elif service.expiry:
        say(console, "When this ends, the service does not say.")


def _allowed(settings: Settings, service: Service, console: Console) -> None:
    """Say what our credentials allow there, and what is wrong although they do."""
    try:
        reach = service.connect(service.settings.read(settings))
        if service.rights:
            say(console, f"It allows: {service.rights(reach)}.")
        for ailment in service.ailments(reach) if service.ailments else ():
            say(console, f"But: {ailment.what}. {ailment.remedy}.")
    except ServiceError as error:
        say(console, f"What it allows, it does not say: {error.detail}")


def _keep(settings: Settings, values: dict[str, str], console: Console) -> None:
    """Write what is new into ``.env``, and say what the environment overrides.

    Raises:
        ConfigurationError: A line of ``.env`` would swallow what is added.
    """
    if values:
        write_variables(settings.home / ".env", values)
        say(console, f"Written: {', '.join(values)} in .env, for your eyes only.")
        in_force = load().variables
        for name, value in values.items():
            if in_force.get(name) != value:
                say(console, f"{name} is also set in the environment, which wins over .env.")
    say(console, "The employee, if it runs, takes this up within seconds.")
