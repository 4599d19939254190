"""Loans that cannot be computed: since when, why, and until when. They never stop the book."""

from __future__ import annotations

from daihou.daily_run.business_day import RunDay
from daihou.servicing.book_on_day import BookOnDay
from loanmath.codes import PROBLEM_TEXT, Problem


def keep_set_aside(run_day: RunDay, book: BookOnDay) -> dict[str, int]:
    """Open and close the spans in which loans are set aside; returns how many, by what happened."""
    places = book.is_set_aside.nonzero()[0]
    ids = book.loans["loan_id"][places].tolist()
    problems = book.positions.problem[places].tolist()
    reasons = [PROBLEM_TEXT[Problem(problem)] for problem in problems]
    with run_day.cursor as cursor:
        cursor.execute(
            "UPDATE daily_run_setaside AS held SET until = %(day)s WHERE until IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM unnest(%(ids)s::bigint[], %(problems)s::int[])"
            " AS now(loan_id, problem)"
            " WHERE now.loan_id = held.loan_id AND now.problem = held.problem)",
            {"day": run_day.day, "ids": ids, "problems": problems},
        )
        released = cursor.rowcount
        cursor.execute(
            "INSERT INTO daily_run_setaside (loan_id, since, problem, reason)"
            " SELECT now.loan_id, %(day)s, now.problem, now.reason"
            " FROM unnest(%(ids)s::bigint[], %(problems)s::int[], %(reasons)s::text[])"
            " AS now(loan_id, problem, reason)"
            " WHERE NOT EXISTS (SELECT 1 FROM daily_run_setaside AS held"
            " WHERE held.loan_id = now.loan_id AND held.until IS NULL) ORDER BY now.loan_id",
            {"day": run_day.day, "ids": ids, "problems": problems, "reasons": reasons},
        )
        return {"新挂起": cursor.rowcount, "解除挂起": released}
