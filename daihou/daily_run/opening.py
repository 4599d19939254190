"""Opening and closing the business day, and counting what came in since the last one."""

from __future__ import annotations

from typing import Any

from daihou.daily_run.business_day import RunDay
from daihou.daily_run.choices import DayStatus
from daihou.daily_run.models import BusinessDay, SetAside
from daihou.policy.queries import parameters_on
from daihou.servicing.book_on_day import StepResult
from daihou.servicing.marks import BookMarks
from daihou.servicing.proposals import adopt_prepayments, expire
from loanmath.compiled import KERNEL_VERSION


def open_day(run_day: RunDay) -> StepResult:
    """Open the business day with the parameters that count for it.

    Before that, plans are adopted whose approved prepayment is in, and proposals lapse whose day
    is over: the day then sees what they wrote.
    """
    adopted, lapsed = adopt_prepayments(run_day.day), expire(run_day.day)
    inputs = {
        "parameters": dict(parameters_on(run_day.day).versions),
        "kernel": KERNEL_VERSION,
    }
    BusinessDay.objects.create(day=run_day.day, status=DayStatus.RUNNING, inputs=inputs)
    figures = {"执行提前还款后计划": adopted, "条款变更申请失效": lapsed}
    return StepResult(rows=1, figures={name: count for name, count in figures.items() if count})


def take_in_feeds(run_day: RunDay) -> StepResult:
    """Pin the rows of the book that the day sees, and count what came since the last closed day."""
    run_day.pin()
    now, before = run_day.marks, _marks_before(run_day)
    row = run_day.connection.execute(
        "SELECT (SELECT count(*) FROM loan_book_loan WHERE id > %s AND id <= %s),"
        " (SELECT count(*) FROM loan_book_planversion WHERE id > %s AND id <= %s),"
        " (SELECT count(*) FROM ledger_ledgerentry WHERE id > %s AND id <= %s)",
        (before.loan, now.loan, before.plan, now.plan, before.entry, now.entry),
    ).fetchone()
    assert row is not None
    loans, plans, entries = row
    figures: dict[str, Any] = {"新增借据": loans, "新增还款计划": plans, "新增流水": entries}
    if now.changes != before.changes:
        figures["更正与撤销"] = now.changes - before.changes
    return StepResult(rows=loans + plans + entries, figures=figures)


def close_day(run_day: RunDay) -> StepResult:
    """Close the business day; from here on nothing of it is computed again."""
    set_aside = SetAside.objects.filter(until=None).count()
    closed = BusinessDay.objects.filter(day=run_day.day, status=DayStatus.RUNNING)
    with run_day.cursor as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now = cursor.fetchone()
    assert now is not None
    if closed.update(status=DayStatus.CLOSED, closed_at=now[0]) != 1:
        raise RuntimeError(f"营业日 {run_day.day} 已被他人关闭")
    return StepResult(rows=1, figures={"挂起借据": set_aside})


def _marks_before(run_day: RunDay) -> BookMarks:
    last = BusinessDay.objects.filter(day__lt=run_day.day, status=DayStatus.CLOSED).first()
    return BookMarks(**last.inputs["marks"]) if last else BookMarks()
