"""Drafts for LinkedIn in which every claim names its source: nothing is made up.

Pure: the owner's goals, the work that was finished and the posts that are out become one draft,
or the question for goals where there is nothing to say. Names and amounts of customers never
become part of a draft.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from utils.core.lifecycle import GOALS_NOTE
from utils.core.model import Evidence
from utils.posts.length import Network, problems_of
from utils.report.goals import Goal, read_goals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

#: Where goals stand, for evidence and for the owner.
#: What work is called in public, for one and for several; other work is nobody else's business.
_WORK: Final[Mapping[str, tuple[str, str]]] = {
    "gmail_reply": ("mail answered", "mails answered"),
    "facebook_reply_comment": ("comment answered", "comments answered"),
    "instagram_reply_comment": ("comment answered", "comments answered"),
    "twitter_reply": ("comment answered", "comments answered"),
    "odoo_create_invoice": ("invoice written", "invoices written"),
}
_LISTED: Final = 5


@dataclass(frozen=True)
class Finished:
    """One piece of work that was finished, by the Record that says so."""

    operation: str
    record_id: str


@dataclass(frozen=True)
class Published:
    """One post that is out."""

    #: The network's service, such as ``facebook``.
    network: str
    remote_id: str
    #: The owner's words, as they went out.
    text: str


@dataclass(frozen=True)
class Draft:
    """A suggestion for a post, with the source of each of its claims."""

    text: str
    claims: tuple[Evidence, ...]


@dataclass(frozen=True)
class Question:
    """What the owner is asked where there is nothing to say."""

    title: str
    text: str


ASK_FOR_GOALS: Final = Question(
    title="What shall I write about?",
    text=f"There is nothing new that I could write about without making it up. Write a goal or "
    f"two into {GOALS_NOTE}, or tick one that is reached, and the next draft is made of it.",
)


def draft_for(
    goals: str, finished: Iterable[Finished], published: Sequence[Published], *, today: date
) -> Draft | Question:
    """Return a draft for LinkedIn, or the question for goals.

    Args:
        goals: The text of the owner's page of goals.
        finished: What was finished lately.
        published: What went out lately, newest first; what LinkedIn has had is not said again.
        today: The owner's date.
    """
    had = [_plain(post.text) for post in published if post.network == "linkedin"]
    if again := _told_elsewhere(published, had):
        return again
    open_goals = (
        goal for goal in read_goals(goals) if not any(_plain(goal.text) in t for t in had)
    )
    parts = (*_goals(tuple(open_goals), today), *_work(finished))
    if not parts:
        return ASK_FOR_GOALS
    return Draft("\n\n".join(words for words, _ in parts), tuple(proof for _, proof in parts))


def _told_elsewhere(published: Sequence[Published], had: Collection[str]) -> Draft | None:
    """Return the newest post that other networks have and LinkedIn has not, word for word."""
    for post in published:
        is_news = post.network != "linkedin" and _plain(post.text) not in had
        if is_news and post.text.strip() and not problems_of(Network.LINKEDIN, post.text):
            where = f"{post.network}:{post.remote_id}"
            return Draft(post.text, (Evidence(what="your post", quote=post.text, where=where),))
    return None


def _goals(goals: Sequence[Goal], today: date) -> Iterable[tuple[str, Evidence]]:
    """Yield what is said of the goal last reached and of the next one, in the owner's words."""
    reached = [goal for goal in goals if goal.done]
    ahead = [goal for goal in goals if goal.state(today) == "open"]
    if reached:
        yield _said("Done", reached[-1], "goal reached")
    if ahead:
        yield _said("Next", min(ahead, key=lambda goal: goal.due or date.max), "goal")


def _said(word: str, goal: Goal, what: str) -> tuple[str, Evidence]:
    ending = "" if goal.text.endswith((".", "!", "?")) else "."
    return f"{word}: {goal.text}{ending}", Evidence(what=what, quote=goal.text, where=GOALS_NOTE)


def _work(finished: Iterable[Finished]) -> Iterable[tuple[str, Evidence]]:
    """Yield one line for each kind of work, counted from its Records."""
    kinds: dict[tuple[str, str], list[str]] = defaultdict(list)
    for work in finished:
        if words := _WORK.get(work.operation):
            kinds[words].append(work.record_id)
    for (one, several), ids in sorted(kinds.items()):
        line = f"{len(ids)} {one if len(ids) == 1 else several}"
        where = ", ".join(ids[:_LISTED]) + (" …" if len(ids) > _LISTED else "")
        yield f"This week: {line}.", Evidence(what="work", quote=line, where=where)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
