"""The daily step of the cases: open, add signals, mark what ceased, escalate, watch. All at once.

Every statement goes over the rows that the day changed, or over the open cases; nothing goes row
by row. Done again on the same day it writes nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg

from daihou.early_warning.cases.choices import OPEN_STATES, CaseState, StepKind, WatchReason
from daihou.early_warning.cases.limits import case_limits, days_after
from daihou.early_warning.cases.rules import (
    COLOURS,
    CaseLimits,
    acknowledge_days,
    plan_days,
)
from daihou.policy.queries import ParametersOnDay
from daihou.servicing.book_on_day import StepResult
from daihou.staff.choices import Role

_MANY = 10_000  # rows after which a table's statistics are renewed, else plans are made from before
_OPEN = f"state IN ({', '.join(str(state.value) for state in OPEN_STATES)})"


def follow_signals(cursor: psycopg.Cursor, day: dt.date, parameters: ParametersOnDay) -> StepResult:
    """Carry what the signals of the day mean into the cases. Runs inside the step's transaction."""
    limits = case_limits(parameters)
    values = _values(cursor, day, limits)
    cursor.execute(_NEW_SIGNALS, values)
    tables = "new_signal, early_warning_signal" if cursor.rowcount > _MANY else "new_signal"
    cursor.execute(f"ANALYZE {tables}".encode())
    figures = {}
    for name, statement, grown in (
        ("新立案", _OPEN_CASES, "early_warning_signalcase"),
        ("升色", _RAISE, ""),
        ("并入信号", _JOIN, "early_warning_casesignal"),
        ("退回处置", _REOPEN, ""),
        ("信号全部消失", _GONE, ""),
        ("信号重现", _RETURNED, ""),
        ("超期上报", _ESCALATE, ""),
        ("列入观察名单", _WATCH, ""),
        ("符合移出条件", _MAY_LEAVE, ""),
        ("不再符合移出条件", _MAY_NOT_LEAVE, ""),
    ):
        figures[name] = _count(cursor, statement, values)
        if grown and figures[name] > _MANY:
            cursor.execute(f"ANALYZE {grown}".encode())
    cursor.execute("DROP TABLE new_signal")
    return StepResult(rows=sum(figures.values()), figures=figures)


def _count(cursor: psycopg.Cursor, statement: str, values: dict[str, Any]) -> int:
    cursor.execute(statement, values)
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def _values(cursor: psycopg.Cursor, day: dt.date, limits: CaseLimits) -> dict[str, Any]:
    after = days_after(day)
    acknowledge, plan = acknowledge_days(limits, day, after), plan_days(limits, day, after)
    line = post_loan_line(cursor)
    return {
        "day": day,
        "acknowledge": [acknowledge[colour] for colour in COLOURS],
        "plan": [plan[colour] for colour in COLOURS],
        "post_loan_owns": [limits.post_loan_owns[colour] for colour in COLOURS],
        "branches": list(line),
        "post_loan": list(line.values()),
        "verify": after(limits.verify_within),
        "every": max(limits.escalate_every, 1),
        "times": limits.repeat_times,
        "window": limits.repeat_window,
        "watch_from": limits.watch_from,
        "quiet": limits.watch_quiet,
    }


def post_loan_line(cursor: psycopg.Cursor) -> dict[int, int | None]:
    """Who answers for cases at each branch: its first 贷后岗, else that of the branch above it."""
    cursor.execute(
        "SELECT b.id, b.parent_id, (SELECT o.id FROM staff_officer AS o"
        " WHERE o.branch_id = b.id AND o.is_active AND %s = ANY(o.roles)"
        " ORDER BY o.username LIMIT 1) FROM staff_branch AS b ORDER BY b.path",
        (Role.POST_LOAN_OFFICER.value,),
    )
    found: dict[int, int | None] = {}
    for branch, parent, officer in cursor.fetchall():  # those above come first
        found[branch] = officer or found.get(parent)
    return found


# A signal that only fell to a lower level goes on with what a case has dealt with: it opens none.
_NEW_SIGNALS = """
    CREATE TEMP TABLE new_signal ON COMMIT DROP AS
    SELECT s.id, s.customer_id, s.rule, s.colour,
           s.level > s.previous_level OR NOT EXISTS (
               SELECT FROM early_warning_signal AS earlier
               JOIN early_warning_casesignal AS held ON held.signal_id = earlier.id
               WHERE earlier.customer_id = s.customer_id AND earlier.rule = s.rule
                 AND earlier.loan_id IS NOT DISTINCT FROM s.loan_id
                 AND earlier.ceased_on = s.first_seen_on) AS opens
    FROM early_warning_signal AS s
    WHERE s.id > coalesce((SELECT max(signal_id) FROM early_warning_casesignal), 0)
      AND s.first_seen_on <= %(day)s AND s.ceased_on IS NULL
"""

# Steps are kept by every statement as it goes: `{kind}` with how the case stands after it.
_STEP = (
    "INSERT INTO early_warning_casestep (case_id, taken_on, kind, state, colour, due_on, number)"
    " SELECT id, %(day)s, '{kind}', state, colour, due_on, {number} FROM {changed} ORDER BY id"
)


