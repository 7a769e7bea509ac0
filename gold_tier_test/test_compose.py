"""The compose file: what it starts can be started, and nothing listens beyond this machine."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from utils.commands.line import parser
from utils.settings import PROJECT_ROOT, Settings

FILE: dict[str, Any] = YAML(typ="safe").load(PROJECT_ROOT / "deploy/compose.yaml")
SERVICES: dict[str, Any] = FILE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]


def of_profile(name: str) -> set[str]:
    return {key for key, service in SERVICES.items() if name in service.get("profiles", ())}


def test_the_profile_brings_a_database_and_two_workers_and_the_default_none_of_them() -> None:
    assert of_profile("scale") == {"journal", "worker-one", "worker-two"}
    assert {"odoo", "odoo-db", "employee"} <= SERVICES.keys() - of_profile("scale")


@pytest.mark.parametrize("name", OURS)
def test_what_is_started_is_a_command_of_ours(name: str) -> None:
    asked = parser().parse_args(SERVICES[name].get("command", []))
    assert asked.command == ("worker" if name.startswith("worker") else "run")


def test_every_port_is_on_loopback() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_no_password_stands_in_it() -> None:
    text = (PROJECT_ROOT / "deploy/compose.yaml").read_text()
    lines = [line for line in text.splitlines() if "PASSWORD:" in line and "#" not in line]
    assert lines
    assert all("${" in line for line in lines)


@pytest.mark.parametrize("name", OURS)
def test_every_variable_of_ours_is_one_that_the_settings_know(name: str) -> None:
    known = {variable.name for variable in Settings.variables_of()} | {"EMPLOYEE_HOME"}
    assert set(SERVICES[name].get("environment", ())) <= known


def test_each_worker_has_a_name_of_its_own_and_the_same_business() -> None:
    environments = [SERVICES[name]["environment"] for name in ("worker-one", "worker-two")]
    assert len({each["EMPLOYEE_MACHINE"] for each in environments}) == 2
    assert len({each["EMPLOYEE_BUSINESS"] for each in environments}) == 1


@pytest.mark.parametrize("name", OURS)
def test_a_container_of_ours_can_become_nobody_else(name: str) -> None:
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("own", [".env", ".git", "AI_Employee", "Vault"])
def test_what_is_the_owners_own_comes_into_no_image(own: str) -> None:
    """An image that is pushed somewhere must not carry his keys or his letters along."""
    assert own in (PROJECT_ROOT / ".dockerignore").read_text().splitlines()
