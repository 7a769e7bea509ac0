"""Roles of machines: what one without the right to send may know.

A machine with EMPLOYEE_ROLE=cloud watches, plans and drafts. A credential that could write is not
read there at all; one that only reads is given to it under the same name behind ``READ_``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The role of a machine that holds no right to send.
CLOUD: Final = "cloud"
#: What the name of a credential begins with that only reads.
READ: Final = "READ_"
_CREDENTIAL: Final = re.compile(r".*_(KEY|TOKEN|SECRET|PASSWORD|TOKEN_FILE|CREDENTIALS_FILE)")
#: Whose credentials send nothing for the owner: the model, the signature of what comes in.
_HARMLESS: Final = ("ANTHROPIC_", "CLAUDE_", "WHATSAPP_", "EMPLOYEE_")


def without_writing(variables: Mapping[str, str]) -> dict[str, str]:
    """Return variables without every credential that could write, with those that only read."""
    kept = {name: value for name, value in variables.items() if not may_write(name)}
    reading = {
        name.removeprefix(READ): value
        for name, value in variables.items()
        if name.startswith(READ) and may_write(name.removeprefix(READ))
    }
    return {name: value for name, value in kept.items() if not name.startswith(READ)} | reading


def may_write(name: str) -> bool:
    """Return whether a variable of this name may hold the right to write in a service."""
    return bool(_CREDENTIAL.fullmatch(name)) and not name.startswith(_HARMLESS)
