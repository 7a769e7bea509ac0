"""What happened in a week, counted from its Records a few at a time, in constant memory.

Every count keeps the condition and the ids it was made from, so that it can be made again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from utils.core.money import as_decimal
from utils.core.record_line import Kind, kind_of, parameters_of
from utils.report.figures import LISTED, Counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from utils.core.model import Json
    from utils.core.record_line import Glance, Likeness

#: What is compared with Odoo afterwards: documents whose id and total the Record holds.
_MADE: Final = frozenset({"odoo_create_invoice", "odoo_create_bill", "odoo_post_invoice"})
#: What X takes money for.
_CHARGED: Final = frozenset({"twitter_create_tweet", "twitter_reply", "twitter_delete_tweet"})
_WRONG: Final = frozenset({"failed", "unknown"})
_BY_POLICY: Final = "granted_by_policy"
#: How many single posts are kept; the counts go on.
_KEPT: Final = 500
#: Decision to the condition it is counted by.
_DECISIONS: Final = {
    "asked": "approval asked, result pending",
    "owner": "actor owner, result granted",
    "policy": "actor gate, approval granted_by_policy",
    "refused": "approval refused",
    "expired": "approval expired",
}


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


@dataclass(slots=True)
class _Tally:
    """The Records of one kind."""

    kind: Kind
    #: Which decision each of them tells of, or "".
    decision: str
    #: Whether each of them tells of an Item, or of a deed whose values matter.
    item: bool
    deed: bool
    count: int = 0
    first: list[int] = field(default_factory=list)
    last: int = 0


@dataclass
class Activity:
    """A week's Records, counted; ``take`` gets them in order, then ``settle`` adds up."""

    #: Tools whose effect is a public post.
    post_tools: Collection[str]
    records: Counted = field(default_factory=lambda: Counted("every Record of the week"))
    #: Action to its Records; likewise the service, whose error it is, and the Item's type.
    kinds: dict[str, Counted] = field(default_factory=dict)
    services: dict[str, Counted] = field(default_factory=dict)
    errors: dict[str, Counted] = field(default_factory=dict)
    items: dict[str, Counted] = field(default_factory=dict)
    decisions: dict[str, Counted] = field(
        default_factory=lambda: {name: Counted(where) for name, where in _DECISIONS.items()}
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
    _tallies: dict[Likeness, _Tally] = field(default_factory=dict)

    def take(self, seen: Iterable[Glance]) -> None:
        """Count Records, given at a glance, in the order of the chain."""
        tallies = self._tallies
        for seq, line, like, proposal_id, at in seen:
            tally = tallies.get(like)
            if tally is None:
                tally = tallies[like] = _tally(kind_of(line), self.post_tools)
            tally.count += 1
            tally.last = seq
            if tally.count <= LISTED:
                tally.first.append(seq)
            if tally.decision:
                self._decide(tally.decision, tally.kind.actor, f"r-{seq}", proposal_id, at)
            if tally.item:
                self._count_item(str(parameters_of(line).get("type", "other")), f"r-{seq}")
            if tally.deed:
                self._do(tally.kind, f"r-{seq}", proposal_id, parameters_of(line))

    def settle(self) -> None:
        """Add up what was counted; called once, after the last Record."""
        tallies = list(self._tallies.values())
        self.records = _added("every Record of the week", tallies)
        self.kinds = _by("action {}", tallies, lambda kind: kind.action)
        self.services = _by("actor executor, result done, action {}_…", tallies, _service)
        self.errors = _by("result failed or unknown, or an error, of {}", tallies, _whose)
        for name, found in _by("{}", tallies, _decision).items():
            self.decisions[name] = replace(found, where=_DECISIONS[name])

    def _count_item(self, name: str, record_id: str) -> None:
        if name not in self.items:
            self.items[name] = Counted(f"action item, type {name}")
        self.items[name].add(record_id)

    def _decide(
        self, name: str, actor: str, record_id: str, proposal_id: str, timestamp: str
    ) -> None:
        at = datetime.fromisoformat(timestamp)
        if name == "asked":
            self._asked_at.setdefault(proposal_id, at)
        elif actor == "owner" and proposal_id in self._asked_at:
            self.waits_s.add(record_id)
            self.waited_s += (at - self._asked_at.pop(proposal_id)).total_seconds()
        else:
            self._asked_at.pop(proposal_id, None)

    def _do(self, kind: Kind, record_id: str, proposal_id: str, given: Json) -> None:
        if kind.approval == _BY_POLICY and given.get("amount"):
            self._let_through(record_id, given)
        if kind.action in _MADE:
            self.made += _documents(record_id, given)
        is_post, is_charged = kind.action in self.post_tools, kind.action in _CHARGED
        if is_post or is_charged:
            remote, url = str(given.get("remote_id", "")), str(given.get("url", ""))
            done = Done(record_id, proposal_id, kind.action, remote, url)
            self.posts += [done] if is_post and len(self.posts) < _KEPT else ()
            self.charged += [done] if is_charged else ()

    def _let_through(self, record_id: str, given: dict[str, Any]) -> None:
        currency = str(given.get("currency", ""))
        where = f"done, granted_by_policy, amount in {currency}"
        sum_ = self.let_through.setdefault(currency, Sum(Decimal(0), Counted(where)))
        sum_.amount += as_decimal(given["amount"])
        sum_.found.add(record_id)


def _tally(kind: Kind, post_tools: Collection[str]) -> _Tally:
    known = kind.action in _MADE | _CHARGED or kind.action in post_tools
    return _Tally(
        kind,
        decision=_decision(kind),
        item=kind.action == "item",
        deed=_is_done(kind) and (known or kind.approval == _BY_POLICY),
    )


def _by(where: str, tallies: list[_Tally], name_of: Callable[[Kind], str]) -> dict[str, Counted]:
    """Return what was counted by a name; kinds without one are left out."""
    by_name: defaultdict[str, list[_Tally]] = defaultdict(list)
    for tally in tallies:
        if name := name_of(tally.kind):
            by_name[name].append(tally)
    return {name: _added(where.format(name), found) for name, found in by_name.items()}


def _added(where: str, tallies: list[_Tally]) -> Counted:
    first = sorted(seq for tally in tallies for seq in tally.first)[:LISTED]
    last = max((tally.last for tally in tallies), default=0)
    return Counted(
        where,
        count=sum(tally.count for tally in tallies),
        ids=[f"r-{seq}" for seq in first],
        last=f"r-{last}" if last else "",
    )


def _is_done(kind: Kind) -> bool:
    return kind.actor in {"executor", "reconciler"} and kind.result == "done"


def _service(kind: Kind) -> str:
    return kind.action.partition("_")[0] if _is_done(kind) else ""


def _decision(kind: Kind) -> str:
    """Return which decision a Record tells of, or ""."""
    if kind.approval in {"refused", "expired"}:
        return kind.approval
    if kind.approval == "asked":
        return "asked" if kind.result == "pending" else ""
    if kind.approval == "not_needed" or kind.result != "granted":
        return ""
    return {"owner": "owner", "gate": "policy"}.get(kind.actor, "")


def _whose(kind: Kind) -> str:
    """Return whose error a Record tells of: a service, or one of our own parts; "" where none."""
    if not (kind.wrong or kind.result in _WRONG):
        return ""
    return kind.action.partition("_")[0] if kind.proposed else kind.actor


def _documents(record_id: str, given: Json) -> list[Made]:
    id_, total = str(given.get("remote_id", "")), given.get("total") or given.get("amount")
    if not (id_.isdigit() and total):
        return []
    return [Made(record_id, int(id_), as_decimal(str(total)), str(given.get("url", "")))]
