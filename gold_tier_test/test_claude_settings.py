from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Business

from utils.claude.rules import OPEN_FOLDERS
from utils.claude.setup import (
    LOCAL_SETTINGS,
    OWNER_SETTINGS,
    PROJECT_SETTINGS,
    in_force,
    install_owner_settings,
)
from utils.core.lifecycle import DECISION_FOLDERS, STOP_NOTE, Folder
from utils.obsidian.listing import PLANTED
from utils.registry import REGISTRY, scripts_of
from utils.settings import PROJECT_ROOT, Settings, load

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

OWNERS = json.loads((PROJECT_ROOT / OWNER_SETTINGS).read_text())
TRACKED = json.loads((PROJECT_ROOT / PROJECT_SETTINGS).read_text())


def hook_module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PROJECT_ROOT / f".claude/hooks/{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("settings", [TRACKED, OWNERS], ids=["tracked", "owner's"])
def test_every_server_of_the_registry_is_enabled_and_its_tools_allowed(settings: Any) -> None:
    servers = list(scripts_of(PROJECT_ROOT))
    assert settings["enabledMcpjsonServers"] == servers
    assert {f"mcp__{name}" for name in servers} <= set(settings["permissions"]["allow"])


@pytest.mark.parametrize("settings", [TRACKED, OWNERS], ids=["tracked", "owner's"])
@pytest.mark.parametrize("folder", DECISION_FOLDERS)
def test_the_owners_decisions_are_closed_in_both_sets(settings: Any, folder: Folder) -> None:
    """Promise 3: the model cannot approve."""
    assert f"Edit(/AI_Employee/{folder}/**)" in settings["permissions"]["deny"]


def test_the_tracked_set_hinders_no_work_on_the_code() -> None:
    assert set(TRACKED) == {"enabledMcpjsonServers", "permissions"}
    places = ("AI_Employee/", "Vault/", ".env")
    assert all(any(place in rule for place in places) for rule in TRACKED["permissions"]["deny"])


def test_no_rule_asks_for_what_claude_code_ignores() -> None:
    for settings in (TRACKED, OWNERS):
        for rule in (*settings["permissions"]["allow"], *settings["permissions"]["deny"]):
            assert not rule.startswith("Write("), "a path rule on Write is never asked"
            assert not (rule.startswith("mcp__") and ("(" in rule or "*" in rule))


def test_the_owners_set_opens_plans_and_nothing_else_of_the_vault() -> None:
    allowed = [rule for rule in OWNERS["permissions"]["allow"] if rule.startswith("Edit")]
    assert allowed == ["Edit(/AI_Employee/Plans/**)"]
    denied = OWNERS["permissions"]["deny"]
    for folder in set(Folder) - set(OPEN_FOLDERS):
        assert f"Edit(/AI_Employee/{folder}/**)" in denied
    assert {"./AI_Employee", "./Vault", "./.claude"} <= set(
        OWNERS["sandbox"]["filesystem"]["denyWrite"]
    )


def test_no_rule_closes_a_path_that_would_stop_everything_if_it_appeared() -> None:
    """The sandbox makes an empty file where a closed path is missing, and STOP.md stops."""
    assert STOP_NOTE not in json.dumps(OWNERS)


def test_the_agent_has_no_way_out() -> None:
    assert {"WebFetch", "WebSearch", "EnterWorktree"} <= set(OWNERS["permissions"]["deny"])
    sandbox = OWNERS["sandbox"]
    assert sandbox["enabled"]
    assert sandbox["failIfUnavailable"]
    assert not sandbox["allowUnsandboxedCommands"]
    assert OWNERS["permissions"]["disableBypassPermissionsMode"] == "disable"


def test_a_hook_that_fails_blocks_and_the_cap_lies_above_the_rounds() -> None:
    [guard] = OWNERS["hooks"]["PreToolUse"]
    assert guard["hooks"][0]["onFailure"] == "block"
    tools = {"Bash", "Monitor", "Write", "Edit", "NotebookEdit", "Read"}
    assert tools <= set(guard["matcher"].split("|"))
    cap = int(OWNERS["env"]["CLAUDE_CODE_STOP_HOOK_BLOCK_CAP"])
    assert cap > hook_module("keep_going").MAX_ROUNDS


def test_the_guard_knows_the_same_places_as_the_rules() -> None:
    guard = hook_module("guard")
    assert tuple(OPEN_FOLDERS) == guard.OPEN
    assert {name.lower() for name in PLANTED} <= guard.PLANTED


def test_the_hook_sees_on_the_owners_page_that_everything_is_stopped(business: Business) -> None:
    """The kill switch is in the journal, which no agent reads."""
    page = business.home / "AI_Employee/Status.md"
    words = hook_module("keep_going").STOPPED
    business.tick(seconds=2)
    assert words not in page.read_text()
    business.engine.switch.stop(how="test")
    business.tick(seconds=2)
    assert words in page.read_text()


# --- installing ----------------------------------------------------------------------------


def settings_at(root: Path, home: Path | None = None) -> Settings:
    for name in (".claude", "AI_Employee"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / REGISTRY).write_bytes((PROJECT_ROOT / REGISTRY).read_bytes())
    (home or root).mkdir(exist_ok=True)
    return load(home or root, environment={}, project_root=root)


def test_what_is_installed_is_what_is_tracked(tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    path = install_owner_settings(settings)
    assert path == tmp_path / LOCAL_SETTINGS
    assert path.read_bytes() == (PROJECT_ROOT / OWNER_SETTINGS).read_bytes()
    assert in_force(settings).owners


def test_a_home_elsewhere_is_closed_by_its_absolute_path(tmp_path: Path) -> None:
    home = tmp_path / "far away"
    settings = settings_at(tmp_path / "project", home)
    found = json.loads(install_owner_settings(settings).read_text())
    assert f"Edit(/{home}/AI_Employee/Approved/**)" in found["permissions"]["deny"]
    assert f"Edit(/{home}/AI_Employee/Plans/**)" in found["permissions"]["allow"]
    assert f"{home}/AI_Employee" in found["sandbox"]["filesystem"]["denyWrite"]
    assert found["hooks"]["Stop"][0]["hooks"][0]["args"][-2:] == ["--home", str(home)]
    assert in_force(settings).owners


def test_installing_keeps_what_env_holds_and_makes_it_where_it_is_missing(tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    install_owner_settings(settings)
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    (tmp_path / ".env").write_text("OWNER_NAME=Ada\n")
    install_owner_settings(settings)
    assert (tmp_path / ".env").read_text() == "OWNER_NAME=Ada\n"


def test_the_owner_is_told_when_his_set_is_missing_broken_or_changed(tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    assert "settings for work on the code" in in_force(settings).meaning
    path = install_owner_settings(settings)
    weaker = json.loads(path.read_text())
    weaker["sandbox"]["enabled"] = False
    path.write_text(json.dumps(weaker))
    assert not in_force(settings).owners
    path.write_text("{")
    assert not in_force(settings).owners
    assert "orchestrator.py init" in in_force(settings).meaning


def test_what_is_installed_is_not_tracked() -> None:
    assert LOCAL_SETTINGS in (PROJECT_ROOT / ".gitignore").read_text().splitlines()
