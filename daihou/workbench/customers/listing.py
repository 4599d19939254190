"""The list of clients, and what each row needs from other tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.urls import reverse

from daihou.classification.models import LoanGrade
from daihou.early_warning.models import Signal
from daihou.loan_book.choices import CustomerKind, Industry
from daihou.loan_book.models import Customer
from daihou.servicing.models import LoanPosition
from daihou.staff.models import Officer
from daihou.staff.queries import branches_visible_to
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter, branch_chosen, officers_called
from daihou.workbench.pieces.tables import Table
from loanmath.codes import Status


def customers_table(officer: Officer) -> Table:
    """The list as this officer may filter it."""
    return Table(
        name="customers",
        title="客户",
        columns=(
            Column("客户号", "number", Kind.HTML, link=_address, sort="number",
                   exported=lambda row: row.number),
            Column("客户名称", "name", link=_address),
            Column("类型", "get_kind_display", Kind.HTML,
                   exported=lambda row: row.get_kind_display()),
            Column("管户机构", "branch.name"),
            Column("客户经理", lambda row: row.officer.display_name if row.officer else None),
            Column("在贷笔数", "live_loans", Kind.COUNT),
            Column("余额", "owed", Kind.MONEY),
            Column("逾期本息", "overdue_amount", Kind.MONEY),
            Column("最长逾期", "days_past_due", Kind.OVERDUE),
            Column("最差分类", "worst_grade", Kind.GRADE),
            Column("最重信号", "worst_signal", Kind.SIGNAL),
        ),
        order=("number",),
        filters=(
            # The search needs the officer's clients, so the view narrows by it.
            Filter("q", "查找", narrow=lambda rows, text: rows, input_type="search",
                   placeholder="客户名称、客户号、证件号、电话"),
            Filter("branch", "机构", _options(branches_visible_to(officer)), narrow=_by_branch),
            Filter("officer", "客户经理", narrow=_by_officer(officer),
                   placeholder="客户经理姓名或工号"),
            Filter("kind", "类型", [(k.value, str(k.label)) for k in CustomerKind]),
            Filter("industry", "行业", [(i.value, str(i.label)) for i in Industry]),
        ),
        empty="还没有客户。客户从“数据接入”导入。",
        counted="户",
    )  # fmt: skip


def attach_standing(rows: list[Customer], day: dt.date) -> list[Customer]:
    """Give the clients of a page their sums, worst grade and worst signal, in three queries."""
    ids = [row.pk for row in rows]
    sums = _sums(ids)
    open_grades = LoanGrade.objects.valid_on(day).filter(
        loan__customer__in=ids, loan__position__status=Status.LIVE
    )
    grades = _by_customer(
        open_grades.values_list("loan__customer").annotate(worst=Max("grade")).order_by()
    )
    signals = _by_customer(
        Signal.objects.filter(customer__in=ids, ceased_on=None)
        .values_list("customer")
        .annotate(worst=Max("colour"))
        .order_by()
    )
    for row in rows:
        _give(row, sums.get(row.pk), day)
        row.worst_grade = grades.get(row.pk)  # type: ignore[attr-defined]
        row.worst_signal = signals.get(row.pk)  # type: ignore[attr-defined]
    return rows


def _sums(ids: list[int]) -> dict[int, Mapping[str, Any]]:
    found = (
        LoanPosition.objects.filter(loan__customer__in=ids)
        .values("loan__customer")
        .annotate(
            live=Count("pk", filter=Q(status=Status.LIVE)),
            owed=Sum("principal"),
            late_principal=Sum("principal_overdue"),
            late_interest=Sum("interest_overdue"),
            late_since=Min("late_since"),
        )
        .order_by()
    )
    return {row["loan__customer"]: row for row in found}


def _give(row: Any, sums: Mapping[str, Any] | None, day: dt.date) -> None:
    """Put the sums on a row; a client without any computed loan keeps them unknown."""
    row.live_loans = sums["live"] if sums else None
    row.owed = sums["owed"] if sums else None
    row.overdue_amount = (sums["late_principal"] + sums["late_interest"] or None) if sums else None
    since = sums["late_since"] if sums else None
    row.days_past_due = max(0, (day - since).days) if since else None


def _by_customer(pairs: Any) -> dict[int, int]:
    return dict(pairs)


def _options(rows: QuerySet[Any]) -> list[tuple[str, str]]:
    return [(str(row.pk), str(row)) for row in rows]


def _by_branch(rows: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    return rows.filter(branch__in=branch_chosen(text))


def _by_officer(officer: Officer) -> Callable[[QuerySet[Customer], str], QuerySet[Customer]]:
    return lambda rows, text: rows.filter(officer__in=officers_called(officer, text))


def _address(row: Customer) -> str:
    return reverse("customer", args=[row.number])
