"""A second, slow reckoning of a loan, day by day in exact fractions: what the kernel must match.

Written from the rules in loanmath/README.md, not from the kernel's code, and as plainly as can be:
it lives through every single day of the loan.
"""

import datetime as dt
from calendar import isleap, monthrange
from dataclasses import dataclass, field
from fractions import Fraction as F
from math import floor

from loanmath.codes import (
    Allocation,
    ChangeKind,
    EntryKind,
    ExcessMode,
    InterestMode,
    PenaltyFrom,
)
from loanmath.day_count import DayCount
from loanmath.loans import Change, Loan

DAY = dt.timedelta(days=1)

ORDERS = {
    Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL: "fee penalty compound interest principal",
    Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL_BY_INSTALMENT: (
        "fee penalty compound each:interest+principal"
    ),
    Allocation.PRINCIPAL_INTEREST_COMPOUND_PENALTY_FEES: "principal interest compound penalty fee",
    Allocation.PRINCIPAL_INTEREST_COMPOUND_PENALTY_FEES_BY_INSTALMENT: (
        "each:principal+interest compound penalty fee"
    ),
    Allocation.FEES_PRINCIPAL_INTEREST_COMPOUND_PENALTY: "fee principal interest compound penalty",
    Allocation.INTEREST_PRINCIPAL_COMPOUND_PENALTY_FEES_BY_INSTALMENT: (
        "each:interest+principal compound penalty fee"
    ),
    Allocation.FEES_INTEREST_COMPOUND_PENALTY_PRINCIPAL: "fee interest compound penalty principal",
}


class SetAsideError(Exception):
    """The loan makes no sense."""


def half_up(x: F) -> int:
    return floor(x + F(1, 2))


def days360(a: dt.date, b: dt.date, european: bool) -> int:
    d1, d2 = a.day, b.day
    if d1 == 31:
        d1 = 30
    if d2 == 31 and (european or d1 == 30):
        d2 = 30
    return (b.year - a.year) * 360 + (b.month - a.month) * 30 + d2 - d1


def one_day(convention: DayCount, anchor: dt.date, day: dt.date) -> F:
    """The part of a year that the day (its night) is worth."""
    if convention is DayCount.ACT_360:
        return F(1, 360)
    if convention is DayCount.ACT_365:
        return F(1, 365)
    if convention is DayCount.ACT_364:
        return F(1, 364)
    if convention is DayCount.NO_LEAP_365:
        tomorrow = day + DAY
        return F(0 if (tomorrow.month, tomorrow.day) == (2, 29) else 1, 365)
    if convention is DayCount.ACT_ACT:
        return F(1, 366 if isleap(day.year) else 365)
    if convention is DayCount.MONTHS:
        return F(1, 12 * monthrange(day.year, day.month)[1])
    european = convention is DayCount.THIRTY_E_360
    to = days360(anchor, day + DAY, european) - days360(anchor, day, european)
    return F(to, 360)


@dataclass
class Rates:
    """The rates and pauses that hold in one night."""

    contract: int
    overdue: int
    on_interest: int
    beyond_contract: int
    counts: bool


def rates_in_night(loan: Loan, night: dt.date) -> Rates:
    """What the contract and all changes up to a day's evening make of the night after it."""
    terms, kinds = loan.terms, ChangeKind
    now = {
        kinds.RATE: terms.rate,
        kinds.PENALTY_RATE: terms.penalty_rate,
        kinds.COMPOUND_RATE: terms.compound_rate,
        kinds.MISUSE_RATE: 0,
        kinds.PENALTY_PAUSED: 0,
        kinds.COUNT_PAUSED: 0,
    }
    now |= {c.kind: c.value for c in loan.changes if c.kind in now and c.date <= night}
    beyond = max(0, now[kinds.MISUSE_RATE] - now[kinds.RATE])
    overdue = max(now[kinds.PENALTY_RATE], now[kinds.MISUSE_RATE])
    if terms.interest_mode is not InterestMode.BY_PLAN and now[kinds.PENALTY_RATE] == 0:
        overdue = beyond  # overdue principal goes on bearing contract interest
    on_interest = now[kinds.COMPOUND_RATE]
    if on_interest:
        on_interest = max(on_interest, now[kinds.MISUSE_RATE])
    if now[kinds.PENALTY_PAUSED]:
        overdue = on_interest = beyond = 0
    return Rates(now[kinds.RATE], overdue, on_interest, beyond, not now[kinds.COUNT_PAUSED])


