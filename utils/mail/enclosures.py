"""Files of the vault that go with a mail: looked at when it is proposed, the same when it goes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator, Field

from utils.core.errors import InvalidValueError, NoteError, RejectedError
from utils.core.lifecycle import Folder
from utils.mail.writing import Enclosed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from utils.vault import Vault

#: Where files lie that the owner dropped or that came with mails; nothing else leaves the house.
_FOLDERS: Final = (Folder.INBOX, Folder.NEEDS_ACTION, Folder.COMPLETED)
#: How large all files of a mail may be together, in bytes (ours: Gmail's JSON takes 10 MB).
LIMIT_BYTES: Final = 4 * 1024 * 1024


def _place(path: str) -> str:
    folder, _, name = path.removeprefix("AI_Employee/").partition("/")
    if folder not in _FOLDERS or "/" in name or name in {"", ".", ".."} or name.startswith("."):
        known = ", ".join(f"{known}/…" for known in _FOLDERS)
        raise ValueError(f"“{path[:80]}” is no file in {known} of the vault")
    if name.casefold().endswith(".md"):
        raise ValueError("notes stay in the vault; only files are sent along")
    return f"{folder}/{name}"


#: A file of the vault, such as ``Inbox/offer.pdf``.
VaultFile = Annotated[str, Field(max_length=200), AfterValidator(_place)]


def enclosed(paths: Sequence[str], vault_dir: Path) -> tuple[Enclosed, ...]:
    """Return the files at these places of the vault.

    Raises:
        InvalidValueError: One is not there, is no plain file, or they are too large.
    """
    from utils.vault import Vault  # noqa: PLC0415 - tools are listed before it is needed

    vault = Vault(vault_dir)
    found = tuple(_read(vault, path) for path in paths)
    if sum(len(file.data) for file in found) > LIMIT_BYTES:
        raise InvalidValueError(f"the files are larger than {LIMIT_BYTES // 1024**2} MB together")
    return found


def digests(files: Sequence[Enclosed]) -> list[str]:
    """Return the SHA-256 of each file, in order."""
    return [hashlib.sha256(file.data).hexdigest() for file in files]


def make_sure_they_are_the_same(files: Sequence[Enclosed], pinned: Sequence[str]) -> None:
    """Compare the files with what was shown to the owner.

    Raises:
        RejectedError: One was changed since.
    """
    if digests(files) != list(pinned):
        raise RejectedError("a file was changed after you approved it; nothing was sent")


def _read(vault: Vault, path: str) -> Enclosed:
    folder, _, name = path.partition("/")
    try:
        data = vault.read_bytes(Folder(folder), name, limit_bytes=LIMIT_BYTES)
    except (FileNotFoundError, NoteError) as error:
        why = str(error) if isinstance(error, NoteError) else "it is not there"
        raise InvalidValueError(f"{path}: {why}") from error
    return Enclosed(name, data)
