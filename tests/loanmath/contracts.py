"""Random contracts and events for the property tests."""

import datetime as dt

from hypothesis import strategies as st

from loanmath.codes import Allocation, EntryKind, ExcessMode, InterestMode, PenaltyFrom
from loanmath.day_count import DayCount
from loanmath.loans import Entry, Instalment, Loan, Terms
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
