"""The ranked worklist: one row per client, what to do, why first, and until when.

A client's matters (事由) are gathered from all domains. The score is a plain sum of points, all of
them parameters, and is told in the row's reasons:

    worst colour of the signals + deepest arrears + grade worsened + bad data + due soon + amount

Rows stand by score, then by amount: `rank_score = points x 1,000,000 + amount in thousand yuan`.
Nothing here knows the database; days are day numbers, amounts are fen.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from daihou.policy.reasons import InputValue, Reason, SourceRow
from loanmath.dates import date_of
from loanmath.money import FEN_PER_YUAN, Money, format_yuan

RULE = "worklist.rank"
POINTS_STEP = 1_000_000
_THOUSAND_YUAN = 1000 * FEN_PER_YUAN
_MOST_THOUSANDS = POINTS_STEP - 1
_TEXT_LIMIT = 300
_COLOURS = ("", "蓝色", "黄色", "橙色", "红色")
_BLUE, _RED = 1, 4


class Kind(IntEnum):
    """What a matter is about; the first kind that a client has decides what to do."""

    OVERDUE = 1
    SIGNAL = 2
    GRADE_WORSE = 3
    INSTALMENT = 4
    MATURITY = 5
    SET_ASIDE = 6


@dataclass(frozen=True)
class Matter:
    """One matter of one loan: since when it stands, and what is needed to rank and tell it.

    `place` tells the loans of the book apart; `amount` is what is at stake on the loan (fen),
    `days` the days past due, `due_date` when the money falls due, `colour` that of the signal;
    `words` names the signal, the grades or the problem.
    """

    kind: Kind
    place: int
    since: int
    amount: int
    days: int = 0
    colour: int = 0
    due_date: int = 0
    words: str = ""


@dataclass(frozen=True)
class WorkPoints:
    """The parameters of the ranking: points, the bands they go by, and times to act."""

    colour_points: tuple[int, ...]
    overdue_from: tuple[int, ...]
    overdue_points: tuple[int, ...]
    amount_from: tuple[int, ...]  # yuan
    amount_points: tuple[int, ...]
    grade_worse_points: int
    set_aside_points: int
    coming_points: int
    within: Mapping[Kind, int]  # working days
    within_colour: tuple[int, ...]  # 蓝: days; 黄, 橙, 红: working days
    version: str


@dataclass(frozen=True)
class Work:
    """What the list says about one client today."""

    due_on: int
    rank_score: int
    task: str
    why_first: str
    amount: int
    reasons: list[Reason]


@dataclass(frozen=True)
class Calendar:
    """The business date, and the working days after it."""

    today: int
    after: Callable[[int], int]  # the n-th working day after today
    before: Callable[[int], int]  # the last working day before a day, but not before today


def work_of(
    matters: Sequence[Matter],
    points: WorkPoints,
    calendar: Calendar,
    *,
    done_on: int,
    numbers: Mapping[int, str],
) -> Work:
    """Put the matters of one client together to one piece of work.

    `done_on` is the day on which the last work for the client was done (`NO_DATE` if never):
    arrears that stood already then are followed up, not met for the first time. `numbers` gives
    the loan number at each place.
    """
    ordered = sorted(matters, key=lambda m: (m.kind, -m.colour, -m.days, -m.amount, m.place))
    amount = _at_stake(ordered)
    parts = _points_of(ordered, amount, points)
    total = sum(parts.values())
    return Work(
        due_on=min(_due_on(matter, points, calendar) for matter in ordered),
        rank_score=total * POINTS_STEP + min(amount // _THOUSAND_YUAN, _MOST_THOUSANDS),
        task=_task(ordered, done_on),
        why_first=_why_first(ordered),
        amount=amount,
        reasons=[_ranking(parts, total, points), *(_told(m, points, numbers) for m in ordered)],
    )


def _at_stake(matters: Sequence[Matter]) -> int:
    """The amount of the client's work: each loan once, with the largest of its matters."""
    of_loan: dict[int, int] = {}
    for matter in matters:
        of_loan[matter.place] = max(of_loan.get(matter.place, 0), matter.amount)
    return sum(of_loan.values())


