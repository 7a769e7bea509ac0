"""Secrets are taken out of every text, in whatever form they stand there."""

from __future__ import annotations

import base64
import io
import json
import logging
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from utils.redaction import REDACTED, Redactor
from utils.settings import load, secrets
from utils.setup_logger import setup_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET = 'p@ss/w+rd=ü "q" 7f3a'
WORDS = st.text(max_size=40)
SECRETS = st.text(min_size=8, max_size=60)


def in_json(secret: str) -> str:
    return json.dumps({"k": secret})


def in_json_with_umlauts(secret: str) -> str:
    return json.dumps({"k": secret}, ensure_ascii=False)


def in_query(secret: str) -> str:
    return urlencode({"token": secret})


def in_basic_header(secret: str) -> str:
    return base64.b64encode(f"user:{secret}".encode()).decode()


def in_url_safe_base64(secret: str) -> str:
    return base64.urlsafe_b64encode(f"ab{secret}z".encode()).decode()


FORMS: list[Callable[[str], str]] = [
    str,
    quote,
    quote_plus,
    in_json,
    in_json_with_umlauts,
    in_query,
    in_basic_header,
    in_url_safe_base64,
]


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_found_in_every_form(form: Callable[[str], str]) -> None:
    written = form(SECRET)
    cleaned = Redactor([SECRET]).clean(f"before {written} after")
    assert REDACTED in cleaned
    assert cleaned.startswith("before ")
    assert cleaned.endswith(" after")
    middle = SECRET.encode()[3:-3]
    assert "7f3a" not in cleaned
    assert base64.b64encode(middle).decode()[:-4] not in cleaned


@given(SECRETS, WORDS, WORDS, st.sampled_from(FORMS))
def test_nothing_of_any_secret_is_left(
    secret: str, before: str, after: str, form: Callable[[str], str]
) -> None:
    assume(secret not in REDACTED and REDACTED not in secret)
    assume(not any(secret in text for text in (before, after)))
    cleaned = Redactor([secret]).clean(before + form(secret) + after)
    assert secret not in cleaned
    assert quote(secret, safe="") not in cleaned
    assert json.dumps(secret)[1:-1] not in cleaned


@given(st.text(alphabet=st.characters(exclude_characters="A1yGsEI"), max_size=200))
def test_text_without_secrets_is_left_alone(text: str) -> None:
    assume(SECRET not in text)
    assert Redactor([SECRET]).clean(text) == text


@given(SECRETS, WORDS)
def test_json_stays_json(secret: str, word: str) -> None:
    cleaned = Redactor([secret]).clean(json.dumps({"a": [secret, word]}))
    assume('"' not in secret and secret not in '{"a": [", "]}')
    json.loads(cleaned)


@pytest.mark.parametrize(
    "token",
    [
        "EAAGm0PX4ZCpsBAKZCZBxyz1234567890",
        "IGQVJXa1b2c3d4e5f6g7h8",
        "ya29.a0AfH6SMBx-y_z",
        "1//0gdJ3kfj_abcdefghij-k",
        "1%2F%2F0gdJ3kfj_abcdefghij-k",
        "GOCSPX-a1b2c3d4",
        "sk-ant-api03-abc_DEF-1",
        "AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0%2BuSeid",
    ],
)
def test_tokens_of_known_services_are_found_unasked(token: str) -> None:
    cleaned = Redactor().clean(f'{{"error": "bad token {token}"}}')
    assert token[:12] not in cleaned
    assert json.loads(cleaned)["error"].startswith("bad token [redacted]")


@pytest.mark.parametrize("text", ["EAA is a club", "IGQ", "1// is a comment", "ya29", "MAAAAAAAA"])
def test_words_that_begin_alike_are_left_alone(text: str) -> None:
    assert Redactor().clean(text) == text


def test_a_secret_inside_a_longer_one_leaves_no_rest() -> None:
    assert Redactor(["abcdefgh", "abcdefgh-ijkl"]).clean("x abcdefgh-ijkl y") == f"x {REDACTED} y"


def test_a_token_learnt_while_running_is_taken_out_from_then_on() -> None:
    redactor = Redactor()
    assert redactor.clean("fresh-token") == "fresh-token"
    redactor.add("fresh-token")
    assert redactor.clean("fresh-token") == REDACTED


def test_a_value_too_short_to_be_a_secret_does_not_eat_words() -> None:
    assert Redactor(["", "a", "abc"]).clean("abc, a banana") == "abc, a banana"


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


def test_no_line_of_diagnostics_carries_a_secret(
    root_logger: logging.Logger,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Not in the message, not in its values, not in a traceback; stdout stays empty."""
    stderr = io.StringIO()
    monkeypatch.setattr("sys.stderr", stderr)
    setup_logger("INFO", Redactor([SECRET]))
    try:
        int(SECRET)
    except ValueError:
        root_logger.exception("failed with %s", SECRET)
    logging.getLogger("httpx2").info("GET https://shop.example/?token=%s", quote(SECRET))
    assert len(root_logger.handlers) == 1
    assert "Traceback" in stderr.getvalue()
    assert "7f3a" not in stderr.getvalue()
    assert stderr.getvalue().count(REDACTED) == 2
    assert capsys.readouterr().out == ""


def test_the_secrets_of_a_sign_in_with_google_are_known(tmp_path: Path) -> None:
    """They lie in files that variables name; a broken file keeps nothing from working."""
    token = {"refresh_token": "plain-refresh", "client_id": "app", "client_secret": "plain-hush"}
    (tmp_path / "token.json").write_text(json.dumps(token))
    (tmp_path / "client.json").write_text(json.dumps({"installed": {"client_secret": "other"}}))
    variables = {"GMAIL_TOKEN_FILE": "token.json", "GMAIL_CREDENTIALS_FILE": "client.json"}
    settings = load(tmp_path, environment=variables, project_root=tmp_path)
    assert set(secrets(settings)) == {"plain-refresh", "plain-hush", "other"}
    (tmp_path / "token.json").write_text("{")
    assert set(secrets(settings)) == {"other"}
