"""Plans and payments of the demo bank's loans, every amount computed by the kernel."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from daihou.demo_bank.floating import floating_of
from daihou.demo_bank.lending import Lent, add_months
from daihou.demo_bank.stories import Payment, Story, payments_of
from daihou.loan_book.choices import RepaymentMethod
from loanmath.codes import Allocation, EntryKind
from loanmath.day_count import DayCount
from loanmath.floating import Uplifts
from loanmath.loans import Entry, Instalment, Loan, Terms, terms_on
from loanmath.money import FEN_PER_YUAN, Money
from loanmath.one_loan import position_of
from loanmath.plans import PlanRequest, Style, custom_plan, plan_for
from loanmath.rates import Rate, penalty_rate, percent
from loanmath.replanning import Replanning, reprice, with_replanning
from loanmath.schedule import InterestBy, Method

PENALTY_UPLIFT_BPS = 5000
WRITTEN_OFF_SHARE = 0.7
_MISBOOKED_REFUND = Money(88 * FEN_PER_YUAN)
WRITTEN_OFF_AFTER_DAYS = 420
_METHODS = {
    RepaymentMethod.LEVEL_PAYMENT: Method.LEVEL_PAYMENT,
    RepaymentMethod.LEVEL_PRINCIPAL: Method.LEVEL_PRINCIPAL,
    RepaymentMethod.INTEREST_ONLY: Method.INTEREST_ONLY,
    RepaymentMethod.BULLET: Method.BULLET,
}
_BY_MONTH = (RepaymentMethod.LEVEL_PAYMENT, RepaymentMethod.LEVEL_PRINCIPAL)


@dataclass(frozen=True)
class Movement:
    """One line of the ledger with the name of who paid."""

    entry: Entry
    payer: str | None


@dataclass(frozen=True)
class Life:
    """A loan with its plan and everything that was paid on it up to the last day."""

    lent: Lent
    plan: tuple[Instalment, ...]
    movements: tuple[Movement, ...]


def live(lent: Lent, last: dt.date, chance: random.Random) -> Life:
    """Let a loan live until `last`: the client pays as the story says what the kernel calls due."""
    plan = plan_of(lent)
    movements = [Movement(Entry(lent.disbursed_on, EntryKind.DISBURSEMENT, _principal(lent)), None)]
    fallen = [row.due for row in plan if row.due <= last]
    for payment in payments_of(lent.story, fallen, lent.client.name, chance):
        if payment.on <= last:
            movement = _pay(lent, plan, movements, payment)
            if movement is not None:
                movements.append(movement)
    if lent.story is Story.ROLLING and chance.random() < WRITTEN_OFF_SHARE:
        movements += _written_off(lent, plan, movements, last, chance)
    if lent.story is Story.MISBOOKED and fallen:
        movements += _misbooked(fallen[-1], last)
    return Life(lent, plan, tuple(movements))


def _misbooked(due: dt.date, last: dt.date) -> list[Movement]:
    """A refund of money that the client never overpaid: the loan cannot be computed any more."""
    day = due + dt.timedelta(days=1)
    return [Movement(Entry(day, EntryKind.REFUND, _MISBOOKED_REFUND), None)] if day <= last else []


def day_count_of(lent: Lent) -> DayCount:
    """Level plans count months of thirty days; the others actual days."""
    return DayCount.THIRTY_360 if lent.offer.method in _BY_MONTH else DayCount.ACT_360


def rate_of(lent: Lent) -> Rate:
    """The yearly rate, from hundredths of a percent."""
    return percent(f"{lent.rate // 100}.{lent.rate % 100:02d}")


def plan_of(lent: Lent) -> tuple[Instalment, ...]:
    """The plan of a loan; a farmer's own plan follows the two harvests."""
    if lent.offer.method is RepaymentMethod.CUSTOM:
        return tuple(_harvest_plan(lent))
    request = PlanRequest(
        method=_METHODS[lent.offer.method],
        principal=_principal(lent),
        rate=rate_of(lent),
        start=lent.disbursed_on,
        maturity=lent.matures_on,
        months=lent.offer.frequency,
        interest_by=InterestBy.MONTHS if lent.offer.method in _BY_MONTH else InterestBy.DAYS,
        day_count=day_count_of(lent),
    )
    return tuple(plan_for(request))


