"""The hash chain of Records: each carries the hash of the one before it.

A chain shows edits, deletions, insertions and reordering. A cut tail shows only against a head
that was kept elsewhere, which is why every Monday briefing prints it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, override

from utils.core.canonical import canonical, iso, sha256_of
from utils.core.model import Entry, Json, Record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

#: What the first Record carries as ``prev``.
GENESIS: Final = "0" * 64
#: Texts longer than this are recorded as their SHA-256 and length.
LONG_TEXT: Final = 200
_ID: Final = re.compile(r"r-([1-9][0-9]*)")


@dataclass(frozen=True)
class Head:
    """The end of the chain: how many Records there are, and the last one's hash."""

    seq: int = 0
    hash: str = GENESIS

    @override
    def __str__(self) -> str:
        """Return the form that a person compares: place and first twelve digits."""
        return f"r-{self.seq} {self.hash[:12]}"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with the log."""

    #: Where: a Record's id or a file's name.
    where: str
    #: What, the rest of a sentence that begins with the place.
    what: str
    #: What to do about it, one sentence.
    mend: str = (
        "Leave everything as it is and compare Vault/State with your last backup; what stands "
        "before this Record can be trusted."
    )


def shortened(value: object, *, limit: int = LONG_TEXT) -> object:
    """Return a JSON value in which every long text is replaced by its SHA-256 and length."""
    if isinstance(value, str) and len(value) > limit:
        return {"sha256": sha256_of(value), "length": len(value)}
    if isinstance(value, dict):
        return {key: shortened(inner, limit=limit) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [shortened(inner, limit=limit) for inner in value]
    return value


def link(entry: Entry, *, after: Head, at: datetime) -> Record:
    """Return the Record that an entry becomes behind the given head."""
    body = entry.model_dump(mode="json")
    body["parameters"] = shortened(entry.parameters)
    body |= {"id": f"r-{after.seq + 1}", "timestamp": iso(at), "prev": after.hash}
    return Record(**body, hash=hash_of(body))


def hash_of(body: Json) -> str:
    """Return the hash of a Record's fields; a ``hash`` among them is left out."""
    return sha256_of(canonical({key: value for key, value in body.items() if key != "hash"}))


def follows(line: str, record: Json, *, after: Head) -> bool:
    """Return whether a Record is intact and continues the chain, judged by its text alone.

    This is ``faults`` for the usual case, many times as fast; where it says no, ``faults`` says
    what is wrong, or that nothing is.

    Args:
        line: The Record in canonical form.
        record: The same, taken apart.
        after: The head before it.
    """
    hash_ = record.get("hash")
    # In canonical form the hash stands before every nested value, so the first find is its own.
    bare = line.replace(f'"hash":"{hash_}",', "", 1)
    linked = record.get("prev") == after.hash and record.get("id") == f"r-{after.seq + 1}"
    return linked and sha256_of(bare) == hash_


def seq_of(record_id: str) -> int:
    """Return a Record's place in the chain from its id, or 0 where the id is not one."""
    found = _ID.fullmatch(record_id)
    return int(found[1]) if found else 0


def faults(records: Iterable[Json], *, after: Head) -> tuple[list[Fault], Head]:
    """Check Records that should follow a head.

    Args:
        records: Records as JSON objects, in the order they were found.
        after: The head before the first of them.

    Returns:
        What is wrong (empty when nothing is), and the head behind the last of them.
    """
    wrong: list[Fault] = []
    head = after
    for record in records:
        name, seq = str(record.get("id", "?")), seq_of(str(record.get("id", "")))
        if seq != head.seq + 1:
            wrong.append(Fault(name, f"comes after r-{head.seq}: a Record is missing or moved"))
        if record.get("prev") != head.hash:
            wrong.append(Fault(name, "does not continue the chain of the Record before it"))
        if record.get("hash") != hash_of(record):
            wrong.append(Fault(name, "was changed after it was written"))
        head = Head(seq or head.seq + 1, str(record.get("hash")))
    return wrong, head
