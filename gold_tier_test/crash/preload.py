"""What the fork server loads before it forks: everything that dies, under the tests' own names."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import crash.acts  # noqa: F401 - the path has to be there first
