"""Why a client's work stands where it does, in words, from the matters kept with it.

The matters hold days and amounts, not sentences, so that "逾期 3 天" is right on every day on which
somebody reads it, and the daily run writes only what changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from daihou.classification.codes import GRADE_NAMES
from daihou.daily_run.worklist import (
    CASE_STEP,
    WHOLE_CLIENT,
    CaseStep,
    Kind,
    Matters,
    WorkPoints,
    by_client,
    points_of,
)
from daihou.early_warning.shipped_signals import signal_title
from daihou.policy.reasons import InputValue, Reason, SourceRow
from daihou.servicing.choices import ResetOutcome
from loanmath.codes import PROBLEM_TEXT, Problem
from loanmath.dates import date_of
from loanmath.money import Money, format_yuan

RULE = "worklist.rank"
_TEXT_LIMIT = 300
_COLOURS = ("", "蓝色", "黄色", "橙色", "红色")


class Matter(NamedTuple):
    """One matter of one loan, as `Matters` keeps them."""

    kind: int
    loan: int
    since: int
    amount: int
    colour: int
    detail: int


def matters_of(kept: Sequence[int]) -> list[Matter]:
    """The matters kept with a piece of work."""
    return [Matter(*row) for row in Matters.of(kept).as_rows.tolist()]


def why_first(matters: Sequence[Matter], today: int) -> str:
    """All matters in one line, the weightiest first; cut where a list would not show it."""
    told: list[str] = []
    for kind in Kind:
        of_kind = [matter for matter in matters if matter.kind == kind]
        if of_kind:
            told.append(_TOLD[kind](of_kind, today))
    text = ";".join(told)
    return text if len(text) <= _TEXT_LIMIT else text[: _TEXT_LIMIT - 1] + "…"


def reasons_of(
    matters: Sequence[Matter], points: WorkPoints, today: int, numbers: Mapping[int, str]
) -> list[Reason]:
    """The ranking with its parts, then each matter; `numbers` gives the loans' numbers by id."""
    return [
        _ranking(matters, points, today),
        *(_told(matter, points, today, numbers) for matter in matters),
    ]


def _ranking(matters: Sequence[Matter], points: WorkPoints, today: int) -> Reason:
    one = np.zeros(len(matters), np.int64)
    clients, _ = by_client(Matters.of([list(matter) for matter in matters]), one, today)
    names = {
        "colour": f"{_COLOURS[int(clients.colour[0])]}预警",
        "overdue": f"逾期{int(clients.days[0])}天",
        "grade_worse": "分类下调",
        "set_aside": "数据挂起",
        "coming": "临近到期",
        "amount": "涉及金额",
    }
    parts = {
        names[name]: int(worth[0]) for name, worth in points_of(clients, points).items() if worth[0]
    }
    summed = " + ".join(f"{name} {value}" for name, value in parts.items())
    total = sum(parts.values())
    return Reason(
        rule=RULE,
        version=points.version,
        says=f"排序得分 {total} = {summed}" if parts else "排序得分 0",
        clause="今日工作排序参数",
        evidence="PROPOSAL",
        inputs=dict(parts),
        rows=[],
    )


def _told(matter: Matter, points: WorkPoints, today: int, numbers: Mapping[int, str]) -> Reason:
    """One matter on its own, with the loan it is about."""
    inputs: dict[str, InputValue] = {
        "事由起始日": date_of(matter.since).isoformat(),
        "金额": f"{_yuan(matter.amount)}元",
    }
    kind = Kind(matter.kind)
    return Reason(
        rule=f"worklist.{kind.name.lower()}",
        version=points.version,
        says=_TOLD[kind]([matter], today),
        clause="今日工作排序参数",
        evidence="PROPOSAL",
        inputs=inputs,
        rows=_loan_row(matter, numbers),
    )


def _loan_row(matter: Matter, numbers: Mapping[int, str]) -> list[SourceRow]:
    """The loan that a matter is about; none for one of the client as a whole."""
    if matter.loan == WHOLE_CLIENT:
        return []
    return [SourceRow(table="loan_book.loan", id=numbers[matter.loan])]


