"""Work that goes on side by side: what hangs holds up nothing but its own lane."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from conftest import NEWS, Square

from utils.core.lifecycle import Folder, State
from utils.system.lanes import Lanes


class Work:
    """A piece of work that waits until it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.over = threading.Event()

    def __call__(self) -> None:
        self.begun += 1
        assert self.over.wait(10)


def test_a_lane_that_hangs_holds_up_no_other_and_takes_nothing_twice() -> None:
    lanes, hanging, done = Lanes(patience_s=0.01), Work(), []
    lanes.run({"odoo": hanging, "gmail": lambda: done.append("first")})
    lanes.run({"odoo": hanging, "gmail": lambda: done.append("second")})
    assert done == ["first", "second"]
    assert hanging.begun == 1
    assert lanes.is_busy("odoo")
    hanging.over.set()
    lanes.finish()
    lanes.run({"odoo": hanging})
    assert hanging.begun == 2


def test_without_impatience_everything_is_waited_for() -> None:
    lanes = Lanes()
    done: list[str] = []
    lanes.run({name: partial(done.append, name) for name in "abc"})
    assert sorted(done) == ["a", "b", "c"]


@pytest.mark.parametrize("patience_s", [None, 5.0])
def test_what_fails_in_a_lane_reaches_whoever_runs_it(patience_s: float | None) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    lanes = Lanes(patience_s)
    with pytest.raises(ZeroDivisionError):
        lanes.run({"odoo": broken})
    lanes.run({"odoo": lambda: None})


def test_what_fails_in_the_background_is_told_at_the_next_look() -> None:
    lanes, gate = Lanes(patience_s=0.01), threading.Event()

    def broken() -> None:
        assert gate.wait(10)
        raise ZeroDivisionError

    lanes.run({"odoo": broken})
    gate.set()
    with pytest.raises(ZeroDivisionError):
        lanes.finish()


def test_an_edit_that_is_looked_up_in_a_service_that_hangs_holds_up_no_other_note(
    square: Square,
) -> None:
    """What is dragged for one service is out while another still does not answer."""
    post = square.graph.posted_before("Rye is back.", square.clock())
    comment = square.graph.comment_as_stranger(post, "Until when?")
    edited = square.submit("facebook_reply_comment", comment_id=comment, message="Until noon.")
    dragged = square.submit("twitter_create_tweet", text=NEWS)
    square.engine.lanes.patience_s = 0.2
    square.graph.fault("slow", path=f"*{comment}", seconds=1.5)
    square.edit(edited.note, "Until noon.", "Until one.")
    square.drag(dragged.note)
    square.engine.pass_once()
    square.engine.pass_once()
    assert square.engine.lanes.is_busy("facebook"), "it still hangs"
    assert [effect["kind"] for effect in square.x.ledger()] == ["tweet"]
    assert square.found(edited.id).proposal.version == 1

    square.engine.lanes.finish()
    square.engine.pass_once()
    asked = square.found(edited.id).proposal
    assert (asked.version, asked.fields["message"]) == (2, "Until one.")
    assert square.approve(asked).state is State.DONE
    assert square.graph.ledger()[-1]["payload"]["message"] == "Until one."


def test_only_the_last_of_two_edits_is_taken_over(square: Square) -> None:
    post = square.graph.posted_before("Rye is back.", square.clock())
    comment = square.graph.comment_as_stranger(post, "Until when?")
    edited = square.submit("facebook_reply_comment", comment_id=comment, message="Until noon.")
    square.engine.lanes.patience_s = 0.05
    square.graph.fault("slow", path=f"*{comment}", seconds=0.5)
    square.edit(edited.note, "Until noon.", "Until one.")
    square.engine.pass_once()
    square.edit(edited.note, "Until one.", "Until two.")
    square.engine.lanes.finish()
    square.engine.lanes.patience_s = None
    square.engine.pass_once()
    asked = square.found(edited.id).proposal
    assert (asked.version, asked.fields["message"]) == (2, "Until two.")


def test_what_was_approved_and_then_edited_does_not_go_out_as_it_was_while_it_is_looked_up(
    square: Square,
) -> None:
    """Promise 4: on no network, although each has a lane of its own."""
    square.restart(HOLD_SECONDS="10")
    announced = square.announce()
    square.approve(announced)
    square.engine.lanes.patience_s = 0.05
    square.graph.fault("slow", path="/pictures/*", seconds=0.5)
    square.edit(announced.note, "Doors open at 7.", "Doors open at 8.", folder=Folder.APPROVED)
    square.tick(seconds=11)
    square.engine.lanes.finish()
    square.tick(seconds=1)
    assert square.posts() == {}
    asked = square.found(announced.id)
    assert (asked.state, asked.proposal.version) == (State.PENDING, 2)
    assert "Doors open at 8." in square.text(Folder.PENDING, asked.proposal.note)
