"""Sends an agent back to work until every Item of its task is settled ("Ralph Wiggum").

Claude Code starts it each time the agent wants to stop (Stop), with JSON on stdin. The task file
names the notes of Items, one a line: the file that EMPLOYEE_TASK names, or `Plans/TASK.md`. An
Item is settled when its note has left Needs_Action/, or when a note with its id holds the number
of a request, or a question to the owner.

It ends by itself: after MAX_ROUNDS, without a task, and when everything is stopped. What it cannot
read ends it too, because a loop that cannot end is worse than work left over.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

#: How often an agent is sent back for one prompt. Claude Code ends a run by itself after eight
#: rounds without a tool call, unless CLAUDE_CODE_STOP_HOOK_BLOCK_CAP says more.
MAX_ROUNDS = 10
#: How many notes of a folder are looked at, the newest first, and how much of each, in bytes.
NOTES = 300
SIZE = 262_144
#: How many Items are named when the agent is sent back.
NAMED = 5
QUESTION = "Question for the owner:"
#: How the owner's page Status.md says that the kill switch is on.
STOPPED = "Stopped: nothing goes out"
#: How the names of notes begin that ask the owner, or tell him something, by themselves.
_HIS = ("CLARIFY_", "ALERT_")
_LINE = re.compile(r"[\s>*-]*(?:\[[ x]\]\s*)?(?:\[\[)?([\w-][^\[\]/\n]*?)(?:\.md)?(?:\]\])?\s*")
_ID = re.compile(r"[a-z]-[A-Za-z0-9]{4,}\Z")
_REQUEST = re.compile(r"\bp-[a-z0-9]{10}\b")


def main() -> int:
    """Answer on stdout whether the agent goes on; return the exit status."""
    try:
        told = json.load(sys.stdin)
        left = _left_over()
        if left and not _is_stopped() and _count(told) <= MAX_ROUNDS:
            print(json.dumps({"decision": "block", "reason": _reason(left)}))
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        sys.stderr.write(f"The task could not be looked at: {error!r}\n")
    return 0


def _left_over() -> list[str]:
    """Return the Items of the task that are not settled, by the names of their notes."""
    task = Path(os.environ.get("EMPLOYEE_TASK") or _vault() / "Plans" / "TASK.md")
    if not task.is_file():
        return []
    lines = map(_LINE.fullmatch, _text(task).splitlines())
    notes = (note.stem for note in (_vault() / "Needs_Action").iterdir())
    waiting = {name for name in notes if not name.startswith(_HIS)}
    there = [name for name in dict.fromkeys(line[1] for line in lines if line) if name in waiting]
    asked = _asked() if there else []
    return [name for name in there if not any(_id_of(name) in text for text in asked)]


def _id_of(name: str) -> str:
    found = _ID.search(name)
    return found[0] if found else name


def _asked() -> list[str]:
    """Return the texts of notes that hold a request's number or a question."""
    texts = []
    for folder in ("Pending_Approval", "Approved", "Plans"):
        notes = sorted((_vault() / folder).glob("*.md"), key=_age)
        texts += [_text(note) for note in notes[:NOTES] if note.name != "TASK.md"]
    return [text for text in texts if QUESTION in text or _REQUEST.search(text)]


def _age(note: Path) -> float:
    return -note.lstat().st_mtime


def _is_stopped() -> bool:
    """Return whether the owner stopped everything, by his note or by command."""
    status = _vault() / "Status.md"
    return os.path.lexists(_vault() / "STOP.md") or (status.is_file() and STOPPED in _text(status))


def _count(told: dict[str, str]) -> int:
    """Count this round of the prompt, and return which it is."""
    key = re.sub(r"\W", "", f"{told['session_id']}{told.get('prompt_id', '')}")[:120]
    # The module for it costs as much time as everything else here.
    temporary = os.environ.get("TMPDIR", "/tmp")  # noqa: S108 - a counter; the folder is ours
    folder = Path(temporary) / f"employee-rounds-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / key).open("ab") as kept:
        kept.write(b".")
        return kept.tell()


def _reason(left: list[str]) -> str:
    shown = ", ".join(left[:NAMED])
    more = f" and {len(left) - NAMED} more" if left[NAMED:] else ""
    return (
        f"Not done: {shown}{more}. For each, propose what it needs with a service's tool "
        "(dry_run=false asks the owner), then write a note in Plans with the Item's id and the "
        f'number of the request, or with a line that begins "{QUESTION}".'
    )


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(SIZE).decode("utf-8", "replace")


def _vault() -> Path:
    given = sys.argv[1:]
    home = Path(given[1]) if given[:1] == ["--home"] else Path(__file__).resolve().parents[2]
    return home / "AI_Employee"


if __name__ == "__main__":
    sys.exit(main())
