"""Why a signal shows on a loan, in words, with what it saw and in which rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from daihou.early_warning.rules import (
    OddPayment,
    Rule,
    SignalFacts,
    SignalLimits,
    odd_payments,
)
from daihou.policy.reasons import InputValue, Limit, Reason, SourceRow, reason
from loanmath.dates import NO_DATE, date_of
from loanmath.money import Money, format_yuan

Spoken = tuple[Limit, str, dict[str, InputValue]]


@dataclass(frozen=True)
class SignalSources:
    """What people want to read beside a signal: the loan's number, its dates and its arrears.

    `numbers` gives the loan number at a place in the arrays, and need only hold the loans that
    are explained. `happenings` and `other_payers` give the rows behind signals 58-60 by place.
    """

    numbers: Mapping[int, str]
    oldest_unpaid_due: npt.NDArray[np.int32]
    oldest_unpaid_interest_due: npt.NDArray[np.int32]
    principal_overdue: npt.NDArray[np.int64]
    interest_overdue: npt.NDArray[np.int64]
    happenings: Mapping[Rule, Mapping[int, tuple[SourceRow, ...]]]
    other_payers: Mapping[int, tuple[SourceRow, ...]]


@dataclass(frozen=True)
class _Case:
    at: int
    level: int
    facts: SignalFacts
    limits: SignalLimits
    sources: SignalSources

    @property
    def days(self) -> int:
        return int(self.facts.days_past_due[self.at])

    @property
    def arrears(self) -> dict[str, InputValue]:
        """Days past due, since when, and what is owed of principal and interest."""
        owed = self.sources.principal_overdue[self.at] + self.sources.interest_overdue[self.at]
        return {
            "逾期天数": self.days,
            "最早未还应还日": _date(self.sources.oldest_unpaid_due[self.at]),
            "逾期本息": f"{format_yuan(Money(int(owed)))}元",
        }


def explain(
    rule: Rule,
    level: int,
    at: int,
    facts: SignalFacts,
    limits: SignalLimits,
    sources: SignalSources,
) -> list[Reason]:
    """Say why a signal shows at a level on the loan at a place of the arrays."""
    case = _Case(at, level, facts, limits, sources)
    rows = (SourceRow(table="loan_book.loan", id=sources.numbers[at]), *_rows(rule, case))
    return [
        reason(f"signal.{rule.value}", limit, says, inputs=inputs, rows=rows)
        for limit, says, inputs in _WORDS[rule](case)
    ]


def _rows(rule: Rule, case: _Case) -> tuple[SourceRow, ...]:
    if rule is Rule.ODD_PAYMENTS:
        return case.sources.other_payers.get(case.at, ())
    return case.sources.happenings.get(rule, {}).get(case.at, ())


def _overdue(case: _Case) -> list[Spoken]:
    return [(case.limits.overdue_days, f"本息逾期{case.days}天", case.arrears)]


def _overdue_deeper(case: _Case) -> list[Spoken]:
    limit = case.limits.deeper_days[case.level - 1]
    says = f"逾期{case.days}天,已超过{limit.value - 1}天"
    return [(limit, says, {**case.arrears, "本档起点天数": limit.value})]


def _late_often(case: _Case) -> list[Spoken]:
    limit, times = case.limits.late_times, int(case.facts.late_instalments[case.at])
    says = f"近一年有{times}期未按期偿还,达到{limit.value}次"
    return [(limit, says, {"近一年延迟期数": times, "界限次数": limit.value})]


def _unpaid_in_a_row(case: _Case) -> list[Spoken]:
    limit, unpaid = case.limits.unpaid_instalments, int(case.facts.unpaid_instalments[case.at])
    says = f"连续{unpaid}期未按约偿还"
    return [(limit, says, {**case.arrears, "连续未还期数": unpaid, "界限期数": limit.value})]


def _interest_arrears(case: _Case) -> list[Spoken]:
    limit, days = case.limits.interest_days_over, int(case.facts.interest_days[case.at])
    inputs: dict[str, InputValue] = {
        "欠息天数": days,
        "最早欠息日": _date(case.sources.oldest_unpaid_interest_due[case.at]),
        "欠息金额": f"{format_yuan(Money(int(case.sources.interest_overdue[case.at])))}元",
        "界限天数": limit.value,
    }
    return [(limit, f"欠息{days}天,超过{limit.value}天,应列入重点检查", inputs)]


def _refinanced(case: _Case) -> list[Spoken]:
    limit, days = case.limits.refinanced_window, int(case.facts.days_since_refinanced[case.at])
    says = f"{days}天前登记了借新还旧或展期" if days else "今天登记了借新还旧或展期"
    return [(limit, says, {"距登记事项天数": days, "观察天数": limit.value})]


def _hardship(case: _Case) -> list[Spoken]:
    limit, days = case.limits.hardship_window, int(case.facts.days_since_hardship[case.at])
    says = f"{days}天前客户宣称无力还款或申请减免" if days else "客户宣称无力还款或申请减免"
    return [(limit, says, {"距登记事项天数": days, "观察天数": limit.value})]


def _odd_payments(case: _Case) -> list[Spoken]:
    """One reason for each limb that shows."""
    limbs = OddPayment(int(odd_payments(_only(case.facts, case.at), case.limits)[0]))
    spoken: list[Spoken] = []
    if OddPayment.BY_OTHER & limbs:
        limit, days = case.limits.other_payer_window, _at(case, "days_since_other_payer")
        inputs: dict[str, InputValue] = {"距他人还款天数": days, "观察天数": limit.value}
        spoken.append((limit, "还款人不是借款人本人(他人代还)", inputs))
    if OddPayment.PARTIAL & limbs:
        says = "最近一次还款未还清到期本息(部分还款)"
        spoken.append((case.limits.grace_times, says, case.arrears))
    if OddPayment.WITHIN_GRACE & limbs:
        limit, times = case.limits.grace_times, _at(case, "grace_instalments")
        inputs = {"近一年宽限期内还款期数": times, "界限次数": limit.value}
        spoken.append((limit, f"近一年有{times}期拖到宽限期内才还(临期才还)", inputs))
    return spoken


def _at(case: _Case, name: str) -> int:
    return int(getattr(case.facts, name)[case.at])


def _only(facts: SignalFacts, at: int) -> SignalFacts:
    """The facts of one loan, as arrays of length one."""
    return SignalFacts(**{name: column[at : at + 1] for name, column in vars(facts).items()})


def _date(day: int) -> str | None:
    return None if day == NO_DATE else date_of(int(day)).isoformat()


_WORDS: Mapping[Rule, Callable[[_Case], list[Spoken]]] = {
    Rule.OVERDUE: _overdue,
    Rule.OVERDUE_DEEPER: _overdue_deeper,
    Rule.LATE_OFTEN: _late_often,
    Rule.UNPAID_IN_A_ROW: _unpaid_in_a_row,
    Rule.INTEREST_ARREARS: _interest_arrears,
    Rule.REFINANCED: _refinanced,
    Rule.ODD_PAYMENTS: _odd_payments,
    Rule.HARDSHIP: _hardship,
}
