"""`python -m benchmarks NAME`: measure, print one table, keep the figures as JSON."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from benchmarks import agent, drag, family, mutants, scale, soak, status, verify

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one benchmark.

    Returns:
        0 where its budget was kept, 1 where it was not.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    names = parser.add_subparsers(required=True, metavar="NAME")
    agent.add_to(names)
    drag.add_to(names)
    family.add_to(names)
    scale.add_to(names)
    status.add_to(names)
    verify.add_to(names)
    mutants.add_to(names)
    soak.add_to(names)
    asked = parser.parse_args(arguments)
    code: int = asked.measure(asked)
    return code


if __name__ == "__main__":
    sys.exit(main())
