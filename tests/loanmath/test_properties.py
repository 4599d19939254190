"""What must hold for every loan, whatever its terms and whatever happens to it."""

import contextlib
import datetime as dt
from dataclasses import replace
from fractions import Fraction

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from loanmath.accrual import RATE_UNIT, interest
from loanmath.codes import EntryKind, ExcessMode, InterestMode, Problem, Status
from loanmath.dates import day_number
from loanmath.day_count import DayCount, basis_of, weight_between
from loanmath.loans import (
    Entry,
    Instalment,
    Loan,
    PlanVersion,
    Terms,
    join_plan_versions,
    new_plan_changes,
)
from loanmath.money import Money
from loanmath.one_loan import Position, position_of, timeline_of
from loanmath.plans import PlanRequest, Style, custom_plan, plan_for
from loanmath.rates import Rate
from loanmath.replanning import restructure, with_replanning
from loanmath.schedule import Method
from loanmath.what_if import Keep, prepay
from tests.loanmath.contracts import EXAMPLES, Chooser, loans, make_loan, rates

SOME = settings(max_examples=EXAMPLES // 4)
DAY = dt.timedelta(days=1)
MONEY_KINDS = [EntryKind.REPAYMENT, EntryKind.PREPAYMENT]
_INTEREST_AFTER_ALL_PRINCIPAL = 199 * 11400714819323198485  # the seed of such a loan
PLANNED = [Method.LEVEL_PAYMENT, Method.LEVEL_PRINCIPAL, Method.INTEREST_ONLY]


def computed(loan: Loan, on: dt.date) -> Position:
    """The position, for examples in which the loan makes sense."""
    position = position_of(loan, on)
    assume(position.problem is Problem.NONE)
    return position


# -- a plan paid as planned ----------------------------------------------------------------------


@given(
    st.sampled_from(PLANNED),
    st.integers(100, 10**9),
    rates,
    st.integers(1, 24),
    st.sampled_from(InterestMode),
    st.sampled_from(ExcessMode),
    st.sampled_from(DayCount),
)
@SOME
def test_a_plan_paid_on_its_days_leaves_nothing(
    method: Method,
    principal: int,
    rate: Rate,
    count: int,
    mode: InterestMode,
    excess: ExcessMode,
    day_count: DayCount,
):
    """Paying what is due on each due date settles the loan on the last one, with nothing late."""
    start = dt.date(2024, 1, 31)
    request = PlanRequest(method, Money(principal), rate, start, instalments=count)
    plan = tuple(plan_for(request))
    terms = Terms(Money(principal), rate, start, plan[-1].due, penalty_rate=rate,
                  compound_rate=rate, day_count=day_count, interest_mode=mode,
                  excess_mode=excess)  # fmt: skip
    loan = Loan(terms, plan, (Entry(start, EntryKind.DISBURSEMENT, Money(principal)),))
    for row in plan:
        due = position_of(loan, row.due).total_due
        if due:
            paid = Entry(row.due, EntryKind.REPAYMENT, due)
            loan = replace(loan, entries=(*loan.entries, paid))
    end = position_of(loan, plan[-1].due)
    assert (end.problem, end.status) == (Problem.NONE, Status.SETTLED)
    assert (end.principal, end.total_due, end.credit, end.accrued_interest) == (0, 0, 0, 0)
    assert (end.paid_principal, end.paid_penalty, end.paid_compound) == (principal, 0, 0)
    assert (end.days_past_due, end.late_instalments_12m) == (0, 0)
    assert position_of(loan, plan[-1].due + 400 * DAY).total_due == 0


# -- the order of a day --------------------------------------------------------------------------


@given(loans())
@SOME
def test_an_entry_sees_only_what_came_before_it(loan: Loan):
    """The order is that of the entries: after each of them the loan stands as if it were the last.

    So a line of the timeline is the evening's position of the loan cut off after that entry.
    """
    until = loan.plan[-1].due + 90 * DAY
    computed(loan, until)
    lines = [e for e in timeline_of(loan, until) if isinstance(e.what, EntryKind)]
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    for line in lines:
        cut = replace(loan, entries=loan.entries[: line.number])
        evening = position_of(cut, line.date)
        if evening.problem is Problem.NONE:
            assert evening.principal == line.balance
            assert evening.credit == line.credit
            assert evening.days_past_due == line.days_past_due
            assert evening.total_due == line.due_unpaid


@given(loans(kinds=MONEY_KINDS), st.randoms(use_true_random=False))
@SOME
def test_equal_kinds_of_one_day_may_change_places(loan: Loan, chance):
    """Two payments of the same kind on one day do the same in either order."""
    until = loan.plan[-1].due + 60 * DAY
    whole = computed(loan, until)
    groups: dict[tuple[dt.date, EntryKind], list[Entry]] = {}
    for entry in loan.entries:
        groups.setdefault((entry.date, entry.kind), []).append(entry)
    for group in groups.values():
        chance.shuffle(group)
    shuffled = [groups[entry.date, entry.kind].pop() for entry in loan.entries]
    other = position_of(replace(loan, entries=tuple(shuffled)), until)
    assert replace(other, last_payment_amount=whole.last_payment_amount) == whole


@given(loans(kinds=MONEY_KINDS))
@SOME
def test_what_falls_due_on_a_day_is_there_before_its_payments(loan: Loan):
    """A payment on a due date that covers what is due on it leaves nothing of it unpaid."""
    row = loan.plan[0]
    until = replace(loan, entries=tuple(e for e in loan.entries if e.date <= row.due))
    due = computed(until, row.due).total_due
    assume(due > 0)
    paid = Entry(row.due, EntryKind.REPAYMENT, due)
    after = position_of(replace(until, entries=(*until.entries, paid)), row.due)
    assert (after.total_due, after.unpaid_instalments, after.days_past_due) == (0, 0, 0)


# -- time ----------------------------------------------------------------------------------------


@given(
    st.integers(1, 10**9),
    rates,
    st.lists(st.integers(1, 60), min_size=2, max_size=8),
    st.sampled_from([d for d in DayCount if d is not DayCount.THIRTY_360]),
)
@SOME
def test_interest_of_a_period_is_the_sum_over_its_parts(
    principal: int, rate: Rate, gaps: list[int], day_count: DayCount
):
    """By balance, due dates in between change when interest is due, not how much there is.

    30/360 (bond basis) is left out: its days depend on where the period began.
    """
    start, dues = dt.date(2023, 12, 31), []
    for gap in gaps:
        dues.append((dues[-1] if dues else start) + gap * DAY)
    terms = Terms(Money(principal), rate, start, dues[-1], day_count=day_count,
                  interest_mode=InterestMode.BY_BALANCE)  # fmt: skip
    lent = (Entry(start, EntryKind.DISBURSEMENT, Money(principal)),)
    parts = [Instalment(n, due, Money(0), Money(0)) for n, due in enumerate(dues, start=1)]
    parts[-1] = replace(parts[-1], principal=Money(principal))
    whole = (Instalment(1, dues[-1], Money(principal), Money(0)),)
    in_parts = position_of(Loan(terms, tuple(parts), lent), dues[-1]).interest_due
    at_once = position_of(Loan(terms, whole, lent), dues[-1]).interest_due
    assert in_parts == at_once
    weight = weight_between(day_count, day_number(start), day_number(dues[-1]))
    assert at_once == interest(principal, rate, weight, basis_of(day_count))


@given(loans(), st.integers(0, 200), st.integers(0, 200))
@SOME
def test_what_happens_later_changes_nothing_earlier(loan: Loan, early: int, later: int):
    """As of a day, entries after it count for nothing, as long as the loan makes sense."""
    on = loan.terms.start + early * DAY
    kept = tuple(e for e in loan.entries if e.date <= on)
    more = Entry(on + (later + 1) * DAY, EntryKind.REPAYMENT, Money(12_345))
    as_of = computed(loan, on)
    assume(position_of(replace(loan, entries=kept), on).problem is Problem.NONE)
    assert position_of(replace(loan, entries=kept), on) == as_of
    assert position_of(replace(loan, entries=(*kept, more)), on) == as_of


@given(loans(kinds=MONEY_KINDS), st.integers(1, 240), st.integers(1, 240), st.booleans())
@example(
    loan=make_loan(Chooser(_INTEREST_AFTER_ALL_PRINCIPAL), MONEY_KINDS),
    early=51,
    later=117,
    capitalise=True,
)
@SOME
def test_a_later_plan_leaves_earlier_days_as_they_were(
    loan: Loan, early: int, later: int, capitalise: bool
):
    """What was known before a restructuring still stands when one looks back after it.

    The loan is prepaid in part first if it can be, its plan made anew for that; then all that is
    owed goes into another plan. It has a penalty rate: without one, interest by balance of a loan
    whose principal was all paid ahead of its plan shows as due from the last due date that is left.
    """
    first, on = (loan.terms.start + days * DAY for days in (early, early + later))
    mode = InterestMode.BY_PLAN if capitalise else InterestMode.BY_BALANCE
    loan = replace(loan, entries=tuple(e for e in loan.entries if e.date <= first),
                   terms=replace(loan.terms, interest_mode=mode,
                                 penalty_rate=Rate(loan.terms.penalty_rate + 1)))  # fmt: skip
    computed(loan, on)
    with contextlib.suppress(ValueError):
        loan = prepaid(loan, first, Money(loan.terms.principal // 3 + 1))
    try:
        dues = [on + 30 * n * DAY for n in (1, 2, 3)]
        made = restructure(loan, on, dues, Style(Method.LEVEL_PRINCIPAL), capitalise, capitalise)
    except ValueError:
        return  # nothing is left to be restructured
    replanned = with_replanning(loan, made)
    day, step = loan.terms.start, (1 + (on - loan.terms.start).days // 25) * DAY
    while day < on:
        was, now = position_of(loan, day), position_of(replanned, day)
        coming = {"next_due": was.next_due, "next_due_amount": was.next_due_amount}
        assert replace(now, **coming) == was
        day += step


def prepaid(loan: Loan, on: dt.date, amount: Money) -> Loan:
    """The loan after a prepayment for which its plan was made anew."""
    made = prepay(loan, on, amount, Style(Method.LEVEL_PRINCIPAL), Keep.TERM)
    versions = [PlanVersion(loan.terms.start, loan.plan), made.plan]
    paid = Entry(on, EntryKind.PREPAYMENT, amount)
    return replace(loan, plan=join_plan_versions(versions), entries=(*loan.entries, paid),
                   changes=new_plan_changes(versions))  # fmt: skip


@given(loans(kinds=MONEY_KINDS), st.integers(0, 300))
@SOME
def test_a_plan_version_that_repeats_the_plan_changes_nothing(loan: Loan, days: int):
    """The same plan taken over from some day on is the same plan."""
    on = loan.terms.start + days * DAY
    versions = [PlanVersion(loan.terms.start, loan.plan), PlanVersion(on, loan.plan)]
    assert join_plan_versions(versions) == loan.plan


# -- plans against exact fractions ---------------------------------------------------------------


@given(
    st.integers(1, 10**11),
    rates,
    st.lists(st.tuples(st.integers(1, 400), st.integers(0, 10**6)), min_size=1, max_size=12),
    st.sampled_from(DayCount),
)
@SOME
def test_a_custom_plan_is_its_arithmetic_in_fractions(
    principal: int, rate: Rate, steps: list[tuple[int, int]], day_count: DayCount
):
    """Each row's interest is balance x rate x days / basis, half up; principals add up."""
    day, dues, left = dt.date(2024, 2, 29), [], principal
    for n, (gap, wanted) in enumerate(steps):
        day += gap * DAY
        part = left if n == len(steps) - 1 else min(left, wanted)
        dues.append((day, Money(part)))
        left -= part
    start = dt.date(2024, 2, 29)
    plan = custom_plan(Money(principal), rate, start, dues, day_count)
    assert sum(row.principal for row in plan) == principal
    balance, since = principal, start
    for row in plan:
        weight = weight_between(day_count, day_number(since), day_number(row.due))
        exact = Fraction(balance * rate * weight, RATE_UNIT * basis_of(day_count))
        assert row.interest == (2 * exact + 1) // 2
        balance, since = balance - row.principal, row.due