def _points_of(matters: Sequence[Matter], amount: int, points: WorkPoints) -> dict[str, int]:
    """The parts of the score, named as people read them; parts of nothing are left out."""
    kinds = {matter.kind for matter in matters}
    colour = max(matter.colour for matter in matters)
    days = max(matter.days for matter in matters)
    parts = {
        f"{_COLOURS[colour]}预警": points.colour_points[colour - 1] if colour else 0,
        f"逾期{days}天": _band(days, points.overdue_from, points.overdue_points),
        "分类下调": points.grade_worse_points if Kind.GRADE_WORSE in kinds else 0,
        "数据挂起": points.set_aside_points if Kind.SET_ASIDE in kinds else 0,
        "临近到期": points.coming_points if kinds & {Kind.INSTALMENT, Kind.MATURITY} else 0,
        "涉及金额": _band(amount // FEN_PER_YUAN, points.amount_from, points.amount_points),
    }
    return {name: value for name, value in parts.items() if value}


def _band(value: int, starts: Sequence[int], worth: Sequence[int]) -> int:
    """The points of the highest band that a value reaches; 0 below the first."""
    reached = bisect.bisect_right(starts, value)
    return worth[min(reached, len(worth)) - 1] if reached else 0


def _due_on(matter: Matter, points: WorkPoints, calendar: Calendar) -> int:
    if matter.colour == _BLUE:
        return calendar.before(calendar.today + points.within_colour[0] + 1)
    if matter.kind is Kind.SIGNAL:
        return calendar.after(points.within_colour[matter.colour - 1])
    if matter.kind is Kind.INSTALMENT:
        return calendar.before(matter.due_date)
    return calendar.after(points.within[matter.kind])


def _task(ordered: Sequence[Matter], done_on: int) -> str:
    """What to do, by the first matter in the order of kinds; grave signals speak before arrears."""
    first = ordered[0]
    if max(matter.colour for matter in ordered) == _RED:
        return "核实红色预警,拟定处置方案"
    if first.kind is Kind.OVERDUE:
        met_before = all(m.since <= done_on for m in ordered if m.kind is Kind.OVERDUE)
        return "再次联系客户,跟进逾期还款" if met_before else "首次联系客户,核实逾期原因"
    return {
        Kind.SIGNAL: f"核实{_COLOURS[max(first.colour, 1)]}预警,登记核实结果",
        Kind.GRADE_WORSE: "核实分类下调原因",
        Kind.INSTALMENT: "提醒客户备足还款资金",
        Kind.MATURITY: "落实到期还款来源",
        Kind.SET_ASIDE: "核对并更正借据数据",
    }[first.kind]


def _why_first(ordered: Sequence[Matter]) -> str:
    """All matters in one line, the weightiest first; cut at the length of the column."""
    told: list[str] = []
    for kind in Kind:
        matters = [matter for matter in ordered if matter.kind is kind]
        if matters:
            told.append(_TOLD[kind](matters))
    text = ";".join(told)
    return text if len(text) <= _TEXT_LIMIT else text[: _TEXT_LIMIT - 1] + "…"


def _overdue(matters: Sequence[Matter]) -> str:
    days = max(matter.days for matter in matters)
    owed = _yuan(sum(matter.amount for matter in matters))
    if len(matters) == 1:
        return f"逾期 {days} 天,本息 {owed} 元未还"
    return f"{len(matters)} 笔逾期,最长 {days} 天,本息合计 {owed} 元未还"


def _signal(matters: Sequence[Matter]) -> str:
    named = dict.fromkeys(f"{m.words}({_COLOURS[m.colour][0]})" for m in matters)
    return "预警:" + "、".join(named)


def _grade_worse(matters: Sequence[Matter]) -> str:
    return "、".join(dict.fromkeys(f"分类由{matter.words}" for matter in matters))


def _instalment(matters: Sequence[Matter]) -> str:
    first = min(matters, key=lambda matter: matter.due_date)
    total = _yuan(sum(matter.amount for matter in matters))
    return f"{_day(first.due_date)}应还 {total} 元,近一年曾延迟还款"


def _maturity(matters: Sequence[Matter]) -> str:
    first = min(matters, key=lambda matter: matter.due_date)
    total = _yuan(sum(matter.amount for matter in matters))
    return f"{_day(first.due_date)}贷款到期,本金 {total} 元"


def _set_aside(matters: Sequence[Matter]) -> str:
    return f"{len(matters)} 笔借据数据有误、无法计算:" + "、".join(
        dict.fromkeys(matter.words for matter in matters)
    )


_TOLD: Mapping[Kind, Callable[[Sequence[Matter]], str]] = {
    Kind.OVERDUE: _overdue,
    Kind.SIGNAL: _signal,
    Kind.GRADE_WORSE: _grade_worse,
    Kind.INSTALMENT: _instalment,
    Kind.MATURITY: _maturity,
    Kind.SET_ASIDE: _set_aside,
}


def _ranking(parts: Mapping[str, int], total: int, points: WorkPoints) -> Reason:
    summed = " + ".join(f"{name} {value}" for name, value in parts.items())
    return Reason(
        rule=RULE,
        version=points.version,
        says=f"排序得分 {total} = {summed}" if parts else "排序得分 0",
        clause="今日工作排序参数",
        evidence="PROPOSAL",
        inputs=dict(parts),
        rows=[],
    )


def _told(matter: Matter, points: WorkPoints, numbers: Mapping[int, str]) -> Reason:
    """One matter on its own, with the loan it is about."""
    inputs: dict[str, InputValue] = {
        "事由起始日": date_of(matter.since).isoformat(),
        "金额": f"{_yuan(matter.amount)}元",
    }
    return Reason(
        rule=f"worklist.{matter.kind.name.lower()}",
        version=points.version,
        says=_TOLD[matter.kind]([matter]),
        clause="今日工作排序参数",
        evidence="PROPOSAL",
        inputs=inputs,
        rows=[SourceRow(table="loan_book.loan", id=numbers[matter.place])],
    )


def _yuan(amount: int) -> str:
    return format_yuan(Money(amount))


def _day(day: int) -> str:
    date = date_of(day)
    return f"{date.month}月{date.day}日"
