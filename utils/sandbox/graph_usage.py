"""The allowance of the pretend Graph: headers that tell of it, and refusals when it is used up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from utils.sandbox.graph_errors import GraphError
from utils.sandbox.graph_state import PAGE_ID

if TYPE_CHECKING:
    from utils.sandbox.http_wire import Answer


@dataclass(slots=True)
class Throttle:
    """How many further calls are refused as too many."""

    code: int = 4
    #: When calls are taken again, in minutes, as the headers say.
    minutes: int = 0
    times: int = 0

    def count(self) -> None:
        """Let a call through, or refuse it.

        Raises:
            GraphError: It is refused.
        """
        if self.times > 0:
            self.times -= 1
            said = f"(#{self.code}) Application request limit reached"
            raise GraphError(self.code, said, status=403)
        self.minutes = 0


def add_usage(answer: Answer, throttle: Throttle, calls: int) -> Answer:
    """Add the usage headers to an answer and return it."""
    percent = 100 if throttle.minutes else min(calls // 2, 99)
    usage = {"call_count": percent, "total_time": percent // 2, "total_cputime": 1}
    answer.headers["x-app-usage"] = json.dumps(usage)
    case = usage | {"type": "pages", "estimated_time_to_regain_access": throttle.minutes}
    answer.headers["x-business-use-case-usage"] = json.dumps({PAGE_ID: [case]})
    return answer