def _harvest_plan(lent: Lent) -> list[Instalment]:
    """Interest each quarter; two fifths of the principal at half-time, the rest at the end."""
    dates = [add_months(lent.disbursed_on, months) for months in (3, 6, 9)]
    early = Money(_principal(lent) * 2 // 5)
    parts = [Money(0), early, Money(0), Money(_principal(lent) - early)]
    repayments = list(zip((*dates, lent.matures_on), parts, strict=True))
    return custom_plan(_principal(lent), rate_of(lent), lent.disbursed_on, repayments)


def _principal(lent: Lent) -> Money:
    return Money(lent.amount * FEN_PER_YUAN)


def loan_on(
    lent: Lent, plan: tuple[Instalment, ...], entries: Iterable[Entry], day: dt.date
) -> Loan:
    """The loan as it is known on a day: with the rates that were set anew by then."""
    loan = Loan(_terms(lent), plan, tuple(entries))
    floating = floating_of(lent)
    if floating is None:
        return loan
    for reset_on, rate in floating.resets(lent, day):
        before = tuple(entry for entry in loan.entries if entry.date <= reset_on)
        made = _reset(lent, replace(loan, entries=before), reset_on, rate)
        if made is not None:
            loan = with_replanning(loan, made)
    return loan


@cache  # each payment asks again for all resets before it
def _reset(lent: Lent, loan: Loan, reset_on: dt.date, rate: Rate) -> Replanning | None:
    """What a reset makes of the plan; None if the rate stays or nothing is left to come."""
    if rate == terms_on(loan, reset_on).rate:
        return None
    by_months = lent.offer.method in _BY_MONTH
    style = Style(_METHODS[lent.offer.method], InterestBy.MONTHS if by_months else InterestBy.DAYS)
    try:
        return reprice(loan, reset_on, rate, style, Uplifts(PENALTY_UPLIFT_BPS, compound=True))
    except ValueError:
        return None


def owed_on(
    lent: Lent, plan: tuple[Instalment, ...], movements: Iterable[Movement], day: dt.date
) -> Money:
    """What is due and unpaid on a day, given some movements in order of their days."""
    entries = sorted((movement.entry for movement in movements), key=lambda entry: entry.date)
    return position_of(loan_on(lent, plan, entries, day), day).total_due


def _pay(
    lent: Lent, plan: tuple[Instalment, ...], paid: list[Movement], payment: Payment
) -> Movement | None:
    """What the client pays on a day; nothing when nothing is owed then."""
    entries = (movement.entry for movement in paid)
    position = position_of(loan_on(lent, plan, entries, payment.on), payment.on)
    owed = position.payoff if payment.settles_all else position.total_due
    amount = Money(owed * payment.percent // 100)
    if amount <= 0:
        return None
    kind = EntryKind.PREPAYMENT if payment.settles_all else EntryKind.REPAYMENT
    return Movement(Entry(payment.on, kind, amount), payment.payer)


def _written_off(
    lent: Lent,
    plan: tuple[Instalment, ...],
    paid: list[Movement],
    last: dt.date,
    chance: random.Random,
) -> list[Movement]:
    """A hopeless loan is written off after 360 days; now and then something comes back."""
    loan = loan_on(lent, plan, (movement.entry for movement in paid), last)
    oldest = position_of(loan, last).oldest_unpaid_due
    if oldest is None or oldest + dt.timedelta(days=WRITTEN_OFF_AFTER_DAYS) > last:
        return []
    day = oldest + dt.timedelta(days=WRITTEN_OFF_AFTER_DAYS)
    principal = position_of(loan, day).principal
    booked = [Movement(Entry(day, EntryKind.WRITE_OFF, principal), None)]
    recovered_on = day + dt.timedelta(days=chance.randint(40, 150))
    if recovered_on <= last and chance.random() < 0.5:
        amount = Money(principal * chance.randint(5, 30) // 100)
        booked.append(Movement(Entry(recovered_on, EntryKind.RECOVERY, amount), lent.client.name))
    return booked


def _terms(lent: Lent) -> Terms:
    raised = penalty_rate(rate_of(lent), PENALTY_UPLIFT_BPS)
    return Terms(
        principal=_principal(lent),
        rate=rate_of(lent),
        start=lent.disbursed_on,
        maturity=lent.matures_on,
        penalty_rate=raised,
        compound_rate=raised,
        day_count=day_count_of(lent),
        allocation=Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL,
        allocation_impaired=Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL,
    )
