from __future__ import annotations

import json
import socket
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from mcp import Client
from pretend_shop import GOOD, SHOP, VARIABLES

from utils.approval.decisions import Decisions
from utils.assembly.ground import Ground
from utils.assembly.own_desk import nobody_performs
from utils.catalogue import Catalogue, Reaches
from utils.core.errors import ConfigurationError, UnknownProposalError, UnreachableError
from utils.core.lifecycle import Folder, State
from utils.core.model import OUTSIDE_SOURCES, Entry
from utils.desk import Desk
from utils.redaction import Redactor
from utils.settings import load
from utils.storage.bookmarks import Bookmarks
from utils.times.clock import Rests, steady_s, utc_now
from utils.tools.answers import ANSWER
from utils.tools.arguments import parse
from utils.tools.server import server_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from utils.approval_gate import Gate
    from utils.core.model import Json
    from utils.core.operation import Operation

KEYS = ["status", "proposal_id", "note", "summary", "request", "reason"]


def operation(tool: str, **values: Any) -> Operation:
    kind = SHOP.operation(tool)
    assert kind
    return parse(kind, values)[0]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    for folder in Folder:
        (tmp_path / "AI_Employee" / folder).mkdir(parents=True)
    settings = load(tmp_path, environment=VARIABLES, project_root=tmp_path)
    gate = Ground.of(settings, Catalogue((SHOP,)), Redactor()).gate()
    yield gate
    gate.journal.close()


def desk_of(gate: Gate, *, is_alone: bool = True) -> Desk:
    return Desk(
        catalogue=gate.catalogue,
        reaches=gate.look_up.reaches,
        settings=gate.settings,
        gate=lambda: gate,
        is_alone=lambda: is_alone,
    )


def same_shape(answer: Json) -> bool:
    allowed: list[str] = ANSWER["properties"]["status"]["enum"]
    return list(answer) == KEYS and answer["status"] in allowed


def test_a_preview_opens_no_connection_and_no_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise 2: a dry run never opens a connection."""

    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail("a connection was opened")

    @cache
    def no_gate() -> NoReturn:
        pytest.fail("the journal was opened")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    settings = load(tmp_path, environment=VARIABLES, project_root=tmp_path)
    desk = Desk(
        catalogue=Catalogue((SHOP,)),
        reaches=Reaches(settings),
        settings=settings,
        gate=no_gate,
        is_alone=no_gate,
    )
    shown = desk.preview(operation("shop_send_word", text="hello"))
    assert shown["status"] == "previewed"
    assert shown["request"]["body"] == {"text": "hello", "key": "p_preview"}
    assert not list(tmp_path.iterdir())


def test_a_submission_is_registered_and_its_note_waits_for_the_owner(gate: Gate) -> None:
    """Promise 1: nothing live without a Grant."""
    told = desk_of(gate).submit(operation("shop_create_invoice", **GOOD))
    assert same_shape(told)
    assert told["status"] == "pending"
    assert (gate.settings.vault_dir / told["note"]).is_file()
    assert told["note"].startswith("Pending_Approval/")
    tracked = gate.journal.find(told["proposal_id"])
    assert tracked
    assert tracked.state is State.PENDING
    assert tracked.proposal.fields == GOOD
    assert told["request"]["body"]["key"] == told["proposal_id"].replace("-", "_")


def test_a_submission_over_mcp_is_not_an_outsiders_item_but_says_where_it_came_from(
    gate: Gate,
) -> None:
    told = desk_of(gate).submit(operation("shop_create_invoice", **GOOD))
    tracked = gate.journal.find(told["proposal_id"])
    assert tracked
    assert str(tracked.proposal.origin) == "mcp"
    assert tracked.proposal.origin.source not in OUTSIDE_SOURCES


@pytest.mark.parametrize("is_alone", [True, False])
def test_a_submission_says_when_nobody_is_there_to_carry_it_out(
    gate: Gate,
    is_alone: bool,  # noqa: FBT001 - a case
) -> None:
    told = desk_of(gate, is_alone=is_alone).submit(operation("shop_create_invoice", **GOOD))
    assert ("until the employee is started" in told["reason"]) is is_alone


def test_nothing_is_registered_when_the_service_cannot_be_looked_up_in(gate: Gate) -> None:
    with pytest.raises(UnreachableError):
        desk_of(gate).submit(operation("shop_send_word", text="hello"))
    assert not gate.journal.in_states(list(State))
    assert not list((gate.settings.vault_dir / Folder.PENDING).iterdir())


def test_nothing_is_registered_for_a_service_that_is_not_set_up(gate: Gate) -> None:
    bare = load(gate.settings.home, environment={}, project_root=gate.settings.home)
    desk = Desk(
        catalogue=gate.catalogue,
        reaches=Reaches(bare),
        settings=bare,
        gate=lambda: gate,
        is_alone=lambda: True,
    )
    with pytest.raises(ConfigurationError, match="SHOP_URL"):
        desk.submit(operation("shop_create_invoice", **GOOD))
    assert not gate.journal.in_states(list(State))


def test_a_status_has_the_shape_of_the_submission_and_follows_the_journal(gate: Gate) -> None:
    desk = desk_of(gate)
    told = desk.submit(operation("shop_create_invoice", **GOOD))
    assert desk.status(told["proposal_id"]) == told
    tracked = gate.journal.find(told["proposal_id"])
    assert tracked
    decisions = Decisions(
        journal=gate.journal,
        notes=gate.notes,
        settings=gate.settings,
        rests=Rests(utc_now, steady_s),
    )
    assert decisions.grant(tracked, how="drag")
    granted = desk.status(told["proposal_id"])
    assert same_shape(granted)
    assert granted["status"] == "granted"
    assert granted["note"].startswith("Approved/")


def test_the_status_of_an_unknown_proposal_is_said_to_be_unknown(gate: Gate) -> None:
    with pytest.raises(UnknownProposalError, match="p-nothing"):
        desk_of(gate).status("p-nothing")


def test_a_refusal_is_an_answer_and_names_no_note(gate: Gate) -> None:
    gate.journal.set_stop(Entry(action="stop", actor="owner", result="stopped"), stopped=True)
    told = desk_of(gate).submit(operation("shop_create_invoice", **GOOD))
    assert same_shape(told)
    assert told["status"] == "refused"
    assert told["note"] == ""
    assert "until the employee is started" not in told["reason"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_real_false_submits_through_the_tool_once(gate: Gate, mode: Any) -> None:
    async with Client(server_of(SHOP, lambda: desk_of(gate)), mode=mode) as client:
        result = await client.call_tool("shop_create_invoice", GOOD | {"dry_run": False})
    assert result.structured_content
    assert result.structured_content["status"] == "pending"
    assert json.loads(result.content[0].model_dump()["text"]) == result.structured_content
    assert len(gate.journal.in_states([State.PENDING])) == 1


def test_the_employee_counts_as_running_while_its_heart_beats(gate: Gate) -> None:
    bookmarks, now = Bookmarks(database=gate.journal.database), utc_now()
    assert nobody_performs(bookmarks, now)
    bookmarks.beat("gmail", now=now)
    assert nobody_performs(bookmarks, now)
    bookmarks.beat("filesystem", now=now)
    assert not nobody_performs(bookmarks, now + timedelta(seconds=90))
    assert nobody_performs(bookmarks, now + timedelta(minutes=3))
