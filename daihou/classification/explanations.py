"""Why a loan has its grade, in words: a reason for each rule that spoke, the binding one first.

The run keeps with each grade what the rules looked at (`Seen`, in this order) and the debtor's bad
claims. Words, clause and limits come when somebody asks: parameters count from a day still to come,
so those of a past day are the same for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from daihou.classification.rules import (
    GRADE_NAMES,
    NORMAL,
    SUBSTANDARD,
    Because,
    GradeFacts,
    GradeLimits,
    Grades,
)
from daihou.policy.reasons import InputValue, Limit, Reason, SourceRow, reason
from loanmath.dates import NO_DATE, date_of
from loanmath.money import Money, format_yuan

Spoken = tuple[Limit, str, dict[str, InputValue], list[SourceRow]]


@dataclass(frozen=True)
class Seen:
    """What the rules looked at for one loan, in the order in which it is kept with the grade.

    Dates are day numbers (`NO_DATE` for none), amounts are fen. Nothing is kept of a sound loan
    that is not past due.
    """

    days_past_due: int = 0
    oldest_unpaid_due: int = NO_DATE
    written_off: int = 0  # and not recovered
    principal: int = 0
    bad_claims: int = 0  # of the debtor, non-retail, at this bank
    all_claims: int = 0


def seen_for(
    places: npt.NDArray[np.intp],
    facts: GradeFacts,
    grades: Grades,
    oldest_unpaid_due: npt.NDArray[np.int32],
) -> npt.NDArray[np.int64]:
    """What the rules looked at for the loans at some places: a row each, columns as in `Seen`."""
    columns = (
        facts.days_past_due, oldest_unpaid_due, facts.written_off, facts.principal,
        grades.bad_claims, grades.all_claims,
    )  # fmt: skip
    return np.column_stack([column[places] for column in columns]).astype(np.int64)


def bad_siblings(at: int, facts: GradeFacts, grades: Grades) -> list[int]:
    """The places of the debtor's claims that are 不良 by their own facts."""
    client = facts.customer[at]
    first, last = np.searchsorted(facts.customer, (client, client + 1))
    return [
        n for n in range(int(first), int(last))
        if grades.own[n] >= SUBSTANDARD and not facts.is_retail[n]
    ]  # fmt: skip


@dataclass(frozen=True)
class _Case:
    seen: Seen
    limits: GradeLimits
    loan: SourceRow
    siblings: list[SourceRow]

    @property
    def overdue(self) -> dict[str, InputValue]:
        """The days past due and since when, as every overdue rule saw them."""
        due = self.seen.oldest_unpaid_due
        since = None if due == NO_DATE else date_of(due).isoformat()
        return {"逾期天数": self.seen.days_past_due, "最早未还应还日": since}


def explain(
    because: Because,
    seen: Seen,
    limits: GradeLimits,
    *,
    loan_number: str,
    bad_siblings: Sequence[str] = (),
) -> list[Reason]:
    """Say why a loan has its grade; the binding floor comes first.

    `bad_siblings` are the numbers of the debtor's claims that are 不良 by their own facts.
    """
    case = _Case(seen, limits, _row_of(loan_number), [_row_of(number) for number in bad_siblings])
    spoken = list(_rules_that_spoke(because))
    spoken.sort(key=lambda rule: -limits.floor_of(rule))  # stable: own facts before the debtor's
    if not any(limits.floor_of(rule) > NORMAL for rule in spoken):
        spoken.append(Because(0))
    return [_reason(rule, case) for rule in spoken]


def _row_of(loan_number: str) -> SourceRow:
    return SourceRow(table="loan_book.loan", id=loan_number)


def _rules_that_spoke(because: Because) -> Iterator[Because]:
    return (rule for rule in Because if rule in because)


def _reason(rule: Because, case: _Case) -> Reason:
    limit, says, inputs, rows = _WORDS[rule](case)
    name = f"grade.{rule.name.lower()}" if rule.name else "grade.no_floor"
    return reason(name, limit, says, inputs=inputs, rows=rows)


def _overdue(case: _Case, limit: Limit, grade: int) -> Spoken:
    beyond = f",超过{limit.value}天" if limit.value else ""
    says = f"逾期{case.seen.days_past_due}天{beyond},至少归为{GRADE_NAMES[grade]}"
    return limit, says, {**case.overdue, "界限天数": limit.value}, [case.loan]