def _with_step(change: str, kind: StepKind, number: str = "0") -> str:
    """A change of cases that keeps a step for each, and counts them."""
    step = _STEP.format(kind=kind.value, number=number, changed="changed")
    return f"WITH changed AS ({change}), step AS ({step}) SELECT count(*) FROM changed"


_RETURNING = "RETURNING c.id, c.state, c.colour, c.due_on"

_OPEN_CASES = _with_step(
    f"""
    INSERT INTO early_warning_signalcase AS c
        (customer_id, branch_id, owner_id, colour, opening_colour, repeats, is_raised, state,
         state_since, due_on, opened_on, acknowledge_by, plan_by, escalation, was_escalated, plan,
         outcome, conclusion)
    SELECT customer_id, branch_id,
           CASE WHEN (%(post_loan_owns)s::bool[])[colour] THEN coalesce(post_loan, officer_id)
                ELSE coalesce(officer_id, post_loan) END,
           colour, colour, repeats, colour > seen, {CaseState.NEW.value}, %(day)s,
           (%(acknowledge)s::date[])[colour], %(day)s, (%(acknowledge)s::date[])[colour],
           (%(plan)s::date[])[colour], 0, false, '', '', ''
    FROM (
        SELECT fresh.*, client.branch_id, officer.id AS officer_id, line.post_loan,
               earlier.repeats,
               least(fresh.seen + (earlier.repeats + 1 >= %(times)s)::int, 4)::smallint AS colour
        FROM (SELECT customer_id, max(colour)::smallint AS seen FROM new_signal
              GROUP BY customer_id HAVING bool_or(opens)) AS fresh
        JOIN loan_book_customer AS client ON client.id = fresh.customer_id
        LEFT JOIN staff_officer AS officer ON officer.id = client.officer_id AND officer.is_active
        LEFT JOIN unnest(%(branches)s::bigint[], %(post_loan)s::bigint[])
             AS line(branch, post_loan) ON line.branch = client.branch_id
        CROSS JOIN LATERAL (
            SELECT count(*)::smallint AS repeats FROM early_warning_signalcase AS past
            WHERE past.customer_id = fresh.customer_id
              AND past.state <> {CaseState.FALSE_ALARM.value}
              AND past.opened_on > %(day)s - %(window)s::int) AS earlier
        WHERE NOT EXISTS (SELECT FROM early_warning_signalcase AS open
                          WHERE open.customer_id = fresh.customer_id AND open.{_OPEN})
    ) AS asked
    ORDER BY customer_id
    {_RETURNING}, c.repeats
    """,
    StepKind.OPENED,
    "repeats",
)

_RAISE = _with_step(
    f"""
    UPDATE early_warning_signalcase AS c
    SET colour = fresh.colour,
        acknowledge_by = CASE WHEN c.acknowledged_on IS NULL
            THEN least(c.acknowledge_by, (%(acknowledge)s::date[])[fresh.colour])
            ELSE c.acknowledge_by END,
        plan_by = CASE WHEN c.planned_on IS NULL
            THEN least(c.plan_by, (%(plan)s::date[])[fresh.colour]) ELSE c.plan_by END,
        due_on = CASE c.state
            WHEN {CaseState.NEW.value}
                THEN least(c.due_on, (%(acknowledge)s::date[])[fresh.colour])
            WHEN {CaseState.ACKNOWLEDGED.value}
                THEN least(c.due_on, (%(plan)s::date[])[fresh.colour])
            ELSE c.due_on END
    FROM (SELECT was.id, was.colour AS colour_before, max(s.colour)::smallint AS colour
          FROM new_signal AS s
          JOIN early_warning_signalcase AS was ON was.customer_id = s.customer_id AND was.{_OPEN}
          WHERE was.opened_on < %(day)s
          GROUP BY was.id, was.colour HAVING max(s.colour) > was.colour) AS fresh
    WHERE c.id = fresh.id
    {_RETURNING}, fresh.colour_before
    """,
    StepKind.RAISED,
    "colour_before",
)

_JOIN = f"""
    WITH joined AS (
        INSERT INTO early_warning_casesignal (case_id, signal_id, rule, joined_on)
        SELECT c.id, s.id, s.rule, %(day)s FROM new_signal AS s
        JOIN early_warning_signalcase AS c ON c.customer_id = s.customer_id AND c.{_OPEN}
        ORDER BY s.id
        RETURNING case_id
    ), later AS (
        SELECT c.id, c.state, c.colour, c.due_on, count(*) AS signals
        FROM joined JOIN early_warning_signalcase AS c ON c.id = joined.case_id
        WHERE c.opened_on < %(day)s GROUP BY c.id
    ), step AS (
        {_STEP.format(kind=StepKind.JOINED.value, number="signals", changed="later")}
    )
    SELECT count(*) FROM joined
"""

