"""The list of loans: its columns, its filters, and what each row needs from other tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from daihou.classification.choices import Grade
from daihou.classification.models import LoanGrade
from daihou.loan_book.choices import RepaymentMethod
from daihou.loan_book.models import Loan, Product
from daihou.reports.definitions import Definitions
from daihou.staff.models import Officer
from daihou.staff.queries import branches_visible_to
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter, branch_chosen, officers_called
from daihou.workbench.pieces.tables import Table
from loanmath.codes import Status

UNKNOWN = "unknown"
STATUSES = (
    (str(int(Status.LIVE)), "在贷"),
    (str(int(Status.SETTLED)), "已结清"),
    (str(int(Status.WRITTEN_OFF)), "已核销"),
    (UNKNOWN, "尚未经过日终"),
    ("set_aside", "挂起"),
)


def loans_table(officer: Officer, day: dt.date, definitions: Definitions) -> Table:
    """The list as this officer may filter it, with days past due counted to the day."""
    return Table(
        name="loans",
        title="贷款",
        columns=_columns(day, several_branches=branches_visible_to(officer).count() > 1),
        order=("number",),
        filters=_filters(officer, day, definitions),
        empty="没有符合条件的借据。可放宽筛选条件;新借据从“数据接入”导入。",
        counted="笔",
    )


def with_what_is_shown(loans: QuerySet[Loan]) -> QuerySet[Loan]:
    """The loans with client, product, branch and position, in one query; nothing is unsealed."""
    shown = loans.select_related("customer", "product", "branch", "position")
    return shown.defer("customer__identity_number")


def attach_grades(rows: list[Loan]) -> list[Loan]:
    """Give the loans of a page their present grade, in one query; None when not graded yet."""
    found = LoanGrade.objects.current().filter(loan__in=[loan.pk for loan in rows])
    grades = dict(found.values_list("loan_id", "grade"))
    for loan in rows:
        loan.grade_now = grades.get(loan.pk)  # type: ignore[attr-defined]
    return rows


def days_past_due(loan: Loan, day: dt.date) -> int | None:
    """How many days the oldest unpaid instalment is overdue; None when the loan is not computed."""
    position = getattr(loan, "position", None)
    if position is None:
        return None
    days: int = position.days_past_due(day)
    return days


def _columns(day: dt.date, *, several_branches: bool) -> tuple[Column, ...]:
    return (
        Column("借据号", "number", Kind.HTML, link=_loan_address, sort="number",
               exported=lambda loan: loan.number),
        Column("客户", "customer.name", link=_customer_address),
        Column("产品", "product.name"),
        Column("机构", "branch.name", on_screen=several_branches),
        Column("借款金额", "amount", Kind.MONEY, on_screen=False),
        Column("余额", _of_position("principal"), Kind.MONEY, sort="position__principal",
               sorts_short=True),
        Column("年利率", "rate", Kind.RATE),
        Column("到期日", "matures_on", Kind.DAY, sort="matures_on", sorts_short=True),
        Column("逾期", lambda loan: days_past_due(loan, day), Kind.OVERDUE),
        Column("逾期本息", _arrears, Kind.MONEY),
        Column("分类", "grade_now", Kind.GRADE),
        Column("下次应还", _of_position("next_due"), Kind.DAY),
        Column("还款方式", "get_method_display", on_screen=False,
               exported=lambda loan: loan.get_method_display()),
        Column("放款日", "disbursed_on", Kind.DAY, on_screen=False),
        Column("客户号", "customer.number", on_screen=False),
    )  # fmt: skip


def _filters(officer: Officer, day: dt.date, definitions: Definitions) -> tuple[Filter, ...]:
    return (
        # The search needs the officer's clients, so the view narrows by it.
        Filter("q", "查找", narrow=lambda rows, text: rows, input_type="search",
               placeholder="客户名称、借据号、证件号、电话"),
        Filter("branch", "机构", _options(branches_visible_to(officer)), narrow=_by_branch),
        Filter("product", "产品", _options(Product.objects.all()), narrow=_equal("product_id")),
        Filter("grade", "分类", [(str(g.value), str(g.label)) for g in Grade], narrow=_by_grade),
        Filter("overdue", "逾期", bucket_options(definitions),
               narrow=_by_bucket(day, definitions)),
        Filter("officer", "客户经理", narrow=_by_officer(officer),
               placeholder="客户经理姓名或工号"),
        Filter("status", "状态", STATUSES, narrow=_by_status),
        Filter("method", "还款方式", [(str(m.value), str(m.label)) for m in RepaymentMethod],
               narrow=_equal("method")),
        Filter("matures_from", "到期自", input_type="date", narrow=_equal("matures_on__gte")),
        Filter("matures_to", "到期至", input_type="date", narrow=_equal("matures_on__lte")),
    )  # fmt: skip


def _options(rows: QuerySet[Any]) -> list[tuple[str, str]]:
    return [(str(row.pk), str(row)) for row in rows]


def bucket_options(definitions: Definitions) -> list[tuple[str, str]]:
    """The overdue buckets to choose from, and any of them."""
    names = definitions.bucket_names
    buckets = [(str(place), name) for place, name in enumerate(names)]
    return [*buckets, ("any", "有逾期")]


def _equal(lookup: str) -> Callable[[QuerySet[Loan], str], QuerySet[Loan]]:
    return lambda rows, text: rows.filter(**{lookup: text})


def _by_branch(rows: QuerySet[Loan], text: str) -> QuerySet[Loan]:
    return rows.filter(branch__in=branch_chosen(text))


def _by_officer(officer: Officer) -> Callable[[QuerySet[Loan], str], QuerySet[Loan]]:
    """By whom the client is managed."""
    return lambda rows, text: rows.filter(customer__officer__in=officers_called(officer, text))


def _by_grade(rows: QuerySet[Loan], text: str) -> QuerySet[Loan]:
    graded = LoanGrade.objects.current().filter(grade=text)
    return rows.filter(pk__in=graded.values("loan"))


def _by_status(rows: QuerySet[Loan], text: str) -> QuerySet[Loan]:
    if text == UNKNOWN:
        return rows.filter(position__isnull=True)
    if text == "set_aside":
        return rows.filter(set_asides__until=None, set_asides__isnull=False)
    return rows.filter(position__status=text)


def _by_bucket(
    day: dt.date, definitions: Definitions
) -> Callable[[QuerySet[Loan], str], QuerySet[Loan]]:
    uptos: Sequence[int] = definitions.bucket_upto

    def narrow(rows: QuerySet[Loan], text: str) -> QuerySet[Loan]:
        due = "position__late_since"
        if text == "0":
            on_time = Q(**{f"{due}__isnull": True}) | Q(**{f"{due}__gte": day})
            return rows.filter(on_time, position__isnull=False)
        if text == "any":
            return rows.filter(**{f"{due}__lt": day})
        place = int(text)
        first = 1 if place == 1 else uptos[place - 2] + 1
        rows = rows.filter(**{f"{due}__lte": day - dt.timedelta(days=first)})
        if place <= len(uptos):
            rows = rows.filter(**{f"{due}__gte": day - dt.timedelta(days=uptos[place - 1])})
        return rows

    return narrow


def _of_position(field: str) -> Callable[[Loan], Any]:
    return lambda loan: getattr(getattr(loan, "position", None), field, None)


def _arrears(loan: Loan) -> int | None:
    position = getattr(loan, "position", None)
    if position is None:
        return None
    owed: int = position.principal_overdue + position.interest_overdue
    return owed or None


def _loan_address(loan: Loan) -> str:
    return reverse("loan", args=[loan.number])


def _customer_address(loan: Loan) -> str:
    return reverse("customer", args=[loan.customer.number])