def _overdue_by(rule: Because, limit_name: str) -> Callable[[_Case], Spoken]:
    def words(case: _Case) -> Spoken:
        limit: Limit = getattr(case.limits, limit_name)
        return _overdue(case, limit, case.limits.floor_of(rule))

    return words


def _technical(case: _Case) -> Spoken:
    limit = case.limits.technical_exception
    says = f"逾期{case.seen.days_past_due}天,已登记为操作或技术原因,{limit.value}天以内不因此下调"
    return limit, says, {**case.overdue, "宽限天数": limit.value}, [case.loan]


def _written_off(case: _Case) -> Spoken:
    limit = case.limits.written_off
    says = f"已核销、账销案存,归为{GRADE_NAMES[limit.value]}"
    return limit, says, _write_off_amounts(case), [case.loan]


def _partly_written_off(case: _Case) -> Spoken:
    limit = case.limits.partly_written_off
    says = f"部分本金已核销,剩余部分至少归为{GRADE_NAMES[limit.value]}"
    return limit, says, _write_off_amounts(case), [case.loan]


def _write_off_amounts(case: _Case) -> dict[str, InputValue]:
    return {
        "已核销未收回": _yuan(case.seen.written_off),
        "账面本金": _yuan(case.seen.principal),
    }


def _mostly_bad(case: _Case) -> Spoken:
    limit = case.limits.bad_share_over
    bad, all_claims = case.seen.bad_claims, case.seen.all_claims
    share = _percent(-(-bad * 100_000_000 // all_claims))  # upwards, so that 超过 stays true
    says = (
        f"债务人在本行的非零售债权有{share}为不良,超过{_percent(limit.value)},"
        f"其全部债权至少归为{GRADE_NAMES[SUBSTANDARD]}"
    )
    inputs: dict[str, InputValue] = {
        "不良债权本金": _yuan(bad),
        "全部债权本金": _yuan(all_claims),
        "不良占比": share,
    }
    return limit, says, inputs, case.siblings


def _has_bad(case: _Case) -> Spoken:
    rows = case.siblings
    says = f"同一债务人在本行另有{len(rows)}笔不良债权,至少归为关注"
    return case.limits.bad_claim_spills, says, {"不良债权笔数": len(rows)}, rows


def _share_unknown(case: _Case) -> Spoken:
    limit = case.limits.bad_share_over
    says = "债务人有多个币种的债权而没有汇率,不良占比未能判定,请人工核定"
    return limit, says, {"不良占比": None}, case.siblings


def _no_floor(case: _Case) -> Spoken:
    says = "未触发任何下限:没有须下调的逾期或核销,债务人没有不良牵连"
    return case.limits.special_mention_over, says, {"逾期天数": case.seen.days_past_due}, []


_WORDS: dict[Because, Callable[[_Case], Spoken]] = {
    Because(0): _no_floor,
    Because.OVERDUE_AT_ALL: _overdue_by(Because.OVERDUE_AT_ALL, "special_mention_over"),
    Because.OVERDUE_LONG: _overdue_by(Because.OVERDUE_LONG, "substandard_over"),
    Because.OVERDUE_VERY_LONG: _overdue_by(Because.OVERDUE_VERY_LONG, "doubtful_over"),
    Because.OVERDUE_LONGEST: _overdue_by(Because.OVERDUE_LONGEST, "loss_over"),
    Because.WRITTEN_OFF: _written_off,
    Because.PARTLY_WRITTEN_OFF: _partly_written_off,
    Because.DEBTOR_MOSTLY_BAD: _mostly_bad,
    Because.DEBTOR_HAS_BAD: _has_bad,
    Because.TECHNICAL_EXCUSE: _technical,
    Because.SHARE_UNKNOWN: _share_unknown,
}


def _yuan(amount: int) -> str:
    return f"{format_yuan(Money(amount))}元"


def _percent(micro: int) -> str:
    """Micro-percent as people write it, rounded up to two decimals: 10_000_000 is 10%."""
    hundredths = -(-micro // 10_000)
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}%" if rest else f"{whole}%"
