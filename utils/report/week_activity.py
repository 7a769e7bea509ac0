"""What happened in a week, counted from its Records one by one, in constant memory.

Every count keeps the condition and the ids it was made from, so that it can be made again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, override

from utils.core.model import as_decimal
from utils.report.figures import Counted

if TYPE_CHECKING:
    from collections.abc import Collection

    from utils.core.model import Json

#: What is compared with Odoo afterwards: documents whose id and total the Record holds.
_MADE: Final = frozenset({"odoo_create_invoice", "odoo_create_bill", "odoo_post_invoice"})
#: What X takes money for.
_CHARGED: Final = frozenset({"twitter_create_tweet", "twitter_reply", "twitter_delete_tweet"})
_WRONG: Final = frozenset({"failed", "unknown"})
#: How many single things of one sort are kept; the counts go on.
_KEPT: Final = 500


@dataclass(frozen=True)
class Made:
    """One document that we made or posted, as we recorded it."""

    record_id: str
    remote_id: int
    total: Decimal
    url: str


@dataclass(frozen=True)
class Done:
    """One thing that was done in a service, such as a post that went out."""

    record_id: str
    proposal_id: str
    operation: str
    remote_id: str
    url: str


@dataclass
class Sum:
    """An amount that grew from several Records."""

    amount: Decimal
    found: Counted


class _ByName(defaultdict[str, Counted]):
    """A count for each name, made when the name first comes up."""

    def __init__(self, condition: str) -> None:
        super().__init__()
        self._condition = condition

    @override
    def __missing__(self, name: str) -> Counted:
        self[name] = Counted(self._condition.format(name))
        return self[name]


@dataclass
class Activity:
    """A week's Records, counted; ``add`` takes them one by one."""

    #: Tools whose effect is a public post.
    post_tools: Collection[str]
    records: Counted = field(default_factory=lambda: Counted("every Record of the week"))
    kinds: _ByName = field(default_factory=lambda: _ByName("action {}"))
    services: _ByName = field(
        default_factory=lambda: _ByName("actor executor, result done, action {}_…")
    )
    errors: _ByName = field(
        default_factory=lambda: _ByName("result failed or unknown, or an error, of {}")
    )
    items: _ByName = field(default_factory=lambda: _ByName("action item, type {}"))
    decisions: dict[str, Counted] = field(
        default_factory=lambda: {
            "asked": Counted("approval asked, result pending"),
            "owner": Counted("actor owner, result granted"),
            "policy": Counted("actor gate, approval granted_by_policy"),
            "refused": Counted("approval refused"),
            "expired": Counted("approval expired"),
        }
    )
    #: Currency to what policy let through by itself and was done.
    let_through: dict[str, Sum] = field(default_factory=dict)
    posts: list[Done] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    #: What was done on X, where every call has its price.
    charged: list[Done] = field(default_factory=list)
    #: How long the owner took to decide, in seconds, for what was asked and decided this week.
    waits_s: Counted = field(default_factory=lambda: Counted("asked and decided by the owner"))
    waited_s: float = 0.0
    _asked_at: dict[str, datetime] = field(default_factory=dict)

    def add(self, record: Json) -> None:
        """Count one Record."""
        id_, action, actor = record["id"], record["action"], record["actor"]
        self.records.add(id_)
        self.kinds[action].add(id_)
        if record["result"] in _WRONG or record["error"]:
            self.errors[_whose(record)].add(id_)
        if action == "item":
            self.items[str(record["parameters"].get("type", "other"))].add(id_)
        if record["approval_status"] != "not_needed":
            self._decide(record)
        if actor in {"executor", "reconciler"} and record["result"] == "done":
            self._do(record)

    def _decide(self, record: Json) -> None:
        name = _decision(record)
        if not name:
            return
        self.decisions[name].add(record["id"])
        proposal_id, at = record["proposal_id"], datetime.fromisoformat(record["timestamp"])
        if name == "asked":
            self._asked_at.setdefault(proposal_id, at)
        elif record["actor"] == "owner" and proposal_id in self._asked_at:
            self.waits_s.add(record["id"])
            self.waited_s += (at - self._asked_at.pop(proposal_id)).total_seconds()
        else:
            self._asked_at.pop(proposal_id, None)

    def _do(self, record: Json) -> None:
        action, given = record["action"], record["parameters"]
        self.services[action.partition("_")[0]].add(record["id"])
        if record["approval_status"] == "granted_by_policy" and given.get("amount"):
            self._let_through(record["id"], given)
        remote, url = str(given.get("remote_id", "")), str(given.get("url", ""))
        done = Done(record["id"], record["proposal_id"], action, remote, url)
        if action in self.post_tools and len(self.posts) < _KEPT:
            self.posts.append(done)
        if action in _CHARGED:
            self.charged.append(done)
        if action in _MADE and len(self.made) < _KEPT:
            self.made += _documents(record)

    def _let_through(self, record_id: str, given: dict[str, Any]) -> None:
        currency = str(given.get("currency", ""))
        where = f"done, granted_by_policy, amount in {currency}"
        sum_ = self.let_through.setdefault(currency, Sum(Decimal(0), Counted(where)))
        sum_.amount += as_decimal(given["amount"])
        sum_.found.add(record_id)


def _decision(record: Json) -> str:
    """Return which decision a Record tells of, or ""."""
    status, actor, result = record["approval_status"], record["actor"], record["result"]
    if status in {"refused", "expired"}:
        return str(status)
    if status == "asked":
        return "asked" if result == "pending" else ""
    if result != "granted":
        return ""
    return "owner" if actor == "owner" else "policy" if actor == "gate" else ""


def _whose(record: Json) -> str:
    """Return whose error a Record tells of: a service, or one of our own parts."""
    action, actor = str(record["action"]), str(record["actor"])
    return action.partition("_")[0] if record["proposal_id"] else actor


def _documents(record: Json) -> list[Made]:
    given = record["parameters"]
    id_, total = str(given.get("remote_id", "")), given.get("total") or given.get("amount")
    if not (id_.isdigit() and total):
        return []
    return [Made(record["id"], int(id_), as_decimal(str(total)), str(given.get("url", "")))]
