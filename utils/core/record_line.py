"""A Record's line at a glance: whether it continues the chain, and what sort of Record it is.

Taking a line apart as JSON costs several times as much, and of lines that say the same in the same
places it is enough to take one apart.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from utils.core.chain import Head

if TYPE_CHECKING:
    from collections.abc import Iterable

    from utils.core.model import Json

#: In canonical form the keys are sorted, so these stand at known places: the hash before every
#: nested value, and behind the parameters four texts. No text holds a quotation mark unescaped.
_HASH: Final = '"hash":"'
_PREV: Final = ',"prev":"'
_LINK: Final = ',"domain_link":'
_PARAMETERS: Final = '"parameters":'
_NO_ERROR: Final = '"error":"",'
_PROPOSAL: Final = '","proposal_id":"'
_DIGITS: Final = 64
_TO_PREV: Final = len(_PREV)
_TO_PROPOSAL: Final = _DIGITS + len(_PROPOSAL)
_TO_HASH_END: Final = len(_HASH) + _DIGITS
_TO_NO_ERROR: Final = len(_NO_ERROR)
#: A timestamp with the quotation mark and the brace that end every line.
_TIME: Final = len('2026-11-16T09:00:00.000000+00:00"}')

_DECODER: Final = json.JSONDecoder()

#: What lines of one kind have in common: their begin, what stands between Proposal and timestamp,
#: whether they tell of an error, and whether of a Proposal.
type Likeness = tuple[str, str, bool, bool]
#: Place, line, likeness, Proposal and timestamp of a Record; a plain tuple, as a million may be.
type Glance = tuple[int, str, Likeness, str, str]


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


def parameters_of(line: str) -> Json:
    """Return the parameters of a Record in canonical form, without taking the rest apart."""
    start = line.find(_PARAMETERS) + len(_PARAMETERS)
    found: Json = _DECODER.raw_decode(line, start)[0]
    return found


def glances(lines: Iterable[str], *, after: Head) -> tuple[list[Glance], Head]:
    """Return what Records say that are intact and continue the chain.

    Args:
        lines: The Records in canonical form, in order.
        after: The head before the first of them.

    Returns:
        Those before the first of which ``chain.faults`` has to say what is wrong, and the head
        behind them.
    """
    found: list[Glance] = []
    prev = after.hash
    # Everything in one loop: a call of our own in it would cost as much as the SHA-256.
    for seq, line in enumerate(lines, after.seq + 1):
        at, linked = line.find(_HASH), line.rfind(_PREV) + _TO_PREV
        end = at + _TO_HASH_END
        hash_ = line[end - _DIGITS : end]
        bare = f"{line[:at]}{line[end + 2 :]}".encode(errors="replace")
        if not (
            line.startswith(prev, linked)
            and line.startswith(f'","id":"r-{seq}","', end)
            and sha256(bare).hexdigest() == hash_
        ):
            break
        start = linked + _TO_PROPOSAL
        stop = line.find('"', start)
        like = (
            line[: line.find(_LINK)],
            line[stop:-_TIME],
            line.startswith(_NO_ERROR, at - _TO_NO_ERROR),
            start == stop,
        )
        found.append((seq, line, like, line[start:stop], line[-_TIME:-2]))
        prev = hash_
    return found, Head(after.seq + len(found), prev)


def glance_of(line: str, seq: int) -> Glance:
    """Return the glance of an intact Record whose text is laid out in another way."""
    record, kind = json.loads(line), kind_of(line)
    like = (" ".join(kind[:3]), kind.result, not kind.wrong, not kind.proposed)
    return seq, line, like, str(record["proposal_id"]), str(record["timestamp"])
