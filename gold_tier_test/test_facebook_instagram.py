"""Facebook and Instagram against the pretend Graph: what takes place there, and what never does.

Design, promises 2, 4, 5, 6 and 9; facts on Facebook Pages and Instagram.
"""

from __future__ import annotations

import io
import json
import logging
import threading
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from meta_bench import (
    CHANGES,
    COMMITS,
    LINK,
    METHODS,
    SECRETS,
    SERVICES,
    Shop,
    a_comment,
    a_reply,
    broken,
    every_change,
    every_change_there_is,
    grant_of,
    post,
    proposal_of,
)

from utils.core.errors import AuthenticationError, RejectedError, ServiceError, UnreachableError
from utils.core.model import OutcomeKind, Particulars
from utils.redaction import Redactor
from utils.sandbox.graph import PretendGraph
from utils.sandbox.graph_state import APP_KEY, PAGE, TOKENS
from utils.setup_logger import setup_logger


@pytest.fixture
def shop(graph: PretendGraph, tmp_path: Path) -> Shop:
    return Shop(graph, tmp_path)


# --- what is shown is what is sent ----------------------------------------------------------


@every_change_there_is
def test_what_the_dry_run_shows_is_what_arrives(shop: Shop, change: str) -> None:
    operation = every_change(shop)[change]
    service = SERVICES[operation.tool.partition("_")[0]]
    shown = operation.request(shop.where(service), Particulars(), "p_preview")
    shop.graph.forget_requests()
    assert shop.perform(operation).kind is OutcomeKind.DONE
    sent = next(sent for sent in shop.graph.requests() if sent.method == shown.method)
    assert f"{shop.graph.url}{sent.path}" == shown.url
    assert dict(parse_qsl(sent.body.decode())) == shown.body


@every_change_there_is
def test_a_change_takes_place_once_and_says_where(shop: Shop, change: str) -> None:
    done = shop.perform(every_change(shop)[change])
    (effect,) = shop.graph.ledger()
    assert effect["kind"] == change.replace("photo", "post")
    assert done.remote_id == effect["id"]
    if "comment" not in change and "deleted" not in change:
        assert done.url.startswith("https://www.")


def test_a_planned_post_is_never_left_to_facebook(shop: Shop) -> None:
    """Our own scheduler waits, so that dragging the note away stops it."""
    planned = post(scheduled_for="2027-01-02T08:00:00")
    assert planned.runs_at() == datetime(2027, 1, 2, 8)  # noqa: DTZ001 - the owner's zone is added later
    assert shop.perform(planned).kind is OutcomeKind.DONE
    assert b"schedule" not in shop.graph.requests()[-1].body
    assert b"published" not in shop.graph.requests()[-1].body


def test_the_apps_secret_proves_calls_without_travelling(tmp_path: Path) -> None:
    with PretendGraph(proof_required=True) as graph:
        shop = Shop(graph, tmp_path)
        assert shop.perform(post()).kind is OutcomeKind.DONE
        assert "appsecret_proof=" in graph.requests()[-1].path
        assert all(APP_KEY not in str(sent) for sent in graph.requests())
        del shop.variables["FACEBOOK_APP_SECRET"]
        shop.reaches.clear()
        with pytest.raises(RejectedError, match="appsecret_proof"):
            shop.perform(post("Another."))


# --- no token anywhere ----------------------------------------------------------------------


def test_the_token_travels_in_the_header_alone(shop: Shop) -> None:
    for operation in every_change(shop).values():
        shop.perform(operation)
    shop.read("facebook_get_page_insights")
    sent = [sent for sent in shop.graph.requests() if "/pictures/" not in sent.path]
    assert all("Bearer" in one.headers["authorization"] for one in sent)
    for one in sent:
        assert not any(secret in one.path or secret.encode() in one.body for secret in SECRETS)


FAULTS: dict[str, dict[str, object]] = {
    "refuse": {"seconds": 60},
    "reset": {},
    "timeout_before": {"seconds": 3},
    "timeout_after_commit": {"seconds": 3},
    "late_commit": {"seconds": 0.2},
    "status": {"status": 500},
}


