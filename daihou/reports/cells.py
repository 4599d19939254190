"""A figure of the overview as a value: what it counts, of which loans; and so the rows behind it.

Every figure on the screen is made from a `Cell` or equals one, and the rows that a cell lists add
up to the figure by construction: both are the same condition over the same snapshot.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from daihou.reports.choices import NO_INDUSTRY, NO_OFFICER
from daihou.reports.definitions import NON_PERFORMING, UNGRADED

_NPL = ", ".join(str(int(grade)) for grade in NON_PERFORMING)


class Counted(StrEnum):
    """What is added up over the loans of a cell, in fen."""

    PRINCIPAL = "principal"
    OVERDUE = "overdue"
    PAID = "paid"
    LATE = "late"
    OPENING = "opening"
    CLOSING = "closing"
    DECREASE = "decrease"
    PRINCIPAL_CHANGE = "principal_change"
    OVERDUE_CHANGE = "overdue_change"
    NPL_CHANGE = "npl_change"
    GRADE_CHANGE = "grade_change"


COUNTED_NAMES = {
    Counted.PRINCIPAL: "余额",
    Counted.OVERDUE: "计入逾期的余额",
    Counted.PAID: "期间还款",
    Counted.LATE: "逾期余额(含已核销)",
    Counted.OPENING: "期初余额",
    Counted.CLOSING: "期末余额",
    Counted.DECREASE: "期间减少",
    Counted.PRINCIPAL_CHANGE: "余额变动",
    Counted.OVERDUE_CHANGE: "逾期变动",
    Counted.NPL_CHANGE: "不良变动",
    Counted.GRADE_CHANGE: "该类余额变动",
}
_COUNTED_SQL = {
    Counted.PRINCIPAL: "principal",
    Counted.OVERDUE: "overdue",
    Counted.PAID: "paid",
    Counted.LATE: "principal + written_off_principal",
    Counted.OPENING: "opening",
    Counted.CLOSING: "closing",
    Counted.DECREASE: "opening - closing",
    Counted.PRINCIPAL_CHANGE: "closing - opening",
    Counted.OVERDUE_CHANGE: "closing_overdue - opening_overdue",
    Counted.NPL_CHANGE: (
        f"CASE WHEN to_grade IN ({_NPL}) THEN closing ELSE 0 END"
        f" - CASE WHEN from_grade IN ({_NPL}) THEN opening ELSE 0 END"
    ),
    Counted.GRADE_CHANGE: (
        "CASE WHEN to_grade = $moved_grade THEN closing ELSE 0 END"
        " - CASE WHEN from_grade = $moved_grade THEN opening ELSE 0 END"
    ),
}
# Follow the loans of the closing day from the opening day on.
FOLLOWING = frozenset({Counted.OPENING, Counted.CLOSING, Counted.DECREASE})
# The difference of two days' figures, each day in its own scope.
CHANGES = frozenset(
    {
        Counted.PRINCIPAL_CHANGE,
        Counted.OVERDUE_CHANGE,
        Counted.NPL_CHANGE,
        Counted.GRADE_CHANGE,
    }
)

NEW_LOAN = -1  # as `from_grade`: not on the book at the opening


@dataclass(frozen=True)
class Cell:
    """Loans of one day that meet all the conditions given; None leaves a condition out.

    `base` is the opening day of a comparison, `since` the first day of what was paid.
    `from_bucket` with `worse_bucket` follows the loans of a bucket that stand in a worse one now.
    `at_branch` is one branch without those under it. `late_over` counts loans more days past due
    than that, and those written off.
    """

    counted: Counted = Counted.PRINCIPAL
    grade: int | None = None
    npl: bool = False
    bucket: int | None = None
    over_days: int | None = None
    late_over: int | None = None
    cohort: str | None = None
    at_branch: int | None = None
    at_officer: int | None = None
    at_product: int | None = None
    at_industry: str | None = None
    base: dt.date | None = None
    from_grade: int | None = None
    to_grade: int | None = None
    from_bucket: int | None = None
    worse_bucket: bool = False
    moved_grade: int | None = None
    since: dt.date | None = None

    @property
    def compares(self) -> bool:
        """Whether the cell follows loans from one day to another."""
        return self.counted in FOLLOWING | CHANGES

    @property
    def sql(self) -> str:
        """What is added up, as an expression."""
        return _COUNTED_SQL[self.counted]

    @property
    def condition(self) -> str:
        """Which loans count; its values are `values`."""
        terms = [f"({self.sql}) <> 0"]
        terms += [sql for name, sql in _CONDITIONS.items() if self._is_given(name)]
        if self.npl:
            terms.append(f"grade IN ({_NPL})")
        if self.worse_bucket:
            terms.append("to_bucket > from_bucket")
        if self.from_grade == NEW_LOAN:
            terms.append("from_grade IS NULL")
        return " AND ".join(terms)

    @property
    def part(self) -> str:
        """Of which branch, product or industry, as a condition; its values are `values` too."""
        return " AND ".join(sql for name, sql in _PARTS.items() if self._is_given(name)) or "true"

    @property
    def values(self) -> dict[str, Any]:
        """The values of the condition, by name."""
        names = (*_CONDITIONS, *_PARTS, "moved_grade")
        return {name: getattr(self, name) for name in names if self._is_given(name)}

    @property
    def query(self) -> dict[str, str]:
        """The cell as parameters of an address; `cell_from` reads it back."""
        written = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                written[field.name] = "1" if value is True else str(value)
        return written

    def _is_given(self, name: str) -> bool:
        if name == "from_grade" and self.from_grade == NEW_LOAN:
            return False
        return getattr(self, name) is not None


_PARTS = {
    "at_branch": "branch_id = $at_branch",
    "at_officer": f"coalesce(officer_id, {NO_OFFICER}) = $at_officer",
    "at_product": "product_id = $at_product",
    "at_industry": f"coalesce(industry, '{NO_INDUSTRY}') = $at_industry",
}
_CONDITIONS = {
    "grade": f"coalesce(grade, {UNGRADED}) = $grade",
    "bucket": "bucket = $bucket",
    "over_days": "days_past_due > $over_days",
    "late_over": "(days_past_due > $late_over OR written_off_principal > 0)",
    "cohort": "strftime(disbursed_on, '%Y-%m') = $cohort",
    "from_grade": "from_grade = $from_grade",
    "to_grade": "to_grade = $to_grade",
    "from_bucket": "from_bucket = $from_bucket",
}


class BadCell(ValueError):
    """An address that names no cell; the message says what is wrong."""


def cell_from(query: dict[str, str]) -> Cell:
    """Read a cell from the parameters of an address; unknown names are left alone."""
    given: dict[str, Any] = {}
    for field in fields(Cell):
        text = query.get(field.name, "")
        if text:
            given[field.name] = _read(field.name, text)
    cell = Cell(**given)
    if cell.compares and cell.base is None:
        raise BadCell("缺少期初日 base")
    if cell.counted is Counted.GRADE_CHANGE and cell.moved_grade is None:
        raise BadCell("缺少分类 moved_grade")
    if cell.counted is Counted.PAID and cell.since is None:
        raise BadCell("缺少起始日 since")
    return cell


def _read(name: str, text: str) -> Any:
    try:
        if name == "counted":
            return Counted(text)
        if name in {"base", "since"}:
            return dt.date.fromisoformat(text)
        if name in {"npl", "worse_bucket"}:
            return text == "1"
        if name == "cohort":
            return f"{dt.date.fromisoformat(text + '-01'):%Y-%m}"
        return text if name == "at_industry" else int(text)
    except ValueError as wrong:
        raise BadCell(f"{name} 的取值 {text[:20]!r} 无法识别") from wrong
