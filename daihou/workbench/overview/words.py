"""What a cell of the overview is called, in words a reader of the rows understands."""

from __future__ import annotations

import datetime as dt

from daihou.classification.choices import Grade
from daihou.reports.cells import NEW_LOAN, Cell, Counted
from daihou.reports.definitions import UNGRADED, Definitions
from daihou.reports.scope import Scope
from daihou.workbench.overview.asked import CURRENCY_NAMES, Names


def grade_name(grade: int | None) -> str:
    """The word of a grade; 未分类 where there is none yet."""
    return str(Grade(grade).label) if grade in Grade.values else "未分类"


def cell_name(cell: Cell, day: dt.date, definitions: Definitions) -> str:
    """The cell as a heading: 不良贷款, 关注→次级, 2025-12放款逾期90天以上 ..."""
    if cell.compares:
        return _comparison_name(cell, day, definitions)
    if cell.counted is Counted.LATE:
        return f"{cell.cohort}放款中逾期{cell.late_over}天以上(含已核销)"
    if cell.counted is Counted.PAID:
        return f"{cell.since}至{day}还款"
    if cell.bucket is not None:
        return f"逾期{definitions.bucket_names[cell.bucket]}贷款"
    if cell.over_days is not None:
        return f"逾期{cell.over_days}天以上贷款"
    if cell.counted is Counted.OVERDUE:
        return "逾期贷款"
    if cell.npl:
        return "不良贷款"
    return f"{grade_name(cell.grade)}类贷款" if cell.grade is not None else "各项贷款"


def scope_name(scope: Scope, names: Names) -> str:
    """Which part of the book: 城东支行 · 流动资金贷款; all that is seen when nothing is chosen."""
    parts = []
    if scope.branch is not None:
        parts.append(names.branch(scope.branch))
    if scope.officer is not None:
        parts.append(names.officers[scope.officer])
    if scope.product is not None:
        parts.append(names.product(scope.product))
    if scope.industry is not None:
        parts.append(names.industry(scope.industry))
    if not parts:
        parts.append(_everything_seen(scope, names))
    if scope.currency != "CNY":
        parts.append(CURRENCY_NAMES.get(scope.currency, scope.currency))
    return " · ".join(parts)


def _everything_seen(scope: Scope, names: Names) -> str:
    if scope.seen_branches is None:
        return "全行"
    if scope.seen_branches and scope.seen_root is not None:
        return names.branch(scope.seen_root)
    return "本人管户"


def _comparison_name(cell: Cell, day: dt.date, definitions: Definitions) -> str:
    span = f"{cell.base}至{day}"
    if cell.worse_bucket and cell.from_bucket is not None:
        return f"{span} 期初{definitions.bucket_names[cell.from_bucket]}、期末落入更差档"
    start = _start_name(cell, definitions)
    changes = {
        Counted.PRINCIPAL_CHANGE: "余额变动",
        Counted.OVERDUE_CHANGE: "逾期贷款变动",
        Counted.NPL_CHANGE: "不良贷款变动",
        Counted.GRADE_CHANGE: f"{grade_name(cell.moved_grade)}类余额变动",
        Counted.OPENING: f"{start}期初余额",
        Counted.DECREASE: f"{start}期间减少",
    }
    if cell.counted in changes:
        return f"{span} {changes[cell.counted]}"
    return f"{span} {start}→期末{grade_name(cell.to_grade) if cell.to_grade is not None else ''}"


def _start_name(cell: Cell, definitions: Definitions) -> str:
    if cell.from_grade == NEW_LOAN:
        return "新增贷款"
    if cell.from_bucket is not None:
        return f"期初{definitions.bucket_names[cell.from_bucket]}"
    if cell.from_grade is None:
        return "全部"
    return f"期初{'未分类' if cell.from_grade == UNGRADED else grade_name(cell.from_grade)}"
