"""Facebook and Instagram against the pretend Graph: what takes place there, and what never does.

Design, promises 2, 4, 5, 6 and 9; facts on Facebook Pages and Instagram.
"""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, override
from urllib.parse import parse_qsl

import pytest

from utils.core.errors import (
    AuthenticationError,
    EmployeeError,
    InvalidValueError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    ServiceError,
    UnreachableError,
)
from utils.core.model import Grant, Origin, Outcome, OutcomeKind, Particulars, Proposal, Source
from utils.core.operation import Mark, Operation, Service
from utils.graph.errors import NotThereError
from utils.graph_client import GraphAccess, GraphClient
from utils.redaction import Redactor
from utils.registry import declared
from utils.sandbox.graph import PretendGraph
from utils.sandbox.graph_state import (
    ACCOUNT,
    ACCOUNT_ID,
    APP_ID,
    APP_KEY,
    PAGE,
    PAGE_ID,
    TOKENS,
)
from utils.sandbox.http_wire import Answer
from utils.settings import PROJECT_ROOT, load
from utils.setup_logger import setup_logger
from utils.tools.arguments import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.core.model import Json
    from utils.sandbox.graph_state import State
    from utils.sandbox.http_wire import Request

SERVERS = PROJECT_ROOT / ".claude" / "mcp-servers"
FACEBOOK = declared("facebook", SERVERS / "facebook-mcp" / "mcp_server_facebook.py")
INSTAGRAM = declared("instagram", SERVERS / "instagram-mcp" / "mcp_server_instagram.py")
SERVICES = {"facebook": FACEBOOK, "instagram": INSTAGRAM}
SECRETS = (TOKENS[PAGE], TOKENS[ACCOUNT], APP_KEY)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LINK = "https://bakery.example/rye"


class Shop:
    """The two services as an owner has set them up, and the attempts made with them."""

    def __init__(self, graph: PretendGraph, home: Path, *, timeout_s: float = 2) -> None:
        self.graph = graph
        self.home = home
        self.variables = graph.environment() | {"HTTP_TIMEOUT_SECONDS": str(timeout_s)}
        self.reaches: dict[str, Any] = {}
        #: What the Mark keeps, as the journal would.
        self.staged: dict[str, str] = {}

    def where(self, service: Service) -> Any:
        settings = load(self.home, environment=self.variables, project_root=self.home)
        return service.settings.read(settings)

    def reach(self, tool: str) -> Any:
        name = tool.partition("_")[0]
        if name not in self.reaches:
            self.reaches[name] = SERVICES[name].connect(self.where(SERVICES[name]))
        return self.reaches[name]

    def mark(self, ago: timedelta = timedelta(0)) -> Mark:
        return Mark(
            key="p_abc",
            ago=ago,
            staged=dict(self.staged),
            remember=self.staged.__setitem__,
        )

    def perform(self, operation: Operation, mark: Mark | None = None) -> Outcome:
        reach = self.reach(operation.tool)
        proposal = proposal_of(operation, operation.look_up(reach))
        return operation.perform(reach, grant_of(proposal), proposal, mark or self.mark())

    def probe(self, operation: Operation, mark: Mark) -> Outcome | None:
        reach = self.reach(operation.tool)
        return operation.probe(reach, proposal_of(operation, Particulars()), mark)

    def read(self, tool: str, **values: object) -> Json:
        return operation_of(tool, **values).read(self.reach(tool))

    def picture(self, **values: str) -> Operation:
        picture = {"image_url": self.graph.picture_url(), "caption": "Rye. #bakery"}
        return operation_of("instagram_create_post", **(picture | values))

    def instagram_without_pauses(self) -> list[float]:
        """Let Instagram's client not wait; return what it would have waited."""
        account = self.reach("instagram_x")
        pauses: list[float] = []
        publisher = replace(account.publisher, sleep=pauses.append)
        self.reaches["instagram"] = replace(account, publisher=publisher)
        return pauses

    def kinds(self) -> list[str]:
        return [effect["kind"] for effect in self.graph.ledger()]


def operation_of(tool: str, **values: object) -> Operation:
    kind = SERVICES[tool.partition("_")[0]].operation(tool)
    assert kind is not None
    return parse(kind, values)[0]


