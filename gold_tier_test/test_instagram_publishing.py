"""Instagram's two steps: the container, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from meta_bench import Shop, broken

from utils.core.errors import RejectedError
from utils.core.model import OutcomeKind
from utils.sandbox.graph import PretendGraph


@pytest.fixture
def shop(graph: PretendGraph, tmp_path: Path) -> Shop:
    return Shop(graph, tmp_path)


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
