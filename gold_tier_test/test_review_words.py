"""A finding of a review about an agent's words: numbers that were said and not seen."""

from __future__ import annotations

from typing import Final

import pytest

from utils.words.claims import Known, unproven

#: What code computed, so that the figures alone would be true.
KNOWN: Final = Known.of(
    {"lines": [{"text": "Income €1,200.00 from 3 invoices and 1 credit note; 0 are overdue."}]}
)


@pytest.mark.parametrize(
    "said",
    [
        "3 trillion",
        "a trillion",
        "3 grand",
        "3 mio",
        "3 Mio. €",
        "3 Tsd",
        "3 lakh",
        "3 crore",
        "3 mil",
        "3tn",
        "3 zillion",
        "trillions",
        "ninefold",
        "hundredfold",
        "a tenner",
        "a pair of thousands",
        "quintupled",
        "two-fold",
        "both",
        "dreihundert",
        "zweitausendfünfhundert",
        "zwei",
        "deux mille",
        "tres mil",
        "MILLE",
        "vijftig",
        "minus 3",
        "minus €1,200.00",
        "negative three",
        "Negative 1.2k",
    ],
)
def test_a_number_is_seen_however_it_is_multiplied(said: str) -> None:
    assert unproven(f"We made {said} this week.", KNOWN)


@pytest.mark.parametrize(
    "said", ["€1,200.00 from 3 invoices", "1.2k from three invoices", "nought overdue", "1 200"]
)
def test_what_code_computed_may_be_said(said: str) -> None:
    assert not unproven(f"We made {said} this week.", KNOWN)


@pytest.mark.parametrize("shout", ["DID", "MIX", "LIVE", "CIVIL"])
def test_a_shouted_word_hides_no_number_behind_it(shout: str) -> None:
    assert unproven(f"{shout} we make nine hundred?", KNOWN)


@pytest.mark.parametrize("sentence", ["It is due on Sept 3.", "Otto and Mila live a mile away."])
def test_words_that_are_numbers_elsewhere_may_be_english(sentence: str) -> None:
    assert not unproven(sentence, Known.of({"lines": [{"text": "3 Sep"}]}))
