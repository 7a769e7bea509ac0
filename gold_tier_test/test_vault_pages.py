"""What Obsidian shows of a vault: tables, settings, and the light that says who is at work."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import CATALOGUE, LINES, Business
from ruamel.yaml import YAML

from utils.core import notes
from utils.core.lifecycle import Folder
from utils.core.model import Evidence, Origin, Source
from utils.core.proposal_page import read_back
from utils.settings import PROJECT_ROOT

SHIPPED = PROJECT_ROOT / "utils/templates/vault"
BASES = ("Approvals.base", "Status.base")
#: What a base may name beside the properties of notes.
WORDS = {"file", "formula", "note", "if", "date", "now", "true", "false"}


def base(name: str) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe", pure=True).load((SHIPPED / name).read_text())
    return found


def top(business: Business, name: str) -> Path:
    return business.home / "AI_Employee" / name


def texts(value: Any) -> list[str]:
    """Every text of a base, keys of formulas left out."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return [str(value)]


def named(found: dict[str, Any]) -> set[str]:
    """The notes' properties that a base names, in columns and in formulas."""
    keys = [key for key in found["properties"] if key.startswith("note.")]
    columns = [c for view in found["views"] for c in view["order"] if c.startswith("note.")]
    sorts = [s["property"] for view in found["views"] for s in view.get("sort", [])]
    formulas = texts(found["formulas"])
    plain = [re.sub(r'"[^"]*"|/[^/]*/g', "", text) for text in formulas]
    bare = {w for text in plain for w in re.findall(r"(?<![\w.])[a-z_]+(?![\w(])", text)}
    given = {key.partition(".")[2] for key in (*keys, *columns, *sorts)}
    asked = {
        w for text in texts(found["filters"]) for w in re.findall(r'hasProperty\("(\w+)"', text)
    }
    return (given | bare | asked) - WORDS


def front_of(business: Business, name: str) -> set[str]:
    if name == "Approvals.base":
        proposal = business.submit()
        return set(notes.parse(business.text(Folder.PENDING, proposal.note)).front)
    business.engine.pass_once()
    return set(notes.parse(top(business, "Heartbeat.md").read_text()).front)


@pytest.mark.parametrize("name", BASES)
def test_every_property_that_a_table_names_stands_in_a_real_note(
    business: Business, name: str
) -> None:
    asked = named(base(name))
    assert asked
    assert asked <= front_of(business, name)


@pytest.mark.parametrize("name", BASES)
def test_every_formula_that_a_table_shows_is_there(name: str) -> None:
    found = base(name)
    shown = {word for text in texts(found) for word in re.findall(r"formula\.(\w+)", text)}
    assert shown <= found["formulas"].keys()
    assert {key.partition(".")[2] for key in found["properties"] if "formula" in key} <= shown
    for view in found["views"]:
        assert view["type"] in {"table", "cards", "list"}
        assert set(view) <= {"type", "name", "order", "sort", "filters", "groupBy", "limit"}


def test_the_tables_that_the_dashboard_shows_exist(business: Business) -> None:
    page = top(business, "Dashboard.md").read_text()
    for name, view in re.findall(r"!\[\[(\w+\.base)(?:#([^]]+))?\]\]", page):
        views = {each["name"] for each in base(name)["views"]}
        assert not view or view in views
        assert top(business, name).exists()


def test_a_box_ticked_in_a_table_is_a_yes(business: Business) -> None:
    """Obsidian writes the property without quotes; the rest of the note stays as it was."""
    proposal = business.submit()
    business.edit(proposal.note, "approve: false", "approve: true")
    business.tick(seconds=1)
    assert len(business.effects()) == 1


# --- the settings of Obsidian ---------------------------------------------------------------


def settings(business: Business, name: str) -> Path:
    return top(business, ".obsidian") / name


def test_a_new_vault_has_settings_and_boxes_to_tick(business: Business) -> None:
    types = json.loads(settings(business, "types.json").read_text())["types"]
    assert (types["approve"], types["reject"]) == ("checkbox", "checkbox")
    assert json.loads(settings(business, "core-plugins.json").read_text())["bases"] is True
    [snippet] = json.loads(settings(business, "appearance.json").read_text())["enabledCssSnippets"]
    assert settings(business, f"snippets/{snippet}.css").exists()
    for item in json.loads(settings(business, "bookmarks.json").read_text())["items"]:
        assert top(business, item["path"]).exists()


