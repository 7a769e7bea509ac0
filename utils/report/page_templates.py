"""Pages from templates: the built-in ones, or the owner's copy in the vault where it works.

A template sees values only. It runs in a sandbox, and a name it misspells is an error, not a
blank; an owner's copy that fails gives way to the built-in one, and the reason is told.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from utils.core.errors import NoteError, VaultMissingError
from utils.core.lifecycle import Folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.vault import Vault

_BUILT_IN: Final = Path(__file__).parents[1] / "templates"
#: The longest page that a template may make, in characters.
_LONGEST: Final = 200_000


class PageTemplates:
    """Fills the template of a page.

    Args:
        vault: Where an owner's copy may lie, in ``Templates/`` under the built-in one's name.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def filled(self, name: str, values: Mapping[str, Any]) -> tuple[str, str]:
        """Return a page's text, and why the owner's copy was not used ("" where it was, or none).

        Args:
            name: The template's file name, such as ``audit.md``.
            values: What the template sees.
        """
        notice = ""
        try:
            if own := self._own(name):
                return _filled(own, values), ""
        except NoteError as error:
            notice = error.detail
        return _filled((_BUILT_IN / name).read_text(encoding="utf-8"), values), notice

    def _own(self, name: str) -> str:
        """Return the owner's copy, or "" where there is none.

        Raises:
            NoteError: It cannot be read.
        """
        try:
            return self._vault.read(Folder.TEMPLATES, name)
        except (FileNotFoundError, VaultMissingError):
            return ""


def _filled(template: str, values: Mapping[str, Any]) -> str:
    """Return a filled template.

    Raises:
        NoteError: It is broken, uses what is not there, or makes a page without end.
    """
    try:
        return _generated(template, values)
    except NoteError:
        raise
    except Exception as error:
        # Whatever an owner's template does, there has to be a page.
        line = getattr(error, "lineno", None)
        where = f"line {line}: " if line else ""
        raise NoteError(f"{where}{str(error) or type(error).__name__}") from error


def _generated(template: str, values: Mapping[str, Any]) -> str:
    """Return what a template makes; it may raise anything.

    Raises:
        NoteError: It makes a page without end.
    """
    from jinja2 import StrictUndefined  # noqa: PLC0415 - once a week
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415

    # The pages are Markdown; every value was made inactive when it became part of the page.
    environment = SandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    text = ""
    for part in environment.from_string(template).generate(values):
        text += part
        if len(text) > _LONGEST:
            raise NoteError("it makes a page that is too long")
    return text
