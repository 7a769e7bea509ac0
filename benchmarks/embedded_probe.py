"""What the embedded default costs in one tree, as JSON; started by `benchmarks.embedded`.

It is run with another tree's interpreter in that tree, so it uses only what every tree has.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

_APPROVALS: Final = 40
_STEPS: Final = 300
#: Where the engine is put together, the newest place first.
_PLACES: Final = (("utils.assembly.opening", "assembled"), ("utils.engine", "Engine"))


def main() -> None:
    """Print processor time in milliseconds, and memory in megabytes."""
    sys.path.insert(0, str(Path.cwd()))
    began = time.process_time()
    importlib.import_module("orchestrator")
    importlib.import_module("watchers.filesystem_watcher")
    make = _maker()
    found = {"imports": 1000 * (time.process_time() - began)}
    with ExitStack() as stack:
        odoo = stack.enter_context(importlib.import_module("utils.sandbox.odoo").PretendOdoo())
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found |= _worked(make, home, odoo.environment())
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(found))


def _maker() -> Any:
    for module, name in _PLACES:
        try:
            made = getattr(importlib.import_module(module), name)
        except ModuleNotFoundError:
            continue
        return getattr(made, "of", made)
    raise ModuleNotFoundError(str(_PLACES))


def _worked(make: Any, home: Path, variables: dict[str, str]) -> dict[str, float]:
    """Ask for invoices, approve each as the owner does, and take single steps."""
    settings, model = (
        importlib.import_module(f"utils.{name}") for name in ("settings", "core.model")
    )
    catalogue = importlib.import_module("utils.catalogue").Catalogue.load(settings.PROJECT_ROOT)
    limits = {"HOLD_SECONDS": "0", "STAND_SECONDS": "0", "MAX_AMOUNT_PER_DAY": "100000000"}
    loaded = settings.load(home, environment=variables | limits, project_root=home)
    engine = make(loaded, catalogue)
    engine.start()
    kind = catalogue.operation("odoo_create_invoice")

    def ask(number: int) -> Any:
        line = {"description": "Bread", "quantity": "3", "unit_price": "50.00"}
        values = {"customer": "billing@acme.example", "lines": [line], "reference": f"n {number}"}
        operation = kind.model_validate(values, strict=False)
        return engine.gate.submit(operation, origin=model.Origin(source=model.Source.MCP))

    def approve(number: int) -> None:
        name = asked[number].note
        vault = home / "AI_Employee"
        (vault / "Pending_Approval" / name).rename(vault / "Approved" / name)
        engine.pass_once()

    def step(_: int) -> None:
        entry = model.Entry(action="step", actor="gate", result="pending", proposal_id=last.id)
        engine.journal.move(last, last.state, entry)

    asked: list[Any] = []
    figures = {"ask": _each(lambda number: asked.append(ask(number)), _APPROVALS)}
    figures["approve"] = _each(approve, _APPROVALS)
    last = ask(_APPROVALS)
    figures["step"] = _each(step, _STEPS)
    engine.close()
    return figures


def _each(act: Any, count: int) -> float:
    began = time.process_time()
    for number in range(count):
        act(number)
    return 1000 * (time.process_time() - began) / count


if __name__ == "__main__":
    main()
