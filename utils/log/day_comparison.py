"""Whether a day's file says what the journal does, found out while its Records go by."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from utils.log.day_files import DayFiles

_DIFFERS: Final = "differs from the journal"
_MISSING: Final = "is missing although the journal knows the day"


class DayComparison:
    """Compares a day's file, or its archive where that is all, with the day's Records.

    Only as much of the file is read as there are Records, however long it is.

    Args:
        files: The days' files.
        day: Which one.
    """

    def __init__(self, files: DayFiles, day: str) -> None:
        self._file: BinaryIO | None = None
        self._trouble = ""
        self._opening = "["
        try:
            self._file = files.opened(day)
        except FileNotFoundError:
            self._trouble = _MISSING
        except OSError as error:
            self._trouble = f"cannot be read: {error}"

    def __enter__(self) -> Self:
        """Give the comparison itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the file."""
        if self._file:
            self._file.close()

    def add(self, lines: Sequence[str]) -> None:
        """Take the day's next Records, each as canonical JSON text."""
        body = ",\n".join(lines)
        # What is no UTF-8 in a damaged journal stays the bytes that it is.
        self._expect(f"{self._opening}\n{body}".encode(errors="surrogateescape"))
        self._opening = ","

    def trouble(self) -> str:
        """Return what is wrong with the file now that all Records went by, or ""."""
        self._expect(b"\n]\n", is_end=True)
        return self._trouble

    def _expect(self, data: bytes, *, is_end: bool = False) -> None:
        if self._trouble or not self._file:
            return
        try:
            # One byte more at the end: nothing may stand behind the last bracket.
            found = self._file.read(len(data) + is_end)
        except (OSError, EOFError, zlib.error) as error:
            self._trouble = f"cannot be read: {error}"
            return
        self._trouble = "" if found == data else _DIFFERS