# What was verified or waits for its signature is looked at again when something new shows.
_REOPEN = f"""
    WITH changed AS (
        UPDATE early_warning_signalcase AS c
        SET state = {CaseState.HANDLING.value}, state_since = %(day)s, due_on = %(verify)s,
            verified_on = NULL, escalation = 0, escalated_to_id = NULL
        WHERE c.state IN ({CaseState.VERIFIED.value}, {CaseState.PROPOSED.value})
          AND c.opened_on < %(day)s
          AND EXISTS (SELECT FROM new_signal AS s WHERE s.customer_id = c.customer_id AND s.opens)
        {_RETURNING}
    ), lapsed AS (
        UPDATE early_warning_caseproposal AS p
        SET state = 'lapsed', decided_on = %(day)s, note = '提请后又有新信号并入,提请失效'
        FROM changed WHERE p.case_id = changed.id AND p.state = 'waiting'
    ), step AS (
        {_STEP.format(kind=StepKind.REOPENED.value, number="0", changed="changed")}
    )
    SELECT count(*) FROM changed
"""

_SHOWING = """EXISTS (
    SELECT FROM early_warning_casesignal AS held
    JOIN early_warning_signal AS s ON s.id = held.signal_id
    WHERE held.case_id = c.id AND s.ceased_on IS NULL)"""

_GONE = _with_step(
    f"""
    UPDATE early_warning_signalcase AS c SET gone_on = %(day)s
    WHERE c.{_OPEN} AND c.gone_on IS NULL AND NOT {_SHOWING}
    {_RETURNING}
    """,
    StepKind.GONE,
)
_RETURNED = _with_step(
    f"""
    UPDATE early_warning_signalcase AS c SET gone_on = NULL
    WHERE c.{_OPEN} AND c.gone_on IS NOT NULL AND {_SHOWING}
    {_RETURNING}
    """,
    StepKind.RETURNED,
)

# Level 1 is the case's own branch, each further one the branch above it; `path` names the line.
_ESCALATE = _with_step(
    f"""
    UPDATE early_warning_signalcase AS c
    SET escalation = late.level, escalated_to_id = up.id, was_escalated = true
    FROM (
        SELECT open.id, open.escalation, line.codes,
               least(1 + (%(day)s - open.due_on - 1) / %(every)s, cardinality(line.codes)) AS level
        FROM early_warning_signalcase AS open
        JOIN staff_branch AS branch ON branch.id = open.branch_id
        CROSS JOIN LATERAL (SELECT string_to_array(branch.path, '/') AS codes) AS line
        WHERE open.{_OPEN} AND open.due_on < %(day)s
    ) AS late
    JOIN staff_branch AS up ON up.path = array_to_string(
        late.codes[1:cardinality(late.codes) - late.level + 1], '/')
    WHERE c.id = late.id AND late.level > late.escalation
    {_RETURNING}, c.escalation
    """,
    StepKind.ESCALATED,
    "escalation",
)

_WATCH = f"""
    WITH asked AS (
        SELECT c.id, c.customer_id, c.state, c.colour, c.due_on,
               CASE WHEN c.colour >= %(watch_from)s THEN {WatchReason.GRAVE.value}
                    ELSE {WatchReason.REPEATED.value} END AS reason
        FROM early_warning_signalcase AS c
        WHERE c.{_OPEN} AND (c.colour >= %(watch_from)s OR c.is_raised)
          AND c.customer_id IN (SELECT customer_id FROM new_signal)
          AND NOT EXISTS (SELECT FROM early_warning_watchentry AS w
                          WHERE w.customer_id = c.customer_id AND w.left_on IS NULL)
    ), entered AS (
        INSERT INTO early_warning_watchentry
            (customer_id, case_id, entered_on, reason, text, left_text)
        SELECT customer_id, id, %(day)s, reason, '', '' FROM asked ORDER BY id
    ), step AS (
        {_STEP.format(kind=StepKind.WATCHED.value, number="reason", changed="asked")}
    )
    SELECT count(*) FROM asked
"""

# Quiet: no case in hand and no signal showing, for the days that the parameter names.
_IS_QUIET = f"""
    NOT EXISTS (SELECT FROM early_warning_signalcase AS c
                WHERE c.customer_id = w.customer_id
                  AND (c.{_OPEN} OR c.closed_on > %(day)s - %(quiet)s::int))
    AND NOT EXISTS (SELECT FROM early_warning_signal AS s
                    WHERE s.customer_id = w.customer_id AND s.ceased_on IS NULL)
    AND w.entered_on <= %(day)s - %(quiet)s::int
"""
_MAY_LEAVE = f"""
    WITH changed AS (
        UPDATE early_warning_watchentry AS w SET may_leave_since = %(day)s
        WHERE w.left_on IS NULL AND w.may_leave_since IS NULL AND {_IS_QUIET} RETURNING 1)
    SELECT count(*) FROM changed
"""
_MAY_NOT_LEAVE = f"""
    WITH changed AS (
        UPDATE early_warning_watchentry AS w SET may_leave_since = NULL
        WHERE w.left_on IS NULL AND w.may_leave_since IS NOT NULL AND NOT ({_IS_QUIET}) RETURNING 1)
    SELECT count(*) FROM changed
"""
