"""The list of loans as of a past day: what stood on the book then, by either answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.urls import reverse

from daihou.classification.choices import Grade
from daihou.loan_book.models import Loan, Product
from daihou.loan_book.queries import customers_visible_to, loans_visible_to
from daihou.loan_book.search import loans_matching, matching_customers
from daihou.reports.past_lists import LoanThen, PastList
from daihou.staff.models import Officer
from daihou.staff.queries import branches_visible_to
from daihou.workbench.loans.listing import bucket_options
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import BadFilter, Filter, officers_called
from daihou.workbench.pieces.past_book import PastBook, at_branch
from daihou.workbench.pieces.tables import Table
from loanmath.codes import Status

Rows = PastList[LoanThen]
HANDED_OVER = "已移交的借据"
MOST_FOUND = 10_000
STATUSES = (
    (str(int(Status.LIVE)), "在贷"),
    (str(int(Status.SETTLED)), "当月结清"),
    (str(int(Status.WRITTEN_OFF)), "已核销"),
    ("unknown", "挂起"),
)


def past_loans_table(past: PastBook) -> Table:
    """The list as the officer may filter it on that day."""
    officer = past.request.officer
    several_branches = branches_visible_to(officer).count() > 1
    return Table(
        name="loans",
        title="贷款",
        columns=(
            Column("借据号", "number", Kind.HTML, link=_loan_address, exported=_number),
            Column("客户", "client", link=_client_address),
            Column("产品", "product"),
            Column("机构", "branch", on_screen=several_branches),
            Column("借款金额", "amount", Kind.MONEY, on_screen=False),
            Column("余额", "principal", Kind.MONEY, sort="principal"),
            Column("年利率", "rate", Kind.RATE),
            Column("到期日", "matures_on", Kind.DAY, sort="matures_on"),
            Column("逾期", "days_past_due", Kind.OVERDUE, sort="days_past_due"),
            Column("逾期本息", "overdue_amount", Kind.MONEY, sort="overdue_amount"),
            Column("分类", "grade", Kind.GRADE),
            Column("状态", "status"),
            Column("放款日", "disbursed_on", Kind.DAY, on_screen=False),
        ),
        order=("loan_id",),
        filters=_filters(past),
        empty="这一天没有您管户的借据。",
        counted="笔",
    )  # fmt: skip


def named_loans(officer: Officer, rows: Sequence[LoanThen]) -> list[dict[str, Any]]:
    """The rows with numbers and names, in one query; what may not be seen today has neither."""
    seen = loans_visible_to(officer).filter(pk__in=[row.loan_id for row in rows])
    shown = seen.select_related("customer", "product", "branch")
    known = {loan.pk: loan for loan in shown.defer("customer__identity_number")}
    return [_line(row, known.get(row.loan_id)) for row in rows]


def _line(row: LoanThen, loan: Loan | None) -> dict[str, Any]:
    status = dict(STATUSES)
    is_known = row.principal is not None
    return {
        "number": loan.number if loan else None,
        "client": loan.customer.name if loan else None,
        "client_number": loan.customer.number if loan else None,
        "product": loan.product.name if loan else None,
        "branch": loan.branch.name if loan else None,
        "rate": loan.rate if loan else None,
        "amount": row.amount,
        "principal": row.principal,
        "matures_on": row.matures_on,
        "disbursed_on": row.disbursed_on,
        "days_past_due": row.days_past_due,
        "overdue_amount": row.overdue_amount or None,
        "grade": row.grade,
        "status": status.get(str(row.status), "") if is_known else "挂起",
    }


def _filters(past: PastBook) -> tuple[Filter, ...]:
    officer = past.request.officer
    branches = [(str(one.pk), str(one)) for one in branches_visible_to(officer)]
    products = [(str(one.pk), str(one)) for one in Product.objects.all()]
    grades = [(str(grade.value), str(grade.label)) for grade in Grade]
    return (
        Filter("q", "查找", narrow=_by_text(officer), input_type="search",
               placeholder="客户名称、借据号、证件号、电话"),
        Filter("branch", "机构", branches, narrow=at_branch),
        Filter("product", "产品", products, narrow=_equal("product_id")),
        Filter("grade", "分类", grades, narrow=_equal("grade")),
        Filter("overdue", "逾期", bucket_options(past.definitions), narrow=_by_bucket),
        Filter("officer", "客户经理", narrow=managed_by(officer),
               placeholder="客户经理姓名或工号"),
        Filter("status", "状态", STATUSES, narrow=_by_status),
    )  # fmt: skip


def _equal(column: str) -> Callable[[Rows, str], Rows]:
    return lambda rows, text: rows.where(f"{column} = ${column}", **{column: int(text)})


def _by_text(officer: Officer) -> Callable[[Rows, str], Rows]:
    def narrow(rows: Rows, text: str) -> Rows:
        matches = matching_customers(customers_visible_to(officer), text)
        found = loans_matching(loans_visible_to(officer), matches, text)
        ids = list(found.values_list("pk", flat=True)[: MOST_FOUND + 1])
        if len(ids) > MOST_FOUND:
            raise BadFilter(f"符合“{text[:20]}”的借据太多,请输入更完整的名称或借据号")
        return rows.where("list_contains($found, loan_id)", found=ids)

    return narrow


def managed_by(officer: Officer) -> Callable[[PastList[Any], str], PastList[Any]]:
    """By who managed the client that day."""
    return lambda rows, text: rows.where(
        "list_contains($managers, officer_id)", managers=officers_called(officer, text)
    )


def _by_bucket(rows: Rows, text: str) -> Rows:
    if text == "any":
        return rows.where("bucket > 0")
    return rows.where("bucket = $in_bucket", in_bucket=int(text))


def _by_status(rows: Rows, text: str) -> Rows:
    if text == "unknown":
        return rows.where("principal IS NULL")
    return rows.where("status = $status AND principal IS NOT NULL", status=int(text))


def _number(row: dict[str, Any]) -> str:
    return row["number"] or HANDED_OVER


def _loan_address(row: dict[str, Any]) -> str:
    return reverse("loan", args=[row["number"]])


def _client_address(row: dict[str, Any]) -> str:
    return reverse("customer", args=[row["client_number"]])
