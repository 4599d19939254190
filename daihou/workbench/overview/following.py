"""Blocks that follow loans through time: migration of grades, roll of buckets, vintage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import partial

from django.utils.safestring import SafeString, mark_safe

from daihou.classification.choices import Grade
from daihou.reports.cells import NEW_LOAN, Cell, Counted
from daihou.reports.definitions import UNGRADED
from daihou.reports.flows import Flows
from daihou.reports.ratios import (
    DOWNWARD_MIGRATION,
    ROLL_RATE,
    Flow,
    downward_migration,
    months_between,
    performing_to_npl,
    quarterly,
    roll_rate,
    share,
    vintage_triangle,
)
from daihou.workbench.overview.asked import Asked
from daihou.workbench.overview.blocks import (
    DASH,
    Block,
    Choice,
    Line,
    heat,
    money,
    money_text,
    percent,
    ratio,
)
from daihou.workbench.overview.words import grade_name
from daihou.workbench.pieces.charts import LINE, QUIET, SECOND_LINE, Chart
from daihou.workbench.pieces.columns import Column, Kind
from loanmath.money import Money

LATE_CHOICES = (30, 60, 90)
ROLLED_BUCKETS = (0, 1, 2, 3)  # M0 to M3; what is later has its own buckets
CURVES = 5
SHORTEST_CURVE = 2  # months on book before a quarter is drawn
_CURVE_COLOURS = (QUIET, "--ink-3", SECOND_LINE, "--grade-4", LINE)
_NOT_YET = mark_safe("&nbsp;")  # a month that has not come: blank, where — would say unknown
_NOTHING = Flow(Money(0), {})


def base_choices(asked: Asked) -> dict[str, tuple[str, dt.date | None]]:
    """From which day loans may be followed: code to words and day."""
    return {
        "month": ("较上月末", asked.month_end(1)),
        "year": ("较年初", asked.year_start),
        "day": ("较前一日", asked.day_before()),
    }


def migration_block(asked: Asked, flows: Flows, chosen: str) -> Block:
    """What became of each grade: opening, where it went, decrease, rate of migration."""
    grades = _grades_of(flows)
    lines = [_migration_line(asked, flows, grade) for grade in grades]
    lines.append(_new_line(asked, flows))
    columns = (
        Column("期初", "name"),
        money("期初余额", "opening"),
        *(_heat_column(f"期末{grade_name(grade)}", f"to_{grade}") for grade in grades),
        money("期间减少", "decrease"),
        ratio(
            "向下迁徙率", "rate", hint=f"{DOWNWARD_MIGRATION.above} ÷ ({DOWNWARD_MIGRATION.below})"
        ),
    )
    return Block(
        "migration",
        f"迁徙({flows.base} → {flows.day})",
        _migration_finding(flows),
        columns,
        lines,
        span=12,
        choices=[
            Choice(words, asked.overview(base=code), code == chosen)
            for code, (words, day) in base_choices(asked).items()
            if day is not None
        ],
        note="跟踪期初的同一批借据;期间减少为收回、处置、核销。格子颜色深浅为占期初余额的比重。",
    )


def roll_block(asked: Asked, flows: Flows) -> Block:
    """Of each overdue bucket, how much rolled into a worse one."""
    names = asked.definitions.bucket_names
    rows: list[Line] = []
    for bucket in ROLLED_BUCKETS:
        flow = flows.by_bucket.get(bucket, _NOTHING)
        opening = Cell(counted=Counted.OPENING, base=flows.base, from_bucket=bucket)
        rolled = Cell(
            counted=Counted.CLOSING, base=flows.base, from_bucket=bucket, worse_bucket=True
        )
        rows.append(
            {
                "name": f"M{bucket} {names[bucket]}",
                "opening": flow.opening,
                "opening_link": asked.rows(opening),
                "rolled": flow.moved_below(bucket),
                "rolled_link": asked.rows(rolled),
                "rate": roll_rate(bucket, flow),
                "rate_link": asked.rows(rolled),
            }
        )
    worst = max(rows[1:], key=lambda row: row["rate"] or -1)
    finding = "期初没有逾期贷款"
    if worst["rate"] is not None:
        finding = f"{worst['name']} 的贷款有 {percent(worst['rate'])} 滚入更差档"
    return Block(
        "rolls",
        f"滚动率({flows.base} → {flows.day})",
        finding,
        (
            Column("期初逾期档", "name"),
            money("期初余额", "opening"),
            money("落入更差档", "rolled"),
            ratio("滚动率", "rate", hint=f"{ROLL_RATE.above} ÷ {ROLL_RATE.below}"),
        ),
        rows,
        span=6,
    )


def vintage_block(
    asked: Asked,
    disbursed: Mapping[str, int],
    late: Mapping[tuple[str, dt.date], int],
    observed: Mapping[str, dt.date],
    late_over: int,
) -> Block:
    """Months of disbursement against months on book; quarters as curves.

    disbursed and late are in fen, observed maps a month to its last snapshot.
    """
    cohorts = {month: disbursed[month] for month in disbursed if month in observed}
    months = {day: month for month, day in observed.items()}
    by_mob = {
        (cohort, months_between(cohort, months[day])): amount
        for (cohort, day), amount in late.items()
        if cohort in cohorts
    }
    triangle = vintage_triangle(cohorts, by_mob, list(observed))
    curves = quarterly(cohorts, by_mob, list(observed))
    mobs = sorted({mob for _, mob in triangle})
    warmest = max((rate for rate in triangle.values() if rate), default=1)
    rows = [
        _vintage_line(asked, cohort, cohorts[cohort], triangle, observed, late_over, warmest)
        for cohort in sorted(cohorts, reverse=True)
    ]
    finding = _vintage_finding(curves, late_over)
    return Block(
        "vintage",
        "放款账龄(Vintage)",
        finding,
        (
            Column("放款月份", "cohort"),
            Column("放款金额", "disbursed", Kind.MONEY),
            *(_vintage_column(mob) for mob in mobs),
        ),
        rows,
        chart=_vintage_chart(finding, curves, late_over),
        note="列为放款后第几个月末(放款当月为0);分子为逾期余额加已核销本金,分母为当月放款金额。"
        "曲线按季度合并,全部月份都观察到才画。",
        choices=[
            Choice(f"逾期{over}天以上", asked.overview(late=str(over)), over == late_over)
            for over in LATE_CHOICES
        ],
        empty="还没有跨月的快照,无法观察账龄",
    )


def _grades_of(flows: Flows) -> list[int]:
    ungraded = UNGRADED in flows.by_grade or any(
        UNGRADED in flow.closing for flow in (*flows.by_grade.values(), Flow(Money(0), flows.new))
    )
    return [*(int(grade) for grade in Grade), *([UNGRADED] if ungraded else [])]


def _migration_line(asked: Asked, flows: Flows, grade: int) -> Line:
    flow = flows.by_grade.get(grade, _NOTHING)
    cell = partial(Cell, base=flows.base, from_grade=grade)
    line: Line = {
        "name": grade_name(grade),
        "opening": flow.opening,
        "opening_link": asked.rows(cell(counted=Counted.OPENING)),
        "decrease": flow.decrease,
        "decrease_link": asked.rows(cell(counted=Counted.DECREASE)),
        "rate": downward_migration(grade, flow) if _may_worsen(grade) else None,
    }
    for to in _grades_of(flows):
        part = (share(flow.closing.get(to, Money(0)), flow.opening) or 0) / 100_000_000
        line[f"to_{to}"] = flow.closing.get(to, Money(0))
        line[f"to_{to}_link"] = asked.rows(cell(counted=Counted.CLOSING, to_grade=to))
        line[f"to_{to}_warmth"] = 0 if to == grade else part
        line[f"to_{to}_good"] = UNGRADED < to < grade
    return line


def _may_worsen(grade: int) -> bool:
    return grade in Grade.values and grade != Grade.LOSS


def _new_line(asked: Asked, flows: Flows) -> Line:
    line: Line = {"name": "期间新增", "opening": None, "opening_link": "", "decrease": None,
                  "decrease_link": "", "rate": None}  # fmt: skip
    for to in _grades_of(flows):
        cell = Cell(counted=Counted.CLOSING, base=flows.base, from_grade=NEW_LOAN, to_grade=to)
        line[f"to_{to}"] = flows.new.get(to, Money(0))
        line[f"to_{to}_link"] = asked.rows(cell)
        line[f"to_{to}_warmth"] = 0
        line[f"to_{to}_good"] = False
    return line


def _heat_column(heading: str, name: str) -> Column:
    def shown(row: Line) -> SafeString:
        return heat(row[f"{name}_link"], money_text(row[name]), row[f"{name}_warmth"],
                    good=row[f"{name}_good"])  # fmt: skip

    return Column(heading, shown, Kind.HTML, exported=lambda row: row[name] / 100, is_number=True)


def _migration_finding(flows: Flows) -> str:
    normal = flows.by_grade.get(Grade.NORMAL, _NOTHING)
    special = flows.by_grade.get(Grade.SPECIAL_MENTION, _NOTHING)
    rates = (
        f"正常类向下迁徙率 {percent(downward_migration(Grade.NORMAL, normal))}",
        f"关注类 {percent(downward_migration(Grade.SPECIAL_MENTION, special))}",
        "正常贷款(正常+关注)转不良 "
        f"{percent(performing_to_npl(normal, special, Grade.SPECIAL_MENTION))}",
    )
    return ",".join(rates)


def _vintage_line(
    asked: Asked,
    cohort: str,
    disbursed: int,
    triangle: Mapping[tuple[str, int], int | None],
    observed: Mapping[str, dt.date],
    late_over: int,
    warmest: int,
) -> Line:
    line: Line = {"cohort": cohort, "disbursed": disbursed}
    cell = Cell(counted=Counted.LATE, cohort=cohort, late_over=late_over)
    for month, day in observed.items():
        mob = months_between(cohort, month)
        if mob >= 0:
            rate = triangle[(cohort, mob)]
            line[f"mob_{mob}"] = rate
            line[f"mob_{mob}_link"] = asked.rows(cell, day=day)
            line[f"mob_{mob}_warmth"] = (rate or 0) / warmest
    return line


def _vintage_column(mob: int) -> Column:
    name = f"mob_{mob}"

    def shown(row: Line) -> SafeString | str:
        if name not in row:
            return _NOT_YET
        return heat(row[f"{name}_link"], percent(row[name]), row[f"{name}_warmth"])

    def exported(row: Line) -> float | None:
        return None if row.get(name) is None else row[name] / 100_000_000

    return Column(f"{mob}", shown, Kind.HTML, exported=exported, is_number=True)


def _vintage_finding(curves: Mapping[tuple[str, int], int | None], late_over: int) -> str:
    """The youngest quarter against the one before, at the latest month that both have seen."""
    quarters = _quarters(curves)
    # Nothing can be late before its first due date: compare where there is something to see.
    soonest = late_over // 30 + 2
    for younger, older in zip(reversed(quarters), reversed(quarters[:-1]), strict=False):
        both = [m for q, m in curves if q == younger and m >= soonest and (older, m) in curves]
        if both:
            month = max(both)
            return (
                f"{younger}放款第{month}个月末逾期{late_over}天以上 "
                f"{percent(curves[(younger, month)])},{older}同期 {percent(curves[(older, month)])}"
            )
    return f"逾期{late_over}天以上:还没有两个季度的放款可比"


def _quarters(curves: Mapping[tuple[str, int], int | None]) -> list[str]:
    order: Callable[[str], tuple[str, int]] = lambda name: (name[:4], "一二三四".index(name[5]))  # noqa: E731
    return sorted({quarter for quarter, _ in curves}, key=order)


def _vintage_chart(
    finding: str, curves: Mapping[tuple[str, int], int | None], late_over: int
) -> Chart | None:
    """The last grown quarters as lines, the youngest in the accent colour, named at their ends."""
    grown = [q for q in _quarters(curves) if (q, SHORTEST_CURVE) in curves]
    quarters = grown[-CURVES:]
    if not quarters:
        return None
    longest = max(mob for quarter, mob in curves if quarter in quarters)
    data = []
    for colour, quarter in zip(_CURVE_COLOURS[-len(quarters) :], quarters, strict=True):
        mobs = sorted(mob for name, mob in curves if name == quarter)
        rates = [curves[(quarter, mob)] for mob in mobs]
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers+text",
                "name": quarter,
                "x": mobs,
                "y": [None if rate is None else rate / 1_000_000 for rate in rates],
                "text": [*([""] * (len(mobs) - 1)), quarter],
                "textposition": "middle right",
                "cliponaxis": False,
                "line": {"color": colour, "width": 2},
                "marker": {"size": 5},
                "hovertemplate": quarter + " 第%{x}个月末 %{y:.2f}%<extra></extra>",
            }
        )
    layout = {
        "xaxis": {
            "title": {"text": "放款后第几个月末"},
            "dtick": 1,
            "range": [-0.3, longest + 1.6],  # room for the names
        },
        "yaxis": {"title": {"text": f"逾期{late_over}天以上占放款(%)"}, "rangemode": "tozero"},
        "height": 300,
    }
    return Chart("vintage", finding or DASH, data, layout)
