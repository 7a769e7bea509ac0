"""The owner in the demo: what he is invited to do, or does by himself where nobody waits."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Final

from rich.markup import escape

from utils.commands.demo_morning import BILL, COMMENT, INVOICE, NEWS_NOTE
from utils.commands.explain import story
from utils.core.lifecycle import FINAL_STATES, Folder, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from utils.commands.demo_stage import Stage
    from utils.storage.rows import Tracked

#: How often it is looked whether the owner decided, and how long altogether, in seconds.
_LOOK_S: Final = 0.5
_PATIENCE_S: Final = 3600.0
_FAST_LOOK_S: Final = 0.05
#: How often it is looked that nothing goes out while everything is stopped.
_LOOKS_WHILE_STOPPED: Final = 5


def decide_all(stage: Stage, asked: Sequence[Tracked]) -> bool:
    """Do what an owner would do with five notes; return whether all went as it should."""
    first, second = (one for one in asked if one.proposal.operation == INVOICE)
    news, comment, bill = (_only(asked, tool) for tool in (NEWS_NOTE, COMMENT, BILL))
    _change(stage, first, "approve: false", "approve: true")
    stage.step("You tick the box of an invoice", stage.place(Folder.PENDING, first.proposal.note))
    went = _ends(stage, first)
    _change(stage, news, "Doors open at 7.", "We open at 7.")
    _drag(stage, news, Folder.APPROVED)
    stage.step("You change words, and drag", stage.place(Folder.APPROVED, news.proposal.note))
    went &= _ends(stage, news)
    _change(stage, comment, 'comment: ""', 'comment: "I tell her myself"')
    _drag(stage, comment, Folder.REJECTED)
    stage.step("You say no", stage.place(Folder.REJECTED, comment.proposal.note))
    went &= _ends(stage, comment)
    went &= _stopped_and_resumed(stage, second)
    stage.step("You leave the odd bill alone", stage.place(Folder.PENDING, bill.proposal.note))
    stage.say(f"[bold cyan]explain {first.proposal.id}[/] tells the story of the first:")
    for line in story(stage.engine, _now(stage, first)):
        stage.told(line)
    return went


def invite(stage: Stage, asked: Sequence[Tracked]) -> bool:
    """Invite the owner and wait, telling what comes of each note; True where all is decided."""
    home = stage.engine.settings.home
    stage.say(
        f"[bold]Now you:[/] open {stage.engine.vault.root}\n"
        "     in Obsidian or any file manager. The notes lie in Pending_Approval:\n"
        "     tick “approve” in one, or drag it to Approved; change the words of the\n"
        "     news before you drag it; drag one to Rejected; read the warning of the bill.\n"
        "     In another terminal, where the project lies:"
    )
    for words in (f"explain {asked[0].proposal.id}", "stop", "resume", "status"):
        stage.say(
            f"       EMPLOYEE_HOME={escape(quote(str(home)))} uv run orchestrator.py {words}"
        )
    stage.say("     Ctrl+C ends the demo.")
    told: set[str] = set()

    def all_ended() -> bool:
        for one in asked:
            tracked = _now(stage, one)
            if tracked.state in FINAL_STATES and one.proposal.id not in told:
                told.add(one.proposal.id)
                stage.receipt(tracked)
        return len(told) == len(asked)

    return stage.until(all_ended, every_s=_LOOK_S, for_s=_PATIENCE_S)


def _stopped_and_resumed(stage: Stage, tracked: Tracked) -> bool:
    """Stop everything, approve one note, see that it waits; then let it go out."""
    stage.engine.switch.stop(how="orchestrator.py stop")
    _drag(stage, tracked, Folder.APPROVED)
    stage.step(
        "You stop everything, and drag", stage.place(Folder.APPROVED, tracked.proposal.note)
    )
    for _ in range(_LOOKS_WHILE_STOPPED):
        stage.engine.pass_once()
    waits = _now(stage, tracked).state is State.GRANTED
    stage.told("it is approved and waits: nothing goes out while you have stopped everything")
    stage.engine.switch.resume()
    stage.say("     You resume.")
    return _ends(stage, tracked) and waits


def _only(asked: Sequence[Tracked], tool: str) -> Tracked:
    return next(one for one in asked if one.proposal.operation == tool)


def _now(stage: Stage, tracked: Tracked) -> Tracked:
    return stage.engine.journal.find(tracked.proposal.id) or tracked


def _change(stage: Stage, tracked: Tracked, old: str, new: str) -> None:
    """Change a waiting note as an editor does, and let the change be noticed."""
    place = stage.place(Folder.PENDING, tracked.proposal.note)
    place.write_text(place.read_text().replace(old, new))
    stage.engine.pass_once()


def _drag(stage: Stage, tracked: Tracked, to: Folder) -> None:
    note = tracked.proposal.note
    stage.place(Folder.PENDING, note).rename(stage.place(to, note))


def _ends(stage: Stage, tracked: Tracked) -> bool:
    """Wait for what comes of a note, and tell it."""

    def ended() -> bool:
        return _now(stage, tracked).state in FINAL_STATES

    came_true = stage.until(ended, every_s=_FAST_LOOK_S)
    stage.receipt(_now(stage, tracked))
    return came_true
