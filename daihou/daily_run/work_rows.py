"""The daily step of the worklist: open, renew and drop the clients' rows, all at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import psycopg

from daihou.daily_run.matters import ClientMatters, client_matters
from daihou.daily_run.worklist import Calendar, Kind, Work, WorkPoints, work_of
from daihou.early_warning.facts import loan_numbers
from daihou.policy.queries import (
    CalendarGap,
    ParametersOnDay,
    RollRule,
    WorkingDays,
    working_days,
)
from daihou.servicing.book_on_day import BookOnDay, StepResult
from daihou.staff.choices import Role
from daihou.storage.text_rows import NULL, copy_json, copy_text, write_lines
from loanmath.dates import date_of, day_number

_HOURS_A_DAY = 24
_COLUMNS = (
    "customer_id", "branch_id", "officer_id", "due_on", "rank_score", "task", "why_first",
    "amount", "reasons",
)  # fmt: skip
_STILL_TO_DO = "status IN ('open', 'deferred')"


def write_worklist(
    book: BookOnDay, cursor: psycopg.Cursor, parameters: ParametersOnDay
) -> StepResult:
    """Leave one open row for each client who asks for work today, and drop the others' rows.

    Runs inside the step's transaction. What an officer put off stays put off until its day; what
    an officer did is never touched. A row whose cause is gone lapses.
    """
    clients = client_matters(book, cursor, parameters)
    cursor.execute(
        "CREATE TEMP TABLE todays_work (customer_id bigint PRIMARY KEY, branch_id bigint,"
        " officer_id bigint, due_on date, rank_score bigint, task text, why_first text,"
        " amount bigint, reasons jsonb) ON COMMIT DROP"
    )
    lines = _lines(book, cursor, parameters, clients)
    asked = write_lines(cursor.connection, "todays_work", _COLUMNS, lines)
    # Both may have grown from nothing today; with guessed sizes the joins below go row by row.
    cursor.execute("ANALYZE todays_work")
    cursor.execute("ANALYZE daily_run_workitem")
    # A changed row is locked until the step is committed, and an officer who handles it waits. So
    # what changes is found first, and changed last.
    cursor.execute(_FIND_LAPSED)
    cursor.execute(_FIND_RENEWED, {"day": book.day})
    cursor.execute("ANALYZE lapsed_work, renewed_work")
    opened = _count(cursor, _OPEN, book.day)
    lapsed = _count(cursor, _LAPSE, book.day)
    renewed = _count(cursor, _RENEW, book.day)
    cursor.execute("DROP TABLE todays_work, lapsed_work, renewed_work")
    return StepResult(
        rows=lapsed + renewed + opened,
        figures={"待办户数": asked, "新增": opened, "更新": renewed, "消失": lapsed},
    )


# The day is a parameter; the reasons decide nothing, they are compared like the rest.
_FIND_LAPSED = f"""
    CREATE TEMP TABLE lapsed_work ON COMMIT DROP AS
    SELECT work.id FROM daily_run_workitem AS work
    WHERE {_STILL_TO_DO}
      AND NOT EXISTS (SELECT FROM todays_work AS t WHERE t.customer_id = work.customer_id)
    ORDER BY work.id
"""
_FIND_RENEWED = f"""
    CREATE TEMP TABLE renewed_work ON COMMIT DROP AS
    SELECT work.id, t.* FROM todays_work AS t, daily_run_workitem AS work
    WHERE t.customer_id = work.customer_id AND work.{_STILL_TO_DO}
      AND ((t.branch_id, t.officer_id, t.rank_score, least(work.due_on, t.due_on), t.task,
            t.why_first, t.amount, t.reasons)
           IS DISTINCT FROM
           (work.branch_id, work.officer_id, work.rank_score, work.due_on, work.task,
            work.why_first, work.amount, work.reasons)
           OR (work.status = 'deferred' AND work.deferred_until <= %(day)s))
    ORDER BY work.id
"""
# What an officer did since it was found stays: the state is looked at again.
_LAPSE = f"""
    UPDATE daily_run_workitem AS work SET status = 'lapsed', closed_on = %(day)s
    FROM lapsed_work AS t WHERE t.id = work.id AND work.{_STILL_TO_DO}
"""
_RENEW = f"""
    UPDATE daily_run_workitem AS work
    SET branch_id = t.branch_id, officer_id = t.officer_id, rank_score = t.rank_score,
        due_on = least(work.due_on, t.due_on), task = t.task, why_first = t.why_first,
        amount = t.amount, reasons = t.reasons,
        status = CASE WHEN work.deferred_until <= %(day)s THEN 'open' ELSE work.status END
    FROM renewed_work AS t
    WHERE t.id = work.id AND work.{_STILL_TO_DO}
"""
_OPEN = f"""
    INSERT INTO daily_run_workitem
        (customer_id, branch_id, officer_id, opened_on, due_on, rank_score, task, why_first,
         amount, reasons, status, outcome)
    SELECT customer_id, branch_id, officer_id, %(day)s, due_on, rank_score, task, why_first,
           amount, reasons, 'open', ''
    FROM todays_work AS t
    WHERE NOT EXISTS (SELECT FROM daily_run_workitem AS work
                      WHERE work.customer_id = t.customer_id AND {_STILL_TO_DO})
    ORDER BY customer_id
    ON CONFLICT (customer_id, opened_on) DO UPDATE
    SET status = 'open', closed_on = NULL, due_on = excluded.due_on, task = excluded.task,
        rank_score = excluded.rank_score, why_first = excluded.why_first,
        amount = excluded.amount, reasons = excluded.reasons
