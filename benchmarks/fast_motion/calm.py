"""The judge of calm times: what must have come of everything after minutes without a fault."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from benchmarks.fast_motion.promises import LIMITS, check_attempts, number_of, uses
from utils.core.lifecycle import FINAL_STATES, OPEN_STATES, Folder, State, folder_of, may_step

if TYPE_CHECKING:
    from datetime import datetime

    from benchmarks.fast_motion.promises import Promises
    from benchmarks.fast_motion.wires import Wires
    from benchmarks.fast_motion.wish import Wish
    from utils.assembly.engine import Engine
    from utils.storage.rows import Tracked

#: What a Record of a Proposal may say, to where the Proposal stands then.
_STATE_OF: Final = {str(state): state for state in State} | {"refused": State.REFUSED}


@dataclass(frozen=True)
class CalmTimes:
    """Looks at what has come to rest.

    Args:
        promises: What was seen before.
        wires: What has left.
        engine: Whose journal is asked.
        now: The wall clock.
        may_wait: Whether what is granted may still wait for its time or for room.
    """

    promises: Promises
    wires: Wires
    engine: Engine
    now: datetime
    may_wait: bool = True

    def check(self) -> None:
        """Look at what must hold now.

        Raises:
            AssertionError: It does not; the sentence says what.
        """
        everything = self.engine.journal.in_states(State)
        wishes = self.promises.wishes
        known = {tracked.proposal.id for tracked in everything}
        lost = {wish.proposal_id for wish in wishes.values()} - known
        assert not lost, f"{lost} are lost"
        done = Counter(wishes[number_of(e)].proposal_id for e in self.promises.effects())
        for tracked in everything:
            self._check_end(tracked, took_place=bool(done[tracked.proposal.id]))
        failed = {tracked.proposal.id for tracked in everything if tracked.state is State.FAILED}
        for number, wish in wishes.items():
            check_attempts(self.engine, wish)
            may_fail = self.wires.refused[number] > 0
            assert may_fail or wish.proposal_id not in failed, f"nobody refused {wish.note}"
        self.promises.check_log()
        self._check_breakers()
        self._check_letters()
        self._check_faults_of_ours()

    def check_one(self, wish: Wish) -> None:
        """Look at what must have come of one wish.

        Raises:
            AssertionError: Something else did, or nothing.
        """
        tracked = self.engine.journal.find(wish.proposal_id)
        assert tracked, f"{wish.proposal_id} is lost"
        made = {number_of(effect) for effect in self.promises.effects()}
        took_place = any(self.promises.wishes[number] is wish for number in made)
        self._check_end(tracked, took_place=took_place)

    def _check_end(self, tracked: Tracked, *, took_place: bool) -> None:
        """Look that a Proposal has come to an end, or is asked, and that all tell the same."""
        state, expires_at = tracked.state, tracked.proposal.expires_at
        name = f"{tracked.proposal.id} ({state})"
        assert (state is State.DONE) == took_place, f"{name} is not so"
        rests = state in FINAL_STATES | OPEN_STATES
        assert rests or self._may_wait(tracked), f"{name} rests for ever"
        if state is State.EXPIRED:
            assert expires_at <= (self.promises.latest or self.now), f"{name} too early"
        if state in OPEN_STATES:
            assert expires_at > self.now, f"{name} is asked beyond its time"
        if _life(self.engine, tracked) != [State.REFUSED]:
            # What the gate refused at once was never a note.
            self._check_note(tracked)

    def _may_wait(self, tracked: Tracked) -> bool:
        """Return whether what is granted waits for its time, or for room below a cap."""
        if tracked.state is not State.GRANTED or not self.may_wait:
            return False
        runs_at = tracked.proposal.runs_at
        if runs_at is not None and runs_at > self.now:
            return True
        kind, amount = uses(tracked.proposal.operation)
        return self.promises.used(self.engine, kind, self.now) + amount > LIMITS[kind]

    def _check_note(self, tracked: Tracked) -> None:
        """Look that the note lies where the owner looks for it, and nowhere else."""
        note, state = tracked.proposal.note, tracked.state
        places = [folder for folder in Folder if (self.promises.path(folder) / note).exists()]
        if state is State.GRANTED and self._was_copied(tracked):
            # While it waits, the copy that a sync program left lies where it left it.
            places = [folder for folder in places if folder is not Folder.PENDING]
        wanted = {folder_of(state)} | ({Folder.REJECTED} if state is State.REFUSED else set())
        assert len(places) == 1, f"{note} ({state}) lies in {places}"
        assert places[0] in wanted, f"{note} ({state}) lies in {places}"
        words = (self.promises.path(places[0]) / note).read_text()
        assert tracked.proposal.id in words, f"{note} does not say what it is"

    def _was_copied(self, tracked: Tracked) -> bool:
        wishes = self.promises.wishes.values()
        return any(wish.copied for wish in wishes if wish.proposal_id == tracked.proposal.id)

    def _check_breakers(self) -> None:
        """Look that no service counts as out that has done something since."""
        for service, out_since in self.promises.out_since.items():
            for number, sight in self.promises.seen.items():
                is_of_it = self.promises.wishes[number].tool.startswith(service)
                was_back = is_of_it and sight.lived_s > out_since
                assert not was_back, f"{service} answered and counts as out"

    def _check_letters(self) -> None:
        needs_action = self.promises.path(Folder.NEEDS_ACTION)
        notes = [path.read_text() for path in needs_action.glob("*.md")]
        for letter in self.promises.letters:
            told = sum(f'subject: "{letter}"' in note for note in notes)
            assert told == 1, f"{letter} stands in {told} notes"
            lies_about = (self.promises.path(Folder.INBOX) / letter).exists()
            assert not lies_about, f"{letter} lies about"

    def _check_faults_of_ours(self) -> None:
        told = self.promises.path(Folder.NEEDS_ACTION).glob("*.md")
        faults = [note.name for note in told if "internal fault" in note.read_text()]
        assert not faults, faults


def _life(engine: Engine, tracked: Tracked) -> list[State]:
    """Return the life that a Proposal's Records tell, which must be whole and end as it stands."""
    results = [r["result"] for r in engine.journal.records_of(tracked.proposal.id)]
    told = [_STATE_OF[result] for result in results if result in _STATE_OF]
    name = f"{tracked.proposal.id}: {', '.join(results)}"
    assert told, f"{tracked.proposal.id} is in no Record"
    assert told[-1] is tracked.state, f"{name}, and it is {tracked.state}"
    for before, after in pairwise(told):
        assert before is after or may_step(before, after), f"{name}: a gap"
    assert told.count(State.ARMED) == tracked.attempts, f"{name}: attempts"
    return told
