"""Apache Fineract: paid early, late, or more than what is due."""

from dataclasses import replace

from loanmath.codes import EntryKind, ExcessMode, InterestMode, Status
from loanmath.day_count import DayCount
from loanmath.loans import Entry, Instalment, PlanVersion, join_plan_versions
from loanmath.money import NOTHING, Money
from loanmath.one_loan import position_of
from loanmath.plans import plan_for, plan_on_dates
from loanmath.schedule import InterestBy
from loanmath.what_if import Keep, payoff, prepay
from tests.loanmath.cases_of_others.fineract_loans import entered, paid_down, paid_down_loan
from tests.loanmath.cases_of_others.fineract_plans import (
    DOWN,
    EVEN,
    LEVEL,
    MONTHS,
    Rows,
    begun,
    disbursed,
    expected_rows,
    loan_of,
    plan_request,
    rows_of,
)
from tests.loanmath.cases_of_others.reading import Case, date, money, rate
from tests.loanmath.cases_of_others.sorting import agrees


@agrees("FIN-Loan-2528", "FIN-Loan-2614", convention=f"a new plan keeps the term; {DOWN}")
def spread_ahead(case: Case) -> None:
    """What is paid ahead lowers the later instalments alike."""
    plan = paid_down(case)
    payments = [e for e in entered(case) if e.kind is EntryKind.REPAYMENT]
    down = Entry(begun(case), EntryKind.REPAYMENT, plan[0].total)
    loan = paid_down_loan(case, [disbursed(case), down])
    versions = [PlanVersion(begun(case), plan)]
    for paid in payments:
        due = position_of(loan, paid.date).total_due
        if paid.amount <= due:
            loan = replace(loan, entries=(*loan.entries, paid))
            continue
        quote = prepay(loan, paid.date, paid.amount, EVEN, Keep.TERM)
        versions.append(quote.plan)
        entry = replace(paid, kind=EntryKind.PREPAYMENT)
        loan = replace(loan, plan=join_plan_versions(versions), entries=(*loan.entries, entry))
    ahead = [row.total for row in loan.plan if row.due > payments[-1].date]
    wanted = [r for r in case.expected["schedule"] if date(r["date"]) > payments[-1].date]
    assert ahead == [money(row["outstanding"]) for row in wanted]
    assert position_of(loan, payments[-1].date).principal == money(
        case.expected["totals"]["outstanding"]
    )


REPLANNED = "a new plan keeps the term, its instalment a whole unit"


def by_days(case: Case) -> tuple[Instalment, ...]:
    """The level plan by actual days over 365, the instalment a whole unit."""
    request = replace(plan_request(case), interest_by=InterestBy.DAYS, day_count=DayCount.ACT_365)
    return tuple(plan_for(request))


@agrees("FIN-LoanRepayment-750", "FIN-LoanRepayment-1029", convention=REPLANNED)
def paid_more_on_the_due_date(case: Case) -> None:
    plan = by_days(case)
    loan = loan_of(case, plan, [disbursed(case)], day_count=DayCount.ACT_365)
    versions = [PlanVersion(begun(case), plan)]
    for paid in [e for e in entered(case) if e.kind is EntryKind.REPAYMENT]:
        quote = prepay(loan, paid.date, paid.amount, LEVEL, Keep.TERM)
        versions.append(quote.plan)
        entry = replace(paid, kind=EntryKind.PREPAYMENT)
        loan = replace(loan, plan=join_plan_versions(versions), entries=(*loan.entries, entry))
        assert position_of(loan, paid.date).total_due == 0
    coming = [row for row in loan.plan if row.due > paid.date]
    assert rows_of(coming) == expected_rows(case)[-len(coming) :]
    position = position_of(loan, paid.date)
    settled = case.expected["schedule"][: -len(coming)]
    assert position.paid_interest == sum(money(row["interest"]) for row in settled)
    assert position.principal == money(settled[-1]["balance_after"])


EARLY = "money paid early lowers the principal at once"


def first_interest(case: Case) -> Money:
    """The interest of the first period when a payment in it lowers the principal at once."""
    plan = by_days(case)
    loan = loan_of(case, plan, entered(case), day_count=DayCount.ACT_365,
                   interest_mode=InterestMode.BY_BALANCE,
                   excess_mode=ExcessMode.REDUCES_PRINCIPAL)  # fmt: skip
    return position_of(loan, plan[0].due).interest_due


@agrees("FIN-LoanRepayment-630", convention=f"{EARLY}; {REPLANNED}")
def whole_instalment_paid_early(case: Case) -> None:
    assert first_interest(case) == expected_rows(case)[0][1]
    left = Money(money(case.terms["principal"]) - money(case["events"][-1]["amount"]))
    dues = [row.due for row in by_days(case)]
    rest = plan_on_dates(LEVEL, left, rate(case.terms["annual_rate_pct"]), dues[0], dues[1:],
                         DayCount.ACT_365)  # fmt: skip
    assert rows_of(rest) == expected_rows(case)[1:]


@agrees("FIN-LoanRepayment-702", convention=EARLY)
def part_paid_early(case: Case) -> None:
    assert first_interest(case) == expected_rows(case)[0][1]


ON_FULL = "interest by balance without a penalty rate runs on overdue principal too"
SETTLED_TODAY = "the figures ahead suppose that what is overdue is paid today, the rest on time"
ONE_FEN = "interest is rounded as it runs up, so that a row may differ by a fen"


