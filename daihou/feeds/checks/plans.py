"""Checks of repayment plans: a plan is one whole, so one bad row refuses all of its rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from daihou.feeds.checks.intake import Check, Intake, must_not_be_negative, where
from daihou.feeds.checks.wholes import Groups, grouped, whole_or_nothing
from daihou.feeds.matching import first_equal
from daihou.feeds.problems import Refusal, Rows
from daihou.feeds.staging import Staged
from loanmath.money import Money, format_yuan

FIRST_VERSION = 1


def group_plans(staged: Staged) -> Groups:
    """Put the rows of each plan (loan and version) together, by instalment number."""
    first = first_equal([staged.texts("loan"), staged.values["version"]])
    return grouped(first, staged.values["no"])


def instalments_are_numbered(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """Instalments are numbered 1, 2, 3 ... without a gap."""
    groups = group_plans(staged)
    expected = np.empty(len(staged), np.int64)
    sizes = np.diff(groups.begins)
    expected[groups.order] = np.arange(len(staged)) - np.repeat(groups.begins[:-1], sizes) + 1
    wrong = (staged.values["no"] != expected) & ~staged.bad
    reasons = [f"期次不连续:此处应为第 {expected[at]} 期" for at in where(wrong)]
    yield Refusal(where(wrong), "no", reasons)


def due_dates_rise(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """Each instalment falls due after the one before, the first after the plan takes effect."""
    groups = group_plans(staged)
    due = staged.values["due"][groups.order]
    falls = np.zeros(len(due), np.bool_)
    falls[1:] = (due[1:] <= due[:-1]) & (np.diff(groups.of_row[groups.order]) == 0)
    yield Refusal(groups.order[falls & ~staged.bad[groups.order]], "due", "应还日须晚于上一期")
    begins = effective_days(staged, intake)
    early = (staged.values["due"] <= begins) & (begins != 0) & ~staged.bad
    yield Refusal(where(early), "due", "应还日须晚于放款日与计划生效日")


def effective_days(staged: Staged, intake: Intake) -> Any:
    """From which day each row's plan holds: as given, or the day of disbursement."""
    disbursed = intake.attribute("loans", "disbursed_on", staged.references["loan"])
    return np.where(staged.missing["effective_from"], disbursed, staged.values["effective_from"])


def plan_speaks_with_one_voice(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """All rows of a plan give the same day of effect and the same reason."""
    groups = group_plans(staged)
    head = groups.heads[groups.of_row]
    for name, heading in (("effective_from", "生效日"), ("reason", "变更原因")):
        values = staged.values[name]
        codes = first_equal([values])
        wrong = (codes != codes[head]) & ~staged.bad
        yield Refusal(where(wrong), name, f"{heading}与该计划第 1 期不一致")


def principal_adds_up(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """The first plan repays the loan exactly; a later one repays something, and no more.

    A later one may hold what interest and penalty became principal besides (转本金).
    """
    groups = group_plans(staged)
    if not len(staged):
        return
    totals = np.add.reduceat(staged.values["principal"][groups.order], groups.begins[:-1])
    heads = groups.heads
    amounts = intake.attribute("loans", "amount", staged.references["loan"])[heads]
    spoiled = np.zeros(len(heads), np.bool_)
    spoiled[groups.of_row[staged.bad]] = True
    first = staged.values["version"][heads] == FIRST_VERSION
    most = np.where(
        first, amounts, amounts + _capitalised(staged.references["loan"][heads], intake)
    )
    wrong = np.where(first, totals != amounts, (totals > most) | (totals <= 0))
    at = where(wrong & ~spoiled)
    reasons = [_sum_reason(int(totals[g]), int(most[g]), bool(first[g])) for g in at]
    yield Refusal(heads[at], "principal", reasons)


def _capitalised(loans: Rows, intake: Intake) -> Rows:
    """What interest and penalty became principal on each loan, by the book and this import."""
    totals = intake.book.capitalised(loans)
    staged = intake.tables.get("term_changes")
    if staged is None:
        return totals
    new = where(~staged.bad & (staged.ids == 0) & ~staged.missing["amount"])
    owners, amounts = staged.references["loan"][new], staged.values["amount"][new]
    for owner, amount in zip(owners.tolist(), amounts.tolist(), strict=True):
        totals[loans == owner] += amount
    return totals


def _sum_reason(total: int, amount: int, first: bool) -> str:
    shown, wanted = format_yuan(Money(total)), format_yuan(Money(amount))
    if first:
        return f"还款计划本金合计 {shown} 元与借款金额 {wanted} 元不符"
    return f"还款计划本金合计 {shown} 元须大于零且不超过借款金额(含已转本金){wanted} 元"


def versions_follow(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """A version stands on the one before it, in this import or in the book."""
    new = (staged.ids == 0) & ~staged.bad
    yield Refusal(where(new & (staged.values["version"] < 1)), "version", "版本自 1 起")
    later = where(new & (staged.values["version"] > FIRST_VERSION))
    if not len(later):
        return
    loans = staged.references["loan"]
    standing = intake.book.plan_versions(loans[later])
    good = where(~staged.bad)
    standing |= set(zip(loans[good].tolist(), staged.values["version"][good].tolist(), strict=True))
    missing = [
        at
        for at in later.tolist()
        if (int(loans[at]), int(staged.values["version"][at]) - 1) not in standing
        and not (staged.values["version"][at] == FIRST_VERSION + 1 and loans[at] < 0)
    ]
    yield Refusal(np.array(missing, np.int64), "version", "缺少前一版本的还款计划")


def whole_plan_or_nothing(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """What is wrong with one row is wrong with the plan."""
    yield from whole_or_nothing(staged, group_plans(staged), column="loan", what="还款计划")


PLAN_CHECKS: tuple[Check, ...] = (
    must_not_be_negative("principal"),
    must_not_be_negative("interest"),
    instalments_are_numbered,
    due_dates_rise,
    plan_speaks_with_one_voice,
    principal_adds_up,
    versions_follow,
    whole_plan_or_nothing,
)
