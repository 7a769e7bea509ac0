from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pretend_shop
import pytest

from utils.contract_docs import main
from utils.core.model import Record
from utils.registry import REGISTRY
from utils.settings import PROJECT_ROOT, load
from utils.tools.schema import tool_of

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = ".claude/mcp-servers/shop-mcp/mcp_server_shop.py"
CONTRACTS = "specs/003-gold-tier/contracts"
SHOP_PAGE = f"{CONTRACTS}/shop-contract.md"
SNAPSHOT = "gold_tier_test/snapshots/shop.json"
README = "# The employee\n\n## Tools\n\n{begin}\n{end}\n\n## Licence\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one service, whose pages were just renewed."""
    script = tmp_path / SCRIPT
    script.parent.mkdir(parents=True)
    shutil.copy(pretend_shop.SCRIPT, script)
    entry = {"mcpServers": {"shop": {"command": "python", "args": [SCRIPT]}}}
    (tmp_path / REGISTRY).write_text(json.dumps(entry))
    (tmp_path / "README.md").write_text("# The employee\n")
    assert main([], root=tmp_path) == 0
    return tmp_path


def files(root: Path) -> dict[str, tuple[bytes, int]]:
    """Return every file's bytes and the time it was last written."""
    return {
        str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in root.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_what_was_just_renewed_has_not_drifted(project: Path) -> None:
    before = files(project)
    assert main(["--check"], root=project) == 0
    assert main([], root=project) == 0
    assert files(project) == before


@pytest.mark.parametrize(
    "path", [SHOP_PAGE, f"{CONTRACTS}/audit-contract.md", SNAPSHOT, ".env.example", "README.md"]
)
@pytest.mark.parametrize("harm", ["edited", "deleted"])
def test_a_drift_fails_names_the_command_and_is_mended_by_it(
    project: Path, path: str, harm: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if harm == "deleted":
        (project / path).unlink()
    else:
        text = (project / path).read_text()
        (project / path).write_text(
            text.replace("shop_remove_offer", "x").replace("SHA-256", "x").replace("SHOP_URL", "x")
        )
    before = files(project)
    assert main(["--check"], root=project) == 1
    assert files(project) == before, "a check writes nothing"
    said = capsys.readouterr().err
    assert path in said
    assert "uv run python -m utils.contract_docs" in said
    assert main([], root=project) == 0
    assert main(["--check"], root=project) == 0


def test_the_page_of_a_service_that_is_gone_is_removed(project: Path) -> None:
    left = project / CONTRACTS / "bakery-contract.md"
    snapshot = project / "gold_tier_test/snapshots/bakery.json"
    theirs = project / "gold_tier_test/snapshots/a_note.json"
    for path in (left, snapshot, theirs):
        path.write_text("{}")
    assert main(["--check"], root=project) == 1
    assert main([], root=project) == 0
    assert not left.exists()
    assert not snapshot.exists()
    assert theirs.exists()


def test_nothing_is_written_while_a_service_cannot_be_loaded(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = ".claude/mcp-servers/bakery-mcp/mcp_server_bakery.py"
    entries = json.loads((project / REGISTRY).read_text())
    entries["mcpServers"]["bakery"] = {"command": "python", "args": [broken]}
    (project / REGISTRY).write_text(json.dumps(entries))
    before = files(project)
    assert main([], root=project) == 1
    assert files(project) == before
    assert "mcp_server_bakery.py" in capsys.readouterr().err


def test_a_readme_keeps_everything_outside_the_markers(project: Path) -> None:
    whole = (project / "README.md").read_text()
    begin, end = (line for line in whole.splitlines() if line.startswith("<!--"))
    (project / "README.md").write_text(README.format(begin=begin, end=end))
    assert main([], root=project) == 0
    text = (project / "README.md").read_text()
    assert text.startswith("# The employee\n\n## Tools\n\n<!--")
    assert text.endswith("-->\n\n## Licence\n")
    assert "| `shop_remove_offer` | remove | Take an offer out of the window. |" in text


def test_a_snapshot_is_what_the_server_lists(project: Path) -> None:
    from utils.catalogue import Catalogue  # noqa: PLC0415 - only this test needs it

    shop = Catalogue.load(project).services[0]
    assert json.loads((project / SNAPSHOT).read_text()) == [tool_of(op) for op in shop.operations]


def test_a_contract_page_tells_of_every_argument_setting_and_way_back(project: Path) -> None:
    page = (project / SHOP_PAGE).read_text()
    assert SCRIPT in page
    for row in (
        "| `customer` | yes | text; at least 1 characters | name or e-mail address |",
        '| `lines[].unit_price` | yes | text | amount as text, e.g. "150.00" |',
        "| `SHOP_API_KEY` | yes | made in the shop under Access |",
        "- Undoing it: Cancel the invoice in the shop.",
        "- The owner may edit `text` in the note.",
    ):
        assert row in page


def test_the_audit_contract_explains_every_field_of_a_record(project: Path) -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in (project / CONTRACTS / "audit-contract.md").read_text().splitlines()
        if line.startswith("| `")
    ]
    assert [row[0].strip("` ") for row in rows] == list(Record.model_fields)
    assert all(row[3] for row in rows)
    relied_on = {row[0].strip("` ") for row in rows if row[1] == "yes"}
    assert relied_on == {
        "timestamp",
        "action",
        "actor",
        "parameters",
        "result",
        "approval_status",
    }


def test_the_example_settings_are_the_defaults(project: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    bare = load(home, environment={}, project_root=home)
    shutil.copy(project / ".env.example", home / ".env")
    assert load(home, environment={}, project_root=home).model_dump() == bare.model_dump()


def test_a_copied_example_does_not_pass_for_the_owners_own_time_zone(
    project: Path, tmp_path: Path
) -> None:
    shutil.copy(project / ".env.example", tmp_path / ".env")
    copied = load(tmp_path, environment={}, project_root=tmp_path)
    assert "OWNER_TIMEZONE" not in copied.variables


def test_the_example_settings_hold_every_variable(project: Path) -> None:
    text = (project / ".env.example").read_text()
    for name in (
        "EMPLOYEE_HOME",
        "OWNER_TIMEZONE",
        "SHOP_API_KEY",
        "RECONCILE_AFTER_SECONDS_SHOP",
    ):
        assert f"\n{name}=" in text


@pytest.mark.skipif(not (PROJECT_ROOT / REGISTRY).exists(), reason="the project has no service")
def test_the_projects_own_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err


def test_a_variable_stands_once_in_the_example_for_the_last_of_two_counts() -> None:
    lines = (PROJECT_ROOT / ".env.example").read_text().splitlines()
    names = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    assert "GMAIL_IMAP_USER" in names
    assert sorted(names) == sorted(set(names))
