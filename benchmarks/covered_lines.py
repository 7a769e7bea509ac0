"""A pytest plug-in that writes down which test runs which lines of one module.

Loaded with ``-p benchmarks.covered_lines``; ``COVERED_MODULE`` names the file, ``COVERED_LINES``
where the answer goes: JSON, line to the tests in the order of their duration, shortest first.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

_WATCHED: Final = str(Path(os.environ["COVERED_MODULE"]).resolve())
_tests_of: Final[dict[int, set[str]]] = {}
_took: Final[dict[str, float]] = {}
_running: Final[list[str]] = []
#: Lines that ran while no test did: at the import, so every test may depend on them.
_imported: Final[set[int]] = set()


def _line(code: CodeType, line: int) -> Any:
    if code.co_filename == _WATCHED:
        if _running:
            _tests_of.setdefault(line, set()).add(_running[-1])
        else:
            _imported.add(line)
    # Told once for each test is enough.
    return sys.monitoring.DISABLE


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Watch one test, its fixtures included."""
    _running.append(item.nodeid)
    sys.monitoring.restart_events()
    began = monotonic()
    try:
        return (yield)
    finally:
        _took[item.nodeid] = monotonic() - began
        _running.pop()


def pytest_unconfigure() -> None:
    """Write down what was seen."""
    sys.monitoring.set_events(sys.monitoring.COVERAGE_ID, sys.monitoring.events.NO_EVENTS)
    found = {
        line: sorted(tests, key=lambda test: _took[test]) for line, tests in _tests_of.items()
    }
    libraries = [
        name
        for name, module in sys.modules.items()
        if "site-packages" in str(getattr(module, "__file__", ""))
    ]
    whole = {"lines": found, "imported": sorted(_imported), "seconds": _took}
    whole["libraries"] = libraries
    Path(os.environ["COVERED_LINES"]).write_text(json.dumps(whole))


hypothesis.settings.register_profile("calm", deadline=None)
hypothesis.settings.load_profile("calm")
# At once, because the module is imported together with the tests' own set-up.
sys.monitoring.use_tool_id(sys.monitoring.COVERAGE_ID, "covered lines")
sys.monitoring.register_callback(sys.monitoring.COVERAGE_ID, sys.monitoring.events.LINE, _line)
sys.monitoring.set_events(sys.monitoring.COVERAGE_ID, sys.monitoring.events.LINE)
