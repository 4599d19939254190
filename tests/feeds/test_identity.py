"""Check digits: every wrong digit is caught, and the fast check agrees with the plain one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from daihou.feeds.checks.clients import _credit_codes_hold, _resident_ids_hold
from daihou.feeds.identity import (
    CREDIT_LETTERS,
    credit_check_digit,
    problem_with_credit_code,
    problem_with_resident_id,
    resident_check_digit,
)

dates = st.dates().map(lambda date: f"{date.year:04d}{date:%m%d}")
residents = st.tuples(st.integers(100_000, 999_999), dates, st.integers(0, 999)).map(
    lambda parts: f"{parts[0]}{parts[1]}{parts[2]:03d}"
)
letters = st.text(CREDIT_LETTERS, min_size=11, max_size=11)
credits = st.tuples(letters, st.integers(0, 999_999)).map(
    lambda parts: f"{parts[0][:2]}{parts[1]:06d}{parts[0][2:]}"
)


def test_the_examples_of_the_standards() -> None:
    assert problem_with_resident_id("11010519491231002X") == ""  # GB 11643, annex
    assert problem_with_credit_code("91350100M000100Y43") == ""  # GB 32100, annex


@given(residents)
def test_a_made_resident_number_holds(first17: str) -> None:
    number = first17 + resident_check_digit(first17)
    assert problem_with_resident_id(number) == ""
    assert _resident_ids_hold(pa.array([number]))[0]


@given(credits)
def test_a_made_credit_code_holds(first17: str) -> None:
    code = first17 + credit_check_digit(first17)
    assert problem_with_credit_code(code) == ""
    assert _credit_codes_hold(pa.array([code]))[0]


@given(residents, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_of_a_resident_number_is_caught(first17: str, at: int, by: int) -> None:
    number = first17 + resident_check_digit(first17)
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    assert problem_with_resident_id(wrong)


@given(credits, st.integers(0, 16), st.integers(1, 30))
def test_one_wrong_letter_of_a_credit_code_is_caught(first17: str, at: int, by: int) -> None:
    code = first17 + credit_check_digit(first17)
    letter = CREDIT_LETTERS[(CREDIT_LETTERS.index(code[at]) + by) % 31]
    assert problem_with_credit_code(code[:at] + letter + code[at + 1 :])


@given(st.lists(st.text("0123456789XAYO一", max_size=20), max_size=20), residents, credits)
def test_the_fast_checks_agree_with_the_plain_ones(texts: list[str], one: str, two: str) -> None:
    numbers = [*texts, one + resident_check_digit(one), two + credit_check_digit(two), one + "0"]
    array = pa.array([text.upper() for text in numbers], pa.string())
    plain = [problem_with_resident_id(text) == "" for text in numbers]
    assert np.array_equal(_resident_ids_hold(array), plain)
    plain = [problem_with_credit_code(text) == "" for text in numbers]
    assert np.array_equal(_credit_codes_hold(array), plain)
