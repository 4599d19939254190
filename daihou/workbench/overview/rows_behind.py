"""The list of loans behind a figure, page by page from the snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from daihou.daily_run.true_days import true_rows_of
from daihou.loan_book.choices import SecurityKind
from daihou.loan_book.queries import loans_visible_to
from daihou.reports.book_reader import Book
from daihou.reports.cells import COUNTED_NAMES, Cell, Counted
from daihou.reports.differences import AnswerGap, gap_between_answers
from daihou.reports.queries import cohort_scope
from daihou.reports.rows import CellSum, LoanRow, days_needed, rows_of, sum_of
from daihou.staff.models import Officer
from daihou.workbench.overview.asked import Asked, Names
from daihou.workbench.overview.blocks import Line
from daihou.workbench.overview.words import grade_name
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.tables import Table


class RowsBehind(Sequence[LoanRow]):
    """The loans of a cell as a sequence; only the part that is asked for is read."""

    def __init__(self, asked: Asked, cell: Cell) -> None:
        self._asked = asked
        self._cell = cell
        scope = asked.scope
        if cell.counted is Counted.LATE:
            scope = cohort_scope(asked.officer, scope)
        days = days_needed(cell, asked.day, asked.written)
        true_rows = asked.true_rows(days)
        self._book = Book(asked.folder, days, asked.definitions, scope, true_rows)
        self.sum: CellSum = sum_of(self._book, cell, asked.day)

    def gap(self) -> AnswerGap:
        """How far the two answers about the day lie apart in the same part of the book."""
        asked = self._asked
        true_rows = true_rows_of([asked.day])
        return gap_between_answers(
            asked.folder, asked.day, asked.definitions, self._book.scope, true_rows
        )

    def __len__(self) -> int:
        return self.sum.loans

    @overload
    def __getitem__(self, place: int) -> LoanRow: ...

    @overload
    def __getitem__(self, place: slice) -> list[LoanRow]: ...

    def __getitem__(self, place: int | slice) -> LoanRow | list[LoanRow]:
        if isinstance(place, int):
            return self._read(place, 1)[0]
        start, stop, _ = place.indices(len(self))
        return self._read(start, max(stop - start, 0))

    def _read(self, start: int, count: int) -> list[LoanRow]:
        return rows_of(self._book, self._cell, self._asked.day, start=start, count=count)


def rows_table(cell: Cell) -> Table:
    """The columns of the list; the first amount is the one that adds up to the figure."""
    compares = (
        (
            Column(
                "期初分类", lambda row: grade_name(row["from_grade"]) if row["from_grade"] else ""
            ),
        )
        if cell.compares
        else ()
    )
    counted = cell.counted is not Counted.PRINCIPAL
    return Table(
        name="rows",
        title="借据明细",
        columns=(
            Column("借据号", "number", link=lambda row: row["loan_link"]),
            Column("客户", "client", link=lambda row: row["client_link"]),
            *((Column(COUNTED_NAMES[cell.counted], "counted", Kind.MONEY),) if counted else ()),
            Column("余额", "principal", Kind.MONEY),
            Column("逾期", "days_past_due", Kind.OVERDUE),
            *compares,
            Column("分类", "grade", Kind.GRADE),
            Column("产品", "product"),
            Column("担保方式", "security"),
            Column("机构", "branch"),
            Column("客户经理", "officer"),
            Column("放款日", "disbursed_on", Kind.DAY),
            Column("到期日", "matures_on", Kind.DAY),
            Column("借款金额", "amount", Kind.MONEY),
        ),
        order=("pk",),
        counted="笔",
        page_size=100,
        empty="这个数字背后没有借据:它是零。",
    )


def named(officer: Officer, names: Names, rows: Sequence[LoanRow]) -> list[Line]:
    """The rows with numbers and names, in one query; what the person may not see has neither."""
    seen = loans_visible_to(officer).filter(pk__in=[row.loan_id for row in rows])
    known = {
        pk: (number, client, client_number)
        for pk, number, client, client_number in seen.values_list(
            "pk", "number", "customer__name", "customer__number"
        )
    }
    return [_line(row, names, known.get(row.loan_id)) for row in rows]


def _line(row: LoanRow, names: Names, known: tuple[str, str, str] | None) -> dict[str, Any]:
    number, client, client_number = known or (None, None, "")
    return {
        "number": number,
        "loan_link": f"/loans/{number}/",
        "client": client,
        "client_link": f"/customers/{client_number}/",
        "counted": row.counted,
        "principal": row.principal,
        "days_past_due": row.days_past_due,
        "from_grade": row.from_grade,
        "grade": row.grade,
        "product": names.product(row.product_id),
        "security": SecurityKind(row.security).label,
        "branch": names.branch(row.branch_id),
        "officer": names.officers.get(row.officer_id or 0, ""),
        "disbursed_on": row.disbursed_on,
        "matures_on": row.matures_on,
        "amount": row.amount,
    }
