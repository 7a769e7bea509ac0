"""Refuses a tool call that could touch what only the owner, or the program, writes.

Claude Code starts it before each call (PreToolUse) with the call as JSON on stdin. It exits 0 to
let the call go on to the permission rules, and 2 with one sentence on stderr to refuse it. What it
cannot read it refuses. Standard library only, because any Python on the machine may run it.

Paths are compared as the disk sees them. For commands the text is all there is: that part is a
tripwire which tells an honest agent early, and no wall. The walls are the sandbox and the jail.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
#: Where an agent writes, within the vault.
OPEN = ("Plans",)
#: Names that would give orders to an agent, or to the owner's editor.
PLANTED = {"claude.md", "claude.local.md", "agents.md", ".mcp.json", ".claude", ".obsidian"}
WRITERS = {"Write", "Edit", "MultiEdit", "NotebookEdit"}
COMMANDS = {"Bash", "Monitor"}
#: The arguments of tools that hold a path.
PATHS = ("file_path", "notebook_path", "path")
#: A command that does nothing but look; such a one may name the owner's folders and pages.
_ONE = r"\s*(?:ls|cat|head|tail|wc|grep|stat)\b[^;&|<>$`(\n]*"
LOOKS = re.compile(rf"{_ONE}(?:\|{_ONE})*\Z")
_ASK = "Ask for it with the service's tool and dry_run=false; the owner decides."
_LOOK = "Look with Read or a plain ls or cat; only the owner moves or changes notes."
#: What a command may not name, what that is, and what to do instead.
TRIPWIRES = (
    (r"Approved|Rejected|Pending_Approval|Completed|Needs_Action", "the owner's folders", _LOOK),
    (r"Company_Handbook|Business_Goals|STOP\.md|AI_Employee", "the owner's pages", _LOOK),
    (r"\.env(?!\.example|\w)", "secrets", "The tools reach the services without them."),
    (r"\bVault\b", "the journal and the log", "The tools' answers say how things stand."),
    (r"\.claude|\.mcp\.json|CLAUDE\.md", "your own settings", "Only the owner changes them."),
    (r"orchestrator\.py|\bwatchers\.|\butils\.|desk\.sock", "the program's own commands", _ASK),
)


def main() -> int:
    """Judge the call on stdin and return the exit status."""
    try:
        call = json.load(sys.stdin)
        refused = _judged(call["tool_name"], call["tool_input"], Path(call["cwd"]))
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError, OSError) as error:
        refused = f"This call could not be read ({error!r}), so it was not let through."
    if refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    return 0


def _judged(tool: str, arguments: dict[str, str], folder: Path) -> str:
    """Return why a call is refused and what to do instead, or "" where it is not."""
    if tool in COMMANDS:
        return _command(arguments["command"])
    for name in PATHS:
        if arguments.get(name):
            real = (folder / Path(arguments[name]).expanduser()).resolve()
            why = _writing(real) if tool in WRITERS else _reading(real)
            if why:
                return why
    return ""


def _writing(real: Path) -> str:
    """Return why a path is not written: within the project and the home only Plans/ is."""
    vault = _home() / "AI_Employee"
    if not any(_within(real, place) for place in (PROJECT, _home(), vault)):
        return ""
    if not any(_within(real, vault / name) for name in OPEN):
        return f"You write in AI_Employee/Plans only, and {real.name} is not there. {_ASK}"
    if PLANTED & {part.lower() for part in real.relative_to(vault.resolve()).parts}:
        return "Nobody leaves orders for agents in the vault. Write a note in Plans instead."
    if real.exists() and real.stat().st_nlink > 1:
        return "This file has a second name somewhere else. Write a new note in Plans instead."
    return ""


def _reading(real: Path) -> str:
    """Return why a path is not read: secrets, and what the journal keeps."""
    if re.match(r"\.env(\.(?!example$)|$)", real.name):
        return "Secrets are not for you. The tools reach the services without them."
    if _within(real, _home() / "Vault" / "State"):
        return "The journal is not for you. The tools' answers say how things stand."
    if re.match(r"/proc/[^/]+/(environ|fd|mem|root|cwd)", str(real)):
        return "Other processes are not for you. The tools reach everything that you need."
    return ""


def _command(text: str) -> str:
    """Return why a command is refused; quotes and backslashes do not hide a name."""
    plain = re.sub(r"[\"'\\]", "", text)
    looks = LOOKS.match(text)
    for pattern, what, instead in TRIPWIRES:
        found = re.search(pattern, plain, re.IGNORECASE)
        if found and not (looks and instead is _LOOK):
            return f"This command names {what} ({found[0]}). {instead}"
    return ""


def _within(real: Path, place: Path) -> bool:
    place = place.resolve()
    return real == place or place in real.parents


def _home() -> Path:
    given = sys.argv[1:]
    return Path(given[1]) if given[:1] == ["--home"] else PROJECT


if __name__ == "__main__":
    sys.exit(main())
