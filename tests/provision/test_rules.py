"""Stages by the days, grades and records; what is measured for them."""

import datetime as dt

import numpy as np

from daihou.classification.codes import Because as Grading
from daihou.provision.choices import Because
from daihou.provision.rules import StageFacts, StageLimits, months_until, risk_groups, stages
from loanmath.dates import day_number

LIMITS = StageLimits(30, 90, True, False, True, True)


def staged(
    days: int = 0, grade: int = 1, because: int = 0, watched: int = 0, rebuttal: int = 0,
    limits: StageLimits = LIMITS,
) -> tuple[int, Because]:  # fmt: skip
    facts = StageFacts(
        *(np.array([n], np.int64) for n in (days, grade, because, watched, rebuttal))
    )
    found = stages(facts, limits)
    return int(found.stage[0]), Because(int(found.because[0]))


def test_days_past_due_are_a_backstop() -> None:
    assert staged() == (1, Because(0))
    late = int(Grading.OVERDUE_AT_ALL)
    assert staged(30, 2, late) == (1, Because(0))  # 关注 by its days alone
    assert staged(31, 2, late) == (2, Because.OVERDUE)
    assert staged(91, 3, late)[0] == 3
    assert staged(90, 2, late) == (2, Because.OVERDUE)
    strict = LIMITS._replace(mention_by_days=True)
    assert staged(1, 2, late, limits=strict) == (2, Because.MENTION)


def test_people_may_rebut_thirty_days_and_nothing_else() -> None:
    late = int(Grading.OVERDUE_AT_ALL)
    assert staged(45, 2, late, rebuttal=7) == (1, Because.REBUTTED)
    assert staged(45, 2, late, watched=3, rebuttal=7) == (2, Because.WATCHED | Because.REBUTTED)
    assert staged(91, 3, late, rebuttal=7)[0] == 3


def test_what_is_on_record_raises_the_stage() -> None:
    assert staged(0, 2, int(Grading.MISUSED)) == (2, Because.MENTION)
    assert staged(0, 2, int(Grading.RESTRUCTURED)) == (2, Because.MENTION | Because.RESTRUCTURED)
    assert staged(0, 1, 0, watched=9) == (2, Because.WATCHED)
    assert staged(0, 3, int(Grading.DEBTOR_MOSTLY_BAD)) == (3, Because.BAD_GRADE)
    off = LIMITS._replace(watched=False)
    assert staged(0, 1, 0, watched=9, limits=off) == (1, Because(0))


def test_groups_and_months() -> None:
    days = np.array([0, 0, 30, 31, 61], np.int64)
    stage = np.array([1, 2, 1, 2, 2], np.int64)
    retail = np.array([False, False, True, False, True])
    assert risk_groups(stage, days, retail).tolist() == [0, 1, 12, 3, 14]
    until = np.array([day_number(d) for d in _days("2026-11-23", "2026-11-24", "2027-11-23")])
    assert months_until(day_number(_days("2026-11-23")[0]), until).tolist() == [1, 1, 12]
    assert months_until(day_number(_days("2026-11-23")[0]), until + 1).tolist() == [1, 1, 13]


def _days(*texts: str) -> list[dt.date]:
    return [dt.date.fromisoformat(text) for text in texts]
