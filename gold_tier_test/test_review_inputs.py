"""Findings of a review about values and places that do not fit, each told in a sentence."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

import orchestrator
from utils.core.errors import NoteError
from utils.core.notes import parse

if TYPE_CHECKING:
    from pathlib import Path


def test_a_disk_that_says_no_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "a file"
    taken.write_text("")
    monkeypatch.setenv("EMPLOYEE_HOME", str(taken))
    assert orchestrator.main(["--once"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "Traceback" not in told


HOSTILE = [
    '"\\U00110000"',
    '"\\xZZ"',
    '"\\ud800"',
    "!!binary x",
    "? ",
    "%YAML 9.9",
    "|9999\n  x",
    "- [",
    "&a b",
    "{a: b",
    "'x",
    "@a",
    "[" * 2000,
    "!<x> b",
    "...",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_properties_that_are_no_yaml_are_told_in_a_sentence(value: str) -> None:
    for front in (value, f"id: {value}"):
        with suppress(NoteError):
            parse(f"---\n{front}\n---\n")
