"""The skills: short, in the design's words, and with no tool or folder that does not exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from conftest import CATALOGUE

from utils.core.lifecycle import Folder
from utils.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

SKILLS = sorted((PROJECT_ROOT / ".claude/skills").glob("*/SKILL.md"))
TOOLS = {kind.tool for service in CATALOGUE.services for kind in service.operations}
SERVICES = "|".join(service.name for service in CATALOGUE.services)
NAMES = {"process-inbox", "plan", "draft-post", "invoice", "weekly-review", "explain"}


def front_of(skill: Path) -> dict[str, str]:
    _, front, _ = skill.read_text().split("---\n", 2)
    return dict(line.split(": ", 1) for line in front.splitlines())


def test_every_skill_is_there() -> None:
    assert {skill.parent.name for skill in SKILLS} == NAMES


@pytest.mark.parametrize("skill", SKILLS, ids=lambda skill: skill.parent.name)
def test_a_skill_is_found_by_its_name_and_says_when_to_use_it(skill: Path) -> None:
    front = front_of(skill)
    assert front["name"] == skill.parent.name
    assert "Use " in front["description"]
    assert len(front["description"]) <= 300
    assert len(skill.read_text().splitlines()) <= 60


@pytest.mark.parametrize("skill", SKILLS, ids=lambda skill: skill.parent.name)
def test_a_skill_names_only_tools_and_folders_that_exist(skill: Path) -> None:
    text = skill.read_text()
    assert set(re.findall(rf"\b(?:{SERVICES})_[a-z_]+[a-z]", text)) <= TOOLS
    assert set(re.findall(r"AI_Employee/([A-Z][\w.]*)", text)) <= {
        *map(str, Folder),
        "Company_Handbook.md",
    }


@pytest.mark.parametrize("skill", SKILLS, ids=lambda skill: skill.parent.name)
def test_a_skill_writes_plans_only_and_moves_nothing(skill: Path) -> None:
    """Promise 3: the model cannot approve."""
    written = re.findall(r"[Ww]rite\w* (?:a note )?(?:in )?`AI_Employee/(\w+)", skill.read_text())
    assert set(written) <= {str(Folder.PLANS)}
    assert not re.search(r"\b(mv|cp|drag it|move it|tick the box)\b", skill.read_text())
