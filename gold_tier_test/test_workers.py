"""Workers: whatever dies, each approval takes place once, in order, or is asked again."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import cast

import pytest

from benchmarks.cables import NETWORK, Cables, why_not
from benchmarks.farm import COMMITS, PAUSE, TOOLS, Farm, until
from benchmarks.ordeal import Ordeal
from benchmarks.postgres_server import NoServerError, Server, running
from utils.core.errors import JournalError, OutcomeUnknownError
from utils.core.lifecycle import State
from utils.execution.queues import BATCH, EVERYTHING
from utils.http_client import HttpClient
from utils.sandbox.pretend_service import Sent
from utils.sandbox.street import Street
from utils.times.clock import utc_now

type Make = Callable[..., Farm]


@pytest.fixture
def farm(tmp_path: Path, doomed: Server, request: pytest.FixtureRequest) -> Iterator[Farm]:
    name = f"b{abs(hash(request.node.name)) % 10**12}"
    with Street() as street:
        made = Farm(tmp_path, doomed, street, name)
        yield made
        made.stop()


@pytest.fixture
def thrifty(tmp_path: Path, doomed: Server) -> Iterator[Farm]:
    """A farm whose owner spends no more than two hundred a day."""
    with Street() as street:
        more = {"MAX_AMOUNT_PER_DAY": "200"}
        made = Farm(tmp_path, doomed, street, "thrifty", more=more)
        yield made
        made.stop()


@pytest.fixture
def cables() -> Iterator[Cables]:
    """The hub, in which the test is from here on; each machine on a cable."""
    if reason := why_not():
        pytest.skip(reason)
    with Cables() as laid:
        yield laid


@pytest.fixture
def wired(tmp_path: Path, cables: Cables) -> Iterator[Farm]:
    """A farm whose machines are namespaces of their own."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running(guests=NETWORK))
        except NoServerError as error:
            pytest.skip(str(error))
        street = stack.enter_context(Street())
        made = Farm(tmp_path, server, street, "wired", cables=cables)
        stack.callback(made.stop)
        yield made


def settled(farm: Farm, *, seconds: float) -> bool:
    def is_settled() -> bool:
        try:
            return farm.is_settled()
        except JournalError:
            return False

    return until(is_settled, seconds=seconds)


def test_a_worker_elsewhere_carries_out_what_is_granted_and_the_home_files_it(farm: Farm) -> None:
    farm.approve(4)
    farm.start("till")
    assert settled(farm, seconds=40), (farm.states(), (farm.folder / "till.err").read_text())
    assert farm.judge() == {"done": 4, "asked": 0, "failed": 0}
    assert not any((farm.folder / "till/AI_Employee").glob("*/*.md"))
    farm.home.folders.sweep()
    completed = farm.home.vault.root / "Completed"
    assert {path.name for path in completed.glob("*.md")} >= {each.note for each in farm.asked}
    # None came there as one that was too late.
    assert not list((farm.home.vault.root / "Needs_Action").glob("ALERT*"))


def test_a_worker_elsewhere_takes_an_announcement_apart_and_the_home_closes_it(farm: Farm) -> None:
    whole = farm.ask(
        "social_create_announcement", text="Open on Monday", networks=["facebook", "linkedin"]
    )
    farm.start("till")
    journal = farm.home.journal
    assert until(
        lambda: [part.state for part in journal.of_group(whole.id)] == [State.DONE] * 2, seconds=40
    ), (farm.states(), (farm.folder / "till.err").read_text())
    farm.home.pass_once()
    closed = journal.find(whole.id)
    assert closed is not None
    assert closed.state is State.DONE


def test_a_whole_batch_above_its_cap_holds_up_nothing_behind_it_and_spins_nowhere(
    thrifty: Farm,
) -> None:
    thrifty.approve(BATCH + 2, ("odoo_create_invoice",))
    behind = thrifty.ask("odoo_create_partner", name="New Customer Ltd", email="n@new.example")
    executor = thrifty.home.executor
    assert executor
    rounds = [executor.run_lane("odoo") for _ in range(4)]
    found = thrifty.home.journal.find(behind.id)
    assert found is not None
    assert found.state is State.DONE
    assert len(thrifty.home.journal.granted_to("odoo", EVERYTHING, now=utc_now())) >= BATCH
    assert not rounds[-1]


def test_a_worker_comes_not_back_at_once_for_what_may_not_go_out(farm: Farm) -> None:
    farm.approve(BATCH, ("odoo_create_invoice",))
    executor = farm.home.executor
    assert executor
    farm.home.switch.stop(how="test")
    assert not executor.run_lane("odoo")
    farm.home.switch.resume()
    assert executor.run_lane("odoo")


def test_no_machine_overtakes_another_one_at_the_same_service(farm: Farm) -> None:
    farm.approve(6, tools=("odoo_create_invoice",))
    farm.street.odoo.fault("slow", path=COMMITS["odoo"], seconds=0.8, times=1)
    for machine in ("one", "two"):
        farm.start(machine)
    assert settled(farm, seconds=60), farm.states()
    assert farm.effects()["odoo_create_invoice"] == [0, 1, 2, 3, 4, 5]


