"""What a change of terms would make of a loan: one answer for a trial, a proposal and its adoption.

Nothing is written here. The answer says what would have to be recorded, and how the loan would
stand then by the same walk of the kernel as in the daily run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from daihou.loan_book.choices import PAUSES, PlanReason, RepaymentMethod, TermChangeKind
from daihou.loan_book.models import TermChange
from daihou.policy.queries import ParametersOnDay
from daihou.servicing.actions import NewPlan, NewTerm, repricing_of, restructuring_of
from daihou.servicing.choices import ProposalKind
from daihou.servicing.extension_limits import judge
from daihou.servicing.plan_styles import restructuring_style
from daihou.servicing.queries import OneLoan
from daihou.servicing.term_changes import changes_of, is_paused
from daihou.servicing.wishes import Wish
from loanmath.codes import EntryKind, Problem
from loanmath.dates import add_months, date_of, day_number
from loanmath.irregular import CycleRequest, QuietMonth, cycle_plan
from loanmath.loans import (
    Entry,
    Instalment,
    Loan,
    PlanVersion,
    join_plan_versions,
    merge_changes,
    new_plan_changes,
    terms_on,
)
from loanmath.money import Money
from loanmath.one_loan import position_of
from loanmath.rates import NO_RATE, Rate
from loanmath.what_if import Keep, Prepayment, extend, prepay

_NEXT_DAY = dt.timedelta(days=1)


class NotPossible(Exception):
    """What is wished cannot be; the message says why, in the words of the staff."""


@dataclass(frozen=True)
class Answer:
    """What a wish would do: what is to be recorded, what then is still to come, what it costs.

    `rows` is what the client has to pay after the day. `interest_added` is against the plan in
    force, in fen; `late_after` the days past due on the day after if nothing is paid. `against`
    says which limits of the lender stand against it.
    """

    changes: tuple[NewTerm, ...] = ()
    plan: NewPlan | None = None
    rows: tuple[Instalment, ...] = ()
    interest_added: int = 0
    late_after: int = 0
    rate_after: Rate = NO_RATE
    against: tuple[str, ...] = ()


def answer_to(one: OneLoan, wish: Wish, parameters: ParametersOnDay) -> Answer:
    """Work out what a wish would do to a loan; raises `NotPossible`."""
    if one.position(wish.on).problem is not Problem.NONE:
        raise NotPossible("借据无法计算,不能变更条款")
    try:
        made = _ANSWERS[wish.kind](one, wish)
    except ValueError as error:
        raise NotPossible(_REFUSALS[wish.kind]) from error
    return _completed(one, wish, made, parameters)


def coming(one: OneLoan, on: dt.date) -> list[Instalment]:
    """What the plan in force asks for after a day."""
    return [row for row in one.kernel_loan.plan if row.due > on]


def late_after(one: OneLoan, on: dt.date) -> int:
    """Days past due on the day after, if nothing changes and nothing is paid."""
    return position_of(one.kernel_loan, on + _NEXT_DAY).days_past_due


def follow_cycle(one: OneLoan, on: dt.date, weights: tuple[int, ...]) -> list[Instalment]:
    """The principal not yet due, spread over the client's months until the present maturity.

    In other months only interest is due. Interest counts from the last due date. Raises ValueError
    if the loan has matured or no month with money is left.
    """
    plan = one.kernel_loan.plan
    begun = max((row.due for row in plan if row.due <= on), default=one.loan.disbursed_on)
    terms = terms_on(one.kernel_loan, on)
    request = CycleRequest(
        principal=one.position(on).not_yet_due,
        rate=terms.rate,
        start=begun,
        maturity=plan[-1].due,
        weights=weights,
        quiet=QuietMonth.INTEREST,
        principal_from=on + _NEXT_DAY,
        day_count=terms.day_count,
    )
    rows = cycle_plan(request)
    after = [row for row in rows if row.due > on]
    run_up = sum(row.interest for row in rows if row.due <= on)
    rows = [replace(after[0], interest=Money(after[0].interest + run_up)), *after[1:]]
    while rows and rows[-1].total == 0:  # all was repaid before the maturity
        rows.pop()
    return rows


def prepaid(one: OneLoan, wish: Wish) -> Prepayment:
    """What a prepayment settles, and the plan for the rest; ValueError if it is too small."""
    if _method(one) == RepaymentMethod.CUSTOM:
        raise NotPossible("按计划还款的借据没有固定的每期还款额,提前还款后的计划须与客户商定")
    if not wish.amount:
        raise NotPossible("请填写提前还款金额")
    return prepay(
        one.kernel_loan, wish.on, wish.amount, restructuring_style(one.loan), wish.keep or Keep.TERM
    )


def _extension(one: OneLoan, wish: Wish) -> Answer:
    if wish.until is None:
        raise NotPossible("请填写展期至哪一天")
    now = terms_on(one.kernel_loan, wish.on).rate
    rate = now if wish.rate is None else wish.rate
    made = extend(
        one.kernel_loan,
        wish.on,
        wish.until,
        restructuring_style(one.loan),
        rate,
        one.loan.frequency_months,
    )
    changes = () if rate == now else (NewTerm(TermChangeKind.RATE, wish.on, rate=rate),)
    plan = NewPlan(PlanReason.EXTENSION, wish.on, made.plan.plan)
    return _replanned(plan, changes, made.interest_added)


def _restructuring(one: OneLoan, wish: Wish) -> Answer:
    if not wish.instalments:
        raise NotPossible("请填写重组为几期")
    owed = one.position(wish.on)
    months = [one.loan.frequency_months * number for number in range(1, wish.instalments + 1)]
    dues = [date_of(add_months(day_number(wish.on), ahead)) for ahead in months]
    changes, plan = restructuring_of(one, wish.on, dues, wish.capitalise)
    rows = plan.instalments
    added = _interest(rows) + owed.accrued_interest - _interest(coming(one, wish.on))
    answer = _replanned(plan, changes, added)
    if wish.capitalise:
        return answer
    on_top = owed.interest_due + owed.accrued_interest  # asked for with the first instalment
    first = replace(rows[0], interest=Money(rows[0].interest + on_top))
    return replace(answer, rows=(first, *rows[1:]))


def _repricing(one: OneLoan, wish: Wish) -> Answer:
    if wish.rate is None:
        raise NotPossible("请填写重定价后的年利率")
    changes, plan = repricing_of(one, wish.on, wish.rate)
    added = _interest(plan.instalments) - _interest(coming(one, wish.on))
    return _replanned(plan, changes, added)


def _cash_cycle(one: OneLoan, wish: Wish) -> Answer:
    if not any(wish.weights):
        raise NotPossible("请填写有收入的月份")
    rows = follow_cycle(one, wish.on, wish.weights)
    added = _interest(rows) - _interest(coming(one, wish.on))
    return _replanned(NewPlan(PlanReason.CASH_CYCLE, wish.on, rows), (), added)


def _prepayment(one: OneLoan, wish: Wish) -> Answer:
    made = prepaid(one, wish)
    plan = NewPlan(PlanReason.PREPAYMENT, wish.on, made.plan.plan)
    return _replanned(plan, (), -made.interest_saved)


def _called_in(one: OneLoan, wish: Wish) -> Answer:
    now = one.position(wish.on)
    if now.not_yet_due == 0:
        raise NotPossible(_REFUSALS[wish.kind])
    rows = (Instalment(1, wish.on, now.not_yet_due, now.accrued_interest),)
    added = now.accrued_interest - _interest(coming(one, wish.on))
    change = NewTerm(TermChangeKind.CALLED_IN, wish.on)
    return Answer(changes=(change,), rows=rows, interest_added=added)


def _pause(one: OneLoan, wish: Wish) -> Answer:
    kind = TermChangeKind[wish.kind.name]
    if is_paused(one.term_changes, kind, wish.on):
        raise NotPossible(f"{wish.on} 已在{kind.label},不必再次申请")
    changes = [NewTerm(kind, wish.on)]
    if wish.until is not None:
        if wish.until <= wish.on:
            raise NotPossible("恢复日须晚于生效日")
        changes.append(NewTerm(PAUSES[kind], wish.until))
    return Answer(changes=tuple(changes), rows=tuple(coming(one, wish.on)))


def _resumption(one: OneLoan, wish: Wish) -> Answer:
    end = TermChangeKind[wish.kind.name]
    begin = next(kind for kind, ends in PAUSES.items() if ends == end)
    if not is_paused(one.term_changes, begin, wish.on):
        raise NotPossible(f"{wish.on} 没有在{begin.label},不必恢复")
    return Answer(changes=(NewTerm(end, wish.on),), rows=tuple(coming(one, wish.on)))


_ANSWERS: dict[ProposalKind, Callable[[OneLoan, Wish], Answer]] = {
    ProposalKind.EXTENSION: _extension,
    ProposalKind.RESTRUCTURING: _restructuring,
    ProposalKind.REPRICING: _repricing,
    ProposalKind.CASH_CYCLE: _cash_cycle,
    ProposalKind.PREPAYMENT: _prepayment,
    ProposalKind.CALLED_IN: _called_in,
    ProposalKind.PENALTY_PAUSED: _pause,
    ProposalKind.PENALTY_RESUMED: _resumption,
    ProposalKind.COUNT_PAUSED: _pause,
    ProposalKind.COUNT_RESUMED: _resumption,
}
_NOTHING_LEFT = "没有可以重排的本金,或金额、日期超出范围"
_REFUSALS: dict[ProposalKind, str] = {
    **{kind: f"不能{kind.label}:{_NOTHING_LEFT}" for kind in ProposalKind},
    ProposalKind.EXTENSION: "展期须晚于现到期日,且还有未到期的本金",
    ProposalKind.CASH_CYCLE: (
        "到期日之前没有有收入的月份,或已没有未到期的本金,不能按现金流周期排计划"
    ),
    ProposalKind.PREPAYMENT: "这笔金额先用于应还未还和当期利息,不足以提前归还本金;请加大金额",
}


def _replanned(plan: NewPlan, changes: Sequence[NewTerm], added: int) -> Answer:
    rows = tuple(plan.instalments)
    return Answer(changes=tuple(changes), plan=plan, rows=rows, interest_added=int(added))


def _completed(one: OneLoan, wish: Wish, made: Answer, parameters: ParametersOnDay) -> Answer:
    """The answer with how the loan would stand on the day after, and the limits against it."""
    after = _loan_with(one, wish, made)
    then = position_of(after, wish.on + _NEXT_DAY)
    if then.problem is not Problem.NONE:
        raise NotPossible(_REFUSALS[wish.kind])
    return replace(
        made,
        late_after=then.days_past_due,
        rate_after=terms_on(after, wish.on).rate,
        against=_against(one, wish, made, parameters),
    )


def _loan_with(one: OneLoan, wish: Wish, made: Answer) -> Loan:
    """The loan as if the answer had been recorded."""
    loan = one.kernel_loan
    if wish.kind is ProposalKind.PREPAYMENT and wish.amount:
        paid = Entry(wish.on, EntryKind.PREPAYMENT, wish.amount)
        earlier = [entry for entry in loan.entries if entry.date <= wish.on]
        loan = replace(loan, entries=(*earlier, paid))
    recorded = [
        TermChange(kind=one_.kind, effective_from=one_.on, rate=one_.rate, amount=one_.amount)
        for one_ in made.changes
    ]
    changes = merge_changes(loan.changes, changes_of(one.loan, recorded))
    if made.plan is None or not made.plan.instalments:
        return replace(loan, changes=changes)
    new = PlanVersion(made.plan.effective_from, tuple(made.plan.instalments))
    versions = [PlanVersion(loan.terms.start, loan.plan), new]
    return replace(
        loan,
        plan=join_plan_versions(versions),
        changes=merge_changes(changes, new_plan_changes(versions)),
    )


def _against(
    one: OneLoan, wish: Wish, made: Answer, parameters: ParametersOnDay
) -> tuple[str, ...]:
    """What stands against adopting a wish: the lender's limits, or nothing left to be planned."""
    if wish.kind is ProposalKind.PREPAYMENT and not made.rows:
        return ("这笔金额足以结清借据,不需要另定还款计划",)
    if wish.kind is ProposalKind.EXTENSION and wish.until is not None:
        return judge(one, wish.until, parameters).because
    if wish.kind is ProposalKind.COUNT_PAUSED:
        longest = parameters.whole("limit.count_pause_days")
        if wish.until is None:
            return ("停计逾期天数须写明恢复日",)
        if (wish.until - wish.on).days > longest:
            last = wish.on + dt.timedelta(days=longest)
            return (f"停计逾期天数每次最长 {longest} 天,最晚至 {last}",)
    return ()


def _interest(rows: Sequence[Instalment]) -> int:
    return sum(row.interest for row in rows)


def _method(one: OneLoan) -> RepaymentMethod:
    return RepaymentMethod(one.loan.method)