def _overdue(matters: Sequence[Matter], today: int) -> str:
    days = max(today - matter.since + 1 for matter in matters)
    owed = _yuan(sum(matter.amount for matter in matters))
    if len(matters) == 1:
        return f"逾期 {days} 天,本息 {owed} 元未还"
    return f"{len(matters)} 笔逾期,最长 {days} 天,本息合计 {owed} 元未还"


def _signal(matters: Sequence[Matter], _today: int) -> str:
    named = dict.fromkeys(f"{signal_title(m.detail)}({_COLOURS[m.colour][0]})" for m in matters)
    return "预警:" + "、".join(named)


def _grade_worse(matters: Sequence[Matter], _today: int) -> str:
    pairs = (divmod(matter.detail, 10) for matter in matters)
    return "、".join(
        dict.fromkeys(f"分类由{GRADE_NAMES[was]}下调为{GRADE_NAMES[now]}" for now, was in pairs)
    )


def _instalment(matters: Sequence[Matter], _today: int) -> str:
    first, total = _first_and_total(matters)
    return f"{first}应还 {total} 元,近一年曾延迟还款"


def _maturity(matters: Sequence[Matter], _today: int) -> str:
    first, total = _first_and_total(matters)
    return f"{first}贷款到期,本金 {total} 元"


def _first_and_total(matters: Sequence[Matter]) -> tuple[str, str]:
    date = date_of(min(matter.detail for matter in matters))
    return f"{date.month}月{date.day}日", _yuan(sum(matter.amount for matter in matters))


_CASE_STEPS = {
    CaseStep.ACKNOWLEDGE: "待签收",
    CaseStep.PLAN: "待定方案",
    CaseStep.WORK: "处置中",
    CaseStep.RELEASE: "已核实,待提请解除",
    CaseStep.RELEASE_GONE: "信号已消失,待解除",
}


def _case(matters: Sequence[Matter], today: int) -> str:
    """Where the client's case stands and until when its next step is due."""
    step, due = divmod(matters[0].detail, CASE_STEP)
    date = date_of(due)
    late = f",已超期 {today - due} 天" if due < today else f",{date.month}月{date.day}日前"
    return f"预警处置({_COLOURS[matters[0].colour]}):{_CASE_STEPS[CaseStep(step)]}{late}"


def _set_aside(matters: Sequence[Matter], _today: int) -> str:
    problems = dict.fromkeys(PROBLEM_TEXT[Problem(matter.detail)] for matter in matters)
    return f"{len(matters)} 笔借据数据有误、无法计算:" + "、".join(problems)


def _not_reset(matters: Sequence[Matter], _today: int) -> str:
    reasons = dict.fromkeys(str(ResetOutcome(matter.detail).label) for matter in matters)
    return f"{len(matters)} 笔浮动利率借据" + "、".join(reasons)


def _rate_changed(matters: Sequence[Matter], _today: int) -> str:
    date = date_of(min(matter.detail for matter in matters))
    return f"{date.month}月{date.day}日起利率已调整({len(matters)} 笔)"


def _reset_coming(matters: Sequence[Matter], _today: int) -> str:
    date = date_of(min(matter.detail for matter in matters))
    return f"{date.month}月{date.day}日重定价({len(matters)} 笔)"


_TOLD: Mapping[Kind, Callable[[Sequence[Matter], int], str]] = {
    Kind.OVERDUE: _overdue,
    Kind.SIGNAL: _signal,
    Kind.GRADE_WORSE: _grade_worse,
    Kind.INSTALMENT: _instalment,
    Kind.MATURITY: _maturity,
    Kind.SET_ASIDE: _set_aside,
    Kind.NOT_RESET: _not_reset,
    Kind.RATE_CHANGED: _rate_changed,
    Kind.RESET_COMING: _reset_coming,
    Kind.CASE: _case,
}


def _yuan(amount: int) -> str:
    return format_yuan(Money(amount))
