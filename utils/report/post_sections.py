"""The sections of the audit about posts: what went out, what came of it, and what X charged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core.outside_text import one_line
from utils.report.audit_sections import plain, without_log
from utils.report.figures import Counted, Proof, ProofKind, absent, counted
from utils.report.page_parts import Line, Row, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.report.week_facts import WeekFacts
    from utils.social_media_manager import NetworkWeek

_POSTS: Final = 20


def posts_section(facts: WeekFacts) -> Section:
    """Return what was posted where; reach stands with each post where its network tells it."""
    title, key = "Posts", "posts"
    activity = facts.activity
    if activity is None:
        return without_log(facts, key, title)
    lines = tuple(
        Line(
            text=f"{plain(post.operation)}: {_linked(post.remote_id, post.url)}"
            f" (`{post.record_id}`)",
            proofs=(
                Proof(kind=ProofKind.RECORDS, where="one post", ids=(post.record_id,), count=1),
            ),
        )
        for post in activity.posts[:_POSTS]
    )
    found = Counted("done, tools that post")
    for post in activity.posts:
        found.add(post.record_id)
    rows = [Row(label="Posts that went out", figure=counted("posts.count", found))]
    for network in facts.networks:
        rows += [
            Row(label=f"On {network.title}", figure=network.posts),
            Row(label=f"Reach on {network.title}", figure=network.reach),
            Row(label=f"Answers on {network.title}", figure=network.answers),
        ]
    best = tuple(line for network in facts.networks for line in _best(network))
    return Section(key=key, title=title, rows=tuple(rows), lines=(*best, *lines))


def _best(network: NetworkWeek) -> Iterator[Line]:
    """Yield which post was answered most on a network, and which least, as far as it tells."""
    for word, post in (("Best", network.best), ("Least", network.worst)):
        if post:
            told = post.answers if post.answers.number is not None else post.reach
            what = "answers" if told is post.answers else "reached"
            words = f"{word} on {network.title}: {_linked(post.title, post.url)}"
            proof = Proof(kind=ProofKind.RECORDS, where="one post", ids=(post.record_id,), count=1)
            yield Line(text=f"{words} ({what}: {told.number})", proofs=(proof,))


def costs_section(facts: WeekFacts) -> Section:
    """Return what the week cost beyond the books."""
    cost = facts.x_cost
    if facts.activity is None or cost is None:
        return without_log(facts, "costs", "Costs")
    if "twitter" in facts.absent and not facts.activity.charged:
        cost = absent(cost.key, "X is not connected")
    return Section(key="costs", title="Costs", rows=(Row(label="X charged", figure=cost),))


def _linked(words: str, url: str) -> str:
    plain = one_line(words or "the post", 60)
    return f"[{plain}]({url})" if url.startswith("https://") and " " not in url else plain
