"""The owner and his agent: what is asked, and what his hand does with the notes.

A yes is remembered by what the note showed. It counts until he takes it back, changes the note, or
is asked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.fast_motion.promises import HOLD_S, MAX_POSTS
from benchmarks.fast_motion.wish import Wish, Yes, shown_by
from benchmarks.fast_motion.world import CATALOGUE
from utils.core.errors import EmployeeError
from utils.core.lifecycle import GRANTED_STATES, OPEN_STATES, Folder, State
from utils.core.model import Origin, Source

if TYPE_CHECKING:
    from benchmarks.fast_motion.world import World

#: What a note says that nobody but the owner can answer.
_LOOK_FIRST = "Look there first"


@dataclass(frozen=True)
class Owner:
    """Asks through his agent, decides by his hand.

    Args:
        world: Where he does.
    """

    world: World

    # --- what is asked -------------------------------------------------------------------------

    def ask(self, request: str) -> int:
        """Have his agent ask for an ``invoice``, a ``post``, or for a ``plan`` of a post.

        Returns:
            The number of the wish, 0 where nothing was asked: the service cannot be read, or a
            rule refuses it.
        """
        number = len(self.world.wishes) + 1
        tool, values = getattr(self, f"_{request}")(number)
        operation = CATALOGUE.operation(tool).model_validate(values, strict=False)
        with self.world.work():
            try:
                proposal = self.world.engine.gate.submit(
                    operation, origin=Origin(source=Source.MCP)
                )
            except EmployeeError:
                return 0
            if proposal.state is State.REFUSED:
                return 0
            wish = Wish(proposal.id, proposal.note, tool, self.world.lived_s)
            self.world.wishes[number] = wish
            if proposal.state is State.GRANTED:
                # The rule for planned posts, which he has set, says yes.
                wish.granted_s = self.world.lived_s
                wish.yeses = 1
                wish.yes = Yes(
                    text=values["text"],
                    at_s=self.world.lived_s,
                    expires_at=proposal.expires_at,
                    runs_at=proposal.runs_at,
                )
        return number

    def _invoice(self, number: int) -> tuple[str, dict[str, Any]]:
        line = {"description": "Bread", "quantity": "3", "unit_price": "50.00"}
        values = {"customer": "billing@acme.example", "lines": [line]}
        return "odoo_create_invoice", values | {"reference": f"PO #{number}"}

    def _post(self, number: int) -> tuple[str, dict[str, Any]]:
        return "twitter_create_tweet", {"text": f"Loaf #{number} is back."}

    def _plan(self, number: int) -> tuple[str, dict[str, Any]]:
        tool, values = self._post(number)
        at = self.world.clock.now + timedelta(hours=2)
        return tool, values | {"scheduled_for": at.isoformat(timespec="seconds")}

    def drop_letter(self) -> None:
        """Drop a file into Inbox/."""
        name = f"letter-{len(self.world.letters) + 1}.txt"
        text = f"The flour came in time, thank you ({name})."
        self.world.path(Folder.INBOX, name).write_text(text)
        self.world.letters.append(name)

    # --- yes -----------------------------------------------------------------------------------

    def drag(self, number: int) -> None:
        """Drag a waiting note to Approved/."""
        wish = self.world.wishes[number]
        if self._may_say_yes(number) and self._move(wish, Folder.PENDING, Folder.APPROVED):
            self._say_yes(wish, Folder.APPROVED)

    def tick(self, number: int) -> None:
        """Tick the box of a waiting note."""
        wish = self.world.wishes[number]
        old, new = "approve: false", "approve: true"
        if self._may_say_yes(number) and self._rewrite(Folder.PENDING, wish, old, new):
            self._say_yes(wish, Folder.PENDING)

    def _may_say_yes(self, number: int) -> bool:
        """Return whether a yes can be meant: where a note asks to look first, he looks."""
        note = self.world.path(Folder.PENDING, self.world.wishes[number].note)
        is_asked_to_look = note.exists() and _LOOK_FIRST in note.read_text()
        return not (is_asked_to_look and self.world.promises.is_made(number))

    def _say_yes(self, wish: Wish, folder: Folder) -> None:
        shown = shown_by(self.world.path(folder, wish.note))
        if shown is None or not wish.is_as_seen(shown):
            wish.no("it was not as it had been shown when he said yes")
            return
        if self.world.state(wish) not in GRANTED_STATES:
            # Otherwise an earlier yes counts, which nobody saw him take back.
            wish.granted_s = self.world.lived_s
        wish.yeses += 1
        wish.yes = Yes.to(shown, at_s=wish.granted_s)

    # --- no ------------------------------------------------------------------------------------

    def drag_back(self, number: int) -> None:
        """Drag a note back."""
        self._say_no(number, Folder.APPROVED, Folder.PENDING)

    def reject(self, number: int) -> None:
        """Drag a note to Rejected/, from where it lies."""
        self._say_no(number, Folder.PENDING, Folder.REJECTED)
        self._say_no(number, Folder.APPROVED, Folder.REJECTED)

    def tick_no(self, number: int) -> None:
        """Tick the other box of a waiting note."""
        wish = self.world.wishes[number]
        if self._rewrite(Folder.PENDING, wish, "reject: false", "reject: true"):
            self._forget_yes(wish, "its other box was ticked")

    def delete(self, number: int) -> None:
        """Delete a note, wherever it lies."""
        wish = self.world.wishes[number]
        for folder in (Folder.PENDING, Folder.APPROVED):
            self.world.path(folder, wish.note).unlink(missing_ok=True)
        self._forget_yes(wish, "the note was deleted")

    def _say_no(self, number: int, out_of: Folder, to: Folder) -> None:
        wish = self.world.wishes[number]
        if not self._move(wish, out_of, to):
            return
        self._forget_yes(wish, f"it was dragged to {to}")
        shown = shown_by(self.world.path(Folder.PENDING, wish.note))
        if shown and shown.approve:
            # The box that he had ticked before still says yes.
            self._say_yes(wish, Folder.PENDING)

    def _forget_yes(self, wish: Wish, why: str) -> None:
        """Take a yes back, unless it is too late: it is being sent, or has been."""
        if self.world.state(wish) in OPEN_STATES | GRANTED_STATES:
            wish.no(why)

    # --- changes -------------------------------------------------------------------------------

    def edit_text(self, number: int) -> None:
        """Edit the text of a post, where the note lies."""
        self._edit(number, "is back", "is back again")

    def edit_amount(self, number: int) -> None:
        """Change what is pinned."""
        self._edit(number, "50.00", "5.00")

    def _edit(self, number: int, old: str, new: str) -> None:
        wish = self.world.wishes[number]
        for folder in (Folder.PENDING, Folder.APPROVED):
            if self._rewrite(folder, wish, old, new):
                wish.touched_s = self.world.lived_s
                self._forget_yes(wish, "the note was changed since")

    # --- his habits ----------------------------------------------------------------------------

    def approve_new(self, request: str) -> int:
        """Have something asked for, and approve it as soon as that counts; return its number."""
        number = self.ask(request)
        self.world.make_pass()
        self.world.wait(5)
        if number:
            self.drag(number)
        self.world.make_pass()
        return number

    def approve_and_wait(self, number: int) -> None:
        """Do what most owners do most of the time."""
        self.world.wait(5)
        self.drag(number)
        self.world.make_pass()
        self.world.wait(HOLD_S + 1)
        self.world.make_pass()

    def rush(self) -> None:
        """Have more asked for and approved in a minute than may go out within a day."""
        for _ in range(MAX_POSTS + 2):
            self.approve_new("post")
        self.world.wait(HOLD_S)
        self.world.make_pass()

    # --- the switch ----------------------------------------------------------------------------

    def stop(self, how: str) -> None:
        """Stop everything: by ``note``, by a note that is ``gone`` again, by ``command``."""
        if how == "command":
            self.world.engine.switch.stop(how="command")
            self.world.is_stopped = True
            return
        self.world.stop_note.write_text("stop")
        if how == "gone":
            self.world.make_pass()
            self.world.stop_note.unlink(missing_ok=True)

    def resume(self) -> None:
        """Let it go on."""
        self.world.engine.switch.resume()
        self.world.is_stopped = False

    # --- the ground ----------------------------------------------------------------------------

    def _move(self, wish: Wish, out_of: Folder, to: Folder) -> bool:
        path = self.world.path(out_of, wish.note)
        if path.exists():
            path.rename(self.world.path(to, wish.note))
            return True
        return False

    def _rewrite(self, folder: Folder, wish: Wish, old: str, new: str) -> bool:
        path = self.world.path(folder, wish.note)
        text = path.read_text() if path.exists() else ""
        if old in text:
            path.write_text(text.replace(old, new))
        return old in text
