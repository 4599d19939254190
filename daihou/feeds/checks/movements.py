"""Checks of ledger entries and happenings."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from daihou.feeds.checks.intake import (
    Check,
    Intake,
    must_be_positive,
    must_not_be_future,
    same_owner,
    where,
)
from daihou.feeds.matching import first_equal, match_rows
from daihou.feeds.problems import Refusal
from daihou.feeds.staging import Staged
from daihou.ledger.choices import EntryKind
from loanmath.money import Money, format_yuan
from loanmath.rates import PER_ONE


def nothing_before_disbursement(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """Money moves on a loan only from the day of disbursement on."""
    disbursed = intake.attribute("loans", "disbursed_on", staged.references["loan"])
    early = (disbursed != 0) & (staged.values["value_date"] < disbursed) & ~staged.bad
    yield Refusal(where(early), "value_date", "起息日早于放款日")


def booked_on_an_open_day(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """A movement is booked on its day or later, and never into a day that is closed."""
    booked, given = staged.values["booked_on"], ~staged.missing["booked_on"] & ~staged.bad
    new = staged.ids == 0
    early = given & (booked < staged.values["value_date"])
    yield Refusal(where(early), "booked_on", "记账日早于起息日")
    if intake.closed_through is not None:
        closed = given & new & (booked <= intake.closed_through)
        yield Refusal(where(closed), "booked_on", "该日已日终关账;请留空(记入当前营业日)")


def not_disbursed_twice(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """All disbursements of a loan together do not exceed its amount."""
    paid_out = (staged.values["kind"] == EntryKind.DISBURSEMENT) & ~staged.bad & (staged.ids == 0)
    rows = where(paid_out)
    if not len(rows):
        return
    loans = staged.references["loan"][rows]
    distinct, which = np.unique(loans, return_inverse=True)
    totals = np.zeros(len(distinct), np.int64)
    np.add.at(totals, which, staged.values["amount"][rows])
    totals += intake.book.disbursed(distinct)
    amounts = intake.attribute("loans", "amount", distinct)
    over = where((totals > amounts)[which])
    reasons = [
        f"累计放款 {format_yuan(Money(int(totals[which[n]])))} 元超过借款金额"
        f" {format_yuan(Money(int(amounts[which[n]])))} 元"
        for n in over
    ]
    yield Refusal(rows[over], "amount", reasons)


def reversal_points_at_an_entry(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """A reversal names an entry of the same loan and amount that is not reversed yet."""
    reversal = staged.values["kind"] == EntryKind.REVERSAL
    named = ~staged.missing["reverses"]
    yield Refusal(where(reversal & ~named), "reverses", "冲正流水必须填写被冲正流水号")
    yield Refusal(where(~reversal & named), "reverses", "只有冲正流水才填写被冲正流水号")
    rows = where(reversal & named & ~staged.bad & (staged.ids == 0))
    targets = np.zeros(len(staged), np.int64)
    targets[rows] = _entries_named(staged, intake, rows)
    staged.references["reverses"] = targets
    lost = rows[targets[rows] == 0]
    yield Refusal(lost, "reverses", "该借据上没有可冲正的这笔流水(不存在、被拒绝或已冲正)")
    found = rows[targets[rows] != 0]
    amounts = intake.attribute("entries", "amount", targets[found])
    unequal = found[amounts != staged.values["amount"][found]]
    yield Refusal(unequal, "amount", "冲正金额与原流水金额不符")
    again = first_equal([targets[found]]) != np.arange(len(found))
    yield Refusal(found[again], "reverses", "同一流水在本次导入中被冲正两次")


def _entries_named(staged: Staged, intake: Intake, rows: np.ndarray) -> np.ndarray:
    """For each reversal the entry it names: an id of the book, -(position + 1), or 0."""
    at = pa.array(rows)
    wanted = [staged.references["loan"][rows], staged.texts("reverses").take(at)]
    good = where(~staged.bad & (staged.values["kind"] != EntryKind.REVERSAL))
    here = match_rows(
        wanted, [staged.references["loan"][good], staged.texts("reference").take(pa.array(good))]
    )
    ids, columns = intake.book.entries_of(staged.references["loan"][rows])
    there = match_rows(wanted, [columns["loan"], columns["reference"]])
    ids, good = np.append(ids, 0), np.append(good, -1)
    known = staged.ids[good[here]]
    of_file = np.where(here >= 0, np.where(known > 0, known, -(good[here] + 1)), 0)
    return np.where(there >= 0, ids[there], of_file)


def loan_is_the_clients(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """A happening on a loan belongs to the loan's client."""
    yield from same_owner(staged, intake, through="loan", table="loans", reason="借据属于另一客户")


def facts_are_possible(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """Amounts and shares beside a happening are not negative, and a part is not above its whole."""
    for name in ("debts", "overdue_90", "bad", "ecl_share"):
        yield Refusal(where(staged.values[name] < 0), name, "不能为负数")
    yield Refusal(where(staged.values["ecl_share"] > PER_ONE), "ecl_share", "不能超过 100%")
    for name in ("overdue_90", "bad"):
        given = ~staged.missing[name] & ~staged.missing["debts"]
        over = given & (staged.values[name] > staged.values["debts"])
        yield Refusal(where(over), name, "不能超过他行债务余额")


ENTRY_CHECKS: tuple[Check, ...] = (
    must_be_positive("amount"),
    must_not_be_future("value_date", "起息日"),
    nothing_before_disbursement,
    booked_on_an_open_day,
    not_disbursed_twice,
    reversal_points_at_an_entry,
)
HAPPENING_CHECKS: tuple[Check, ...] = (
    must_not_be_future("happened_on", "发生日"),
    loan_is_the_clients,
    facts_are_possible,
)
