"""`python -m watchers MODULE …`: a watcher as the orchestrator starts it, tied to its life.

Loading a watcher takes a while; whatever happens to it meanwhile, it must not outlive its parent.
"""

from __future__ import annotations

import runpy
import sys

from utils.lifeline import die_with_parent


def main() -> None:
    """Run the watcher that the first argument names, with those after it."""
    die_with_parent()
    name = sys.argv.pop(1)
    runpy.run_module(f"watchers.{name}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
