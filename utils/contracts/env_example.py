"""The text of `.env.example`: every variable, what it means, and its default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from utils.core.operation import Service
    from utils.environment.variables import Variables
    from utils.settings import ServiceSettings, Variable

_HEAD: Final = """\
# The settings. Copy this file to .env and fill in what you use; an empty value counts as not set.
# Generated from the code; renew it with `uv run python -m utils.contract_docs`.

# Where the vault AI_Employee/ and Vault/ lie; empty means this folder.
EMPLOYEE_HOME=
"""
#: Left empty: a default that is copied would pass for the owner's own answer, and silence the
#: warning that he gave none.
_HIS_OWN: Final = frozenset({"OWNER_TIMEZONE"})


def env_example(services: Iterable[Service], others: Iterable[type[ServiceSettings]]) -> str:
    """Return the whole file.

    Args:
        services: Each gets a section with its settings and its quiet window.
        others: Settings of what is no service, such as a watcher's own.
    """
    sections, shown = [_HEAD], set[str]()
    sections.append(_section("The owner, his limits and his times", Settings, shown))
    for service in services:
        window = (
            f"# seconds after which an attempt without an answer is looked for; empty means "
            f"{service.quiet_window_s:g}\nRECONCILE_AFTER_SECONDS_{service.name.upper()}=\n"
        )
        sections.append(_section(service.title, service.settings, shown) + window)
    sections += [_section(other.prefix.capitalize(), other, shown) for other in others]
    return "\n".join(filter(None, sections))


def _section(title: str, settings: type[Variables], shown: set[str]) -> str:
    """Return a section of what was not shown yet, or "": of a name given twice the last counts."""
    new = [found for found in settings.variables_of() if found.name not in shown]
    shown.update(found.name for found in new)
    return f"# --- {title} ---\n" + "".join(map(_lines, new)) if new else ""


def _lines(variable: Variable) -> str:
    notes = [
        variable.meaning,
        "needed" if variable.default is None else "",
        "secret" if variable.secret else "",
    ]
    said = "; ".join(filter(None, notes))
    default = "" if variable.name in _HIS_OWN else variable.default
    return f"# {said}\n{variable.name}={default or ''}\n"
