"""The weekly summary of the networks: what was posted, reach, answers; a dash never a zero."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conftest import Square

from utils.report.figures import DASH
from utils.report.schedule import Report
from utils.report.social_summary import SocialSummary
from utils.report.week_activity import Activity, Done
from utils.report.week_log import WeekLog
from utils.report.weekly import Reports
from utils.social_media_manager import Measured, NetworkWeek, PostSeen, weekly_summary
from utils.times.weeks import Week


def seen(
    n: int, *, reach: int | None = 10, answers: int | None = 1, net: str = "instagram"
) -> PostSeen:
    return PostSeen(
        network=net,
        remote_id=str(n),
        url=f"https://example.org/{n}",
        title=f"Post {n}",
        record_id=f"r-{n}",
        reach=Measured(number=reach, why="" if reach is not None else "not counted yet"),
        answers=Measured(number=answers, why="" if answers is not None else "gone since v22"),
    )


def one(*posts: PostSeen, **reach: Measured) -> NetworkWeek:
    [week] = weekly_summary(posts, reach=reach)
    return week


# --- the values ----------------------------------------------------------------------------------


def test_a_week_is_added_up_with_its_records_and_places() -> None:
    week = one(seen(1, reach=1000, answers=3), seen(2, reach=204, answers=0))
    assert (week.posts.value, week.reach.shown, week.answers.value) == ("2", "1,204", "3")
    assert week.posts.proofs[0].ids == ("r-1", "r-2")
    assert [proof.link for proof in week.reach.proofs] == [
        "https://example.org/1",
        "https://example.org/2",
    ]


def test_what_is_not_given_is_a_dash_with_the_reason() -> None:
    week = one(seen(1, reach=None, answers=None))
    assert (week.reach.shown, week.reach.why) == (DASH, "not counted yet")
    assert (week.answers.shown, week.answers.why) == (DASH, "gone since v22")
    assert week.best is None


def test_a_part_that_is_missing_makes_the_sum_a_lower_bound() -> None:
    week = one(seen(1, reach=1204), seen(2, reach=None))
    assert (week.reach.shown, week.reach.value) == ("≥ 1,204", "")
    assert week.reach.why == "not counted yet"


def test_a_true_zero_is_a_zero() -> None:
    assert one(seen(1, answers=0)).answers.value == "0"


def test_the_best_and_the_worst_are_found_by_answers_then_by_reach() -> None:
    posts = seen(1, answers=2), seen(2, answers=9), seen(3, answers=0)
    assert [p.remote_id for p in (one(*posts).best, one(*posts).worst) if p] == ["2", "3"]
    by_reach = seen(1, reach=5, answers=None), seen(2, reach=7, answers=2)
    assert [p.remote_id for p in (one(*by_reach).best, one(*by_reach).worst) if p] == ["2", "1"]


@pytest.mark.parametrize(
    ("posts", "best", "worst"),
    [
        ((seen(1),), "1", None),
        ((seen(1), seen(2)), None, None),
        ((seen(1, reach=None, answers=None), seen(2)), None, None),
    ],
)
def test_nobody_is_the_best_where_that_cannot_be_told(
    posts: tuple[PostSeen, ...], best: str | None, worst: str | None
) -> None:
    week = one(*posts)
    assert (week.best.remote_id if week.best else None) == best
    assert (week.worst.remote_id if week.worst else None) == worst


def test_a_network_that_counts_for_the_whole_page_is_taken_at_its_word() -> None:
    post = seen(1, reach=None, net="facebook")
    assert one(post, facebook=Measured(number=77)).reach.value == "77"


def test_networks_without_a_post_are_not_mentioned() -> None:
    assert weekly_summary((), reach={}) == ()


# --- read from the networks ----------------------------------------------------------------------


def posted(square: Square) -> list[Done]:
    """The posts of the log, as the audit counts them."""
    tools = {
        "facebook_create_post",
        "instagram_create_post",
        "twitter_create_tweet",
        "linkedin_create_post",
        "social_create_announcement",
    }
    activity = Activity(post_tools=tools)
    log = WeekLog(journal=square.engine.journal, folder=square.engine.settings.logs_dir)
    now = square.clock()
    log.read(now - timedelta(days=60), now + timedelta(days=60), activity.take)
    return activity.posts


def summary(square: Square) -> dict[str, NetworkWeek]:
    today = square.clock().date()
    made = SocialSummary(ground=square.engine.ground).of(
        posted(square), since=today - timedelta(days=3), until=today
    )
    return {week.network: week for week in made}


@pytest.fixture
def told(square: Square) -> Square:
    """A square on which one announcement is out on every network."""
    proposal = square.announce()
    square.approve(proposal)
    square.settle()
    return square


def remote(square: Square, network: str) -> str:
    return next(p.remote_id for p in posted(square) if p.operation.startswith(network))


def test_every_network_is_summed_up_once(told: Square) -> None:
    weeks = summary(told)
    assert list(weeks) == ["facebook", "instagram", "twitter", "linkedin"]
    assert {week.posts.value for week in weeks.values()} == {"1"}
    assert all(week.title for week in weeks.values())


def test_comments_on_facebook_and_answers_on_x_are_counted(told: Square) -> None:
    before = summary(told)
    told.graph.comment_as_stranger(remote(told, "facebook"), "Lovely!")
    told.x.reply_as_stranger(remote(told, "twitter"), "Keep me a loaf!")
    after = summary(told)
    for network in ("facebook", "twitter"):
        assert int(after[network].answers.value) == int(before[network].answers.value) + 1


def test_more_answers_than_are_looked_through_are_no_number(told: Square) -> None:
    post = remote(told, "twitter")
    for n in range(100):
        told.x.reply_as_stranger(post, f"Me too, {n}")
    answers = summary(told)["twitter"].answers
    assert answers.shown == DASH
    assert "more people" in answers.why


def test_instagram_tells_reach_and_answers_of_a_post(told: Square) -> None:
    week = summary(told)["instagram"]
    assert week.reach.known
    assert week.answers.known
    assert week.best
    assert week.best.title.startswith("Rye bread")


def test_what_a_network_no_longer_gives_is_a_dash(told: Square) -> None:
    weeks = summary(told)
    for figure in (weeks["twitter"].reach, weeks["linkedin"].reach, weeks["linkedin"].answers):
        assert figure.shown == DASH
        assert figure.why


def test_a_small_page_gets_no_figures_and_that_is_said(told: Square) -> None:
    told.graph.set_followers(12)
    reach = summary(told)["facebook"].reach
    assert reach.shown == DASH
    assert "not given" in reach.why


def test_a_network_that_is_down_costs_only_its_own_numbers(told: Square) -> None:
    told.graph.end_token("page")
    weeks = summary(told)
    assert weeks["facebook"].reach.shown == DASH
    assert weeks["facebook"].answers.shown == DASH
    assert weeks["facebook"].answers.why
    assert weeks["facebook"].posts.value == "1"
    assert weeks["instagram"].reach.known


def test_a_network_that_is_down_is_asked_once(square: Square) -> None:
    for n in range(3):
        square.approve(square.submit("facebook_create_post", message=f"Loaf {n}"))
    square.graph.end_token("page")
    square.graph.forget_requests()
    assert summary(square)["facebook"].posts.value == "3"
    assert len(square.graph.requests()) == 1


def test_a_network_that_is_not_connected_any_more_gives_the_reason(told: Square) -> None:
    told.restart(TWITTER_API_KEY="")
    week = summary(told)["twitter"]
    assert week.answers.shown == DASH
    assert "TWITTER_API_KEY" in week.answers.why


def test_a_summary_reads_and_changes_nothing(told: Square) -> None:
    before = told.posts()
    for service in (told.graph, told.x, told.linkedin):
        service.forget_requests()
    summary(told)
    sent = [s for service in (told.graph, told.x, told.linkedin) for s in service.requests()]
    assert {each.method for each in sent} == {"GET"}
    assert told.posts() == before


def test_the_audit_names_the_best_post_and_the_least_of_a_network(square: Square) -> None:
    zone = square.engine.settings.zone
    week = Week.of(square.clock().astimezone(zone).date())
    if week.ends_at(zone) - square.clock() < timedelta(minutes=10):
        square.clock.forward(minutes=10)
        week = week.later(1)
    for text in ("Rye is back.", "Closed on Monday."):
        square.approve(square.submit("facebook_create_post", message=text))
        square.settle()
    remote = [post.remote_id for post in posted(square)]
    square.graph.comment_as_stranger(remote[0], "Lovely!")
    made = Reports(ground=square.engine.ground).make(Report.AUDIT, week)
    page = square.engine.vault.read(made.folder, made.name)
    best, least = summary(square)["facebook"].best, summary(square)["facebook"].worst
    assert best
    assert least
    assert (
        f"- Best on Facebook: [Rye is back.]({best.url}) (answers: {best.answers.number})" in page
    )
    assert f"- Least on Facebook: [Closed on Monday.]({least.url}) (answers: " in page
    # A figure's places can be clicked.
    assert f"[Rye is back.]({best.url}) [Closed on Monday.]({least.url}) |" in page
    assert "[](" not in page
