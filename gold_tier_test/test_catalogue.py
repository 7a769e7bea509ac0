from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from pretend_shop import SCRIPT, VARIABLES

from utils.catalogue import Catalogue, Reaches
from utils.core.errors import ConfigurationError, UnknownOperationError
from utils.settings import load

if TYPE_CHECKING:
    from pathlib import Path

    from utils.core.operation import Service

SERVERS = ".claude/mcp-servers"
LAUNCH = "while [ ! -e .mcp.json ]; do cd ..; done; exec .venv/bin/python {script}"


def add(root: Path, name: str, source: str | None = None, *, shell: bool = False) -> None:
    """Put a script and its entry in the registry into a project; None copies the shop's."""
    script = root / SERVERS / f"{name}-mcp" / f"mcp_server_{name}.py"
    script.parent.mkdir(parents=True)
    if source is None:
        shutil.copy(SCRIPT, script)
    else:
        script.write_text(source)
    path = str(script.relative_to(root))
    args = ["-c", LAUNCH.format(script=path)] if shell else [path]
    register(root, name, {"command": "/bin/sh" if shell else "python", "args": args})


def register(root: Path, name: str, entry: dict[str, Any]) -> None:
    registry = root / ".mcp.json"
    found = json.loads(registry.read_text()) if registry.exists() else {"mcpServers": {}}
    found["mcpServers"][name] = entry
    registry.write_text(json.dumps(found))


def service_of_shop(root: Path) -> Service:
    add(root, "shop")
    return Catalogue.load(root).services[0]


@pytest.mark.parametrize("shell", [False, True], ids=["plain", "through a shell"])
def test_a_service_is_a_folder_and_an_entry_in_the_registry(tmp_path: Path, shell: bool) -> None:  # noqa: FBT001 - a case
    add(tmp_path, "shop", shell=shell)
    catalogue = Catalogue.load(tmp_path)
    assert [service.name for service in catalogue.services] == ["shop"]
    assert catalogue.operation("shop_remove_offer").tool == "shop_remove_offer"
    assert catalogue.service_of("shop_remove_offer") is catalogue.services[0]
    assert not catalogue.absent


def test_servers_of_other_people_are_passed_over(tmp_path: Path) -> None:
    add(tmp_path, "shop")
    others: dict[str, dict[str, Any]] = {
        "theirs": {"command": "npx", "args": ["-y", "@them/server"]},
        "elsewhere": {"command": "python", "args": ["tools/server.py"]},
        "above": {"command": "python", "args": [f"{SERVERS}/../escape.py"]},
        "far above": {"command": "python", "args": [f"{SERVERS}/../../escape.py"]},
        "far": {"type": "http", "url": "https://them.example/mcp"},
    }
    for name, entry in others.items():
        register(tmp_path, name, entry)
    for place in (tmp_path, tmp_path / ".claude"):
        (place / "escape.py").write_text("raise ValueError('was run')")
    catalogue = Catalogue.load(tmp_path)
    assert [service.name for service in catalogue.services] == ["shop"]
    assert not catalogue.absent


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import a_library_that_nobody_has", "a_library_that_nobody_has"),
        ("def broken(:", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError"),
        ("SERVICE = 'bakery'", "declares no SERVICE"),
        ("", "declares no SERVICE"),
        (SCRIPT.read_text(), "starts the service shop"),
    ],
)
def test_a_script_that_does_not_load_makes_its_service_absent_with_a_reason(
    tmp_path: Path, source: str, reason: str
) -> None:
    add(tmp_path, "bakery", source)
    add(tmp_path, "shop")
    catalogue = Catalogue.load(tmp_path)
    assert reason in catalogue.absent["bakery"]
    assert [service.name for service in catalogue.services] == ["shop"]


def test_a_script_that_is_missing_makes_its_service_absent(tmp_path: Path) -> None:
    register(tmp_path, "shop", {"command": "python", "args": [f"{SERVERS}/shop-mcp/gone.py"]})
    assert "FileNotFoundError" in Catalogue.load(tmp_path).absent["shop"]


def test_a_script_runs_once_however_often_it_is_loaded(tmp_path: Path) -> None:
    add(tmp_path, "shop")
    first, second = Catalogue.load(tmp_path), Catalogue.load(tmp_path)
    assert first.operation("shop_send_word") is second.operation("shop_send_word")


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"mcpServers": []}', '{"other": {}}'])
def test_a_registry_that_cannot_be_read_is_said_so(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / ".mcp.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"\.mcp\.json cannot be read"):
        Catalogue.load(tmp_path)


def test_two_services_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    shop = service_of_shop(tmp_path)
    with pytest.raises(ConfigurationError, match="declared more than once: shop, shop_create"):
        Catalogue((shop, shop))


def test_a_tool_without_its_services_name_in_front_is_a_mistake(tmp_path: Path) -> None:
    add(tmp_path, "shop", SCRIPT.read_text().replace('"shop_remove_offer"', '"remove_offer"'))
    with pytest.raises(ConfigurationError, match="remove_offer must begin with shop_"):
        Catalogue.load(tmp_path)


def test_an_unknown_tool_is_named(tmp_path: Path) -> None:
    add(tmp_path, "shop")
    catalogue = Catalogue.load(tmp_path)
    for ask in (catalogue.operation, catalogue.service_of):
        with pytest.raises(UnknownOperationError, match="shop_pay"):
            ask("shop_pay")


def test_a_service_is_connected_once(tmp_path: Path) -> None:
    reaches = Reaches(load(tmp_path, environment=VARIABLES, project_root=tmp_path))
    shop = service_of_shop(tmp_path)
    assert reaches.connect(shop) == {"url": "http://127.0.0.1:9"}
    assert reaches.connect(shop) is reaches.connect(shop)


def test_a_service_without_settings_is_not_connected_and_says_what_is_missing(
    tmp_path: Path,
) -> None:
    reaches = Reaches(load(tmp_path, environment={}, project_root=tmp_path))
    with pytest.raises(ConfigurationError, match="SHOP_URL, SHOP_API_KEY"):
        reaches.connect(service_of_shop(tmp_path))