def post(message: str = "Rye is here.", **values: str) -> Operation:
    return operation_of("facebook_create_post", message=message, **values)


def proposal_of(operation: Operation, particulars: Particulars) -> Proposal:
    return Proposal(
        id="p-abc",
        operation=operation.tool,
        effect=operation.effect,
        fields=operation.model_dump(mode="json", exclude_none=True),
        particulars=particulars,
        headline=operation.headline(particulars),
        origin=Origin(source=Source.MCP),
        created_at=NOON,
        expires_at=NOON,
        revised_at=NOON,
    )


def grant_of(proposal: Proposal) -> Grant:
    return Grant(
        proposal_id=proposal.id, digest=proposal.digest, by="owner", how="drag", given_at=NOON
    )


@pytest.fixture
def graph() -> Iterator[PretendGraph]:
    with PretendGraph() as service:
        yield service


@pytest.fixture
def shop(graph: PretendGraph, tmp_path: Path) -> Shop:
    return Shop(graph, tmp_path)


def a_comment(shop: Shop) -> str:
    post_id = shop.read("facebook_list_posts")["posts"][1]["id"]
    return str(shop.read("facebook_list_comments", post_id=post_id)["comments"][0]["id"])


def a_reply(shop: Shop) -> str:
    media_id = shop.read("instagram_list_media")["media"][0]["id"]
    return str(shop.read("instagram_list_comments", media_id=media_id)["comments"][0]["id"])


def a_post(shop: Shop) -> str:
    return str(shop.read("facebook_list_posts")["posts"][0]["id"])


def every_change(shop: Shop) -> dict[str, Operation]:
    return {
        "facebook_post": post(link=LINK),
        "facebook_photo": post(image_url=shop.graph.picture_url("loaf.png")),
        "facebook_comment": operation_of(
            "facebook_reply_comment", comment_id=a_comment(shop), message="Until noon."
        ),
        "facebook_deleted": operation_of("facebook_delete_post", post_id=a_post(shop)),
        "instagram_media": shop.picture(),
        "instagram_comment": operation_of(
            "instagram_reply_comment", comment_id=a_reply(shop), message="At seven."
        ),
    }


