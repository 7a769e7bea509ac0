"""Settings: three places, one winner, and a sentence for every value that does not fit."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import pytest
from pydantic import Field, SecretStr

from utils.core.errors import ConfigurationError
from utils.core.operation import Service
from utils.settings import ServiceSettings, Settings, Weekly, load, secrets

if TYPE_CHECKING:
    from pathlib import Path


class ShopSettings(ServiceSettings):
    prefix: ClassVar[str] = "SHOP"
    also: ClassVar[dict[str, str]] = {"api_key": "SHOP_PASSWORD"}

    url: str = Field(description="where it is")
    api_key: SecretStr = Field(description="its key")
    shelf: int = Field(3, ge=1, description="a whole number from 1")


SHOP = Service(
    name="shop",
    title="Shop",
    operations=(),
    settings=ShopSettings,
    connect=lambda _: None,
    whoami=lambda _: "",
    quiet_window_s=150,
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def loaded(home: Path, **variables: str) -> Settings:
    return load(home, environment=variables, project_root=home.parent)


def test_the_environment_wins_over_home_and_home_over_the_project(home: Path) -> None:
    (home.parent / ".env").write_text("OWNER_NAME=project\nHOLD_SECONDS=1\nSTAND_SECONDS=1\n")
    (home / ".env").write_text("HOLD_SECONDS=2\nSTAND_SECONDS=2\n")
    found = loaded(home, STAND_SECONDS="3")
    assert (found.owner_name, found.hold_s, found.stand_s) == ("project", 2, 3)


def test_home_comes_from_the_environment_or_else_is_the_project(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    found = load(environment={"EMPLOYEE_HOME": str(elsewhere)}, project_root=tmp_path)
    assert found.home == elsewhere
    assert load(environment={}, project_root=tmp_path).home == tmp_path
    assert found.vault_dir == elsewhere / "AI_Employee"
    assert found.state_dir == elsewhere / "Vault" / "State"
    assert found.logs_dir == elsewhere / "Vault" / "Logs"


def test_a_variable_that_is_empty_counts_as_not_set(home: Path) -> None:
    (home / ".env").write_text("HOLD_SECONDS=4\n")
    assert loaded(home, HOLD_SECONDS="").hold_s == 4


def test_a_file_from_notepad_with_dollar_signs_is_read_as_it_stands(home: Path) -> None:
    text = "\ufeffOWNER_NAME='Zoë'\r\nSHOP_URL=u\r\nSHOP_API_KEY=a$HOME${X}b\r\n"
    (home / ".env").write_bytes(text.encode())
    found = loaded(home)
    assert found.owner_name == "Zoë"
    assert ShopSettings.read(found).api_key.get_secret_value() == "a$HOME${X}b"


def test_defaults_are_those_of_the_interface(home: Path) -> None:
    found = loaded(home)
    assert found.approval_threshold == Decimal(100)
    assert (found.hold_s, found.stand_s, found.approval_expiry_hours) == (10, 3, 48)
    assert (found.schedule_lead_minutes, found.dry_run) == (60, False)
    assert (found.audit_at, found.briefing_at) == (Weekly(6, 22, 0), Weekly(0, 7, 0))
    assert found.auto_approve_recurring
    assert found.auto_approve_scheduled_posts


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OWNER_TIMEZONE", "Mars/Olympus"),
        ("OWNER_TIMEZONE", "../../etc/passwd"),
        ("OWNER_CURRENCY", "euro"),
        ("APPROVAL_THRESHOLD", "nan"),
        ("APPROVAL_THRESHOLD", "-1"),
        ("APPROVAL_THRESHOLD", "1.005"),
        ("HOLD_SECONDS", "ten"),
        ("HOLD_SECONDS", "inf"),
        ("HTTP_TIMEOUT_SECONDS", "0.00"),
        ("MAX_MAILS_PER_HOUR", "1.5"),
        ("AUDIT_AT", "sunday 22:00"),
        ("AUDIT_AT", "sun 24:00"),
        ("DRY_RUN", "maybe"),
        ("LOG_LEVEL", "LOUD"),
        ("RECONCILE_AFTER_SECONDS_SHOP", "soon"),
        ("RECONCILE_AFTER_SECONDS_SHOP", "-1"),
    ],
)
def test_a_value_that_does_not_fit_is_named(home: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name) as caught:
        loaded(home, **{name: value})
    assert value not in str(caught.value), "it could be a secret in the wrong line"


def test_everything_that_does_not_fit_is_named_at_once(home: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        loaded(home, HOLD_SECONDS="x", AUDIT_AT="y")
    assert "HOLD_SECONDS" in str(caught.value)
    assert "AUDIT_AT" in str(caught.value)


def test_every_variable_says_what_it_means() -> None:
    for variable in (*Settings.variables_of(), *ShopSettings.variables_of()):
        assert variable.meaning, variable.name


def test_a_service_says_what_it_misses(home: Path) -> None:
    found = loaded(home, SHOP_URL="u")
    assert ShopSettings.missing(found) == ("SHOP_API_KEY",)
    with pytest.raises(ConfigurationError, match="SHOP_API_KEY"):
        ShopSettings.read(found)


def test_a_service_names_what_does_not_fit(home: Path) -> None:
    found = loaded(home, SHOP_URL="u", SHOP_API_KEY="kkkk", SHOP_SHELF="0")
    with pytest.raises(ConfigurationError, match="SHOP_SHELF"):
        ShopSettings.read(found)


def test_a_second_name_is_taken_where_the_first_is_not_set(home: Path) -> None:
    values = {"SHOP_URL": "u", "SHOP_PASSWORD": "second"}
    read = ShopSettings.read(loaded(home, **values))
    assert read.api_key.get_secret_value() == "second"
    both = ShopSettings.read(loaded(home, **values, SHOP_API_KEY="first"))
    assert both.api_key.get_secret_value() == "first"


def test_the_quiet_window_is_the_services_unless_the_owner_says_otherwise(home: Path) -> None:
    assert loaded(home).quiet_window_s(SHOP) == 150
    assert loaded(home, RECONCILE_AFTER_SECONDS_SHOP="2.5").quiet_window_s(SHOP) == 2.5


def test_secrets_are_known_and_never_printed(home: Path) -> None:
    found = loaded(home, SHOP_URL="u", SHOP_API_KEY="s3cr3t-1", SHOP_PASSWORD="s3cr3t-2")
    assert set(secrets(found)) == {"s3cr3t-1", "s3cr3t-2"}
    shown = repr(found) + repr(ShopSettings.read(found)) + found.model_dump_json()
    assert "s3cr3t" not in shown


def test_a_secret_whose_name_does_not_say_so_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="SHOP_PLAIN"):

        class Careless(ServiceSettings):
            prefix: ClassVar[str] = "SHOP"
            plain: SecretStr
