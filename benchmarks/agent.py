"""What keeping an agent in bounds costs: the hooks, a question at the desk, the jail.

Each stands beside its floor of the same run: an interpreter that starts and ends, the desk asked
in the same process, a program started without a jail.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.report import keep, machine, quantile, table
from utils.catalogue import Catalogue
from utils.claude.jail import jail
from utils.core.errors import EmployeeError
from utils.desk_client import NearestDesk
from utils.desk_server import DeskServer
from utils.engine import Engine
from utils.sandbox.odoo import PretendOdoo
from utils.settings import PROJECT_ROOT, load
from watchers.desk_watcher import desk_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence

    from utils.settings import Settings

#: From the start of a hook to its answer (ours). Its processor time is judged, which is what it
#: takes on a machine that is not busy with other things.
BUDGET_S: Final = 0.060
_PYTHON: Final = ("/usr/bin/python3", "-I", "-S")
_HOOKS: Final = PROJECT_ROOT / ".claude" / "hooks"
_WRITE: Final = {"tool_name": "Write", "tool_input": {"file_path": "AI_Employee/Plans/x.md"}}
_COMMAND: Final = {"tool_name": "Bash", "tool_input": {"command": "ls AI_Employee/Plans | wc -l"}}


def add_to(names: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this benchmark to the command line."""
    parser = names.add_parser("agent", help="what keeping an agent in bounds costs")
    parser.add_argument("--times", type=int, default=40, help="how often each is measured (40)")
    parser.set_defaults(measure=measure)


def measure(asked: argparse.Namespace) -> int:
    """Measure everything; print the table; return 1 where the hooks' budget is missed."""
    with tempfile.TemporaryDirectory() as folder:
        rows = _hooks(Path(folder), asked.times) | _desk(Path(folder), asked.times)
        rows |= _jail(Path(folder), asked.times)
    print(f"An agent in bounds. {machine()}\n")
    shown = [
        (what, *(f"{1000 * quantile(each, share):.1f}" for share in (0.0, 0.5, 0.99)))
        for what, each in rows.items()
    ]
    print(table(("what", "least ms", "median ms", "p99 ms"), shown))
    worst = max(quantile(each, 0.5) for what, each in rows.items() if what.startswith("hook"))
    kept = worst <= BUDGET_S
    print(f"\nBudget: a hook at most {1000 * BUDGET_S:.0f} ms: ", end="")
    print("kept" if kept else f"missed ({1000 * worst:.0f} ms)")
    keep("agent", {"budget_s": BUDGET_S, "kept": kept, "seconds": rows})
    return 0 if kept else 1


def _hooks(folder: Path, times: int) -> dict[str, list[float]]:
    vault = folder / "AI_Employee"
    for name in ("Plans", "Needs_Action", "Pending_Approval", "Approved"):
        (vault / name).mkdir(parents=True)
    for number in range(300):
        (vault / "Plans" / f"{number}.md").write_text("i-0a1b2c3d4e " * 200)
    (vault / "Needs_Action" / "x-i-0a1b2c3d4e.md").touch()
    (vault / "Plans" / "TASK.md").write_text("x-i-0a1b2c3d4e.md\n")
    home = ("--home", str(folder))
    guard, going = str(_HOOKS / "guard.py"), str(_HOOKS / "keep_going.py")
    stop = {"session_id": "benchmark"}
    return {
        f"{what}, processor time": _timed(
            times, _started((*_PYTHON, *script), told, folder), _processor_s
        )
        for what, script, told in (
            ("floor: the interpreter", ("-c", "pass"), {}),
            ("hook: guard, a path", (guard, *home), _WRITE),
            ("hook: guard, a command", (guard, *home), _COMMAND),
            ("hook: keep going, 300 notes", (going, *home), stop),
        )
    }


def _started(
    command: Sequence[str], told: Mapping[str, object], folder: Path
) -> Callable[[], None]:
    text = json.dumps({**told, "cwd": str(folder)})
    environment = {"PATH": os.defpath, "TMPDIR": str(folder)}

    def start() -> None:
        subprocess.run(command, input=text, text=True, env=environment, capture_output=True)  # noqa: PLW1510 - a refusal is an answer

    return start


def _desk(folder: Path, times: int) -> dict[str, list[float]]:
    with ExitStack() as stack:
        odoo = stack.enter_context(PretendOdoo())
        settings = load(folder / "home", environment=odoo.environment(), project_root=folder)
        engine = Engine.of(settings, Catalogue.load(PROJECT_ROOT))
        stack.callback(engine.close)
        engine.start()
        desk = desk_of(engine)
        stack.enter_context(DeskServer(desk, settings.state_dir))
        far = NearestDesk(state_dir=settings.state_dir, own=lambda: desk)
        kind = engine.catalogue.operation("odoo_create_partner")
        wish = kind.model_validate({"name": "Ada"}, strict=False)
        return {
            "floor: a preview in the process": _timed(times, lambda: desk.preview(wish)),
            "desk: a preview over the socket": _timed(times, lambda: far.preview(wish)),
        }


def _jail(folder: Path, times: int) -> dict[str, list[float]]:
    """Measure starting a program in the jail; nothing where there is none."""
    try:
        with jail(_jailed_home(folder)) as made:
            inside = made.command("/bin/true")
            return {
                "floor: a program": _timed(times, _started(("/bin/true",), {}, folder)),
                "jail: a program": _timed(times, _started(inside, {}, folder)),
            }
    except EmployeeError as error:
        print(f"The jail is left out: {error}")
        return {}


def _jailed_home(folder: Path) -> Settings:
    variables = {"CLAUDE_COMMAND": "/bin/true", "ANTHROPIC_API_KEY": "none"}
    return load(folder / "home", environment=variables, project_root=PROJECT_ROOT)


def _timed(
    times: int, act: Callable[[], object], clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Return how long each of many takes by a clock, in seconds; the first one does not count."""
    act()
    found = []
    for _ in range(times):
        began = clock()
        act()
        found.append(clock() - began)
    return found


def _processor_s() -> float:
    """Return how much processor time all programs took that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