CHANGES = (
    "facebook_post",
    "facebook_photo",
    "facebook_comment",
    "facebook_deleted",
    "instagram_media",
    "instagram_comment",
)
#: The request of each change that people see, as a glob for faults.
COMMITS = {
    "facebook_post": "*/feed",
    "facebook_photo": "*/photos",
    "facebook_comment": "*/comments",
    "facebook_deleted": f"*/{PAGE_ID}_*",
    "instagram_media": "*/media_publish",
    "instagram_comment": "*/replies",
}
METHODS = {"facebook_deleted": "DELETE"}
every_change_there_is = pytest.mark.parametrize("change", CHANGES)


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
    graph: PretendGraph, tmp_path: Path, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Meta takes the token that is looked at in the address only; nobody logs the address."""
    shop = Shop(graph, tmp_path, timeout_s=0.5)
    client = shop.reach("facebook_x").graph
    root = logging.getLogger()
    before = (root.level, root.handlers[:])
    try:
        # Without any secret to take out: what is written at all must be clean.
        setup_logger("DEBUG", Redactor())
        logging.getLogger("here").debug("logged")
        asked = {"input_token": TOKENS[PAGE]}
        assert client.request("debug_token", asked)["data"]["is_valid"]
        graph.fault(mode, times=1, method="GET", **FAULTS[mode])
        with pytest.raises(ServiceError) as caught:
            client.request("debug_token", asked)
    finally:
        root.handlers[:] = before[1]
        root.setLevel(before[0])
    logged = capsys.readouterr().err
    assert "logged" in logged
    assert_silent(caught.value, logged)


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


def broken(shop: Shop, change: str, mode: str, **values: object) -> tuple[Operation, Mark]:
    """Perform a change whose commit goes wrong; return it with the Mark of a later look."""
    operation = every_change(shop)[change]
    method = METHODS.get(change, "POST")
    shop.graph.fault(mode, path=COMMITS[change], method=method, **values)
    with pytest.raises(OutcomeUnknownError):
        shop.perform(operation, shop.mark())
    return operation, shop.mark()


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


# --- Instagram's two steps ------------------------------------------------------------------


def test_the_container_is_kept_before_it_is_published(graph: PretendGraph, tmp_path: Path) -> None:
    shop = Shop(graph, tmp_path, timeout_s=0.5)
    broken(shop, "instagram_media", "timeout_before", seconds=2)
    assert shop.staged["container"]
    assert not graph.ledger()


def test_a_second_attempt_uses_the_same_container(graph: PretendGraph, tmp_path: Path) -> None:
    shop = Shop(graph, tmp_path, timeout_s=0.5)
    operation, mark = broken(shop, "instagram_media", "reset")
    assert shop.perform(operation, mark).kind is OutcomeKind.DONE
    assert graph.ledger()[0]["payload"]["container"] == mark.staged["container"]


def test_a_second_attempt_at_what_is_out_already_publishes_nothing(
    graph: PretendGraph, tmp_path: Path
) -> None:
    shop = Shop(graph, tmp_path, timeout_s=0.5)
    operation, mark = broken(shop, "instagram_media", "timeout_after_commit", seconds=2)
    again = shop.perform(operation, replace(mark, ago=timedelta(hours=3)))
    (effect,) = graph.ledger()
    assert (again.kind, again.remote_id) == (OutcomeKind.DONE, effect["id"])


def test_an_edited_caption_gets_a_container_of_its_own(
    graph: PretendGraph, tmp_path: Path
) -> None:
    """Promise 4: what runs is what was shown."""
    shop = Shop(graph, tmp_path, timeout_s=0.5)
    _, mark = broken(shop, "instagram_media", "reset")
    shop.perform(shop.picture(caption="Spelt. #bakery"), mark)
    assert [effect["payload"]["caption"] for effect in graph.ledger()] == ["Spelt. #bakery"]


def test_an_edited_caption_does_not_follow_one_that_is_out(
    graph: PretendGraph, tmp_path: Path
) -> None:
    shop = Shop(graph, tmp_path, timeout_s=0.5)
    _, mark = broken(shop, "instagram_media", "timeout_after_commit", seconds=2)
    with pytest.raises(RejectedError, match="published already"):
        shop.perform(shop.picture(caption="Spelt. #bakery"), mark)
    assert len(graph.ledger()) == 1


def test_a_lost_container_only_waits(graph: PretendGraph, tmp_path: Path) -> None:
    """Nobody sees a container, so nothing is unknown."""
    shop = Shop(graph, tmp_path, timeout_s=0.5)
    graph.fault("timeout_after_commit", path="*/media", method="POST", seconds=2)
    assert shop.perform(shop.picture()).kind is OutcomeKind.WAITING
    assert shop.perform(shop.picture(), shop.mark()).kind is OutcomeKind.DONE
    assert len(graph.ledger()) == 1


def test_a_picture_that_takes_its_time_is_published_when_it_is_ready(shop: Shop) -> None:
    pauses = shop.instagram_without_pauses()
    shop.graph.looks_until_finished = 3
    assert shop.perform(shop.picture()).kind is OutcomeKind.DONE
    assert len(pauses) == 3


def test_a_picture_that_takes_too_long_waits_and_goes_out_later(shop: Shop) -> None:
    pauses = shop.instagram_without_pauses()
    shop.graph.looks_until_finished = 8
    assert shop.perform(shop.picture()).kind is OutcomeKind.WAITING
    assert sum(pauses) <= 15
    assert not shop.graph.ledger()
    first = shop.staged["container"]
    assert shop.perform(shop.picture(), shop.mark()).kind is OutcomeKind.DONE
    assert shop.graph.ledger()[0]["payload"]["container"] == first


@pytest.mark.parametrize("stage", ["ERROR", "EXPIRED"])
def test_a_container_that_is_over_is_made_anew(
    graph: PretendGraph, tmp_path: Path, stage: str
) -> None:
    shop = Shop(graph, tmp_path, timeout_s=0.5)
    operation, mark = broken(shop, "instagram_media", "reset")
    graph.spoil_containers(stage, "it is over")
    found = shop.probe(operation, mark)
    assert found is not None
    assert found.kind is OutcomeKind.FAILED
    assert shop.perform(operation, mark).kind is OutcomeKind.DONE
    assert graph.ledger()[0]["payload"]["container"] != mark.staged["container"]


def test_a_picture_that_instagram_spoils_is_a_persons_matter(shop: Shop) -> None:
    shop.instagram_without_pauses()
    shop.graph.looks_until_finished = 99
    shop.perform(shop.picture())
    reach = shop.reach("instagram_x")
    status = "Error: Media upload has failed with error code 2207026"

    def spoil(_: float) -> None:
        shop.graph.spoil_containers("ERROR", status)

    publisher = replace(reach.publisher, sleep=spoil)
    shop.reaches["instagram"] = replace(reach, publisher=publisher)
    with pytest.raises(RejectedError, match="2207026"):
        shop.perform(shop.picture(), shop.mark())


def test_the_container_of_an_attempt_that_never_made_one_was_never_published(shop: Shop) -> None:
    found = shop.probe(shop.picture(), shop.mark())
    assert found is not None
    assert found.kind is OutcomeKind.FAILED


def test_a_container_that_cannot_be_seen_any_more_leaves_it_open(shop: Shop) -> None:
    shop.staged["container"] = "18009999"
    assert shop.probe(shop.picture(), shop.mark()) is None


def test_an_address_that_cannot_be_read_does_not_undo_a_post(shop: Shop) -> None:
    shop.graph.fault("status", path="*/1789*", status=404)
    done = shop.perform(shop.picture())
    assert (done.kind, done.url) == (OutcomeKind.DONE, "")


# --- what the Graph's numbers mean ----------------------------------------------------------

MEANINGS: list[tuple[int, int | None, type[ServiceError]]] = [
    *((190, subcode, AuthenticationError) for subcode in (458, 459, 460, 463, 464, 467, None)),
    *((code, None, AuthenticationError) for code in (3, 10, 102, 200, 283, 299)),
    (100, 1404078, AuthenticationError),
    *((code, None, RateLimitedError) for code in (4, 17, 32, 613, 80001, 80002, 80006)),
    (9, 2207042, RateLimitedError),
    *((100, code, RejectedError) for code in (1390008, 1404112, 1404006, 4854002, 2207050)),
    (368, None, RejectedError),
    (9004, 2207052, RejectedError),
    (100, 2207020, RejectedError),
    (100, 1609008, RejectedError),
    (100, None, RejectedError),
    (100, 33, NotThereError),
    (506, None, OutcomeUnknownError),
    (100, 1366051, OutcomeUnknownError),
    *((code, None, OutcomeUnknownError) for code in (1, 2)),
    *((100, code, OutcomeUnknownError) for code in (1363047, 1609010, 2207032)),
]


@pytest.mark.parametrize(("code", "subcode", "meaning"), MEANINGS)
def test_a_number_of_the_graph_means_one_of_ours(
    shop: Shop, code: int, subcode: int | None, meaning: type[ServiceError]
) -> None:
    shop.graph.refuse(code, "said the Graph", subcode=subcode)
    with pytest.raises(ServiceError) as caught:
        shop.perform(post())
    assert type(caught.value) is meaning
    assert caught.value.service == "facebook"
    assert not shop.graph.ledger()


def test_a_missing_permission_is_named(shop: Shop) -> None:
    shop.graph.take_scope(PAGE, "pages_manage_posts")
    with pytest.raises(AuthenticationError, match="pages_manage_posts"):
        shop.perform(post())


def test_the_same_post_twice_is_looked_into_and_not_repeated(shop: Shop) -> None:
    shop.perform(post())
    with pytest.raises(OutcomeUnknownError, match="already"):
        shop.perform(post())
    assert len(shop.graph.ledger()) == 1


def test_the_graph_says_in_minutes_how_long_to_wait(shop: Shop) -> None:
    shop.graph.throttle(minutes=7, code=32)
    with pytest.raises(RateLimitedError) as caught:
        shop.perform(post())
    assert caught.value.retry_after_s == 420
    assert shop.reach("facebook_x").graph.heard.used_percent == 100
    assert shop.perform(post()).kind is OutcomeKind.DONE


def test_the_plain_header_says_it_too(shop: Shop) -> None:
    shop.graph.fault("status", path="*/feed", status=429, seconds=12)
    with pytest.raises(RateLimitedError) as caught:
        shop.perform(post())
    assert caught.value.retry_after_s == 12


def test_a_used_up_day_on_instagram_waits(shop: Shop) -> None:
    shop.graph.refuse(9, "limit", subcode=2207042)
    with pytest.raises(RateLimitedError):
        shop.perform(shop.picture())


@pytest.mark.parametrize("host", ["robots.example", "unreachable.example"])
def test_a_picture_that_meta_cannot_load_is_a_persons_matter(shop: Shop, host: str) -> None:
    account = shop.reach("instagram_x")
    operation = shop.picture(image_url=f"https://{host}/rye.jpg")
    request = operation.request(account.where, Particulars(), "p_abc")
    with pytest.raises(RejectedError, match="picture"):
        account.publisher.publish(request, shop.mark(), "Rye. #bakery")
    assert not shop.graph.ledger()


# --- answers that are none ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"{}"),
        (200, b"<html>"),
        (200, b"[]"),
        (404, b"\xff"),
        (500, b'{"id": "1"}'),
        (302, b'{"id": "1"}'),
    ],
)
def test_an_answer_that_is_none_is_unknown_and_never_a_success(
    status: int, body: bytes, tmp_path: Path
) -> None:
    """The library takes a JSON 500 without `error` for a success, and follows redirects."""

    class Odd(PretendGraph):
        @override
        def respond(self, request: Request, state: State) -> Answer:
            return Answer(status, body, {"location": f"{self.url}/elsewhere"})

    with Odd() as graph:
        with pytest.raises(OutcomeUnknownError):
            Shop(graph, tmp_path).perform(post())
        assert len(graph.requests()) == 1


def test_reads_are_tried_again(shop: Shop) -> None:
    shop.graph.fault("status", path="*/published_posts", status=503, times=2)
    assert len(shop.read("facebook_list_posts")["posts"]) == 2


def test_a_dead_token_is_not_tried_twice(shop: Shop) -> None:
    shop.graph.end_token(PAGE, subcode=460)
    with pytest.raises(AuthenticationError, match="password"):
        shop.read("facebook_list_posts")
    assert len(shop.graph.requests()) == 1


# --- values are checked before anything is sent ----------------------------------------------


@pytest.mark.parametrize(
    ("tool", "values", "said"),
    [
        ("facebook_create_post", {"message": "x" * 63_207}, "63,206 and this counts 63,207"),
        ("facebook_create_post", {"message": " \n"}, "no text"),
        ("facebook_create_post", {"message": "a", "link": "file:///etc/passwd"}, "https://"),
        ("facebook_create_post", {"message": "a", "link": "javascript:alert(1)"}, "https://"),
        (
            "facebook_create_post",
            {"message": "a", "link": LINK, "image_url": "https://a.example/a.jpg"},
            "a link or a picture",
        ),
        ("facebook_create_post", {"message": "a", "image_url": "https://a.example/a.gif"}, "gif"),
        ("facebook_delete_post", {"post_id": "1/../me"}, "pattern"),
        ("facebook_reply_comment", {"comment_id": "me", "message": "a"}, "pattern"),
        ("facebook_list_posts", {"limit": 101}, "100"),
        ("facebook_get_page_insights", {"since": "2026-01-01", "until": "2026-06-01"}, "151 days"),
        ("facebook_get_page_insights", {"since": "2026-02-01", "until": "2026-01-01"}, "before"),
        ("instagram_create_post", {"caption": "x" * 2_201}, "2,200 and this counts 2,201"),
        ("instagram_create_post", {"caption": "#a #b #c #d #e #f"}, "5 #hashtags at most"),
        ("instagram_create_post", {"caption": "@a @b @c @d"}, "3 @mentions at most"),
        ("instagram_create_post", {"image_url": "https://a.example/a.PNG?x=1"}, "png"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_count(
    tool: str, values: dict[str, object], said: str
) -> None:
    good = {"caption": "Rye", "image_url": "https://a.example/a.jpg"}
    wanted = good | values if tool == "instagram_create_post" else values
    with pytest.raises(InvalidValueError, match=re.escape(said)):
        operation_of(tool, **wanted)


PRIVATE = (
    "https://10.0.0.7/a.jpg",
    "https://192.168.1.1/a.jpg",
    "https://169.254.169.254/latest/meta-data",
    "https://[fd00::1]/a.jpg",
    "https://[::ffff:10.0.0.7]/a.jpg",
    "https://[64:ff9b::a00:7]/a.jpg",
    "https://2130706433/a.jpg",
    "https://0x7f.1/a.jpg",
    "https://printer.local/a.jpg",
    "https://intranet/a.jpg",
    "https://owner:pass@bakery.example/a.jpg",
    "http://bakery.example/a.jpg",
    "ftp://bakery.example/a.jpg",
    "file:///home/a.jpg",
    "https://bakery.example\\@10.0.0.7/a.jpg",
    "https://bakery.example/a b.jpg",
    "https://" + "a" * 2_100,
    "https://[::1",
    "",
)


@pytest.mark.parametrize("address", PRIVATE)
@pytest.mark.parametrize("tool", ["facebook_create_post", "instagram_create_post"])
def test_a_picture_that_is_not_public_is_refused(tool: str, address: str) -> None:
    text = "caption" if tool.startswith("instagram") else "message"
    with pytest.raises(InvalidValueError, match="image_url"):
        operation_of(tool, **{text: "Rye", "image_url": address})


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/a.jpg", "https://localhost/a.jpg"])
def test_this_machine_is_public_for_a_pretend_service_only(tmp_path: Path, address: str) -> None:
    real = {"FACEBOOK_PAGE_ID": "1", "FACEBOOK_PAGE_TOKEN": "EAA" + "x" * 30}
    settings = load(tmp_path, environment=real, project_root=tmp_path)
    where = FACEBOOK.settings.read(settings)
    with pytest.raises(InvalidValueError, match="not public"):
        post(image_url=address).request(where, Particulars(), "p_preview")


def test_a_picture_of_the_wrong_kind_is_refused_before_anybody_is_asked(shop: Shop) -> None:
    disguised = f"{shop.graph.url}/pictures/none.jpg"
    with pytest.raises(InvalidValueError):
        shop.perform(shop.picture(image_url=disguised))
    shown = shop.picture().look_up(shop.reach("instagram_x")).shown
    assert shown == {"Picture": "JPEG, 1 KB"}
    assert not shop.graph.ledger()


def test_a_picture_that_changed_since_it_was_approved_is_not_posted(shop: Shop) -> None:
    """Promise 4: what runs is what was shown."""
    operation = post(image_url=shop.graph.picture_url("loaf.jpg"))
    reach = shop.reach(operation.tool)
    approved = Particulars(resolved={"picture": "0" * 64})
    proposal = proposal_of(operation, approved)
    with pytest.raises(RejectedError, match="another picture"):
        operation.perform(reach, grant_of(proposal), proposal, shop.mark())
    assert not shop.graph.ledger()


def test_only_a_post_of_this_page_can_be_deleted(shop: Shop) -> None:
    of_another = shop.graph.post_as_stranger("Buns!")
    stranger = operation_of("facebook_delete_post", post_id=of_another)
    gone = operation_of("facebook_delete_post", post_id=f"{PAGE_ID}_1")
    for operation in (stranger, gone):
        with pytest.raises(InvalidValueError, match="post_id"):
            shop.perform(operation)


def test_a_note_about_a_deletion_shows_what_would_go(shop: Shop) -> None:
    operation = operation_of("facebook_delete_post", post_id=a_post(shop))
    particulars = operation.look_up(shop.reach(operation.tool))
    assert particulars.shown["Post"] == "We are closed on Monday."
    assert "We are closed on Monday." in operation.headline(particulars)


def test_a_note_about_an_answer_shows_whom_it_answers(shop: Shop) -> None:
    operation = every_change(shop)["facebook_comment"]
    particulars = operation.look_up(shop.reach(operation.tool))
    assert particulars.recipients == ("Bea",)
    assert particulars.shown["Comment"] == "Do you have gluten-free bread?"


@pytest.mark.parametrize("tool", ["facebook_reply_comment", "instagram_reply_comment"])
def test_a_comment_that_is_gone_cannot_be_answered(shop: Shop, tool: str) -> None:
    operation = operation_of(tool, comment_id="4711", message="Hello")
    with pytest.raises(InvalidValueError, match="no comment 4711"):
        shop.perform(operation)


# --- reading --------------------------------------------------------------------------------


def test_a_figure_that_is_not_given_is_null_with_a_reason_and_never_zero(shop: Shop) -> None:
    """Promise 9."""
    shop.graph.set_followers(99)
    found = shop.read("facebook_get_page_insights")
    assert set(found["metrics"].values()) == {None}
    assert set(found["missing"]) == set(found["metrics"])
    assert all(found["missing"].values())


def test_one_dead_figure_does_not_take_the_others_with_it(shop: Shop) -> None:
    shop.graph.refuse(100, "(#100) The value must be a valid insights metric", method="GET")
    found = shop.read("facebook_get_page_insights")
    dead = [name for name, values in found["metrics"].items() if values is None]
    assert dead == list(found["missing"]) == ["page_media_view"]
    assert len(found["metrics"]) == 8


def test_figures_are_by_day_and_the_last_day_belongs_to_them(shop: Shop) -> None:
    found = shop.read("facebook_get_page_insights", since="2026-11-16", until="2026-11-18")
    assert not found["missing"]
    assert {len(values) for values in found["metrics"].values()} == {3}


def test_figures_of_a_picture_are_numbers(shop: Shop) -> None:
    media_id = shop.read("instagram_list_media")["media"][0]["id"]
    found = shop.read("instagram_get_media_insights", media_id=media_id)
    values = found["metrics"].values()
    assert not found["missing"]
    assert all(isinstance(value, int) for value in values)
    assert len(set(values)) > 1


def test_figures_without_the_permission_are_an_error_and_not_a_gap(shop: Shop) -> None:
    shop.graph.take_scope(PAGE, "read_insights")
    with pytest.raises(AuthenticationError, match="read_insights"):
        shop.read("facebook_get_page_insights")


def test_posts_of_a_period_are_listed(shop: Shop) -> None:
    every = shop.read("facebook_list_posts")["posts"]
    day = every[1]["created_time"][:10]
    assert shop.read("facebook_list_posts", since=day, until=day)["posts"] == [every[1]]


def test_strangers_words_hide_nothing(shop: Shop) -> None:
    """Promise 8."""
    post_id = a_post(shop)
    shop.graph.comment_as_stranger(post_id, "fine\u202etxt.exe")
    (comment,) = shop.read("facebook_list_comments", post_id=post_id)["comments"]
    assert comment["text"] == "fine⟨U+202E⟩txt.exe"
    assert comment["from"] == "Bea"


def test_one_post_is_read_with_its_counts(shop: Shop) -> None:
    post_id = shop.read("facebook_list_posts")["posts"][1]["id"]
    found = shop.read("facebook_get_post", post_id=post_id)
    assert (found["comments"], found["reactions"], found["shares"]) == (1, 3, 0)


def test_the_account_says_how_many_posts_are_left(shop: Shop) -> None:
    shop.perform(shop.picture())
    found = shop.read("instagram_get_account")
    assert (found["username"], found["posts_used"], found["posts_allowed"]) == (
        "adas.bakery",
        1,
        100,
    )


def test_comments_on_a_picture_are_listed(shop: Shop) -> None:
    media_id = shop.read("instagram_list_media")["media"][0]["id"]
    (comment,) = shop.read("instagram_list_comments", media_id=media_id)["comments"]
    assert (comment["from"], comment["text"]) == ("ben.bakes", "When do you open?")


# --- who we are, and for how long -----------------------------------------------------------


def test_the_connection_says_whom_it_reaches_and_which_version_answers(shop: Shop) -> None:
    assert FACEBOOK.whoami(shop.reach("facebook_x")) == (
        f"the Page Ada's Bakery ({PAGE_ID}), Graph v26.0"
    )
    assert INSTAGRAM.whoami(shop.reach("instagram_x")).startswith(f"@adas.bakery ({ACCOUNT_ID})")


def test_a_version_that_is_out_of_service_shows_by_the_one_that_answers(
    graph: PretendGraph, tmp_path: Path
) -> None:
    shop = Shop(graph, tmp_path)
    shop.variables["FACEBOOK_GRAPH_VERSION"] = "v20.0"
    assert "Graph v21.0" in FACEBOOK.whoami(shop.reach("facebook_x"))
    assert shop.reach("facebook_x").graph.get_version() == "21.0"


def test_a_token_says_when_it_ends(shop: Shop) -> None:
    client = shop.reach("facebook_x").graph
    in_90_days = client.token_expiry()
    assert in_90_days is not None
    assert timedelta(days=89) < in_90_days - datetime.now(UTC) < timedelta(days=91)
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=12)
    shop.graph.set_expiry(PAGE, ends)
    assert client.token_expiry() == ends
    shop.graph.end_token(PAGE)
    with pytest.raises(AuthenticationError):
        client.token_expiry()


def test_instagrams_own_host_cannot_say_when_its_token_ends(shop: Shop) -> None:
    assert shop.reach("instagram_x").graph.token_expiry() is None


def test_the_librarys_own_calls_go_out_our_way(graph: PretendGraph) -> None:
    """Whatever of facebook-sdk is called: no token in an address, our errors, lists as JSON."""
    access = GraphAccess(
        service="facebook", base=graph.url, version="v26.0", token=TOKENS[PAGE], timeout_s=2
    )
    client = GraphClient(access)
    assert client.get_object("me", fields="id,name")["id"] == PAGE_ID
    made = client.put_object(PAGE_ID, "feed", message="Hello")
    client.put_comment(made["id"], "First!")
    told = client.debug_access_token(TOKENS[ACCOUNT], APP_ID, APP_KEY)
    assert told["data"]["is_valid"] is False
    client.delete_object(made["id"])
    with pytest.raises(NotThereError):
        client.get_object(made["id"])
    with pytest.raises(EmployeeError):
        client.put_object(PAGE_ID, "feed", message="a", attached_media=[{"media_fbid": "1"}])
    assert b"attached_media=%5B%7B%22media_fbid%22%3A+%221%22%7D%5D" in graph.requests()[-1].body
    assert not any(TOKENS[PAGE] in sent.path or APP_KEY in sent.path for sent in graph.requests())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FACEBOOK_GRAPH_URL", "http://graph.facebook.com"),
        ("FACEBOOK_GRAPH_URL", "https://me:x@graph.facebook.com"),
        ("FACEBOOK_GRAPH_VERSION", "26"),
        ("FACEBOOK_PAGE_ID", "1/feed?x"),
        ("INSTAGRAM_GRAPH_URL", "http://127.0.0.1.example"),
    ],
)
def test_a_token_is_sent_encrypted_or_to_this_machine(shop: Shop, name: str, value: str) -> None:
    shop.variables[name] = value
    with pytest.raises(EmployeeError, match=name):
        shop.where(SERVICES[name.partition("_")[0].lower()])


def test_the_library_can_be_compiled_where_warnings_are_errors(tmp_path: Path) -> None:
    """Its first compile warns of a pattern of its own."""
    command = [sys.executable, "-W", "error", "-X", f"pycache_prefix={tmp_path}", "-c"]
    done = subprocess.run(
        [*command, "import utils.graph_client"], cwd=PROJECT_ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


# --- the pretend Graph itself ----------------------------------------------------------------


def test_a_user_finds_the_token_of_his_page_and_makes_his_own_last(graph: PretendGraph) -> None:
    access = GraphAccess(
        service="facebook", base=graph.url, version="v26.0", token=TOKENS["user"], timeout_s=2
    )
    client = GraphClient(access)
    (page,) = client.read("me/accounts", {})["data"]
    assert (page["id"], page["access_token"]) == (PAGE_ID, TOKENS[PAGE])
    longer = client.extend_access_token(APP_ID, APP_KEY)
    assert longer["expires_in"] == 60 * 86_400


def test_a_reset_returns_to_the_seed(shop: Shop) -> None:
    shop.perform(post())
    shop.graph.reset()
    assert not shop.kinds()
    assert len(shop.read("facebook_list_posts")["posts"]) == 2
