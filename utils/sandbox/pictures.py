"""Pictures that pretend services lend, for posts that carry one."""

from __future__ import annotations

import base64
from typing import Final

#: A PNG of one point.
PICTURE: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
