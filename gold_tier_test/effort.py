"""How much work something is, in processor time, which a busy machine does not make longer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import thread_time

from utils.core.errors import EmployeeError

_TIMES = 8
#: Twice what eight times the input takes where the work grows with it; squared, it is sixty-four.
_AT_MOST = 2 * _TIMES
#: Less than this is noise, in seconds.
_NOISE_S = 0.002


def effort(act: Callable[[], object]) -> float:
    """Return the processor time of this thread for something, in seconds; a refusal counts too."""
    began = thread_time()
    with suppress(EmployeeError):
        act()
    return thread_time() - began


def grows_no_faster_than(act: Callable[[int], object], size: int) -> bool:
    """Return whether the work grows with its input's size, and no faster, up to a size."""
    small, large = (
        min(effort(partial(act, each)) for _ in range(3)) for each in (size // _TIMES, size)
    )
    return large <= _AT_MOST * max(small, _NOISE_S)
