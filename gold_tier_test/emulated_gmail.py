"""The Gmail double `emulate`, which others wrote: installed, started, and what it leaves out."""

from __future__ import annotations

import base64
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final, override
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from utils.core.errors import EmployeeError
from utils.http_client import HttpClient
from utils.sandbox.http_wire import Answer, Request
from utils.sandbox.pretend_service import PretendService

OWNER: Final = "owner@bakery.example"
#: A mail that lies in the mailbox from the start.
SEEDED: Final = "Seeded order"
_DOUBLE: Final = "emulate@0.12.2"
_INSTALL_S: Final = 120
_START_S: Final = 30
_MAILBOX: Final = "/gmail/v1/users/me"
_CPU: Final = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
#: JSON is YAML, too.
_SEED: Final = {
    "google": {
        "users": [{"email": OWNER, "name": "Owner"}],
        "messages": [
            {
                "id": "m1",
                "user_email": OWNER,
                "from": "Ann <ann@cafe.example>",
                "to": OWNER,
                "subject": SEEDED,
                "body_text": "Two rye.",
                "label_ids": ["INBOX", "UNREAD"],
            }
        ],
    }
}


class EmulatedGmail(PretendService[None]):
    """Hands requests on to the double, and answers what it lacks.

    It lacks getProfile, and takes ``-category:`` for a word to look for.

    Args:
        double: Where the double answers.
        folder: Where ``environment`` writes the sign-in.
    """

    name: ClassVar[str] = "emulated-gmail"

    def __init__(self, double: str, folder: Path) -> None:
        super().__init__()
        self._double = double
        self._folder = folder
        self._http = HttpClient("double", timeout_s=10)
        self._sign_in = _signed_in(double, self._http)
        self._bearer = {"authorization": "Bearer the-tests-own"}

    @override
    def seed(self) -> None:
        return None

    @override
    def environment(self) -> dict[str, str]:
        path = self._folder / "gmail-token.json"
        path.write_text(json.dumps(self._sign_in))
        return {"GMAIL_API_URL": self.url, "GMAIL_TOKEN_FILE": str(path)}

    @override
    def respond(self, request: Request, state: None) -> Answer:
        if request.path == f"{_MAILBOX}/profile":
            since = self.get("history?startHistoryId=0&maxResults=1")["historyId"]
            return Answer.json({"emailAddress": OWNER, "historyId": since})
        target = request.target.replace(quote("-category:"), quote("-label:CATEGORY_"))
        headers = {
            name: value
            for name, value in request.headers.items()
            if name in {"authorization", "content-type"}
        }
        url = f"{self._double}{target}"
        found = self._http.send(request.method, url, headers=headers, body=request.body)
        kind = {"content-type": found.headers["content-type"]}
        return Answer(found.status, found.body, kind)

    def get(self, path: str) -> Any:
        """Ask the double itself."""
        url = f"{self._double}{_MAILBOX}/{path}"
        return self._http.send("GET", url, headers=self._bearer).json()

    def deliver(self, raw: bytes) -> str:
        """Let a mail arrive and return its id."""
        mail = {"raw": base64.urlsafe_b64encode(raw).decode(), "labelIds": ["INBOX", "UNREAD"]}
        headers = self._bearer | {"content-type": "application/json"}
        url = f"{self._double}{_MAILBOX}/messages/import"
        answer = self._http.send("POST", url, headers=headers, body=json.dumps(mail).encode())
        return str(answer.json()["id"])

    def mails(self, subject: str, label: str) -> list[Any]:
        """Return the whole mails under a label whose subject ends with these words."""
        found = self.get(f"messages?labelIds={label}&maxResults=500").get("messages") or ()
        mails = [self.get(f"messages/{one['id']}?format=full") for one in found]
        return [mail for mail in mails if header(mail, "Subject").endswith(subject)]


def header(mail: Any, name: str) -> str:
    """Return a header of a mail, or ""."""
    found = (one["value"] for one in mail["payload"]["headers"] if one["name"] == name)
    return str(next(found, ""))


