"""Findings of a review about secrets, each proven once: where a careless value showed them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import orchestrator
from utils.redaction import Redactor
from utils.settings import load, secrets

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "password", ["xyzzy%open", "xyzzy[open", "plugh/xyzzy", "plugh@xyzzy", "plugh#xyzzy"]
)
@pytest.mark.parametrize("command", ["status", "verify", "doctor"])
def test_a_password_that_does_not_fit_into_an_address_is_not_shown(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    password: str,
    command: str,
) -> None:
    monkeypatch.setenv("EMPLOYEE_HOME", str(tmp_path))
    url = f"postgresql://baker:{password}@127.0.0.1:1/books"
    monkeypatch.setenv("EMPLOYEE_DATABASE_URL", url)
    assert orchestrator.main([command]) == 1
    said = "".join(capsys.readouterr())
    assert "EMPLOYEE_DATABASE_URL" in said
    assert "xyzzy" not in said
    assert "plugh" not in said


def test_a_password_among_an_addresses_options_is_a_secret(tmp_path: Path) -> None:
    url = "postgresql://127.0.0.1/books?user=baker&password=open%20sesame"
    settings = load(tmp_path, environment={"EMPLOYEE_DATABASE_URL": url}, project_root=tmp_path)
    told = Redactor(secrets(settings)).clean("no entry with open sesame, open%20sesame")
    assert "sesame" not in told


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///books?host=/run/postgresql",
        "postgresql://baker:a%2Fb%25%40c@[::1]:5432/books?sslmode=verify-full",
        "postgres://one:5432,two:5433/books",
        "postgresql://%2Frun%2Fpostgresql/books",
    ],
)
def test_every_usual_address_fits(tmp_path: Path, url: str) -> None:
    environment = {"EMPLOYEE_DATABASE_URL": url}
    settings = load(tmp_path, environment=environment, project_root=tmp_path)
    assert settings.database_url.get_secret_value() == url