@dataclass
class Row:
    due: dt.date
    planned: int
    planned_interest: int
    fallen: bool = False
    principal: int = 0  # unpaid
    interest: int = 0
    bears_penalty: bool = False
    late: bool = False
    cleared_on: dt.date | None = None

    @property
    def open(self) -> bool:
        return self.fallen and (self.principal > 0 or self.interest > 0)


@dataclass
class Reckoning:
    loan: Loan
    rows: list[Row] = field(default_factory=list)
    order: Allocation = Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL
    ahead: int = 0
    disbursed: int = 0
    running: F = F(0)  # contract interest run up
    charged: int = 0  # of it
    anchor: dt.date = dt.date.min
    penalty: F = F(0)
    penalty_settled: int = 0
    compound: F = F(0)
    compound_settled: int = 0
    compound_off: bool = False
    fees: int = 0
    credit: int = 0
    waived: int = 0
    written_off: int = 0
    recovered: int = 0
    paid: dict[str, int] = field(default_factory=dict)
    last_payment: tuple[dt.date | None, int, bool] = (None, 0, False)
    nights: dict[dt.date, Rates] = field(default_factory=dict)
    plan_ends: dt.date = dt.date.max

    # -- figures -----------------------------------------------------------------------------
    @property
    def by_plan(self) -> bool:
        return self.loan.terms.interest_mode is InterestMode.BY_PLAN

    @property
    def due_principal(self) -> int:
        return sum(row.principal for row in self.rows if row.fallen)

    @property
    def due_interest(self) -> int:
        return sum(row.interest for row in self.rows if row.fallen)

    @property
    def balance(self) -> int:
        return self.ahead + self.due_principal

    @property
    def accrued(self) -> int:
        return max(0, half_up(self.running) - self.charged)

    @property
    def penalty_due(self) -> int:
        return half_up(self.penalty) - self.penalty_settled

    @property
    def compound_due(self) -> int:
        return half_up(self.compound) - self.compound_settled

    def oldest(self) -> dt.date | None:
        return next((row.due for row in self.rows if row.open), None)

    def to_come(self) -> list[Row]:
        """What the plan in force has still to call in: up to the day when a new one replaces it."""
        return [row for row in self.rows if not row.fallen and row.due <= self.plan_ends]

    # -- a day -------------------------------------------------------------------------------
    def night(self, day: dt.date) -> None:
        """The night after `day`: interest and penalties for one day."""
        terms = self.loan.terms
        rates = self.rates(day)
        if day >= terms.start:
            base = self.ahead
            if not self.by_plan and terms_penalty(self.loan, day) == 0:
                base = self.balance
            year = one_day(terms.day_count, self.anchor, day)
            self.running += base * F(rates.contract, 10**8) * year
            self.penalty += self.ahead * F(rates.beyond_contract, 10**8) * self.penal_year(day)
        self.penalise(day, lambda row: row.bears_penalty)

    def penal_year(self, day: dt.date) -> F:
        convention = self.loan.terms.day_count
        by_months = convention in (DayCount.THIRTY_360, DayCount.THIRTY_E_360, DayCount.MONTHS)
        return one_day(DayCount.ACT_360 if by_months else convention, day, day)

    def penalise(self, day: dt.date, which) -> None:
        rates, year = self.rates(day), self.penal_year(day)
        for row in self.rows:
            if which(row):
                self.penalty += row.principal * F(rates.overdue, 10**8) * year
                if not self.compound_off:
                    self.compound += row.interest * F(rates.on_interest, 10**8) * year

    def late_by(self, day: dt.date) -> int:
        """Days past due: nights since the oldest unpaid due date, but those of a pause."""
        night = self.oldest()
        if night is None:
            return 0
        if not any(change.kind is ChangeKind.COUNT_PAUSED for change in self.loan.changes):
            return (day - night).days
        late = 0
        while night < day:
            late += self.rates(night).counts
            night += DAY
        return late

    def made_anew(self, day: dt.date) -> bool:
        """Whether the plan was made anew on a day for what is left then.

        The loan says that it was made anew on that day, or says of no day that it was; and what it
        calls in is what is left, or as much of it as falls due before yet another plan.
        """
        kinds = (ChangeKind.NEW_PLAN, ChangeKind.REPLANNED)
        days = [change.date for change in self.loan.changes if change.kind in kinds]
        called_in = sum(row.planned for row in self.to_come())
        replaced = self.plan_ends < dt.date.max
        fits = called_in <= self.ahead if replaced else called_in == self.ahead
        return (not days or day in days) and self.ahead > 0 and fits

    def rates(self, night: dt.date) -> Rates:
        """As `rates_in_night`, looked up once a night."""
        if night not in self.nights:
            self.nights[night] = rates_in_night(self.loan, night)
        return self.nights[night]

    def morning(self, day: dt.date) -> None:
        self.grace_over(day)
        terms = self.loan.terms
        impaired = terms.impaired_after_days and self.late_by(day) > terms.impaired_after_days
        self.order = terms.allocation_impaired if impaired else terms.allocation
        for row in self.rows:
            if row.due == day:
                self.fall_due(row, day)
                self.credit = self.settle(day, self.credit)

    def fall_due(self, row: Row, day: dt.date) -> None:
        left_in_plan = sum(r.planned for r in self.to_come())
        if not self.by_plan:
            interest = self.accrued
            self.charged += interest
        elif self.ahead == 0 and left_in_plan > 0:
            interest = min(row.planned_interest - min(0, self.charged), self.accrued)
        else:
            interest = max(0, row.planned_interest - self.charged)
        principal = row.planned
        if self.loan.terms.interest_mode is InterestMode.BY_BALANCE_LEVEL:
            principal = max(0, row.planned + row.planned_interest - interest)
            if row is self.rows[-1]:
                principal = self.ahead
        principal = min(principal, self.ahead)
        row.fallen, row.principal, row.interest = True, principal, interest
        self.ahead -= principal
        only_principal = row.planned_interest == 0 and row is not self.rows[-1]
        if self.by_plan and only_principal and self.ahead > 0:
            self.charged += interest  # the running period goes on to a day of interest
            return
        self.anchor = day
        if self.by_plan:
            self.running, self.charged = F(0), 0

    def grace_over(self, day: dt.date) -> None:
        """Rows whose last day of grace was yesterday and that are still unpaid."""
        terms = self.loan.terms
        grace = dt.timedelta(days=terms.grace_days)
        for row in self.rows:
            if row.open and not row.bears_penalty and row.due + grace + DAY == day:
                row.late = self.rates(day - DAY).counts
                night = row.due if terms.penalty_from is PenaltyFrom.DUE_DATE else row.due + grace
                while night < day:
                    self.penalise(night, lambda r, row=row: r is row)
                    night += DAY
                row.bears_penalty = True

    def evening(self, day: dt.date) -> None:
        """Note which rows are fully paid."""
        for row in self.rows:
            if row.open:
                row.cleared_on = None
            elif row.fallen and row.cleared_on is None:
                row.cleared_on = day

    # -- money -------------------------------------------------------------------------------
    def settle(self, day: dt.date, money: int) -> int:
        for step in ORDERS[self.order].split():
            if step.startswith("each:"):
                for row in self.rows:
                    for item in step[5:].split("+"):
                        money = self.pay_row(row, item, money, day)
            elif step in ("principal", "interest"):
                for row in self.rows:
                    money = self.pay_row(row, step, money, day)
            else:
                money -= self.pay_item(step, money)
        return money

    def count(self, item: str, amount: int) -> None:
        self.paid[item] = self.paid.get(item, 0) + amount

    def pay_row(self, row: Row, item: str, money: int, day: dt.date) -> int:
        if not row.open:
            return money
        part = min(money, getattr(row, item))
        setattr(row, item, getattr(row, item) - part)
        self.count(item, part)
        return money - part

    def pay_item(self, item: str, money: int, count: bool = True) -> int:
        due = {"fee": self.fees, "penalty": self.penalty_due, "compound": self.compound_due}[item]
        part = min(due, money)
        if item == "fee":
            self.fees -= part
        elif item == "penalty":
            self.penalty_settled += part
        else:
            self.compound_settled += part
        if count:
            self.count(item, part)
        return part

    def charge_late_interest(self) -> None:
        """After the last due date interest is due as it runs."""
        fallen = [row for row in self.rows if row.fallen]
        replaced = self.ahead > 0 and len(fallen) < len(self.rows)  # by a later plan
        ended = fallen and not self.to_come() and not replaced
        if not self.by_plan and ended and self.accrued > 0:
            waiting = any(row.open and not row.bears_penalty for row in fallen)
            if not waiting:  # the last instalment was paid: its grace is no longer to be waited for
                fallen[-1].bears_penalty = True
            fallen[-1].interest += self.accrued
            self.charged += self.accrued

    def enter(self, day: dt.date, kind: EntryKind, amount: int) -> None:
        self.charge_late_interest()
        mode = self.loan.terms.excess_mode
        if kind is EntryKind.DISBURSEMENT:
            self.disbursed += amount
            self.ahead += amount
        elif kind is EntryKind.PREPAYMENT:
            self.receive(day, amount, ExcessMode.PAYS_INTEREST_THEN_PRINCIPAL)
        elif kind is EntryKind.REPAYMENT:
            self.receive(day, amount, mode)
        elif kind is EntryKind.FEE:
            self.fees += amount
            self.credit = self.settle(day, self.credit)
        elif kind is EntryKind.RECOVERY:
            self.recovered += amount
        elif kind is EntryKind.REFUND:
            self.credit -= amount
            if self.credit < 0:
                raise SetAsideError
        elif kind is EntryKind.WRITE_OFF:
            if amount > self.balance:
                raise SetAsideError
            self.written_off += amount
            self.take_off(amount)
            if self.balance == 0:
                self.compound_off = True
                self.running, self.charged, self.anchor = F(0), 0, day
        else:
            self.waive(kind, amount)

    def receive(self, day: dt.date, amount: int, mode: ExcessMode) -> None:
        money = amount
        if mode is ExcessMode.PAYS_INTEREST_THEN_PRINCIPAL:
            money, self.credit = money + self.credit, 0
        money = self.settle(day, money)
        if money and mode is not ExcessMode.HELD_AS_CREDIT:
            if mode is ExcessMode.PAYS_INTEREST_THEN_PRINCIPAL:
                interest = min(self.accrued, money)
                self.charged += interest
                self.count("interest", interest)
                money -= interest
            principal = min(self.ahead, money)
            self.ahead -= principal
            self.count("principal", principal)
            money -= principal
            remade = principal > 0 and self.made_anew(day)
            if mode is ExcessMode.PAYS_INTEREST_THEN_PRINCIPAL and self.by_plan and remade:
                self.running, self.charged, self.anchor = F(0), 0, day
        self.credit += money
        self.last_payment = (day, amount, any(row.open for row in self.rows))

    def take_off(self, amount: int) -> int:
        for row in self.rows:
            if row.fallen:
                part = min(amount, row.principal)
                row.principal -= part
                amount -= part
        part = min(amount, self.ahead)
        self.ahead -= part
        return amount - part

    # -- changes of terms --------------------------------------------------------------------
    def change(self, day: dt.date, change: Change, later: tuple[Change, ...]) -> None:
        """Rates and pauses need nothing done: every night looks them up."""
        if change.kind < ChangeKind.CALLED_IN or change.kind is ChangeKind.NEW_PLAN:
            return
        self.charge_late_interest()
        if change.kind is ChangeKind.CALLED_IN and self.ahead > 0:
            self.call_in(day, later)
        elif change.kind is ChangeKind.CAPITALISED:
            self.capitalise(day, change.value)
        elif change.kind is ChangeKind.PENALTY_CAPITALISED:
            penalty = min(change.value, self.penalty_due)
            if change.value - penalty > self.compound_due:
                raise SetAsideError
            self.penalty_settled += penalty
            self.compound_settled += change.value - penalty
            self.ahead += change.value
        elif change.kind is ChangeKind.REPLANNED:
            self.take_back(day, held_by_plan=bool(change.value))

    def call_in(self, day: dt.date, later: tuple[Change, ...]) -> None:
        new_plan = min(
            (change.date for change in later if change.kind is ChangeKind.REPLANNED),
            default=dt.date.max,
        )
        kept = [row for row in self.rows if row.fallen or row.due > new_plan]
        today = Row(day, self.ahead, self.accrued, True, self.ahead, self.accrued)
        kept.insert(sum(row.fallen for row in kept), today)
        self.rows, self.ahead, self.anchor = kept, 0, day
        if self.by_plan:
            self.running, self.charged = F(0), 0
        else:
            self.charged += today.interest
        self.credit = self.settle(day, self.credit)

    def capitalise(self, day: dt.date, amount: int) -> None:
        left = amount
        for row in self.rows:
            if row.fallen:
                part = min(left, row.interest)
                row.interest -= part
                left -= part
        if left > self.accrued:
            raise SetAsideError
        self.charged += left
        self.ahead += amount
        if left and self.accrued == 0 and self.by_plan and self.made_anew(day):
            self.running, self.charged, self.anchor = F(0), 0, day

    def take_back(self, day: dt.date, held_by_plan: bool) -> None:
        interest = self.due_interest
        for row in self.rows:
            if row.fallen:
                self.ahead += row.principal
                row.principal = row.interest = 0
        if self.by_plan:
            interest = 0 if held_by_plan else interest + self.accrued
            self.running, self.charged, self.anchor = F(0), 0, day
        self.charged -= interest

    def waive(self, kind: EntryKind, amount: int) -> None:
        if kind is EntryKind.WAIVE_PRINCIPAL:
            left = self.take_off(amount)
        elif kind is EntryKind.WAIVE_INTEREST:
            left = amount
            for row in self.rows:
                if row.fallen:
                    part = min(left, row.interest)
                    row.interest -= part
                    left -= part
        else:
            item = {
                EntryKind.WAIVE_FEE: "fee",
                EntryKind.WAIVE_PENALTY: "penalty",
                EntryKind.WAIVE_COMPOUND: "compound",
            }[kind]
            left = amount - self.pay_item(item, amount, count=False)
        self.waived += amount - left


