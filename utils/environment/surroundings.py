"""What is set: the one place that reads the environment, and ``.env``, as plain text."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dotenv import dotenv_values

from utils.environment.roles import CLOUD, without_writing

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Where the program itself lies.
PROJECT_ROOT: Final = Path(__file__).resolve().parents[2]

#: Set in the ``.env`` of a home that plays on pretend services.
DEMO: Final = "EMPLOYEE_DEMO"
#: Every variable of this form holds a secret; fields of type SecretStr must have such a name.
_SECRET_NAME: Final = re.compile(r".*_(KEY|TOKEN|SECRET|PASSWORD)")


def is_secret(name: str) -> bool:
    """Return whether a variable's name says that it holds a secret."""
    return _SECRET_NAME.fullmatch(name) is not None


def gathered(
    home: Path | None = None,
    environment: Mapping[str, str] | None = None,
    project_root: Path = PROJECT_ROOT,
) -> tuple[Path, dict[str, str]]:
    """Return the home, and every variable that is set.

    Args:
        home: Where the vault and the journal lie; None takes EMPLOYEE_HOME or the project's root.
        environment: Variables that win over ``.env``; None takes the process's own.
        project_root: Where the program lies.
    """
    own = {k: v for k, v in (os.environ if environment is None else environment).items() if v}
    shipped = _dotenv(project_root)
    place = home or Path(own.get("EMPLOYEE_HOME") or shipped.get("EMPLOYEE_HOME") or project_root)
    place = place.expanduser().resolve()
    of_home = _dotenv(place)
    # What plays on pretend services reaches nothing else, whatever is set besides.
    variables = of_home if of_home.get(DEMO) else shipped | of_home | own
    if variables.get("EMPLOYEE_ROLE") == CLOUD:
        variables = without_writing(variables)
    return place, variables


def service_notifier() -> str:
    """Return where the one who started us wants to be told how we are, "" where nobody does."""
    return os.environ.get("NOTIFY_SOCKET", "")


def _dotenv(folder: Path) -> dict[str, str]:
    """Return the variables of a folder's ``.env``; none where it is absent or may not be read."""
    path = folder / ".env"
    try:
        # Interpolation would eat the dollar signs of passwords; utf-8-sig forgives Notepad's mark.
        found = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
    except PermissionError:
        return {}
    return {name: value for name, value in found.items() if value}
