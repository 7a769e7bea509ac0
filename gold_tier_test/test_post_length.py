"""How the networks count, and which links X finds (facts: X, counting characters, v3)."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
from effort import grows_no_faster_than
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from utils.posts.length import LIMITS, Network, length_on, problems_of, weighted_length
from utils.posts.links import urls_in
from utils.posts.price import price_of_post
from utils.posts.top_level_domains import ASCII_NAMES, NATIVE_NAMES

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
CONFORMANCE = os.environ.get("TWITTER_TEXT_CONFORMANCE", "")

#: Text to what X counts.
COUNTS: list[tuple[str, int]] = [
    # plain text
    ("", 0),
    ("Rye", 3),
    ("Rye on Tuesdays.", 16),
    ("two\nlines", 9),
    ("tab\tand  blanks", 15),
    ("Käse", 4),
    ("Ka\u0308se", 4),  # NFC joins the mark
    ("q\u0308", 2),  # nothing to join it with
    ("naïve façade", 12),
    ("Хлеб", 4),
    ("ψωμί", 4),
    ("לחם", 3),
    ("خبز", 3),
    ("ขนมปัง", 6),
    ("रोटी", 4),
    ("პური", 4),  # Georgian is the last light script
    ("\u10ff", 1),
    ("\u1100", 2),
    ("50 €", 5),  # the euro sign is heavy
    ("½ price", 7),
    ("“fresh”", 7),
    ("fresh – daily", 13),
    ("wait…", 6),  # the ellipsis is heavy
    ("5′ 6″", 5),
    ("\u2010\u201f", 2),
    ("\u200e", 2),
    ("\u2020", 2),
    # scripts that count double
    ("パン", 4),
    ("面包", 4),
    ("빵", 2),
    ("\u1107\u1161\u11bc", 2),  # NFC makes one syllable of it
    ("ｆｕｌｌ", 8),
    ("Rye 面包!", 9),
    # emoji
    ("🍞", 2),
    ("Bread 🍞!", 9),
    ("🍞🥐", 4),
    ("❤", 2),
    ("❤\ufe0f", 2),
    ("©", 1),
    ("©\ufe0f", 2),
    ("☺\ufe0e", 4),  # the sign that asks for text is no part of an emoji
    ("👍🏽", 2),
    ("👍🏽👍🏿", 4),
    ("🏽", 2),
    (FAMILY, 2),
    ("👩🏽\u200d🍳", 2),
    ("🏳\ufe0f\u200d🌈", 2),
    ("👩\u200d❤\ufe0f\u200d👨", 2),
    ("🇩🇪", 2),
    ("🇩🇪🇫🇷", 4),
    ("🇩", 2),
    ("🇩🇪🇫", 4),
    (SCOTLAND, 2),
    ("1\ufe0f\u20e3", 2),
    ("#\u20e3", 2),
    ("1\u20e3 2", 4),
    ("12", 2),
    ("🍞\u0301", 3),  # a stray mark stands beside it
    ("🍞\u200d", 3),
    # links
    ("https://bakery.example.com", 23),
    ("http://t.co/abc", 23),
    ("bakery.cafe", 23),
    ("www.bakery.com/rye?day=tue#top", 23),
    ("Rye: bakery.cafe", 28),
    ("See https://bakery.com/a/very/long/path/that/goes/on/and/on, please", 35),
    ("(https://bakery.com)", 25),
    ("https://bakery.com.", 24),
    ("https://bakery.com/rye!", 24),
    ("“bakery.com”", 25),
    ("https://bakery.com/wiki/Rye_(bread)", 23),
    ("a.com b.com", 47),
    ("https://bäckerei.de/brot", 23),
    ("bäckerei.de", 23),
    ("https://例え.jp", 23),
    ("https://пекарня.рф", 23),
    ("https://xn--bckerei-5wa.de", 23),
    ("HTTPS://BAKERY.COM", 23),
    ("https://bakery.com:8443/x", 23),
    ("bakery.com🍞", 25),
    ("パンbakery.comパン", 31),
    # what looks like a link and is none
    ("hello.Nobody", 12),
    ("me@bakery.com", 13),
    ("@bakery.com", 11),
    ("https://localhost/x", 19),
    ("http://192.168.0.1/", 19),
    ("version 1.2.3", 13),
    ("e.g. rye", 8),
    ("$5.99", 5),
    ("ftp://bakery.com", 16),
]


@pytest.mark.parametrize(("text", "count"), COUNTS, ids=[ascii(text)[:40] for text, _ in COUNTS])
def test_x_counts(text: str, count: int) -> None:
    assert weighted_length(text) == count


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("no link", ()),
        (
            "bakery.cafe, bakery.com/rye and https://a.io",
            ("bakery.cafe", "bakery.com/rye", "https://a.io"),
        ),
        ("https://bakery.com/a_(b)_c).", ("https://bakery.com/a_(b)_c",)),
        ("https://bakery.co.uk/x?y=1&z=ä", ("https://bakery.co.uk/x?y=1&z=",)),
        ("bakery.com-", ()),
        ("bakery.com/-", ("bakery.com/-",)),
        ("https://my_shop.bakery.com", ("https://my_shop.bakery.com",)),
        ("https://my_shop.com", ()),
        (f"https://{'a' * 64}.com", ()),
        (f"https://{'a' * 63}.com", (f"https://{'a' * 63}.com",)),
        ("https://t.co/abc's", ("https://t.co/abc",)),
        ("x@y.com bakery.com", ("bakery.com",)),
        ("#bakery.com $bakery.com", ()),
    ],
)
def test_links_are_found_as_x_finds_them(text: str, links: tuple[str, ...]) -> None:
    assert urls_in(text) == links


def test_a_post_with_a_link_is_dearer_however_the_link_is_written() -> None:
    assert price_of_post("Rye is back") == Decimal("0.015")
    for text in ("https://bakery.com", "bakery.cafe has rye", "see www.bakery.com/rye."):
        assert price_of_post(text) == Decimal("0.200")


@pytest.mark.parametrize("network", Network)
def test_the_limit_fits_and_one_more_does_not(network: Network) -> None:
    limit = LIMITS[network].length
    assert problems_of(network, "x" * limit) == ()
    (problem,) = problems_of(network, "x" * (limit + 1))
    assert f"{limit:,}" in problem
    assert f"{limit + 1:,}" in problem


@pytest.mark.parametrize("network", Network)
@pytest.mark.parametrize("text", ["", " \n\t"])
def test_nothing_is_no_post(network: Network, text: str) -> None:
    assert problems_of(network, text) == ("there is no text",)


@pytest.mark.parametrize(
    ("network", "text", "fits"),
    [
        (Network.X, "$RYE up", True),
        (Network.X, "$RYE and $OAT", False),
        (Network.X, "$5 and $6, or US$ 7", True),
        (Network.INSTAGRAM, "#a #b #c #d #e", True),
        (Network.INSTAGRAM, "#a #b #c #d #e #f", False),
        (Network.INSTAGRAM, "#1 #2 #3 #4 #5 #6", True),
        (Network.INSTAGRAM, "@a @b @c", True),
        (Network.INSTAGRAM, "@a @b @c @d", False),
        (Network.INSTAGRAM, "a@x.com b@x.com c@x.com d@x.com", True),
        (Network.LINKEDIN, "#a " * 40, True),
    ],
)
def test_tags_and_mentions_are_counted_where_they_are_limited(
    network: Network, text: str, *, fits: bool
) -> None:
    assert (problems_of(network, text) == ()) is fits


def test_networks_that_keep_their_counting_to_themselves_count_the_longest_way() -> None:
    assert length_on(Network.LINKEDIN, "🍞") == 2
    assert length_on(Network.INSTAGRAM, "Käse") == 4


@given(st.text(max_size=400))
def test_counting_never_fails_and_knows_its_bounds(text: str) -> None:
    assert 0 <= weighted_length(text) <= 23 * len(text) + 2 * len(text)


@given(st.text(max_size=100), st.text(max_size=100))
def test_a_line_between_two_texts_counts_one(one: str, other: str) -> None:
    joined = weighted_length(f"{one}\n\n{other}")
    assert joined == weighted_length(one) + 2 + weighted_length(other)


@pytest.mark.parametrize(
    ("begun", "unit"), [("", "a."), ("", "http://"), ("", "("), ("x.com/", "(a"), ("", "a-")]
)
def test_the_work_grows_with_a_hostile_text_and_no_faster(begun: str, unit: str) -> None:
    assert grows_no_faster_than(lambda size: weighted_length(begun + unit * size), 20_000)


def test_top_level_domains_are_those_of_the_root_zone() -> None:
    assert {"com", "cafe", "de", "xn--p1ai"} <= ASCII_NAMES
    assert {"рф", "みんな"} <= NATIVE_NAMES
    assert len(ASCII_NAMES) > 1400
    assert "example" not in ASCII_NAMES


@pytest.mark.skipif(
    not CONFORMANCE, reason="TWITTER_TEXT_CONFORMANCE names no folder with X's own test cases"
)
def test_x_agrees_with_every_one_of_its_own_cases() -> None:
    cases = YAML(typ="safe", pure=True).load(Path(CONFORMANCE, "validate.yml"))["tests"]
    for case in cases["WeightedTweetsWithDiscountedEmojiCounterTest"]:
        assert weighted_length(case["text"]) == case["expected"]["weightedLength"], case
