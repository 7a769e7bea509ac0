"""The pretend Odoo's tables: rows, external ids, and transactions that can be taken back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

#: Field name to stored value; what was never set is absent.
type Row = dict[str, Any]


#: The model that lists external ids.
_POINTERS: Final = "ir.model.data"


class ExternalId(NamedTuple):
    """What an external id points to."""

    model: str
    id: int
    #: Which commit made it: a request that arrived before cannot see it.
    commit: int


@dataclass(slots=True)
class Effect:
    """One thing that a call changed."""

    kind: str
    model: str
    id: int
    #: Details for the ledger; empty means "describe the row as it is in the end".
    payload: Row
    #: The client's mark when the effect was noted; an external id found later wins.
    reference: str


class Store:
    """Rows by model and id. Every change goes through `insert`, `update` or `delete`."""

    def __init__(self, today: Callable[[], date], version: int) -> None:
        #: The server's date.
        self.today = today
        #: `18` or `19`.
        self.version = version
        #: Model to id to row.
        self.tables: defaultdict[str, dict[int, Row]] = defaultdict(dict)
        #: Module and name to what they point to.
        self.external_ids: dict[tuple[str, str], ExternalId] = {}
        #: How many calls have been committed.
        self.commits = 0
        #: What the running call has changed, in order.
        self.effects: list[Effect] = []
        self._names_by_record: dict[tuple[str, int], str] = {}
        # Like a database sequence: never taken back, so a failed call leaves a gap.
        self._last_ids: defaultdict[str, int] = defaultdict(int)
        self._undo: list[tuple[dict[Any, Any], Any, Any]] = []

    def insert(self, model: str, row: Row) -> int:
        """Add a row and return its id."""
        self._last_ids[model] += 1
        id_ = self._last_ids[model]
        stamp = _now()
        self._set(self.tables[model], id_, {"create_date": stamp, "write_date": stamp} | row)
        return id_

    def insert_at(self, model: str, id_: int, row: Row) -> int:
        """Add a row under a given id, as seeds do; later ids come after it."""
        self._last_ids[model] = max(self._last_ids[model], id_)
        self._set(self.tables[model], id_, {"create_date": _now(), "write_date": _now()} | row)
        return id_

    def update(self, model: str, id_: int, **values: object) -> bool:
        """Change a row; return whether anything is different now."""
        row = self.tables[model][id_]
        changed = {k: v for k, v in values.items() if k not in row or row[k] != v}
        for key, value in changed.items():
            self._set(row, key, value)
        if changed:
            self._set(row, "write_date", _now())
        return bool(changed)

    def delete(self, model: str, id_: int) -> None:
        """Remove a row and the external id that points to it."""
        self._remove(self.tables[model], id_)
        name = self._names_by_record.get((model, id_))
        if name is not None:
            self._remove(self.external_ids, _split(name))
            self._remove(self._names_by_record, (model, id_))
            for pointer, row in list(self.rows(_POINTERS)):
                if row["model"] == model and row["res_id"] == id_:
                    self._remove(self.tables[_POINTERS], pointer)

    def rows(self, model: str) -> Iterable[tuple[int, Row]]:
        """Return ids and rows of a model, oldest first."""
        return self.tables[model].items()

    def name_record(self, external_id: str, model: str, id_: int) -> None:
        """Let an external id (`module.name`) point to a row."""
        module, name = _split(external_id)
        row = {"module": module, "name": name, "model": model, "res_id": id_}
        self.insert(_POINTERS, row)
        pointer = ExternalId(model, id_, self.commits)
        self._set(self.external_ids, _split(external_id), pointer)
        self._set(self._names_by_record, (model, id_), external_id)

    def find_record(self, external_id: str) -> ExternalId | None:
        """Return what an external id points to, if anything."""
        return self.external_ids.get(_split(external_id))

    def external_id_of(self, model: str, id_: int) -> str:
        """Return the external id that points to a row, or an empty text."""
        return self._names_by_record.get((model, id_), "")

    def note(self, kind: str, model: str, id_: int, payload: Row | None = None) -> None:
        """Remember an effect of the running call; without details the row is described."""
        row = self.tables[model].get(id_, {})
        mark = self.external_id_of(model, id_) or row.get("ref") or row.get("memo") or ""
        self.effects.append(Effect(kind, model, id_, payload or {}, str(mark)))

    def savepoint(self) -> tuple[int, int]:
        """Return a mark for `roll_back`."""
        return len(self._undo), len(self.effects)

    def roll_back(self, mark: tuple[int, int] = (0, 0)) -> None:
        """Take back everything since the mark, or the whole running call."""
        changes, effects = mark
        while len(self._undo) > changes:
            place, key, value = self._undo.pop()
            if value is _ABSENT:
                del place[key]
            else:
                place[key] = value
        del self.effects[effects:]

    def commit(self) -> list[Effect]:
        """Make the running call's changes final and return its effects."""
        effects, self.effects = self.effects, []
        self._undo.clear()
        self.commits += 1
        return effects

    def _set(self, place: dict[Any, Any], key: object, value: object) -> None:
        self._undo.append((place, key, place.get(key, _ABSENT)))
        place[key] = value

    def _remove(self, place: dict[Any, Any], key: object) -> None:
        if key in place:
            self._undo.append((place, key, place.pop(key)))


class _Absent:
    """Stands for "there was no such key"; one object, also after a deep copy."""

    def __deepcopy__(self, memo: object) -> _Absent:
        return self


_ABSENT = _Absent()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _split(external_id: str) -> tuple[str, str]:
    module, dot, name = external_id.partition(".")
    return (module, name) if dot else ("__import__", module)
