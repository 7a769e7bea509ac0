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

from benchmarks.bench import Bench, Limit, Line, Samples
from utils.assembly.opening import assembled
from utils.catalogue import Catalogue
from utils.claude.jail import jail
from utils.core.errors import EmployeeError
from utils.desk_socket.client import NearestDesk
from utils.desk_socket.server import DeskServer
from utils.sandbox.odoo import PretendOdoo
from utils.settings import PROJECT_ROOT, load
from watchers.desk_watcher import desk_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from utils.settings import Settings

_PYTHON: Final = ("/usr/bin/python3", "-I", "-S")
_HOOKS: Final = PROJECT_ROOT / ".claude" / "hooks"
_WRITE: Final = {"tool_name": "Write", "tool_input": {"file_path": "AI_Employee/Plans/x.md"}}
_COMMAND: Final = {"tool_name": "Bash", "tool_input": {"command": "ls AI_Employee/Plans | wc -l"}}


def measure(*, short: bool) -> dict[str, Samples]:
    """Measure the hooks; where there is time, the desk's socket and the jail too."""
    times = 8 if short else 40
    with tempfile.TemporaryDirectory() as folder:
        found = _hooks(Path(folder), times)
        return found if short else found | _desk(Path(folder), times) | _jail(Path(folder), times)


def _hooks(folder: Path, times: int) -> dict[str, Samples]:
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
    bare = _started((*_PYTHON, "-c", "pass"), {}, folder)
    return {
        key: _beside(times, _started((*_PYTHON, *script), told, folder), bare, _processor_s)
        for key, script, told in (
            ("hook_path", (guard, *home), _WRITE),
            ("hook_command", (guard, *home), _COMMAND),
            ("hook_going", (going, *home), stop),
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


def _desk(folder: Path, times: int) -> dict[str, Samples]:
    with ExitStack() as stack:
        odoo = stack.enter_context(PretendOdoo())
        settings = load(folder / "home", environment=odoo.environment(), project_root=folder)
        engine = assembled(settings, Catalogue.load(PROJECT_ROOT))
        stack.callback(engine.close)
        engine.start()
        desk = desk_of(engine)
        stack.enter_context(DeskServer(desk, settings.state_dir))
        far = NearestDesk(state_dir=settings.state_dir, own=lambda: desk)
        kind = engine.catalogue.operation("odoo_create_partner")
        wish = kind.model_validate({"name": "Ada"}, strict=False)
        return {
            "desk": _beside(times, lambda: far.preview(wish), lambda: desk.preview(wish)),
        }


def _jail(folder: Path, times: int) -> dict[str, Samples]:
    """Measure starting a program in the jail; nothing where there is none."""
    try:
        with jail(_jailed_home(folder)) as made:
            inside = _started(made.command("/bin/true"), {}, folder)
            outside = _started(("/bin/true",), {}, folder)
            return {"jail": _beside(times, inside, outside)}
    except EmployeeError as error:
        print(f"The jail is left out: {error}")
        return {}


def _jailed_home(folder: Path) -> Settings:
    variables = {"CLAUDE_COMMAND": "/bin/true", "ANTHROPIC_API_KEY": "none"}
    return load(folder / "home", environment=variables, project_root=PROJECT_ROOT)


def _beside(
    times: int,
    act: Callable[[], object],
    floor: Callable[[], object],
    clock: Callable[[], float] = time.perf_counter,
) -> Samples:
    """Return how long two things take in turn by a clock; the first of each does not count."""
    pairs = [(_took(act, clock), _took(floor, clock)) for _ in range(times + 1)]
    return Samples(*zip(*pairs[1:], strict=True))


def _took(act: Callable[[], object], clock: Callable[[], float]) -> float:
    began = clock()
    act()
    return clock() - began


def _processor_s() -> float:
    """Return how much processor time all programs took that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _hook(key: str, what: str) -> Line:
    return Line(
        key=key,
        what=f"hook: {what} (processor time)",
        floor="the interpreter",
        limit=Limit(most=0.060),
    )


BENCH: Final = Bench(
    name="agent",
    measure=measure,
    lines=(
        _hook("hook_path", "guard, a path"),
        _hook("hook_command", "guard, a command"),
        _hook("hook_going", "keep going, 300 notes"),
        Line(key="desk", what="a preview over the desk's socket", floor="in the process"),
        Line(key="jail", what="a program in the jail", floor="a program"),
    ),
)
