"""Why a signal shows on a loan, in words, from the numbers that the daily run kept of it.

The run keeps with each signal what it looked at (`SEEN`, in this order) and the ids of the rows
that people or the ledger recorded. Words, clause and limits come when somebody asks: parameters
count from a day still to come, so those of a past day are the same for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from daihou.early_warning.rules import (
    NEVER,
    OddPayment,
    Rule,
    SignalFacts,
    SignalLimits,
    odd_payments,
)
from daihou.policy.reasons import InputValue, Limit, Reason, SourceRow, in_yuan, reason
from daihou.servicing.book_on_day import BookOnDay
from loanmath.dates import NO_DATE, date_of

Spoken = tuple[Limit, str, dict[str, InputValue]]

# The tables whose rows are kept behind a signal; the others rest on the loan alone.
SOURCE_TABLES: Mapping[Rule, str] = {
    Rule.REFINANCED: "loan_book.happening",
    Rule.ODD_PAYMENTS: "ledger.ledgerentry",
    Rule.HARDSHIP: "loan_book.happening",
}
_DAYS_SINCE: Mapping[Rule, str] = {
    Rule.REFINANCED: "days_since_refinanced",
    Rule.ODD_PAYMENTS: "days_since_other_payer",
    Rule.HARDSHIP: "days_since_hardship",
}


@dataclass(frozen=True)
class Seen:
    """What a signal looked at on one loan, in the order in which it is kept with the signal.

    Dates are day numbers (`NO_DATE` for none), amounts are fen.
    """

    days_past_due: int
    oldest_unpaid_due: int
    overdue_amount: int  # principal and interest
    interest_days: int
    oldest_unpaid_interest_due: int
    interest_overdue: int
    unpaid_instalments: int
    late_instalments: int
    grace_instalments: int
    days_since: int  # the happening or payment that the signal looks for
    odd_payments: int  # bits of OddPayment


SEEN = tuple(Seen.__dataclass_fields__)


def seen_by(
    rule: Rule,
    places: npt.NDArray[np.intp],
    facts: SignalFacts,
    limits: SignalLimits,
    book: BookOnDay,
) -> npt.NDArray[np.int64]:
    """What the signal looked at on the loans at some places: a row each, columns as in `Seen`."""
    position = book.positions
    nowhere = np.full(places.size, NEVER)
    columns = (
        facts.days_past_due[places],
        position.oldest_unpaid_due[places],
        position.principal_overdue[places] + position.interest_overdue[places],
        facts.interest_days[places],
        position.oldest_unpaid_interest_due[places],
        position.interest_overdue[places],
        facts.unpaid_instalments[places],
        facts.late_instalments[places],
        facts.grace_instalments[places],
        getattr(facts, _DAYS_SINCE[rule])[places] if rule in _DAYS_SINCE else nowhere,
        odd_payments(facts, limits)[places],
    )
    return np.column_stack(columns).astype(np.int64)


@dataclass(frozen=True)
class _Case:
    level: int
    seen: Seen
    limits: SignalLimits

    @property
    def arrears(self) -> dict[str, InputValue]:
        """Days past due, since when, and what is owed of principal and interest."""
        return {
            "逾期天数": self.seen.days_past_due,
            "最早未还应还日": _date(self.seen.oldest_unpaid_due),
            "逾期本息": in_yuan(self.seen.overdue_amount),
        }


def explain(
    rule: Rule,
    level: int,
    seen: Seen,
    limits: SignalLimits,
    *,
    loan_number: str,
    sources: Sequence[int] = (),
) -> list[Reason]:
    """Say why a signal shows at a level on a loan; `sources` are ids in the rule's source table."""
    rows = [SourceRow(table="loan_book.loan", id=loan_number)]
    rows += [SourceRow(table=SOURCE_TABLES[rule], id=str(source)) for source in sources]
    return [
        reason(f"signal.{rule.value}", limit, says, inputs=inputs, rows=rows)
        for limit, says, inputs in _WORDS[rule](_Case(level, seen, limits))
    ]


def _overdue(case: _Case) -> list[Spoken]:
    return [(case.limits.overdue_days, f"本息逾期{case.seen.days_past_due}天", case.arrears)]


def _overdue_deeper(case: _Case) -> list[Spoken]:
    limit = case.limits.deeper_days[case.level - 1]
    says = f"逾期{case.seen.days_past_due}天,已超过{limit.value - 1}天"
    return [(limit, says, {**case.arrears, "本档起点天数": limit.value})]


def _late_often(case: _Case) -> list[Spoken]:
    limit, times = case.limits.late_times, case.seen.late_instalments
    says = f"近一年有{times}期未按期偿还,达到{limit.value}次"
    return [(limit, says, {"近一年延迟期数": times, "界限次数": limit.value})]


def _unpaid_in_a_row(case: _Case) -> list[Spoken]:
    limit, unpaid = case.limits.unpaid_instalments, case.seen.unpaid_instalments
    says = f"连续{unpaid}期未按约偿还"
    return [(limit, says, {**case.arrears, "连续未还期数": unpaid, "界限期数": limit.value})]


def _interest_arrears(case: _Case) -> list[Spoken]:
    limit, days = case.limits.interest_days_over, case.seen.interest_days
    inputs: dict[str, InputValue] = {
        "欠息天数": days,
        "最早欠息日": _date(case.seen.oldest_unpaid_interest_due),
        "欠息金额": in_yuan(case.seen.interest_overdue),
        "界限天数": limit.value,
    }
    return [(limit, f"欠息{days}天,超过{limit.value}天,应列入重点检查", inputs)]


def _refinanced(case: _Case) -> list[Spoken]:
    limit, days = case.limits.refinanced_window, case.seen.days_since
    says = f"{days}天前登记了借新还旧或展期" if days else "今天登记了借新还旧或展期"
    return [(limit, says, {"距登记事项天数": days, "观察天数": limit.value})]


def _hardship(case: _Case) -> list[Spoken]:
    limit, days = case.limits.hardship_window, case.seen.days_since
    says = f"{days}天前客户宣称无力还款或申请减免" if days else "客户宣称无力还款或申请减免"
    return [(limit, says, {"距登记事项天数": days, "观察天数": limit.value})]


def _odd_payments(case: _Case) -> list[Spoken]:
    """One reason for each limb that shows."""
    limbs = OddPayment(case.seen.odd_payments)
    spoken: list[Spoken] = []
    if OddPayment.BY_OTHER & limbs:
        limit, days = case.limits.other_payer_window, case.seen.days_since
        inputs: dict[str, InputValue] = {"距他人还款天数": days, "观察天数": limit.value}
        spoken.append((limit, "还款人不是借款人本人(他人代还)", inputs))
    if OddPayment.PARTIAL & limbs:
        says = "最近一次还款未还清到期本息(部分还款)"
        spoken.append((case.limits.grace_times, says, case.arrears))
    if OddPayment.WITHIN_GRACE & limbs:
        limit, times = case.limits.grace_times, case.seen.grace_instalments
        inputs = {"近一年宽限期内还款期数": times, "界限次数": limit.value}
        spoken.append((limit, f"近一年有{times}期拖到宽限期内才还(临期才还)", inputs))
    return spoken


def _date(day: int) -> str | None:
    return None if day == NO_DATE else date_of(day).isoformat()


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