def projected(case: Case, day_count: DayCount, plan: tuple[Instalment, ...]) -> Rows:
    """The rows if nothing that the case did not book is paid until its day, then all is."""
    loan = loan_of(case, plan, entered(case), day_count=day_count,
                   interest_mode=InterestMode.BY_BALANCE_LEVEL,
                   excess_mode=ExcessMode.HELD_AS_CREDIT)  # fmt: skip
    today = date(case.expected["as_of"])
    for on in [today, *(row.due for row in plan if row.due > today)]:
        due = position_of(loan, on).total_due
        if due and on < plan[-1].due:
            loan = replace(loan, entries=(*loan.entries, Entry(on, EntryKind.REPAYMENT, due)))
    rows, before = [], NOTHING
    for row in plan:
        position = position_of(loan, row.due)
        charged = Money(position.paid_interest + position.interest_due)
        fallen = position.disbursed - position.principal + position.principal_due
        rows.append((fallen, Money(charged - before)))
        before = charged
    return [(a - b, i) for (a, i), (b, _) in zip(rows, [(0, 0), *rows], strict=False)]


def close(found: Rows, wanted: Rows) -> None:
    assert len(found) == len(wanted)
    for (principal, charged), (their_principal, their_interest) in zip(found, wanted, strict=True):
        assert abs(charged - their_interest) <= 1
        assert abs(principal - their_principal) <= len(wanted)
    assert sum(row[0] for row in found) == sum(row[0] for row in wanted)


def plan_as_printed(case: Case) -> tuple[Instalment, ...]:
    """The plan by days with the level instalment that the case prints."""
    plan = plan_on_dates(
        LEVEL,
        money(case.terms["principal"]),
        rate(case.terms["annual_rate_pct"]),
        begun(case),
        [row.due for row in by_days(case)],
        DayCount.ACT_365,
        money(case.expected["schedule"][0]["due"]),
    )
    return tuple(plan)


@agrees(
    "FIN-LoanRepayment-726",
    convention=f"its instalment of 862 as given; {ON_FULL}; {SETTLED_TODAY}; {ONE_FEN}",
)
def part_paid_late(case: Case) -> None:
    close(projected(case, DayCount.ACT_365, plan_as_printed(case)), expected_rows(case))


@agrees("FIN-LoanRepayment-798", convention=f"its instalment of 862 as given; {ON_FULL}; {ONE_FEN}")
def more_than_due_paid_late(case: Case) -> None:
    plan = plan_as_printed(case)
    loan = loan_of(case, plan, entered(case), day_count=DayCount.ACT_365,
                   interest_mode=InterestMode.BY_BALANCE_LEVEL,
                   excess_mode=ExcessMode.REDUCES_PRINCIPAL)  # fmt: skip
    first, second = expected_rows(case)[:2]
    assert position_of(loan, date(case.expected["as_of"])).paid_interest == first[1]
    assert abs(position_of(loan, plan[1].due).interest_due - second[1]) <= 1


@agrees("FIN-Loan-5659", convention=f"{ON_FULL}; {ONE_FEN}")
@agrees("FIN-Loan-5682", convention=f"{ON_FULL}; {SETTLED_TODAY}; odd days by 30/360; {ONE_FEN}")
def never_paid(case: Case) -> None:
    plan = tuple(plan_for(plan_request(case)))
    close(projected(case, DayCount.THIRTY_360, plan), expected_rows(case))


@agrees("FIN-Loan-5539", convention=MONTHS)
def paid_off_inside_a_period(case: Case) -> None:
    plan = plan_for(replace(plan_request(case), day_count=DayCount.MONTHS))
    loan = loan_of(case, plan, entered(case), day_count=DayCount.MONTHS)
    last = case.expected["transactions"][-1]
    on = date(last["date"])
    quote = payoff(loan, on)
    assert (quote.total, quote.interest) == (money(last["amount"]), money(last["interest"]))
    paid = Entry(on, EntryKind.PREPAYMENT, quote.total)
    position = position_of(replace(loan, entries=(*loan.entries, paid)), on)
    assert (position.status, position.principal) == (Status.SETTLED, 0)


@agrees("FIN-UNIT-PARTIAL-0215", convention=MONTHS)
def instalment_paid_early(case: Case) -> None:
    plan = plan_for(replace(plan_request(case), day_count=DayCount.MONTHS))
    early, (quoted,) = case["events"][-1], case.expected["quotes"][1:]
    assert plan[1].principal == money(quoted["principal"])
    assert plan[1].interest == money(quoted["interest"])
    first = Entry(plan[0].due, EntryKind.REPAYMENT, plan[0].total)
    on, amount = date(early["date"]), money(early["principal"]) + money(early["interest"])
    paid = Entry(on, EntryKind.PREPAYMENT, Money(amount))
    loan = loan_of(case, plan, [disbursed(case), first, paid], day_count=DayCount.MONTHS,
                   interest_mode=InterestMode.BY_BALANCE)  # fmt: skip
    position = position_of(loan, on)
    assert position.paid_interest - plan[0].interest == money(early["interest"])
    assert position.paid_principal - plan[0].principal == money(early["principal"])
    later = position_of(loan, plan[2].due)
    assert later.interest_due == money(case.expected["schedule"][2]["interest"])
