"""Random contracts and events for the property tests."""

import datetime as dt
from dataclasses import replace

from hypothesis import strategies as st

from loanmath.codes import (
    Allocation,
    ChangeKind,
    EntryKind,
    ExcessMode,
    InterestMode,
    PenaltyFrom,
)
from loanmath.day_count import DayCount
from loanmath.loans import Change, Entry, Instalment, Loan, Terms
from loanmath.money import Money
from loanmath.rates import Rate

FIRST = dt.date(2023, 1, 1)
LATER_KINDS = [kind for kind in EntryKind if kind is not EntryKind.DISBURSEMENT]
rates = st.integers(0, 36_000_000).map(Rate)
amounts = st.integers(1, 3_000_000).map(Money)
enumerated = st.sampled_from


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """Terms of any kind; the maturity is set by `loans`."""
    start = FIRST + dt.timedelta(days=draw(st.integers(0, 700)))
    return Terms(
        principal=draw(amounts),
        rate=draw(rates),
        start=start,
        maturity=start,
        penalty_rate=draw(st.one_of(st.just(Rate(0)), rates)),
        compound_rate=draw(rates),
        day_count=draw(enumerated(DayCount)),
        grace_days=draw(st.integers(0, 10)),
        penalty_from=draw(enumerated(PenaltyFrom)),
        allocation=draw(enumerated(Allocation)),
        allocation_impaired=draw(enumerated(Allocation)),
        impaired_after_days=draw(enumerated([0, 30, 90])),
        interest_mode=draw(enumerated(InterestMode)),
        excess_mode=draw(enumerated(ExcessMode)),
    )


@st.composite
def plans(draw: st.DrawFn, principal: int, start: dt.date) -> tuple[Instalment, ...]:
    """A plan of one to six instalments that adds up."""
    count = draw(st.integers(1, 6))
    gaps = draw(st.lists(st.integers(1, 45), min_size=count, max_size=count))
    cuts = sorted(draw(st.lists(st.integers(0, principal), min_size=count - 1, max_size=count - 1)))
    parts = [b - a for a, b in zip([0, *cuts], [*cuts, principal], strict=True)]
    rows, day = [], start
    for no, (gap, part) in enumerate(zip(gaps, parts, strict=True), start=1):
        day += dt.timedelta(days=gap)
        interest = Money(draw(st.integers(0, 50_000)))
        rows.append(Instalment(no, day, Money(part), interest))
    return tuple(rows)


@st.composite
def loans(draw: st.DrawFn, kinds: list[EntryKind] = LATER_KINDS) -> Loan:
    """A loan disbursed at its start, with up to eight events afterwards."""
    contract = draw(terms())
    plan = draw(plans(contract.principal, contract.start))
    span = (plan[-1].due - contract.start).days + 60
    events = draw(
        st.lists(
            st.tuples(st.integers(0, span), enumerated(kinds), amounts), min_size=0, max_size=8
        )
    )
    entries = [Entry(contract.start, EntryKind.DISBURSEMENT, contract.principal)]
    written_off = False
    for offset, kind, amount in sorted(events, key=lambda event: event[0]):
        written_off = written_off or kind is EntryKind.WRITE_OFF
        if kind is EntryKind.RECOVERY and not written_off:
            kind = EntryKind.REPAYMENT
        entries.append(Entry(contract.start + dt.timedelta(days=offset), kind, amount))
    values = {name: getattr(contract, name) for name in Terms.__dataclass_fields__}
    values["maturity"] = plan[-1].due
    return Loan(Terms(**values), plan, tuple(entries))


RATE_CHANGES = [
    ChangeKind.RATE,
    ChangeKind.PENALTY_RATE,
    ChangeKind.COMPOUND_RATE,
    ChangeKind.MISUSE_RATE,
]
PAUSES = [ChangeKind.PENALTY_PAUSED, ChangeKind.COUNT_PAUSED]
CAPITALISED = [ChangeKind.CAPITALISED, ChangeKind.PENALTY_CAPITALISED]


@st.composite
def changes(draw: st.DrawFn, kind: ChangeKind, date: dt.date) -> Change:
    """A change of some kind with a value that makes sense."""
    if kind in RATE_CHANGES:
        return Change(date, kind, draw(st.one_of(st.just(0), rates)))
    if kind in (*PAUSES, ChangeKind.REPLANNED):
        return Change(date, kind, draw(st.integers(0, 1)))
    if kind in CAPITALISED:
        return Change(date, kind, draw(st.integers(1, 2_000)))
    return Change(date, kind)


@st.composite
def changed_loans(draw: st.DrawFn) -> Loan:
    """A loan with up to six changes of terms; its plan holds what becomes principal on the way.

    Where what is due is taken back (REPLANNED), the rest of the plan is large enough for all of it;
    what it has too much falls away at the end, as after a prepayment.
    """
    loan = draw(loans())
    start = loan.terms.start
    span = (loan.plan[-1].due - start).days + 60
    kinds = st.tuples(st.integers(0, span), enumerated(ChangeKind))
    drawn = sorted(draw(st.lists(kinds, min_size=1, max_size=6)), key=lambda pair: pair[0])
    made = tuple(draw(changes(kind, start + dt.timedelta(days=at))) for at, kind in drawn)
    more = sum(change.value for change in made if change.kind in CAPITALISED)
    replans = [change.date for change in made if change.kind is ChangeKind.REPLANNED]
    plan = loan.plan
    if replans:
        last = max(plan[-1].due, replans[-1]) + dt.timedelta(days=draw(st.integers(1, 40)))
        rest = Money(loan.terms.principal + more)
        plan = (*plan, Instalment(len(plan) + 1, last, rest, Money(draw(st.integers(0, 50_000)))))
    elif more:
        plan = (*plan[:-1], replace(plan[-1], principal=Money(plan[-1].principal + more)))
    terms = replace(loan.terms, maturity=plan[-1].due)
    return replace(loan, terms=terms, plan=plan, changes=made)
