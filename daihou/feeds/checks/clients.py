"""Checks of clients, their relations and contacts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from daihou.feeds import copying
from daihou.feeds.checks.intake import Check, Intake, in_order, where
from daihou.feeds.identity import (
    CREDIT_LETTERS,
    CREDIT_WEIGHTS,
    RESIDENT_CHECKS,
    RESIDENT_WEIGHTS,
    problem_with_credit_code,
    problem_with_resident_id,
)
from daihou.feeds.matching import first_equal, match_rows
from daihou.feeds.problems import Refusal, Rows
from daihou.feeds.sealed import fingerprints_of
from daihou.feeds.staging import Staged
from daihou.loan_book.choices import ContactKind, IdentityKind

_MOBILE = r"^(1\d{10}|\+\d{6,15})$"
_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


def check_digits_hold(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """身份证 by GB 11643, 统一社会信用代码 by GB 32100.

    Nearly all numbers are right: those are recognised by the million, the others told one by one.
    """
    numbers = pc.utf8_upper(staged.texts("identity_number"))
    for kind, passes, explain in (
        (IdentityKind.RESIDENT_ID, _resident_ids_hold, problem_with_resident_id),
        (IdentityKind.CREDIT_CODE, _credit_codes_hold, problem_with_credit_code),
    ):
        of_kind = where(_equals(staged.texts("identity_kind"), kind.value) & ~staged.bad)
        those = numbers.take(pa.array(of_kind))
        doubtful = of_kind[~passes(those)]
        yield from _explained(doubtful, numbers, explain)


def _explained(
    doubtful: Rows, numbers: pa.Array, explain: Callable[[str], str]
) -> Iterable[Refusal]:
    told = [(at, explain(numbers[at].as_py())) for at in doubtful.tolist()]
    wrong = [(at, reason) for at, reason in told if reason]
    at = np.array([at for at, _ in wrong], np.int64)
    yield Refusal(at, "identity_number", [reason for _, reason in wrong])


def _letters(numbers: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of eighteen bytes as a matrix of letters, and which of all they are."""
    eighteen = np.asarray(pc.equal(pc.binary_length(numbers), 18).fill_null(False))
    fitting = numbers.filter(pa.array(eighteen)).cast(pa.large_string())
    joined = pc.binary_join(
        pa.ListArray.from_arrays(
            pa.array([0, len(fitting)], pa.int32()), fitting.cast(pa.string())
        ),
        "",
    )[0]
    letters = np.frombuffer((joined.as_py() or "").encode(), np.uint8)
    return letters.reshape(-1, 18), eighteen


def _resident_ids_hold(numbers: pa.Array) -> np.ndarray:
    letters, eighteen = _letters(numbers)
    digits = letters[:, :17].astype(np.int64) - ord("0")
    checks = np.frombuffer(RESIDENT_CHECKS.encode(), np.uint8)
    expected = checks[(digits @ np.array(RESIDENT_WEIGHTS)) % 11]
    right = ((digits >= 0) & (digits <= 9)).all(axis=1) & (expected == letters[:, 17])
    right &= (digits[:, 0] > 0) & _are_dates(digits[:, 6:14])
    held = np.zeros(len(numbers), np.bool_)
    held[eighteen] = right
    return held


def _are_dates(digits: np.ndarray) -> np.ndarray:
    """Whether eight digits are a date of the calendar."""
    year = digits[:, :4] @ np.array([1000, 100, 10, 1])
    month = digits[:, 4] * 10 + digits[:, 5]
    day = digits[:, 6] * 10 + digits[:, 7]
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    lengths = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    known = (month >= 1) & (month <= 12) & (year >= 1)
    length = lengths[np.where(known, month, 0)] + (leap & (month == 2))
    return np.asarray(known & (day >= 1) & (day <= length))


def _credit_codes_hold(numbers: pa.Array) -> np.ndarray:
    letters, eighteen = _letters(numbers)
    values = np.full(256, -1, np.int64)
    values[np.frombuffer(CREDIT_LETTERS.encode(), np.uint8)] = np.arange(31)
    codes = values[letters]
    region = letters[:, 2:8]
    right = (codes >= 0).all(axis=1) & ((region >= 48) & (region <= 57)).all(axis=1)
    right &= codes[:, 17] == (-(codes[:, :17] @ np.array(CREDIT_WEIGHTS))) % 31
    held = np.zeros(len(numbers), np.bool_)
    held[eighteen] = right
    return held


def _equals(texts: pa.Array, word: str) -> np.ndarray:
    return np.asarray(pc.equal(texts, word).fill_null(False))


def identity_is_used_once(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """One identity number belongs to one client: within the import, and in the book."""
    new = where(~staged.bad & (staged.ids == 0))
    if not len(new):
        return
    kinds = staged.texts("identity_kind").take(pa.array(new))
    prints = fingerprints_of(staged, "identity_number").take(pa.array(new))
    first = first_equal([kinds, prints])
    again = where(first != np.arange(len(new)))
    owners = [staged.texts("number")[int(new[first[n]])].as_py() for n in again]
    reasons = [f"证件号码与本次导入的客户 {owner} 相同" for owner in owners]
    yield Refusal(new[again], "identity_number", reasons)
    yield from _used_in_book(intake, new, kinds, prints)


def _used_in_book(
    intake: Intake, new: Rows, kinds: pa.Array, prints: pa.Array
) -> Iterable[Refusal]:
    if intake.book.is_empty("customers"):
        return
    copying.make_wanted(intake.book.cursor, {"print": ("text", prints)})
    query = (
        "SELECT number, identity_kind, identity_index FROM loan_book_customer"
        " JOIN wanted ON print = identity_index"
    )
    types = dict.fromkeys(("number", "kind", "print"), pa.string())
    found = copying.fetch(intake.book.cursor, query, types)
    at = match_rows([kinds, prints], [found["kind"], found["print"]])
    taken = where(at >= 0)
    reasons = [f"证件号码已属于客户 {found['number'][int(at[n])].as_py()}" for n in taken]
    yield Refusal(new[taken], "identity_number", reasons)


def relation_is_between_two(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """Nobody stands in a relation to himself."""
    same = staged.references["customer"] == staged.references["related"]
    yield Refusal(where(same & ~staged.bad), "related", "客户不能与自己建立关系")


def contacts_look_right(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """A mobile number has eleven digits (or a country code), an address of mail an @."""
    kinds, values = staged.texts("kind"), staged.texts("value")
    for kind, pattern, reason in (
        (ContactKind.MOBILE, _MOBILE, "手机号码应为 1 开头的 11 位数字,境外号码以 + 开头"),
        (ContactKind.EMAIL, _EMAIL, "不是电子邮箱地址"),
    ):
        matches = np.asarray(pc.match_substring_regex(values, pattern).fill_null(True))
        yield Refusal(where(_equals(kinds, kind.value) & ~matches), "value", reason)


CUSTOMER_CHECKS: tuple[Check, ...] = (check_digits_hold, identity_is_used_once)
RELATION_CHECKS: tuple[Check, ...] = (
    relation_is_between_two,
    in_order("valid_from", "valid_to", "失效日须晚于生效日", equal=False),
)
CONTACT_CHECKS: tuple[Check, ...] = (contacts_look_right,)
