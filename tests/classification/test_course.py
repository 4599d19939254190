"""Grades that depend on how a loan got where it is: going up, observation, what is on record.

The small book pays on the 10th of each month of 2026. Where a rule counts months, fewer than those
of the law are used, so that ten instalments are enough.
"""

from __future__ import annotations

import datetime as dt

import pytest

from daihou.classification.choices import Grade
from daihou.classification.daily import write_grades
from daihou.classification.models import LoanGrade
from daihou.classification.queries import explained_grades
from daihou.loan_book.choices import CustomerKind, HappeningKind, PlanReason, TermChangeKind
from daihou.loan_book.models import PlanVersion, TermChange
from loanmath.money import yuan
from loanmath.rates import percent
from tests.cast import Cast, branches, cast  # noqa: F401 - fixtures
from tests.shipped import shipped_parameters
from tests.small_book import SmallBook, cursor, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(cast: Cast) -> SmallBook:  # noqa: F811
    return SmallBook(cast)


def run(book: SmallBook, *days: str, **changed: object) -> int:
    rows = 0
    for one in days:
        parameters = shipped_parameters(day(one), **changed)
        rows = write_grades(book.on(one), cursor(), parameters).rows
    return rows


def last(number: str) -> tuple[str, list[str]]:
    """The grade of now and the rules that spoke, without what is not known."""
    (row,) = explained_grades(LoanGrade.objects.current().filter(loan__number=number))
    rules = [one["rule"].removeprefix("grade.") for one in row.reasons]
    return str(Grade(row.grade).label), [one for one in rules if not one.endswith("_unknown")]


def seen(number: str) -> dict:
    (row,) = explained_grades(LoanGrade.objects.current().filter(loan__number=number))
    return row.reasons[0]["inputs"]


def pay_up_to(book: SmallBook, number: str, month: int, first: int = 2) -> None:
    for one in range(first, month + 1):
        book.pay(number, f"{one:02d}-10")


@pytest.mark.parametrize(("months", "until"), [(1, "07-10"), (2, "07-13")])
def test_going_up_waits_for_two_periods_or_months_whichever_is_longer(
    book: SmallBook, months: int, until: str
) -> None:
    book.lend("J1", "甲厂")
    run(book, "05-12", grade__upgrade_months=months)
    book.pay("J1", "05-13", "4400")
    pay_up_to(book, "J1", 7, first=6)
    run(book, "05-13", "06-11", grade__upgrade_months=months)
    assert last("J1") == ("次级", ["upgrade_waiting"])
    assert seen("J1") == {"无欠款起": "2026-05-13", "最早可上调": f"2026-{until}"}
    eve = (day(until) - dt.timedelta(days=1)).strftime("%m-%d")
    run(book, eve, grade__upgrade_months=months)
    assert last("J1") == ("次级", ["upgrade_waiting"])
    run(book, until, grade__upgrade_months=months)
    assert last("J1") == ("正常", ["no_floor"])


