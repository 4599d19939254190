"""One instalment loan, followed by hand through a late payment."""

import datetime as dt

from loanmath.codes import EntryKind, Status
from loanmath.loans import Entry, Instalment, Loan, Terms
from loanmath.money import yuan
from loanmath.one_loan import instalments_of, position_of, timeline_of
from loanmath.rates import percent

DUE = [dt.date(2025, month, 15) for month in range(2, 8)]
TERMS = Terms(
    principal=yuan("6000"),
    rate=percent("6"),
    penalty_rate=percent("9"),
    compound_rate=percent("9"),
    start=dt.date(2025, 1, 15),
    maturity=DUE[-1],
    grace_days=3,
)
PLAN = tuple(
    Instalment(no, due, yuan("1000"), yuan(interest))
    for no, (due, interest) in enumerate(
        zip(DUE, ["30", "25", "20", "15", "10", "5"], strict=True), start=1
    )
)
LOAN = Loan(
    TERMS,
    PLAN,
    (
        Entry(dt.date(2025, 1, 15), EntryKind.DISBURSEMENT, yuan("6000")),
        Entry(dt.date(2025, 2, 15), EntryKind.REPAYMENT, yuan("1030")),
        Entry(dt.date(2025, 3, 20), EntryKind.REPAYMENT, yuan("500")),
    ),
)


def test_position_after_a_late_and_partial_payment():
    # 15 to 20 March: 1000.00 x 9 % x 5/360 = 1.25 penalty; 25.00 x 9 % x 5/360 = 0.03 compound.
    # 500.00 - 1.28 - 25.00 = 473.72 to principal; 526.28 stays unpaid.
    # To 1 May: 526.28 x 9 % x 42/360 = 5.52594, 1000.00 x 9 % x 16/360 = 4.00; with the 1.25
    # before: 10.77594, so 10.78 in all and 9.53 still to pay. Compound 20.00 x 9 % x 16/360 = 0.08.
    position = position_of(LOAN, dt.date(2025, 5, 1))
    assert position.status is Status.LIVE
    assert position.principal == yuan("4526.28")
    assert position.principal_overdue == yuan("1526.28")
    assert position.interest_due == yuan("20")
    assert position.penalty_due == yuan("9.53")
    assert position.compound_due == yuan("0.08")
    assert position.accrued_interest == yuan("8")  # 3000.00 x 6 % x 16/360
    assert position.days_past_due == 47
    assert position.overdue_instalments == 2
    assert (position.next_due, position.next_due_amount) == (DUE[3], yuan("1015"))


def test_timeline_and_plan_tell_the_same_story():
    events = timeline_of(LOAN, dt.date(2025, 5, 1))
    payment = next(e for e in events if e.date == dt.date(2025, 3, 20))
    assert (payment.penalty, payment.compound) == (yuan("1.25"), yuan("0.03"))
    assert (payment.interest, payment.principal) == (yuan("25"), yuan("473.72"))
    assert payment.days_past_due == 5
    rows = instalments_of(LOAN, dt.date(2025, 5, 1))
    assert rows[0].cleared_on == DUE[0]
    assert rows[1].principal_unpaid == yuan("526.28")
    assert not rows[3].fallen_due
