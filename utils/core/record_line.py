"""A Record's line at a glance: whether it continues the chain, and what sort of Record it is.

Taking a line apart as JSON costs several times as much, and of lines that say the same in the same
places it is enough to take one apart.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from utils.core.model import Json

#: In canonical form the keys are sorted, so these stand at known places: the hash before every
#: nested value, and behind the parameters four texts. No text holds a quotation mark unescaped.
_HASH: Final = '"hash":"'
_PREV: Final = ',"prev":"'
_DIGITS: Final = 64
_LINK: Final = ',"domain_link":'
_NO_ERROR: Final = '"error":"",'
_PROPOSAL: Final = '","proposal_id":"'
#: A timestamp with the quotation mark and the brace that end every line.
_TIME: Final = len('2026-11-16T09:00:00.000000+00:00"}')

#: What lines of one kind have in common: their begin, what stands between Proposal and timestamp,
#: whether they tell of an error, and whether of a Proposal.
type Likeness = tuple[str, str, bool, bool]
#: A Record's hash, likeness, Proposal and timestamp; plain tuples, as there may be a million.
type Glance = tuple[str, Likeness, str, str]


class Kind(NamedTuple):
    """What most Records are counted by."""

    action: str
    actor: str
    approval: str
    result: str
    #: Whether it carries an error.
    wrong: bool
    #: Whether it belongs to a Proposal.
    proposed: bool


def kind_of(line: str) -> Kind:
    """Return the kind of a Record, and so of all that are like it."""
    record: Json = json.loads(line)
    return Kind(
        str(record["action"]),
        str(record["actor"]),
        str(record["approval_status"]),
        str(record["result"]),
        bool(record["error"]),
        bool(record["proposal_id"]),
    )


def at_a_glance(line: str, seq: int, prev: str) -> Glance | None:
    """Return what a Record says that is intact and continues the chain.

    Args:
        line: The Record in canonical form.
        seq: The place that it should have.
        prev: The hash of the Record before it.

    Returns:
        None where ``chain.faults`` has to say what is wrong.
    """
    at, behind = line.find(_HASH), line.rfind(_PREV)
    start, linked = at + len(_HASH), behind + len(_PREV)
    end = start + _DIGITS
    hash_ = line[start:end]
    bare = f"{line[:at]}{line[end + 2 :]}".encode(errors="replace")
    if not (
        line.startswith(f'","id":"r-{seq}","', end)
        and line.startswith(prev, linked)
        and hashlib.sha256(bare).hexdigest() == hash_
    ):
        return None
    return glance_of(line, hash_, at, linked + _DIGITS)


def glance_of(line: str, hash_: str, at: int = -1, behind: int = -1) -> Glance:
    """Return the glance of an intact Record.

    Args:
        line: The Record in canonical form.
        hash_: Its hash.
        at: Where its hash stands, where that is known.
        behind: Where the text of ``prev`` ends, where that is known.
    """
    at = at if at >= 0 else line.find(_HASH)
    behind = behind if behind >= 0 else line.rfind(_PREV) + len(_PREV) + _DIGITS
    start = behind + len(_PROPOSAL)
    end = line.find('"', start)
    like = (
        line[: line.find(_LINK)],
        line[end:-_TIME],
        line.startswith(_NO_ERROR, at - len(_NO_ERROR)),
        start == end,
    )
    return hash_, like, line[start:end], line[-_TIME:-2]
