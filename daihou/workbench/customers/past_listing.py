"""The list of clients as of a past day: their loans that stood on the book then, added up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.urls import reverse

from daihou.loan_book.models import Customer
from daihou.loan_book.queries import customers_visible_to
from daihou.loan_book.search import matching_customers
from daihou.reports.past_lists import ClientThen, PastList
from daihou.staff.models import Officer
from daihou.staff.queries import branches_visible_to
from daihou.workbench.loans.past_listing import managed_by
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.past_book import PastBook, at_branch
from daihou.workbench.pieces.tables import Table

Rows = PastList[ClientThen]
HANDED_OVER = "已移交的客户"


def past_customers_table(past: PastBook) -> Table:
    """The list as the officer may filter it on that day."""
    officer = past.request.officer
    branches = [(str(one.pk), str(one)) for one in branches_visible_to(officer)]
    return Table(
        name="customers",
        title="客户",
        columns=(
            Column("客户号", "number", Kind.HTML, link=_address, exported=_number),
            Column("客户名称", "name", link=_address),
            Column("类型", "kind"),
            Column("现管户机构", "branch"),
            Column("现客户经理", "officer"),
            Column("在贷笔数", "live_loans", Kind.COUNT, sort="live_loans"),
            Column("余额", "principal", Kind.MONEY, sort="principal"),
            Column("逾期本息", "overdue_amount", Kind.MONEY, sort="overdue_amount"),
            Column("最长逾期", "days_past_due", Kind.OVERDUE, sort="days_past_due"),
            Column("最差分类", "grade", Kind.GRADE),
            Column("最重信号", "colour", Kind.SIGNAL),
        ),
        order=("customer_id",),
        filters=(
            Filter("q", "查找", narrow=_by_text(officer), input_type="search",
                   placeholder="客户名称、客户号、证件号、电话"),
            Filter("branch", "机构", branches, narrow=at_branch),
            Filter("officer", "客户经理", narrow=managed_by(officer),
                   placeholder="客户经理姓名或工号"),
        ),
        empty="这一天没有您管户的客户有借据在账。",
        counted="户",
    )  # fmt: skip


def named_clients(officer: Officer, rows: Sequence[ClientThen]) -> list[dict[str, Any]]:
    """The rows with numbers and names, in one query; who may not be seen today has neither."""
    seen = customers_visible_to(officer).filter(pk__in=[row.customer_id for row in rows])
    shown = seen.select_related("branch", "officer").defer("identity_number")
    known = {client.pk: client for client in shown}
    return [_line(row, known.get(row.customer_id)) for row in rows]


def _line(row: ClientThen, client: Customer | None) -> dict[str, Any]:
    manager = client.officer if client else None
    return {
        "number": client.number if client else None,
        "name": client.name if client else None,
        "kind": client.get_kind_display() if client else None,
        "branch": client.branch.name if client else None,
        "officer": manager.display_name if manager else None,
        "live_loans": row.live_loans,
        "principal": row.principal,
        "overdue_amount": row.overdue_amount or None,
        "days_past_due": row.days_past_due,
        "grade": row.grade,
        "colour": row.colour,
    }


def _by_text(officer: Officer) -> Callable[[Rows, str], Rows]:
    def narrow(rows: Rows, text: str) -> Rows:
        found = matching_customers(customers_visible_to(officer), text)
        return rows.where("list_contains($found, customer_id)", found=found.ids)

    return narrow


def _number(row: dict[str, Any]) -> str:
    return row["number"] or HANDED_OVER


def _address(row: dict[str, Any]) -> str:
    return reverse("customer", args=[row["number"]])