"""


def _count(cursor: psycopg.Cursor, statement: str, day: dt.date) -> int:
    # The audit trigger joins the old rows to the new ones. Its plan, kept from a statement that
    # changed a handful, would go through thousands pair by pair (37 s instead of a fraction).
    cursor.execute("DISCARD PLANS")
    cursor.execute(statement, {"day": day})
    return cursor.rowcount


def _lines(
    book: BookOnDay,
    cursor: psycopg.Cursor,
    parameters: ParametersOnDay,
    clients: Sequence[ClientMatters],
) -> Iterator[str]:
    """Each client's row, as a line for COPY; all that is read is read before the first line."""
    places = {matter.place for client in clients for matter in client.matters}
    numbers = loan_numbers(book, cursor.connection, np.array(sorted(places), np.intp))
    points, calendar = work_points(parameters), calendar_on(book.day, known_working_days())
    post_loan = _post_loan_officers(cursor)

    def line(client: ClientMatters) -> str:
        work = work_of(client.matters, points, calendar, done_on=client.done_on, numbers=numbers)
        return _line(book, client, work, post_loan)

    return map(line, clients)


def _line(book: BookOnDay, client: ClientMatters, work: Work, post_loan: dict[int, int]) -> str:
    place = client.place
    branch = int(book.loans["branch_id"][place])
    officer = int(book.loans["officer_id"][place])
    if all(matter.kind is Kind.SET_ASIDE for matter in client.matters):
        officer = post_loan.get(branch, officer)
    due_on = date_of(work.due_on).isoformat()
    return (
        f"{book.loans['customer_id'][place]}\t{branch}\t{officer or NULL}\t{due_on}"
        f"\t{work.rank_score}\t{copy_text(work.task)}\t{copy_text(work.why_first)}"
        f"\t{work.amount}\t{copy_json(work.reasons)}"
    )


def _post_loan_officers(cursor: psycopg.Cursor) -> dict[int, int]:
    """The 贷后岗 of each branch who mends bad data: the first by staff number."""
    cursor.execute(
        "SELECT DISTINCT ON (branch_id) branch_id, id FROM staff_officer"
        " WHERE is_active AND branch_id IS NOT NULL AND %s = ANY(roles)"
        " ORDER BY branch_id, username",
        (Role.POST_LOAN_OFFICER.value,),
    )
    return dict(cursor.fetchall())


def work_points(parameters: ParametersOnDay) -> WorkPoints:
    """Take what the ranking needs out of the parameters of a day.

    Times to act by colour are given in hours for 红 and 橙; they become working days, since staff
    act on working days.
    """
    hours = [parameters.whole(f"deadline.{c}.acknowledge") for c in ("orange", "red")]
    urgent = tuple(-(-each // _HOURS_A_DAY) for each in hours)
    return WorkPoints(
        colour_points=parameters.wholes("worklist.colour_points"),
        overdue_from=parameters.wholes("worklist.overdue_from"),
        overdue_points=parameters.wholes("worklist.overdue_points"),
        amount_from=parameters.wholes("worklist.amount_from"),
        amount_points=parameters.wholes("worklist.amount_points"),
        grade_worse_points=parameters.whole("worklist.grade_worse_points"),
        set_aside_points=parameters.whole("worklist.set_aside_points"),
        coming_points=parameters.whole("worklist.coming_points"),
        within={
            Kind.OVERDUE: parameters.whole("worklist.first_contact"),
            Kind.GRADE_WORSE: parameters.whole("worklist.grade_worse_within"),
            Kind.MATURITY: parameters.whole("worklist.maturity_within"),
            Kind.SET_ASIDE: parameters.whole("worklist.set_aside_within"),
        },
        within_colour=(
            parameters.whole("deadline.blue.note"),
            parameters.whole("deadline.yellow.acknowledge"),
            *urgent,
        ),
        version=parameters["worklist.colour_points"].version_text,
    )


def calendar_on(today: dt.date, known: WorkingDays | None) -> Calendar:
    """Working days around the business date; Monday to Friday where the calendar has a gap.

    A year that nobody entered must not stop the day's work.
    """

    @cache
    def after(count: int) -> int:
        try:
            if known is not None:
                return day_number(known.after(today, count))
        except CalendarGap:
            pass
        day = today
        for _ in range(count):
            day = _next_weekday(day)
        return day_number(day)

    @cache
    def before(due: int) -> int:
        day = _last_working_day(date_of(due - 1), known)
        return day_number(day) if day > today else after(1)

    return Calendar(day_number(today), after, before)


def known_working_days() -> WorkingDays | None:
    """The calendar as entered; None when nothing was entered at all."""
    try:
        return working_days()
    except CalendarGap:
        return None


def _last_working_day(day: dt.date, known: WorkingDays | None) -> dt.date:
    """The day itself if it is a working day, else the one before."""
    try:
        if known is not None:
            return known.roll(day, RollRule.PRECEDING)
    except CalendarGap:
        pass
    return day - dt.timedelta(days=max(0, day.weekday() - 4))


def _next_weekday(day: dt.date) -> dt.date:
    """The next day from Monday to Friday."""
    following = day + dt.timedelta(days=1)
    while following.weekday() >= 5:
        following += dt.timedelta(days=1)
    return following
