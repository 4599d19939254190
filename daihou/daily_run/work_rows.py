"""The daily step of the worklist: open, renew and drop the clients' rows, all at once."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import numpy.typing as npt
import psycopg

from daihou.daily_run.matters import matters_today
from daihou.daily_run.worklist import (
    Calendar,
    Clients,
    Kind,
    WorkPoints,
    by_client,
    due_days,
    rank_scores,
    tasks_of,
)
from daihou.policy.queries import (
    CalendarGap,
    ParametersOnDay,
    RollRule,
    WorkingDays,
    working_days,
)
from daihou.servicing.book_on_day import BookOnDay, StepResult
from daihou.staff.choices import Role
from daihou.storage.packed_columns import Written, WrittenLists, write_columns
from loanmath.dates import date_of, day_number

_HOURS_A_DAY = 24
_STILL_TO_DO = "status IN ('open', 'deferred')"


def write_worklist(
    book: BookOnDay, cursor: psycopg.Cursor, parameters: ParametersOnDay
) -> StepResult:
    """Leave one open row for each client who asks for work today, and drop the others' rows.

    Runs inside the step's transaction. What an officer put off stays put off until its day; what
    an officer did is never touched. A row whose cause is gone lapses.
    """
    matters, customer, done_on = matters_today(book, cursor.connection, parameters)
    clients, customers = by_client(matters, customer, day_number(book.day))
    last_done = done_on[np.unique(customer, return_index=True)[1]]
    cursor.execute(
        "CREATE TEMP TABLE todays_work (customer_id bigint PRIMARY KEY, branch_id bigint,"
        " officer_id bigint, due_on date, rank_score bigint, task smallint, amount bigint,"
        " matters bigint[]) ON COMMIT DROP"
    )
    asked = write_columns(
        cursor.connection,
        "todays_work",
        {
            "customer_id": Written(customers, "int8"),
            **_who(book, cursor, clients, customers),
            **_what(clients, last_done, parameters, book.day),
        },
    )
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
            t.amount, t.matters)
           IS DISTINCT FROM
           (work.branch_id, work.officer_id, work.rank_score, work.due_on, work.task,
            work.amount, work.matters)
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
        due_on = least(work.due_on, t.due_on), task = t.task, amount = t.amount,
        matters = t.matters,
        status = CASE WHEN work.deferred_until <= %(day)s THEN 'open' ELSE work.status END
    FROM renewed_work AS t
    WHERE t.id = work.id AND work.{_STILL_TO_DO}
"""
_OPEN = f"""
    INSERT INTO daily_run_workitem
        (customer_id, branch_id, officer_id, opened_on, due_on, rank_score, task, amount, matters,
         status, outcome)
    SELECT customer_id, branch_id, officer_id, %(day)s, due_on, rank_score, task, amount, matters,
           'open', ''
    FROM todays_work AS t
    WHERE NOT EXISTS (SELECT FROM daily_run_workitem AS work
                      WHERE work.customer_id = t.customer_id AND {_STILL_TO_DO})
    ORDER BY customer_id
    ON CONFLICT (customer_id, opened_on) DO UPDATE
    SET status = 'open', closed_on = NULL, due_on = excluded.due_on, task = excluded.task,
        rank_score = excluded.rank_score, amount = excluded.amount, matters = excluded.matters
"""


def _count(cursor: psycopg.Cursor, statement: str, day: dt.date) -> int:
    cursor.execute(statement, {"day": day})
    return cursor.rowcount


def _who(
    book: BookOnDay, cursor: psycopg.Cursor, clients: Clients, customers: npt.NDArray[np.int64]
) -> dict[str, Written]:
    """Where the client is managed, and by whom; bad data alone goes to the branch's 贷后岗."""
    place = np.searchsorted(book.loans["customer_id"], customers)
    branch, officer = book.loans["branch_id"][place], book.loans["officer_id"][place]
    only_data = clients.only(Kind.SET_ASIDE)
    for of_branch, post_loan in _post_loan_officers(cursor).items():
        officer = np.where(only_data & (branch == of_branch), post_loan, officer)
    return {
        "branch_id": Written(branch, "int8"),
        "officer_id": Written(officer, "int8", nothing=0),
    }


def _what(
    clients: Clients, done_on: npt.NDArray[np.int64], parameters: ParametersOnDay, today: dt.date
) -> dict[str, Written | WrittenLists]:
    """What to do, until when, and by what the row stands."""
    points, calendar = work_points(parameters), calendar_on(today, known_working_days())
    rows = clients.matters.as_rows
    return {
        "due_on": Written(due_days(clients, points, calendar), "date"),
        "rank_score": Written(rank_scores(clients, points), "int8"),
        "task": Written(tasks_of(clients, done_on), "int2"),
        "amount": Written(clients.amount, "int8"),
        "matters": WrittenLists(rows.ravel(), clients.sizes * rows.shape[1]),
    }


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
            Kind.NOT_RESET: parameters.whole("worklist.set_aside_within"),
            Kind.RATE_CHANGED: parameters.whole("worklist.reset_within"),
            Kind.RESET_COMING: parameters.whole("worklist.reset_within"),
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
