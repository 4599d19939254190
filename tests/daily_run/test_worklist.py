"""The ranking of the work against the tables of `待办.md`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daihou.classification.codes import GRADE_NAMES
from daihou.daily_run.choices import Task
from daihou.daily_run.telling import matters_of, reasons_of, why_first
from daihou.daily_run.work_rows import calendar_on, work_points
from daihou.daily_run.worklist import (
    CASE_STEP,
    POINTS_STEP,
    WHOLE_CLIENT,
    CaseStep,
    Kind,
    Matters,
    by_client,
    due_days,
    rank_scores,
    tasks_of,
)
from daihou.policy.queries import WorkingDays
from daihou.policy.reasons import Reason
from daihou.servicing.choices import ResetOutcome
from loanmath.codes import PROBLEM_TEXT, Problem
from loanmath.dates import NO_DATE, date_of, day_number
from loanmath.money import yuan
from tests.shipped import shipped_parameters
from tests.story_tables import Row, tables_of

TABLES = tables_of(Path(__file__).with_name("待办.md"))
POINTS = work_points(shipped_parameters())
TODAY = dt.date(2026, 9, 30)
KINDS = {
    "逾期": Kind.OVERDUE,
    "预警": Kind.SIGNAL,
    "下调": Kind.GRADE_WORSE,
    "大额还款": Kind.INSTALMENT,
    "贷款到期": Kind.MATURITY,
    "挂起": Kind.SET_ASIDE,
    "未重定价": Kind.NOT_RESET,
    "利率已调整": Kind.RATE_CHANGED,
    "将重定价": Kind.RESET_COMING,
    "处置": Kind.CASE,
}
STEPS = {
    "待签收": CaseStep.ACKNOWLEDGE,
    "待定方案": CaseStep.PLAN,
    "处置中": CaseStep.WORK,
    "待解除": CaseStep.RELEASE,
    "信号已消失": CaseStep.RELEASE_GONE,
}
COLOURS = ("", "蓝", "黄", "橙", "红")
OCTOBER = [1, 2, 3, 4, 5, 6, 7, 11, 17, 18, 24, 25, 31]  # days off
WORKING = WorkingDays(
    TODAY,
    dt.date(2026, 10, 31),
    (TODAY, *(dt.date(2026, 10, day) for day in range(1, 32) if day not in OCTOBER)),
)


@dataclass(frozen=True)
class Work:
    """What the list says about one client."""

    due_on: dt.date
    rank_score: int
    task: str
    why_first: str
    reasons: list[Reason]


def row_of(row: Row) -> list[int]:
    today = day_number(TODAY)
    return [
        KINDS[row["事由"]],
        int(row["借据"]),
        today + int(row["起始"]),
        yuan(row["金额"]),
        COLOURS.index(row.get("颜色", "")),
        _detail(row, today),
    ]


def _detail(row: Row, today: int) -> int:
    words = row["说明"]
    if row["事由"] == "预警":
        return int(words.split()[0])
    if row["事由"] == "下调":
        was, now = (GRADE_NAMES.index(name) for name in words.split("下调为"))
        return now * 10 + was
    if row["事由"] == "挂起":
        return next(problem for problem, text in PROBLEM_TEXT.items() if text == words)
    if row["事由"] == "未重定价":
        return next(one for one in ResetOutcome if one.label == words)
    if row["事由"] == "处置":
        return STEPS[words] * CASE_STEP + today + int(row["到期"])
    return today + int(row["到期"]) if row.get("到期") else 0


def work_of(rows: list[list[int]], done_on: int = NO_DATE) -> Work:
    today = day_number(TODAY)
    one = np.zeros(len(rows), np.int64)
    clients, _ = by_client(Matters.of(rows), one, today)
    kept = matters_of(clients.matters.as_rows.ravel())
    return Work(
        due_on=date_of(int(due_days(clients, POINTS, calendar_on(TODAY, WORKING))[0])),
        rank_score=int(rank_scores(clients, POINTS)[0]),
        task=Task(int(tasks_of(clients, np.array([done_on]))[0])).label,
        why_first=why_first(kept, today),
        reasons=reasons_of(kept, POINTS, today, {1: "J1", 2: "J2"}),
    )


def work_of_rows(rows: list[Row]) -> Work:
    last = rows[0]["上次办结"]
    done_on = day_number(TODAY) + int(last) if last else NO_DATE
    return work_of([row_of(row) for row in rows], done_on)


@pytest.mark.parametrize("heading", TABLES)
def test_every_client_of_the_table(heading: str) -> None:
    clients: dict[str, list[Row]] = {}
    for row in TABLES[heading]:
        clients.setdefault(row["客户"], []).append(row)
    for rows in clients.values():
        work, told = work_of_rows(rows), rows[0]
        assert work.why_first == told["为什么先做"]
        assert work.task == told["做什么"]
        assert work.rank_score // POINTS_STEP == int(told["得分"]), work.reasons[0]["says"]
        assert work.due_on.strftime("%m-%d") == told["期限"], told


def test_the_tables_show_every_kind_of_matter() -> None:
    told = {KINDS[row["事由"]] for rows in TABLES.values() for row in rows}
    assert told == set(Kind)


def test_the_score_explains_itself() -> None:
    work = work_of_rows(TABLES["预警与分类"][:3])
    ranking, *matters = work.reasons
    assert ranking["says"] == "排序得分 990 = 红色预警 500 + 逾期91天 400 + 涉及金额 90"
    assert sum(ranking["inputs"].values()) == work.rank_score // POINTS_STEP
    assert [m["rule"] for m in matters] == [
        "worklist.overdue", "worklist.signal", "worklist.signal",
    ]  # fmt: skip
    assert matters[0]["rows"] == [{"table": "loan_book.loan", "id": "J1"}]


def test_a_matter_of_the_whole_client_puts_all_at_stake_and_counts_no_loan_twice() -> None:
    whole = [Kind.SIGNAL, WHOLE_CLIENT, day_number(TODAY) - 2, yuan("90000"), 3, 23]
    late = [Kind.OVERDUE, 1, day_number(TODAY) - 2, yuan("60000"), 0, 0]
    work = work_of([late, whole])
    assert work.rank_score % POINTS_STEP == 90
    assert "23 存款、结算量大幅下降" in work.why_first
    assert [reason["rows"] for reason in work.reasons[1:]] == [
        [{"table": "loan_book.loan", "id": "J1"}], [],
    ]  # fmt: skip


def test_equal_points_go_by_amount() -> None:
    small, large = (
        work_of_rows([{**TABLES["逾期"][0], "金额": amount}]) for amount in ("2000", "9000")
    )
    assert small.rank_score // POINTS_STEP == large.rank_score // POINTS_STEP
    assert small.rank_score < large.rank_score


def test_a_missing_year_in_the_calendar_does_not_stop_the_work() -> None:
    for known in (None, WorkingDays(TODAY, TODAY, (TODAY,))):
        calendar = calendar_on(TODAY, known)
        assert date_of(calendar.after(3)) == dt.date(2026, 10, 5)  # over the weekend
        assert date_of(calendar.before(day_number(dt.date(2026, 10, 5)))) == dt.date(2026, 10, 2)


def _matter(kind: Kind, loan: int, since: int, amount: int, colour: int, rule: int) -> list[int]:
    today = day_number(TODAY)
    details = {
        Kind.OVERDUE: 0,
        Kind.SIGNAL: rule,
        Kind.GRADE_WORSE: 32,
        Kind.INSTALMENT: today + 3,
        Kind.MATURITY: today + 20,
        Kind.SET_ASIDE: Problem.NO_PLAN,
        Kind.NOT_RESET: ResetOutcome.NO_QUOTE,
        Kind.RATE_CHANGED: today - 1,
        Kind.RESET_COMING: today + 9,
        Kind.CASE: CaseStep.PLAN * CASE_STEP + today + 2,
    }
    colour = colour if kind in (Kind.SIGNAL, Kind.CASE) else 0
    return [kind, loan, today - since, amount, colour, details[kind]]


matters = st.lists(
    st.builds(
        _matter,
        kind=st.sampled_from(Kind),
        loan=st.integers(1, 2),
        since=st.integers(0, 700),
        amount=st.integers(0, 10**13),
        colour=st.integers(1, 4),
        rule=st.integers(53, 60),
    ),
    min_size=1,
    max_size=12,
)


@given(matters, st.randoms(use_true_random=False))
def test_any_client_gets_a_row_that_fits_and_does_not_depend_on_order(
    drawn: list[list[int]], random: object
) -> None:
    first = work_of(drawn)
    random.shuffle(drawn)
    again = work_of(drawn)
    assert first == again
    assert 0 < len(first.why_first) <= 300
    assert first.rank_score >= 0 and first.due_on > TODAY


@given(st.lists(matters, min_size=1, max_size=6))
def test_one_client_alone_is_ranked_as_among_all(drawn: list[list[list[int]]]) -> None:
    """The screen asks about one client; the daily run about all: the answer is the same."""
    today = day_number(TODAY)
    rows = [row for client in drawn for row in client]
    customer = np.repeat(np.arange(len(drawn)), [len(client) for client in drawn])
    clients, customers = by_client(Matters.of(rows), customer, today)
    assert customers.tolist() == list(range(len(drawn)))
    alone = [work_of(client) for client in drawn]
    assert rank_scores(clients, POINTS).tolist() == [one.rank_score for one in alone]
    due = due_days(clients, POINTS, calendar_on(TODAY, WORKING))
    assert [date_of(day) for day in due.tolist()] == [one.due_on for one in alone]
    never = np.full(len(drawn), NO_DATE)
    assert [Task(task).label for task in tasks_of(clients, never)] == [one.task for one in alone]