def test_nothing_overtakes_the_last_request_of_a_machine_that_died(farm: Farm) -> None:
    farm.approve(4, tools=("odoo_create_invoice",))
    farm.street.odoo.fault("slow", path=COMMITS["odoo"], seconds=0.9, times=1)
    farm.home.switch.stop(how="test")
    for machine in ("one", "two"):
        farm.start(machine)
    alive = {"worker on one", "worker on two"}
    assert until(lambda: alive <= farm.home.bookmarks.beats().keys(), seconds=60)
    farm.home.switch.resume()
    assert until(lambda: any(map(is_commit, farm.street.odoo.requests())), seconds=20)
    farm.kill(at_work(farm))
    assert settled(farm, seconds=60), farm.states()
    assert farm.effects()["odoo_create_invoice"] == [0, 1, 2, 3]
    assert farm.judge() == {"done": 4, "asked": 0, "failed": 0}


def is_commit(sent: Sent) -> bool:
    return fnmatch(sent.path, COMMITS["odoo"])


def test_whatever_dies_each_approval_takes_place_once_and_in_order(farm: Farm) -> None:
    """A slice of the sweep: 150 approvals, two machines, one trouble after another."""
    endure(farm, 150, machines=2, troubles=8, seed=20261122, seconds=210)


def test_who_is_cut_off_in_the_midst_of_a_call_doubles_and_loses_nothing(wired: Farm) -> None:
    wired.approve(6, tools=("odoo_create_invoice",))
    wired.street.odoo.fault("slow", path=COMMITS["odoo"], seconds=0.5, times=2)
    for machine in ("one", "two"):
        wired.start(machine)
    assert until(lambda: any(map(is_commit, wired.street.odoo.requests())), seconds=20)
    assert wired.cables is not None
    with wired.cables.cut(at_work(wired)):
        # The other one takes over while the first one is still away.
        assert until(lambda: wired.states()[State.DONE] >= 5, seconds=40), wired.states()
    assert settled(wired, seconds=30), wired.states()
    counts = wired.judge()
    assert counts["failed"] == 0
    wired.answer_again()
    assert settled(wired, seconds=30), wired.states()
    assert wired.judge(ordered=False) == {"done": 6, "asked": 0, "failed": 0}


def at_work(farm: Farm) -> str:
    """The machine that armed the first approval."""
    records = farm.home.journal.records_of(farm.asked[0].id)
    [armed] = [record for record in records if record["result"] == State.ARMED]
    return str(armed["parameters"]["machine"])


def test_a_request_that_was_given_up_does_not_arrive_later(cables: Cables) -> None:
    """Else it would take place after a look found nothing, and once more after the next yes."""
    arrived = bytearray()
    over = threading.Event()

    def listen(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError):
            while piece := connection.recv(4096):
                arrived.extend(piece)
        over.set()

    with ExitStack() as cut, socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        threading.Thread(target=listen, args=(server,), daemon=True).start()

        def body() -> Iterator[bytes]:
            yield b"the first half"
            cut.enter_context(cables.cut("till"))
            yield b"the second half"

        client = HttpClient("odoo", timeout_s=1)
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with cables.on("till"), pytest.raises(OutcomeUnknownError):
            client.send("POST", url, body=cast("bytes", body()))
        cut.close()
        # By itself the system would try again within a second, and close after it.
        over.wait(3)
    assert b"the first half" in arrived
    assert b"the second half" not in arrived


@pytest.mark.sweep
@pytest.mark.timeout(7200)
def test_five_thousand_approvals_survive_it_too(wired: Farm) -> None:
    endure(wired, 5000, machines=3, troubles=200, seed=5, seconds=3600, cut_s=60)


def endure(
    farm: Farm,
    count: int,
    *,
    machines: int,
    troubles: int,
    seed: int,
    seconds: float,
    cut_s: float = 4,
) -> None:
    """Let so much go wrong, judge, let the owner answer what was asked again, judge again."""
    ordeal = Ordeal(farm, random.Random(seed), cut_s=cut_s)  # noqa: S311 - a choice of tests
    # X takes a hundred posts in a quarter of an hour; the rest would wait for hours, rightly.
    tweets = min(count, 4 * 90)
    farm.approve(tweets)
    farm.approve(count - tweets, TOOLS[:3])
    ordeal.tell(f"{count} approved")
    for number in range(machines):
        farm.start(f"machine{number}")
    ordeal.run(troubles, seconds=seconds)
    counts = farm.judge()
    told = f"seed {seed}: {count} approvals, {dict(ordeal.troubles)}, {counts}"
    assert counts["done"] > count // 2, told
    said_yes = farm.answer_again()
    ordeal.run(0, seconds=120)
    ordeal.tell(f"{told}, then {said_yes} × yes again, {farm.judge(ordered=False)}")


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "EMPLOYEE_DATABASE_URL"), (("--queues", "mails"), "no queue mails")],
)
def test_a_worker_that_cannot_work_says_what_to_do(
    farm: Farm, words: tuple[str, ...], said: str
) -> None:
    if not words:
        farm.more = {"EMPLOYEE_DATABASE_URL": ""}
    process = farm.start("till", *words)
    assert process.wait(20) == 1
    assert said in (farm.folder / "till.err").read_text()


def test_stop_reaches_every_machine_within_two_seconds(farm: Farm) -> None:
    farm.approve(200, tools=("odoo_create_invoice",))
    farm.street.odoo.fault("slow", seconds=0.1, times=100_000)
    for machine in ("one", "two"):
        farm.start(machine)
    assert until(lambda: len(farm.street.odoo.ledger()) > 2, seconds=20)
    farm.home.switch.stop(how="test")
    PAUSE.wait(2)
    made = len(farm.street.odoo.ledger())
    PAUSE.wait(2)
    assert len(farm.street.odoo.ledger()) == made
    assert made < 200
    farm.home.switch.resume()
    assert until(lambda: len(farm.street.odoo.ledger()) > made, seconds=10)