def test_a_day_late_while_waiting_starts_the_wait_anew(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    run(book, "05-12")
    book.pay("J1", "05-13", "4400")
    run(book, "05-13", "06-11")
    assert last("J1") == ("次级", ["upgrade_waiting", "overdue_at_all"])
    book.pay("J1", "06-12", "1100")
    run(book, "06-12")
    assert seen("J1") == {"无欠款起": "2026-06-12", "最早可上调": "2026-12-12"}
    before = list(LoanGrade.objects.order_by("pk").values())
    assert run(book, "06-12") == 0
    assert list(LoanGrade.objects.order_by("pk").values()) == before


def test_a_bad_claim_of_the_debtor_keeps_a_cured_one_down(book: SmallBook) -> None:
    for number in ("J1", "J2"):
        book.lend(number, "甲厂", retail=False)
    run(book, "05-12", grade__upgrade_months=1)
    book.pay("J1", "05-13", "4400")
    pay_up_to(book, "J1", 7, first=6)
    run(book, "05-13", "07-10", grade__upgrade_months=1)
    assert last("J1")[1] == ["upgrade_waiting", "debtor_mostly_bad"]
    book.pay("J2", "07-11", "6500")
    run(book, "07-11", grade__upgrade_months=1)
    assert last("J1") == ("次级", ["debtor_mostly_bad"])  # the other one waits, and is 不良 still
    assert last("J2") == ("次级", ["upgrade_waiting", "debtor_mostly_bad"])


def test_observation_begins_with_the_first_due_date_after_the_change(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    pay_up_to(book, "J1", 7)
    book.happen(HappeningKind.RESTRUCTURED, "03-15", "J1", financial_difficulty=True)
    run(book, "03-14", grade__observation_months=2)
    assert last("J1")[0] == "正常"
    run(book, "03-15", grade__observation_months=2)
    assert last("J1") == ("关注", ["restructured"])
    assert seen("J1") == {
        "合同变更日": "2026-03-15", "财务困难": "登记为因财务困难", "观察期起": "2026-04-10",
        "观察期止": "2026-06-10",
    }  # fmt: skip
    run(book, "06-09", grade__observation_months=2)
    assert last("J1") == ("关注", ["restructured"])
    run(book, "06-10", "06-11", grade__observation_months=2)
    assert last("J1") == ("正常", ["no_floor"])


def test_observation_is_never_shorter_than_a_year(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    pay_up_to(book, "J1", 3)
    book.happen(HappeningKind.RESTRUCTURED, "03-15", "J1", financial_difficulty=True)
    run(book, "03-15")
    assert seen("J1")["观察期止"] == "2027-04-10"


def test_arrears_within_the_period_start_it_anew(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    pay_up_to(book, "J1", 4)
    book.happen(HappeningKind.RESTRUCTURED, "03-15", "J1", financial_difficulty=True)
    run(book, "03-15", "05-11", grade__observation_months=2)
    assert last("J1") == ("关注", ["overdue_at_all", "restructured"])
    book.pay("J1", "05-12", "1100")
    run(book, "05-12", grade__observation_months=2)
    assert (seen("J1")["观察期起"], seen("J1")["观察期止"]) == ("2026-06-10", "2026-08-10")


def test_a_second_restructuring_within_the_period_is_at_least_substandard(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    pay_up_to(book, "J1", 9)
    book.happen(HappeningKind.RESTRUCTURED, "03-15", "J1", financial_difficulty=True)
    run(book, "03-15", grade__observation_months=2)
    book.happen(HappeningKind.RESTRUCTURED, "05-20", "J1", financial_difficulty=True)
    run(book, "05-20", "08-09", grade__observation_months=2)
    assert last("J1") == ("次级", ["restructured_again"])
    assert seen("J1")["观察期止"] == "2026-08-10"
    run(book, "08-10", grade__observation_months=2)
    assert last("J1") == ("正常", ["no_floor"])


def test_a_second_one_after_the_period_is_a_first_one_again(book: SmallBook) -> None:
    book.lend("J1", "甲厂")
    pay_up_to(book, "J1", 8)
    book.happen(HappeningKind.RESTRUCTURED, "02-15", "J1", financial_difficulty=True)
    run(book, "02-15", "05-10", grade__observation_months=1)
    assert last("J1")[0] == "正常"
    book.happen(HappeningKind.RESTRUCTURED, "06-20", "J1", financial_difficulty=True)
    run(book, "06-19", grade__observation_months=1)
    assert last("J1")[0] == "正常"


DIFFICULTIES = [
    # what is recorded with the change, what else there is, what is shown; None: no restructuring
    (HappeningKind.RESTRUCTURED, {"financial_difficulty": True}, "", "登记为因财务困难"),
    (HappeningKind.RESTRUCTURED, {}, "", "未登记是否因财务困难,从严视为重组"),
    (HappeningKind.RESTRUCTURED, {"financial_difficulty": False}, "", None),
    (HappeningKind.RESTRUCTURED, {"financial_difficulty": False}, "hardship",
     "变更前宣称无力还款或申请减免"),
    (HappeningKind.RESTRUCTURED, {"financial_difficulty": False}, "overdue", "变更时已逾期"),
    (HappeningKind.EXTENSION_GRANTED, {"passive": True}, "", "登记为因财务困难"),
    (HappeningKind.EXTENSION_GRANTED, {"passive": False}, "", None),
    (HappeningKind.REFINANCED, {"financial_difficulty": True}, "", "登记为因财务困难"),
    (HappeningKind.REFINANCED, {}, "", None),
    (HappeningKind.REFINANCED, {"qualifying_renewal": True}, "hardship", None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "facts", "besides", "shown"), DIFFICULTIES)
def test_a_change_is_a_restructuring_only_in_difficulty(
    book: SmallBook, kind: HappeningKind, facts: dict, besides: str, shown: str | None
) -> None:
    book.lend("J1", "甲厂")
    pay_up_to(book, "J1", 2)
    if besides != "overdue":
        book.pay("J1", "03-10")
    if besides == "hardship":
        book.happen(HappeningKind.HARDSHIP_STATED, "03-01", "J1", whole_client=True)
    run(book, "03-14")
    book.happen(kind, "03-15", "J1", **facts)
    if besides == "overdue":
        book.pay("J1", "03-15")
    run(book, "03-15")
    (row,) = explained_grades(LoanGrade.objects.current().filter(loan__number="J1"))
    found = [one for one in row.reasons if one["rule"] == "grade.restructured"]
    assert [one["inputs"]["财务困难"] for one in found] == ([shown] if shown else [])


def test_one_scheme_told_by_happening_and_plan_is_one_restructuring(book: SmallBook) -> None:
    loan = book.lend("J1", "甲厂")
    pay_up_to(book, "J1", 4)
    book.happen(HappeningKind.RESTRUCTURED, "03-12", "J1", financial_difficulty=True)
    first = loan.plans.get()
    PlanVersion.objects.create(
        loan=loan, version=2, effective_from=day("03-20"), reason=PlanReason.RESTRUCTURING,
        due_dates=first.due_dates[2:], principal=first.principal[2:], interest=first.interest[2:],
    )  # fmt: skip
    run(book, "03-12", "03-20", "03-21")
    assert last("J1") == ("关注", ["restructured"])


def test_an_extended_farmer_is_at_best_special_mention(book: SmallBook) -> None:
    for number in ("J1", "J2"):
        loan = book.lend(number, f"客户{number}")
        pay_up_to(book, number, 3)
        book.happen(HappeningKind.EXTENSION_GRANTED, "03-15", number, passive=False)
    loan.customer.kind = CustomerKind.FARMER
    loan.customer.save()
    run(book, "03-15")
    assert last("J1") == ("正常", ["no_floor"])
    assert last("J2") == ("关注", ["extended_farmer"])


def test_misuse_found_as_a_change_of_terms_counts_until_it_is_remedied(book: SmallBook) -> None:
    loan = book.lend("J1", "甲厂")
    pay_up_to(book, "J1", 4)
    for kind, on in ((TermChangeKind.MISUSE, "03-15"), (TermChangeKind.MISUSE_ENDED, "04-01")):
        TermChange.objects.create(
            loan=loan, kind=kind, effective_from=day(on), booked_on=day(on),
            rate=percent("8.7") if kind == TermChangeKind.MISUSE else None,
        )  # fmt: skip
    run(book, "03-14", "03-15")
    assert last("J1") == ("关注", ["misused"])
    run(book, "04-01")
    assert last("J1") == ("正常", ["no_floor"])


def test_what_is_on_record_of_a_client_concerns_all_loans_until_it_has_ended(
    book: SmallBook,
) -> None:
    for number in ("J1", "J2"):
        book.lend(number, "甲厂", retail=number == "J1")
        pay_up_to(book, number, 4)
    book.happen(HappeningKind.RATING_CUT, "02-15", "J1", whole_client=True)
    run(book, "02-15")
    assert [last(n)[0] for n in ("J1", "J2")] == ["次级", "次级"]
    book.happen(HappeningKind.RATING_CUT, "03-01", "J2", ended=True)
    run(book, "03-01")
    assert last("J1") == ("次级", ["rating_cut"])
    assert last("J2") == ("次级", ["upgrade_waiting", "debtor_mostly_bad"])


def test_debts_at_other_banks_count_while_they_are_fresh(book: SmallBook) -> None:
    book.lend("J1", "甲厂", retail=False)
    pay_up_to(book, "J1", 9)
    book.happen(
        HappeningKind.ALL_BANK_DEBTS, "02-15", "J1", whole_client=True,
        debts=yuan("20000"), overdue_90=yuan("6000"), bad=0,
    )  # fmt: skip
    run(book, "02-15")
    assert last("J1") == ("次级", ["all_bank_share"])
    assert seen("J1")["占比"] == "20.69%"  # 6,000 of 9,000 here and 20,000 elsewhere
    run(book, "08-14")
    assert last("J1")[0] == "次级"
    run(book, "08-15")  # 181 days later
    assert last("J1") == ("正常", ["no_floor"])
