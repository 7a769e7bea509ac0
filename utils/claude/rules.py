"""What Claude Code may touch, said once: the two sets of its settings follow from this.

An agent writes in Plans/ only. Whoever may put an Item's note away could hide a letter from the
owner, so even Needs_Action/ is only read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from utils.core.lifecycle import DASHBOARD, DECISION_FOLDERS, GOALS_NOTE, HANDBOOK, VAULT, Folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from utils.core.model import Json

#: The only folder of the vault in which an agent writes.
OPEN_FOLDERS: Final = (Folder.PLANS,)
#: The folder beside the vault, by its name in the employee's home.
RECORDS: Final = "Vault"
#: What runs outside of any sandbox: whoever writes it, runs there too.
PROGRAM: Final = (
    *("utils", "watchers", "orchestrator.py", "pyproject.toml", "uv.lock"),
    *(".venv", ".claude", ".mcp.json", ".git"),
)
#: The owner's pages at the vault's top. None that may be missing: Claude Code's sandbox puts an
#: empty file where a closed path does not exist, and an empty STOP.md would stop everything.
_PAGES: Final = (HANDBOOK, GOALS_NOTE, DASHBOARD)
#: Ways out to the world, and out of the folder that relative rules count from.
_NEVER: Final = ("EnterWorktree", "WebFetch", "WebSearch")
_CODE: Final = frozenset({"utils", "watchers", ".venv", ".claude", ".git"})
_GUARD: Final = "guard.py"
_KEEP_GOING: Final = "keep_going.py"
_LOOKED_AT: Final = "Bash|Monitor|Write|Edit|MultiEdit|NotebookEdit|Read|Glob|Grep"
#: How long a hook may take, in seconds.
_HOOK_S: Final = 10


def project_settings(servers: Sequence[str]) -> str:
    """Return the tracked settings as JSON: nothing in them hinders work on the code.

    Args:
        servers: The names of the project's own servers in ``.mcp.json``.
    """
    closed = [f"Edit(/{VAULT}/{folder}/**)" for folder in DECISION_FOLDERS]
    deny = [*closed, f"Edit(/{RECORDS}/**)", "Edit(/.env)", "Read(/.env)", "Read(/.env.local)"]
    return _text(
        {
            "enabledMcpjsonServers": list(servers),
            # A call with dry_run=false only asks the owner, so nothing is lost by allowing it.
            "permissions": {"allow": _tools(servers), "deny": deny},
        }
    )


def owner_settings(servers: Sequence[str], *, home: str = "", sandbox: bool = True) -> str:
    """Return the settings for the owner's own Claude Code as JSON.

    Args:
        servers: The names of the project's own servers in ``.mcp.json``.
        home: Where the vault lies, as an absolute path; "" where that is the project's root.
        sandbox: Whether Claude Code confines its commands itself; else a jail around it does.
    """
    elsewhere = {"additionalDirectories": [f"{home}/{VAULT}"]} if home else {}
    whole = {
        "enabledMcpjsonServers": list(servers),
        # Above the rounds of keep_going.py, which would otherwise be cut off in silence.
        "env": {"CLAUDE_CODE_STOP_HOOK_BLOCK_CAP": "12"},
        "permissions": {
            "allow": [
                *(f"Edit({_rule(home)}/{VAULT}/{folder}/**)" for folder in OPEN_FOLDERS),
                *_tools(servers),
                *([] if sandbox else ["Bash"]),
            ],
            "deny": _denied(home),
            **elsewhere,
            "disableBypassPermissionsMode": "disable",
        },
        "sandbox": _sandbox(home) if sandbox else {"enabled": False},
        "hooks": {
            # Without onFailure a hook that fails lets the call through.
            "PreToolUse": [
                {"matcher": _LOOKED_AT, "hooks": [_hook(_GUARD, home) | {"onFailure": "block"}]}
            ],
            "Stop": [{"hooks": [_hook(_KEEP_GOING, home)]}],
        },
    }
    return _text(whole)


def _tools(servers: Sequence[str]) -> list[str]:
    return [f"mcp__{server}" for server in servers]


def _denied(home: str) -> list[str]:
    ours = _rule(home)
    folders = [f"{VAULT}/{folder}/**" for folder in Folder if folder not in OPEN_FOLDERS]
    pages = [f"{VAULT}/{page}" for page in _PAGES]
    program = [f"{name}/**" if name in _CODE else name for name in PROGRAM]
    secret = dict.fromkeys((f"{ours}/.env", "/.env"))
    return [
        *(f"Edit({ours}/{path})" for path in (*folders, *pages, f"{RECORDS}/**")),
        *(f"Edit(/{path})" for path in program),
        *(f"Edit({path})" for path in secret),
        *(f"Read({path})" for path in secret),
        "Read(/.env.local)",
        f"Read({ours}/{RECORDS}/State/**)",
        *_NEVER,
    ]


def _sandbox(home: str) -> Json:
    ours = home or "."
    secret = list(dict.fromkeys((f"{ours}/.env", "./.env")))
    return {
        "enabled": True,
        "failIfUnavailable": True,
        "autoAllowBashIfSandboxed": True,
        "allowUnsandboxedCommands": False,
        "filesystem": {
            # The whole vault: a command has no business in it, and STOP.md must stay.
            "denyWrite": [
                *(f"{ours}/{name}" for name in (VAULT, RECORDS)),
                *(f"./{name}" for name in PROGRAM),
                *secret,
            ],
            "denyRead": [*secret, "./.env.local", f"{ours}/{RECORDS}/State"],
        },
    }


def _hook(script: str, home: str) -> Json:
    place = f"${{CLAUDE_PROJECT_DIR}}/.claude/hooks/{script}"
    return {
        "type": "command",
        "command": "/usr/bin/python3",
        "args": ["-I", "-S", place, *(["--home", home] if home else [])],
        "timeout": _HOOK_S,
    }


def _rule(home: str) -> str:
    """Return how a path rule begins that counts from the home: one more slash is the disk's."""
    return f"/{home}" if home else ""


def _text(settings: Json) -> str:
    return json.dumps(settings, indent=2, ensure_ascii=False) + "\n"