@pytest.mark.parametrize("mode", FAULTS)
def test_no_error_and_no_log_holds_a_token(
    graph: PretendGraph, tmp_path: Path, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop(graph, tmp_path, timeout_s=0.5)
    graph.fault(mode, times=1, **FAULTS[mode])
    with caplog.at_level(logging.DEBUG), pytest.raises(ServiceError) as caught:
        shop.perform(post())
    assert_silent(caught.value, caplog.text)


@pytest.mark.parametrize("mode", FAULTS)
def test_a_look_at_a_token_writes_it_down_nowhere(
    graph: PretendGraph, tmp_path: Path, mode: str
) -> None:
    """Meta takes the token that is looked at in the address only; nobody logs the address."""
    written = io.StringIO()
    shop = Shop(graph, tmp_path, timeout_s=0.5)
    client = shop.reach("facebook_x").graph
    root = logging.getLogger()
    before = (root.level, root.handlers[:])
    try:
        setup_logger("DEBUG", Redactor())
        # Nothing is taken out here: what is written at all must be clean.
        root.addHandler(logging.StreamHandler(written))
        logging.getLogger("here").debug("logged")
        asked = {"input_token": TOKENS[PAGE]}
        assert client.request("debug_token", asked)["data"]["is_valid"]
        graph.fault(mode, times=1, method="GET", **FAULTS[mode])
        with pytest.raises(ServiceError) as caught:
            client.request("debug_token", asked)
    finally:
        root.handlers[:] = before[1]
        root.setLevel(before[0])
    assert "logged" in written.getvalue()
    assert_silent(caught.value, written.getvalue())


def test_a_refused_token_is_not_repeated_to_anybody(
    graph: PretendGraph, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The Graph itself repeats a malformed token in its answer."""
    shop = Shop(graph, tmp_path)
    wrong = "EAAwrong" + "9z" * 40
    shop.variables["FACEBOOK_PAGE_TOKEN"] = wrong
    with caplog.at_level(logging.DEBUG), pytest.raises(AuthenticationError) as caught:
        shop.perform(post())
    assert wrong not in f"{caught.value!r}{caught.value}{caught.value.__cause__!r}"
    assert wrong not in caplog.text


def test_whatever_error_repeats_a_secret_is_cleaned(shop: Shop) -> None:
    shop.graph.refuse(100, f"(#100) {TOKENS[PAGE]} may not do that")
    with pytest.raises(RejectedError) as caught:
        shop.perform(post())
    assert_silent(caught.value, "")
    assert "[redacted] may not do that" in str(caught.value)


def assert_silent(error: BaseException | None, logged: str) -> None:
    assert not any(secret in logged for secret in SECRETS)
    while error is not None:
        text = f"{error!r} {error} {error.args!r}"
        assert not any(secret in text for secret in SECRETS)
        error = error.__cause__


def test_a_list_never_gives_the_address_of_its_next_page(shop: Shop) -> None:
    first = shop.read("facebook_list_posts", limit=1)
    assert first["next"]
    assert "token" not in json.dumps(first)
    second = shop.read("facebook_list_posts", limit=1, after=first["next"])
    assert second["next"] is None
    assert second["posts"][0]["id"] != first["posts"][0]["id"]


# --- at most once ---------------------------------------------------------------------------


@every_change_there_is
def test_a_lost_answer_is_unknown_and_then_found(
    graph: PretendGraph, tmp_path: Path, change: str
) -> None:
    shop = Shop(graph, tmp_path, timeout_s=0.5)
    operation, mark = broken(shop, change, "timeout_after_commit", seconds=2)
    found = shop.probe(operation, mark)
    (effect,) = graph.ledger()
    assert found is not None
    assert (found.kind, found.remote_id) == (OutcomeKind.DONE, effect["id"])


@every_change_there_is
def test_what_was_lost_on_the_way_is_found_missing(
    graph: PretendGraph, tmp_path: Path, change: str
) -> None:
    shop = Shop(graph, tmp_path, timeout_s=0.5)
    operation, mark = broken(shop, change, "reset")
    found = shop.probe(operation, mark)
    assert found is not None
    assert found.kind is OutcomeKind.FAILED
    assert not graph.ledger()
    assert shop.perform(operation, mark).kind is OutcomeKind.DONE
    assert len(graph.ledger()) == 1


@every_change_there_is
@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_fault_on_a_change_is_unknown_and_nothing_is_sent_again(
    shop: Shop, change: str, status: int
) -> None:
    broken(shop, change, "status", status=status, times=5)
    method, pattern = METHODS.get(change, "POST"), COMMITS[change].strip("*")
    sent = [one for one in shop.graph.requests() if one.method == method and pattern in one.path]
    assert len(sent) == 1
    assert not shop.graph.ledger()


@every_change_there_is
def test_a_commit_behind_our_back_is_seen_by_the_later_look(
    graph: PretendGraph, tmp_path: Path, change: str
) -> None:
    """The connection breaks first and the effect comes after: why a quiet window exists."""
    shop = Shop(graph, tmp_path)
    operation, mark = broken(shop, change, "late_commit", seconds=0.2)
    wait_for_effect(graph)
    found = shop.probe(operation, mark)
    assert found is not None
    assert found.kind is OutcomeKind.DONE


def wait_for_effect(graph: PretendGraph) -> None:
    for _ in range(200):
        if graph.ledger():
            return
        threading.Event().wait(0.02)
    pytest.fail("the effect never came")


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "instagram_media"])
def test_a_change_that_never_left_is_told_apart(shop: Shop, change: str) -> None:
    operation = every_change(shop)[change]
    reach = shop.reach(operation.tool)
    proposal = proposal_of(operation, operation.look_up(reach))
    shop.graph.fault("refuse", seconds=60)
    with pytest.raises(UnreachableError):
        operation.perform(reach, grant_of(proposal), proposal, shop.mark())
    shop.graph.heal()
    assert not shop.graph.ledger()
    assert operation.perform(reach, grant_of(proposal), proposal, shop.mark()).kind is (
        OutcomeKind.DONE
    )


def test_a_slow_answer_is_an_answer(shop: Shop) -> None:
    shop.graph.fault("slow", path="*/feed", seconds=0.3)
    assert shop.perform(post()).kind is OutcomeKind.DONE
    assert len(shop.graph.ledger()) == 1


def test_while_the_list_of_posts_lags_the_look_comes_too_early(
    graph: PretendGraph, tmp_path: Path
) -> None:
    """Why the quiet window is longer than the lag: a look within it finds nothing."""
    shop = Shop(graph, tmp_path)
    graph.fault("lag", path="*/feed", seconds=60)
    mark, operation = shop.mark(), post()
    shop.perform(operation, mark)
    early = shop.probe(operation, mark)
    assert early is not None
    assert early.kind is OutcomeKind.FAILED
    graph.heal()
    late = shop.probe(operation, mark)
    assert late is not None
    assert late.kind is OutcomeKind.DONE


def test_an_older_post_with_the_same_words_is_not_taken_for_ours(shop: Shop) -> None:
    long_before = post("We are closed on Monday.")
    found = shop.probe(long_before, shop.mark())
    assert found is not None
    assert found.kind is OutcomeKind.FAILED


def test_another_post_of_the_same_minute_leaves_it_open(shop: Shop) -> None:
    """It could be ours, rewritten by Facebook; only the owner can tell."""
    mark = shop.mark()
    shop.perform(post("Something else."))
    assert shop.probe(post(), mark) is None
    assert shop.probe(post("Something else.", link=LINK), mark) is None


@pytest.mark.parametrize("change", ["facebook_comment", "instagram_comment"])
def test_a_strangers_answer_with_our_words_is_not_taken_for_ours(shop: Shop, change: str) -> None:
    operation, mark = every_change(shop)[change], shop.mark()
    shop.graph.comment_as_stranger(a_comment(shop), "Until noon.")
    shop.graph.comment_as_stranger(a_reply(shop), "At seven.")
    found = shop.probe(operation, mark)
    assert found is not None
    assert found.kind is OutcomeKind.FAILED


def test_words_are_found_again_however_blanks_are_written(shop: Shop) -> None:
    mark = shop.mark()
    shop.perform(post("Rye\n\nis  here: café."))
    found = shop.probe(post("Rye\r\nis here: cafe\u0301."), mark)
    assert found is not None
    assert found.kind is OutcomeKind.DONE
