"""What the clients of X and LinkedIn share: pictures, secrets, weight; and X's own description."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, override

import pytest
from social_bench import (
    FAULT_NAMES,
    FAULTS,
    LINKED,
    TEXT,
    Attempt,
    linkedin_settings,
    no_wait,
    operation,
    requests_of,
    x_settings,
)

from utils.core.errors import EmployeeError, InvalidValueError, UnreachableError
from utils.http_client import HttpClient
from utils.linkedin_client import LinkedInClient
from utils.posts.picture import fetch_picture
from utils.posts.web_address import is_public
from utils.sandbox.http_wire import Answer
from utils.sandbox.http_wire import Request as Arrived
from utils.sandbox.linkedin import PretendLinkedIn
from utils.sandbox.pretend_service import PretendService
from utils.sandbox.x import PretendX
from utils.sandbox.x_posts import ANNS_QUESTION, OWN_POST, XState
from utils.settings import PROJECT_ROOT, secrets
from utils.x_client import XClient

OPENAPI = os.environ.get("X_OPENAPI", "")


@pytest.fixture
def on_x(x: PretendX, tmp_path: Path) -> XClient:
    return XClient(x_settings(x, tmp_path), sleep=no_wait)


@pytest.fixture
def on_linkedin(linkedin: PretendLinkedIn, tmp_path: Path) -> LinkedInClient:
    return LinkedInClient(linkedin_settings(linkedin, tmp_path), sleep=no_wait)


# --- both: pictures, secrets, weight --------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.1.2.3"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "ff0e::1"),
        *("::7f00:1", "::ffff:0:7f00:1", "fec0::3", "4000::1"),
    ],
)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111"])
def test_an_address_outside_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("http://bakery.com/a.png", "ftp://bakery.com/a.png", "file:///etc/passwd", "https://"),
        *("https://127.0.0.1/a.png", "https://localhost/a.png", "https://[::1]/a.png"),
        *("https://user:pw@bakery.com/a.png", "https://bakery.com:22/a.png", "https://a:b/c"),
        *("https://2130706433/a.png", "https://0x7f.1/a.png", "{own}.evil.example/a.png"),
        "{own}@{inside}/pictures/bread.png",
    ],
)
def test_a_picture_is_not_fetched_from_inside(x: PretendX, url: str) -> None:
    """A model must not make us read what only this machine can reach."""
    with PretendX() as inside:
        address = url.replace("{inside}", inside.url).replace("{own}", x.url)
        with pytest.raises(InvalidValueError):
            fetch_picture(address, timeout_s=1, own=x.url)
    assert not x.requests() + inside.requests()


def test_the_address_that_was_checked_is_the_one_that_is_fetched_from(x: PretendX) -> None:
    """Between the check and the call, a name must not be able to move inside."""
    port = x.url.rpartition(":")[2]
    http = HttpClient("picture", timeout_s=1)
    url = f"http://nobody.invalid:{port}/pictures/bread.png"
    assert http.send("GET", url, address="127.0.0.1").status == 200
    assert x.requests()[0].headers["host"] == f"nobody.invalid:{port}"


def test_only_a_picture_is_taken_for_one(x: PretendX) -> None:
    address = f"{x.url}/pictures/bread.png"
    assert fetch_picture(address, timeout_s=1, own=x.url).kind == "image/png"
    x.picture = b"<svg onload=alert(1)>"
    with pytest.raises(InvalidValueError, match="neither JPEG nor PNG"):
        fetch_picture(address, timeout_s=1, own=x.url)
    x.picture = b"\xff\xd8\xff" + bytes(6 * 1024 * 1024)
    with pytest.raises(UnreachableError, match="5 MB"):
        fetch_picture(address, timeout_s=5, own=x.url)
    x.fault("status", path="/pictures", status=302)
    with pytest.raises(InvalidValueError, match="302"):
        fetch_picture(address, timeout_s=1, own=x.url)


@pytest.mark.parametrize("fault", [fault for fault, _ in FAULTS], ids=FAULT_NAMES)
def test_no_key_or_token_gets_into_an_error_a_log_or_an_address(
    x: PretendX,
    linkedin: PretendLinkedIn,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    fault: dict[str, Any],
) -> None:
    caplog.set_level(logging.DEBUG)
    more = {"TWITTER_BEARER_TOKEN": "x-bearer-token", "HTTP_TIMEOUT_SECONDS": "0.2"}
    where = x_settings(x, tmp_path, **linkedin.environment() | more)
    page = linkedin_settings(linkedin, tmp_path, **more)
    on_x, on_linkedin = XClient(where, sleep=no_wait), LinkedInClient(page, sleep=no_wait)
    said = [repr(where), repr(page)]
    calls: list[tuple[PretendService[Any], Callable[[], object]]] = [
        (x, lambda: on_x.post({"text": TEXT})),
        (x, lambda: on_x.find("1")),
        (x, lambda: on_x.account),
        (linkedin, lambda: on_linkedin.post({"author": "x"})),
        (linkedin, lambda: on_linkedin.owner),
        (linkedin, on_linkedin.token_expiry),
    ]
    for service, call in calls:
        service.fault(**{"times": 5} | fault)
        try:
            call()
        except EmployeeError as error:
            said += [f"{cause!s} {cause!r} {cause.args}" for cause in causes(error)]
        service.heal()
    said += [record.getMessage() + str(record.exc_text) for record in caplog.records]
    said += [sent.path for service in (x, linkedin) for sent in requests_of(service)]
    hidden = secrets(where.general)
    assert len(hidden) == 7
    for secret in hidden:
        assert not [line for line in said if secret in line]


def causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("name", ["twitter", "linkedin"])
def test_the_tools_are_listed_before_a_library_is_loaded(name: str) -> None:
    script = PROJECT_ROOT / f".claude/mcp-servers/{name}-mcp/mcp_server_{name}.py"
    code = (
        "import sys, runpy; sys.path.insert(0, sys.argv[2]); runpy.run_path(sys.argv[1]);"
        "print([n for n in ('tweepy', 'requests', 'httpx2', 'oauthlib') if n in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(script), str(PROJECT_ROOT)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert ran.stdout.strip() == "[]"


# --- X's own description --------------------------------------------------------------------


@pytest.mark.skipif(not OPENAPI, reason="X_OPENAPI names no copy of X's own API description")
def test_what_we_send_and_what_the_sandbox_answers_is_as_x_describes_it(tmp_path: Path) -> None:
    """The file is X's openapi.json (seen: version 2.167); it is no part of this project."""
    jsonschema = pytest.importorskip("jsonschema")
    described = json.loads(Path(OPENAPI).read_text())
    exchanged: list[tuple[Arrived, Answer]] = []

    class Recording(PretendX):
        @override
        def respond(self, request: Arrived, state: XState) -> Answer:
            exchanged.append((request, super().respond(request, state)))
            return exchanged[-1][1]

    with Recording() as x:
        use_everything(XClient(x_settings(x, tmp_path)), f"{x.url}/pictures/bread.png")
    checked: set[tuple[str, str]] = set()
    wrong: list[Any] = []
    for request, answer in exchanged:
        route = re.sub(r"/[0-9]{5,}", "/{id}", request.path)
        if found := described["paths"].get(route, {}).get(request.method.lower()):
            checked.add((request.method, route))
            wanted = found["responses"][str(answer.status)]
            for body, kind in ((answer.body, wanted), (request.body, found.get("requestBody"))):
                schema = (kind or {}).get("content", {}).get("application/json", {}).get("schema")
                validator = jsonschema.Draft202012Validator({**described, **(schema or {})})
                wrong += validator.iter_errors(json.loads(body)) if schema else []
    assert len(checked) == 7
    assert not [f"{error.json_path}: {error.message[:200]}" for error in wrong]


def use_everything(reach: XClient, picture: str) -> None:
    """Make every call that the tools make."""
    Attempt(reach, "twitter_create_tweet", text=LINKED, image_url=picture).perform()
    Attempt(reach, "twitter_reply", tweet_id=ANNS_QUESTION, text=TEXT).perform()
    Attempt(reach, "twitter_delete_tweet", tweet_id=OWN_POST).perform()
    for tool in ("twitter_list_tweets", "twitter_list_mentions", "twitter_get_account"):
        operation(tool).read(reach)
    reach.find(OWN_POST)


def test_no_picture_is_fetched_from_this_machine_for_a_real_service() -> None:
    with PretendX() as inside:
        address = f"{inside.url}/pictures/bread.png"
        with pytest.raises(InvalidValueError):
            fetch_picture(address, timeout_s=1, own="https://api.x.com")
    assert not inside.requests()
