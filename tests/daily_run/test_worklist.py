"""The ranking of the work against the tables of `待办.md`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daihou.daily_run.work_rows import calendar_on, work_points
from daihou.daily_run.worklist import POINTS_STEP, Kind, Matter, Work, work_of
from daihou.policy.queries import WorkingDays
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
}
COLOURS = ("", "蓝", "黄", "橙", "红")
OCTOBER = [1, 2, 3, 4, 5, 6, 7, 11, 17, 18, 24, 25, 31]  # days off
WORKING = WorkingDays(
    TODAY,
    dt.date(2026, 10, 31),
    (TODAY, *(dt.date(2026, 10, day) for day in range(1, 32) if day not in OCTOBER)),
)


def matter_of(row: Row) -> Matter:
    today = day_number(TODAY)
    return Matter(
        kind=KINDS[row["事由"]],
        place=int(row["借据"]),
        since=today + int(row["起始"]),
        amount=yuan(row["金额"]),
        days=int(row["逾期天数"] or 0),
        colour=COLOURS.index(row.get("颜色", "")),
        due_date=today + int(row["到期"]) if row.get("到期") else 0,
        words=row["说明"],
    )


def work_of_rows(rows: list[Row]) -> Work:
    last = rows[0]["上次办结"]
    return work_of(
        [matter_of(row) for row in rows],
        POINTS,
        calendar_on(TODAY, WORKING),
        done_on=day_number(TODAY) + int(last) if last else NO_DATE,
        numbers={1: "J1", 2: "J2"},
    )


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
        assert date_of(work.due_on).strftime("%m-%d") == told["期限"], told


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


matters = st.lists(
    st.builds(
        Matter,
        kind=st.sampled_from(Kind),
        place=st.integers(1, 2),
        since=st.integers(20_000, 20_700),
        amount=st.integers(0, 10**13),
        days=st.integers(0, 400),
        colour=st.integers(1, 4),
        due_date=st.just(day_number(TODAY) + 3),
        words=st.sampled_from(("53 出现逾期", "正常下调为关注", "数据缺失" * 40)),
    ),
    min_size=1,
    max_size=12,
)


@given(matters, st.randoms(use_true_random=False))
def test_any_client_gets_a_row_that_fits_and_does_not_depend_on_order(
    drawn: list[Matter], random: object
) -> None:
    def work(of: list[Matter]) -> Work:
        calendar = calendar_on(TODAY, WORKING)
        return work_of(of, POINTS, calendar, done_on=NO_DATE, numbers={1: "J1", 2: "J2"})

    first = work(drawn)
    random.shuffle(drawn)
    again = work(drawn)
    assert (first.rank_score, first.task, first.due_on) == (
        again.rank_score, again.task, again.due_on,
    )  # fmt: skip
    assert len(first.task) <= 100 and 0 < len(first.why_first) <= 300
    assert first.rank_score >= 0 and date_of(first.due_on) > TODAY