@contextmanager
def emulated_gmail(folder: Path) -> Iterator[EmulatedGmail]:
    """Run the double; the test that asks for it is skipped where that is not possible."""
    node, script = _installed()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    seed, log = folder / "seed.yaml", folder / "double.log"
    seed.write_text(json.dumps(_SEED))
    where = ["--host", "127.0.0.1", "--port", str(port)]
    command: list[str | Path] = [
        node,
        script,
        "start",
        "--service",
        "google",
        *where,
        "--seed",
        seed,
    ]
    with log.open("wb") as written:
        process = subprocess.Popen(command, cwd=folder, stdout=written, stderr=written)
    try:
        double = f"http://127.0.0.1:{port}"
        if not _answers(double, process):
            said = " ".join(log.read_text(errors="replace").split())
            pytest.skip(f"the Gmail double did not start: {said[:300]}")
        with EmulatedGmail(double, folder) as gmail:
            yield gmail
    finally:
        process.kill()
        process.wait(10)


def _installed() -> tuple[Path, Path]:
    """Return Node and the double's script, installed where they are not there yet."""
    npm = shutil.which("npm")
    cpu = _CPU.get(platform.machine().lower())
    if npm is None or cpu is None or sys.platform == "win32":
        pytest.skip("the Gmail double needs npm, on Linux or macOS")
    # The package called "node" only picks one of these in a script, and no script is run here.
    prefix = "node-bin" if (sys.platform, cpu) == ("darwin", "arm64") else "node"
    engine = f"{prefix}-{sys.platform}-{cpu}"
    # Nobody else may be able to put a program there.
    place = Path(tempfile.gettempdir()) / f"gmail-double-{os.getuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    if place.stat().st_uid != os.getuid():
        pytest.skip(f"{place.name} in the temporary folder belongs to somebody else")
    modules = place / "node_modules"
    # npm writes this list last.
    if not (modules / ".package-lock.json").exists():
        _install([npm, "install", "--ignore-scripts", "--prefix", place, _DOUBLE, f"{engine}@22"])
    return modules / engine / "bin" / "node", modules / "emulate" / "dist" / "index.js"


def _install(command: list[str | Path]) -> None:
    quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=0"]
    try:
        subprocess.run([*command, *quiet], check=True, capture_output=True, timeout=_INSTALL_S)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not bring the Gmail double within {_INSTALL_S} s")
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").splitlines()
        pytest.skip(f"npm could not bring the Gmail double: {' '.join(said[:2])[:200]}")


def _answers(double: str, process: subprocess.Popen[bytes]) -> bool:
    """Wait for the double; return False where it ended or took too long."""
    http = HttpClient("double", timeout_s=2)
    until = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < until:
        try:
            http.send("GET", f"{double}{_MAILBOX}/labels")
        except EmployeeError:
            time.sleep(0.1)
        else:
            return True
    return False


def _signed_in(double: str, http: HttpClient) -> dict[str, Any]:
    """Return the sign-in that the owner's yes on the double's page brings."""
    client = {"client_id": "bakery", "client_secret": "no secret"}
    back = {"redirect_uri": "http://127.0.0.1/"}
    wanted = {"email": OWNER, "scope": "https://mail.google.com/", "client_id": "bakery"}
    agreed = _post(http, f"{double}/o/oauth2/v2/auth/callback", wanted | back)
    [code] = parse_qs(urlsplit(agreed.headers["location"]).query)["code"]
    form = {"grant_type": "authorization_code", "code": code} | client | back
    given = _post(http, f"{double}/oauth2/token", form).json()
    url = f"{double}/oauth2/token"
    return {"refresh_token": given["refresh_token"], "token_uri": url} | client


def _post(http: HttpClient, url: str, form: dict[str, str]) -> Any:
    return http.send("POST", url, headers=_FORM, body=urlencode(form).encode())
