"""`python -m benchmarks [NAME]`: measure, print one table, keep the figures as JSON."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import mutants, scale, soak, table
from benchmarks.benches import BENCHES

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything, or run one benchmark or tool.

    Returns:
        0 where every budget was kept, 1 where one was not, 2 where it was asked wrongly.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure everything beside its floor. NAME measures only that.",
    )
    _add_options(parser)
    parser.set_defaults(measure=_table, benches=BENCHES)
    names = parser.add_subparsers(metavar="NAME")
    for bench in BENCHES:
        only = names.add_parser(bench.name, help="; ".join(line.what for line in bench.lines[:1]))
        _add_options(only)
        only.set_defaults(measure=_table, benches=(bench,))
    scale.add_to(names)
    mutants.add_to(names)
    soak.add_to(names)
    asked = parser.parse_args(arguments)
    code: int = asked.measure(asked)
    return code


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--short", action="store_true", help="small sizes, at most two minutes; ratios are judged"
    )
    parser.add_argument(
        "--compare", type=Path, metavar="FILE", help="show an earlier run of benchmarks/results"
    )


def _table(asked: argparse.Namespace) -> int:
    try:
        return table.run(asked.benches, short=asked.short, compare=asked.compare)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