def terms_penalty(loan: Loan, night: dt.date) -> int:
    """The penalty rate agreed for a night, whatever bites."""
    kind = ChangeKind.PENALTY_RATE
    agreed = [c.value for c in loan.changes if c.kind is kind and c.date <= night]
    return agreed[-1] if agreed else loan.terms.penalty_rate


def reckon(loan: Loan, as_of: dt.date) -> Reckoning:
    """Live through the loan to the evening of `as_of`."""
    r = Reckoning(loan, [Row(row.due, row.principal, row.interest) for row in loan.plan])
    r.anchor = loan.terms.start
    first = min([loan.terms.start, *(entry.date for entry in loan.entries)])
    day = first
    while day <= as_of:
        replans = [c.date for c in loan.changes if c.kind is ChangeKind.REPLANNED]
        r.plan_ends = min((one for one in replans if one >= day), default=dt.date.max)
        r.morning(day)
        r.plan_ends = min((one for one in replans if one > day), default=dt.date.max)
        for entry in loan.entries:
            if entry.date == day:
                r.enter(day, entry.kind, entry.amount)
        for at, change in enumerate(loan.changes):
            if change.date == day:
                r.change(day, change, loan.changes[at + 1 :])
        r.evening(day)
        if day < as_of:
            r.night(day)
        day += DAY
    r.charge_late_interest()
    binding = loan.terms.interest_mode is not InterestMode.BY_BALANCE_LEVEL
    later = any(entry.date > as_of for entry in loan.entries)
    if binding and not later and r.ahead > sum(x.planned for x in r.rows if not x.fallen):
        raise SetAsideError
    return r