def test_a_vault_that_is_used_keeps_its_settings_and_gains_missing_types(
    tmp_path: Path, business: Business
) -> None:
    own = tmp_path / "own" / "AI_Employee" / ".obsidian"
    own.mkdir(parents=True)
    (own / "app.json").write_text('{"promptDelete": false}')
    (own / "types.json").write_text('{"types": {"approve": "text", "mood": "text"}, "x": 1}')
    other = Business(tmp_path / "own", business.odoo, business.clock)
    other.engine.close()
    found = json.loads((own / "types.json").read_text())
    assert (found["types"]["approve"], found["types"]["mood"], found["x"]) == ("text", "text", 1)
    assert found["types"]["reject"] == "checkbox"
    assert (own / "app.json").read_text() == '{"promptDelete": false}'
    assert sorted(path.name for path in own.iterdir()) == ["app.json", "types.json"]


@pytest.mark.parametrize("broken", ["{", "[]", '{"types": []}', "\xff"])
def test_settings_that_cannot_be_read_are_left_alone(
    tmp_path: Path, business: Business, broken: str
) -> None:
    own = tmp_path / "own" / "AI_Employee" / ".obsidian"
    own.mkdir(parents=True)
    (own / "types.json").write_bytes(broken.encode("latin-1"))
    other = Business(tmp_path / "own", business.odoo, business.clock)
    other.engine.close()
    assert (own / "types.json").read_bytes() == broken.encode("latin-1")


# --- the light ------------------------------------------------------------------------------


def light(business: Business) -> dict[str, Any]:
    return dict(notes.parse(top(business, "Heartbeat.md").read_text()).front)


def test_the_light_is_renewed_every_five_minutes_and_not_more_often(business: Business) -> None:
    business.engine.pass_once()
    first = light(business)
    local = business.clock().astimezone(business.engine.settings.zone)
    assert first["heartbeat"] == local.strftime("%Y-%m-%dT%H:%M:%S")
    business.tick(minutes=4)
    assert light(business) == first
    business.tick(minutes=1)
    assert light(business)["heartbeat"] > first["heartbeat"]


def test_the_light_says_at_once_that_everything_is_stopped(business: Business) -> None:
    business.engine.pass_once()
    assert light(business)["stopped"] == "false"
    business.engine.switch.stop(how="test")
    business.tick(seconds=1)
    assert light(business)["stopped"] == "true"


# --- the note on a phone --------------------------------------------------------------------


def test_the_first_lines_of_a_note_say_what_how_much_to_whom_and_how_it_is_undone(
    business: Business,
) -> None:
    proposal = business.submit()
    body = business.text(Folder.PENDING, proposal.note).split("---\n", 2)[2].strip()
    first, *_ = body.split("\n\n")
    assert first.startswith("> [!todo] ")
    assert "**150.00 USD**" in first
    assert "**To** " in first
    assert "billing@acme.example" in first
    assert "**Undo** " in first
    assert len(first.splitlines()) <= 5
    shown = read_back(business.text(Folder.PENDING, proposal.note), editable=())
    assert shown.id == proposal.id


def test_what_is_only_evidence_is_folded_and_the_question_is_not(business: Business) -> None:
    asked = {"customer": "billing@acme.example", "lines": LINES}
    proposal = business.engine.gate.submit(
        CATALOGUE.operation("odoo_create_invoice").model_validate(asked, strict=False),
        origin=Origin(source=Source.GMAIL, item_id="i-1", outside=True),
        evidence=(Evidence(what="amount", quote="150 please", where="mail body"),),
    )
    page = business.text(Folder.PENDING, proposal.note)
    callouts = dict(re.findall(r"^> \[!(\w+)\]([-+]?)", page, re.MULTILINE))
    assert callouts == {"todo": "", "tip": "", "question": "", "quote": "-"}
