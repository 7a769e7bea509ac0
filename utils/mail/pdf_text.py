"""The text of a PDF, as far as it can be had in little time."""

from __future__ import annotations

import logging
import struct
import time
import warnings
import zlib
from io import BytesIO
from typing import Final

#: What is looked at: the file's size in bytes, its pages, and seconds altogether.
_SIZE_LIMIT: Final = 10 * 1024 * 1024
_PAGES: Final = 20
_SECONDS: Final = 5.0
#: A page whose drawing is longer than this, in bytes, is a picture rather than text.
_PAGE_LIMIT: Final = 2 * 1024 * 1024
#: What the library raises over strangers' files, beside its own errors.
_BROKEN: Final = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, OSError),
    *(RuntimeError, TypeError, ValueError, struct.error, zlib.error),
)


def text_of_pdf(data: bytes) -> str:
    """Return the text of a PDF's first pages; "" where there is none or it is broken."""
    # Slow to load, and few mails bring a PDF.
    from pypdf import PdfReader  # noqa: PLC0415
    from pypdf.errors import DependencyError, PyPdfError  # noqa: PLC0415

    if len(data) > _SIZE_LIMIT:
        return ""
    # It tells a logger about every oddity of a stranger's file.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    until = time.monotonic() + _SECONDS
    pages: list[str] = []
    try:
        with warnings.catch_warnings(action="ignore"):
            for page in PdfReader(BytesIO(data)).pages[:_PAGES]:
                contents = page.get_contents()
                if time.monotonic() > until:
                    break
                if contents is not None and len(contents.get_data()) <= _PAGE_LIMIT:
                    pages.append(page.extract_text())
    except (PyPdfError, DependencyError, *_BROKEN):
        pages.append("")
    return "\n\n".join(pages).encode("utf-8", "replace").decode().strip()
