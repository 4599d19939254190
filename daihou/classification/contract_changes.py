"""Contract changes in the debtor's favour (重组), and how long the loan is observed after them.

A change counts as a restructuring when something shows that the debtor was in financial difficulty,
or when nothing on record says otherwise for a matter that is one by its name. Changes within a few
weeks of one another are one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg

from daihou.classification.codes import OVERDUE_RULES, SPOKEN, SUBSTANDARD, Difficulty
from daihou.classification.rules import GradeLimits
from daihou.loan_book.choices import HappeningKind, PlanReason, TermChangeKind
from loanmath.dates import add_months

_RELIEF = (
    TermChangeKind.CAPITALISED, TermChangeKind.PENALTY_CAPITALISED, TermChangeKind.REPLANNED,
    TermChangeKind.REPLANNED_WITH_INTEREST,
)  # fmt: skip
_DAY = "date '1970-01-01'"
_KNOWN = (
    "coalesce(held.corrected_on <= %(known)s, true)"
    " AND coalesce(held.superseded_on > %(known)s, true)"
    " AND held.valid_from < change.day AND coalesce(held.valid_to >= change.day, true)"
)
_CHANGES = f"""
    WITH happening AS (
        SELECT id, customer_id, loan_id, kind,
          coalesce((facts->>'effective_from')::date, happened_on) AS day,
          coalesce(facts->>'financial_difficulty', facts->>'passive') AS stated
        FROM loan_book_happening
        WHERE kind IN ('{HappeningKind.EXTENSION_GRANTED}', '{HappeningKind.REFINANCED}',
          '{HappeningKind.RESTRUCTURED}')
          AND happened_on <= %(until)s AND facts->>'ended' IS DISTINCT FROM 'true'
          AND facts->>'qualifying_renewal' IS DISTINCT FROM 'true'
    ), change AS (
        SELECT happening.id, loan.id AS loan_id, loan.customer_id, happening.kind, day, stated
        FROM happening JOIN loan_book_loan AS loan ON loan.id = happening.loan_id
        UNION ALL
        SELECT happening.id, loan.id, loan.customer_id, happening.kind, day, stated
        FROM happening JOIN loan_book_loan AS loan ON loan.customer_id = happening.customer_id
        WHERE happening.loan_id IS NULL AND happening.kind = '{HappeningKind.RESTRUCTURED}'
          AND loan.disbursed_on < day
        UNION ALL
        SELECT 0, loan.id, loan.customer_id, CASE plan.reason
          WHEN '{PlanReason.EXTENSION}' THEN '{HappeningKind.EXTENSION_GRANTED}'
          ELSE '{HappeningKind.RESTRUCTURED}' END, plan.effective_from, NULL
        FROM loan_book_planversion AS plan JOIN loan_book_loan AS loan ON loan.id = plan.loan_id
        WHERE plan.reason IN ('{PlanReason.EXTENSION}', '{PlanReason.RESTRUCTURING}')
          AND plan.effective_from <= %(until)s AND plan.id <= %(plan)s
        UNION ALL
        SELECT 0, loan.id, loan.customer_id, 'terms', terms.effective_from, NULL
        FROM loan_book_termchange AS terms JOIN loan_book_loan AS loan ON loan.id = terms.loan_id
        WHERE terms.kind IN ({", ".join(str(kind.value) for kind in _RELIEF)})
          AND terms.effective_from <= %(until)s AND terms.booked_on <= %(until)s
          AND terms.id <= %(terms)s
    )
    SELECT id, loan_id, kind, day - {_DAY}, stated,
      EXISTS (SELECT FROM classification_loangrade AS held WHERE held.loan_id = change.loan_id
        AND {_KNOWN} AND ({SPOKEN}) & {int(OVERDUE_RULES)} <> 0),
      EXISTS (SELECT FROM classification_loangrade AS held
        JOIN loan_book_loan AS other ON other.id = held.loan_id
        WHERE other.customer_id = change.customer_id AND other.id <> change.loan_id
        AND {_KNOWN} AND held.grade >= {SUBSTANDARD}),
      EXISTS (SELECT FROM loan_book_happening AS said
        WHERE said.customer_id = change.customer_id
        AND (said.loan_id IS NULL OR said.loan_id = change.loan_id)
        AND said.kind IN ('{HappeningKind.HARDSHIP_STATED}', '{HappeningKind.REDUCTION_REQUESTED}')
        AND said.happened_on BETWEEN change.day - %(within)s::int AND change.day)
    FROM change
    WHERE day <= %(until)s
      AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s))
    ORDER BY loan_id, day, id
"""


@dataclass(frozen=True)
class Restructuring:
    """A restructuring of a loan: its day (a number), what shows the difficulty, and its row."""

    day: int
    difficulty: Difficulty
    row: int


@dataclass(frozen=True)
class ContractChanges:
    """Changes of contracts by loan, in order of their days; and farmers' or other extensions."""

    restructurings: Mapping[int, Sequence[Restructuring]]
    extended: Mapping[int, tuple[int, int]]  # loan to the first extension's day and row

    @classmethod
    def read(
        cls,
        connection: psycopg.Connection,
        limits: GradeLimits,
        *,
        until: dt.date,
        known: dt.date,
        plan: int,
        terms: int,
        customers: list[int] | None = None,
    ) -> ContractChanges:
        """What changed up to a day, as a business day knows it.

        `plan` and `terms` are the marks up to which these rows are read. Overdue and 不良 are those
        of the evening before a change, by the grades as the day `known` knows them.
        """
        values = {
            "until": until, "known": known, "plan": plan, "terms": terms, "customers": customers,
            "within": limits.difficulty_within.value,
        }  # fmt: skip
        found: dict[int, list[Restructuring]] = {}
        extended: dict[int, tuple[int, int]] = {}
        for row, loan, kind, day, stated, *shown in connection.execute(_CHANGES, values):
            if kind == HappeningKind.EXTENSION_GRANTED:
                extended.setdefault(loan, (day, row))
            difficulty = _difficulty(kind, stated, *shown)
            if difficulty:
                _add(found.setdefault(loan, []), Restructuring(day, difficulty, row), limits)
        return cls(found, extended)


def _difficulty(
    kind: str, stated: str | None, overdue: bool, other_bad: bool, hardship: bool
) -> Difficulty:
    """What shows that the debtor was in difficulty; nothing: the change is no restructuring."""
    shown = Difficulty(0)
    if stated == "true":
        shown |= Difficulty.STATED
    if overdue:
        shown |= Difficulty.OVERDUE
    if other_bad:
        shown |= Difficulty.OTHER_BAD
    if hardship:
        shown |= Difficulty.HARDSHIP
    by_its_name = kind in (HappeningKind.EXTENSION_GRANTED, HappeningKind.RESTRUCTURED)
    if not shown and stated is None and by_its_name:
        shown = Difficulty.NOT_RECORDED
    return shown


def _add(to: list[Restructuring], one: Restructuring, limits: GradeLimits) -> None:
    """Add a restructuring, or make it part of the one shortly before."""
    if to and one.day - to[-1].day <= limits.same_change_within.value:
        both = to[-1].difficulty | one.difficulty
        if both != Difficulty.NOT_RECORDED:
            both &= ~Difficulty.NOT_RECORDED
        to[-1] = Restructuring(to[-1].day, both, to[-1].row or one.row)
    else:
        to.append(one)


def due_dates_after(
    connection: psycopg.Connection,
    asked: Sequence[tuple[int, int]],
    *,
    day: dt.date,
    plan: int,
    count: int,
) -> list[list[int]]:
    """The next due dates (numbers) after a day, for each loan asked about with its day.

    By the plans in force on `day`; each version counts for due dates up to the next one's day.
    """
    found: list[list[int]] = [[] for _ in asked]
    if not asked:
        return found
    loans, since = zip(*asked, strict=True)
    values = {"loans": list(loans), "since": list(since), "day": day, "plan": plan, "count": count}
    for place, due in connection.execute(_DUE, values):
        found[place - 1].append(due)
    return found


_DUE = f"""
    WITH asked AS (
        SELECT * FROM unnest(%(loans)s::bigint[], %(since)s::int[])
        WITH ORDINALITY AS one(loan_id, since, place)
    ), plan AS (
        SELECT loan_id, effective_from, due_dates,
          lead(effective_from) OVER (PARTITION BY loan_id ORDER BY version) AS next_from
        FROM loan_book_planversion
        WHERE loan_id = ANY(%(loans)s) AND effective_from <= %(day)s AND id <= %(plan)s
    ), due AS (
        SELECT place, due, row_number() OVER (PARTITION BY place ORDER BY due) AS n
        FROM asked JOIN plan USING (loan_id), unnest(plan.due_dates) AS due
        WHERE due > {_DAY} + since AND due > effective_from AND coalesce(due <= next_from, true)
    )
    SELECT place, due - {_DAY} FROM due WHERE n <= %(count)s ORDER BY place, due
"""


def wait_ends(clean_since: int, following: Sequence[int], limits: GradeLimits) -> int:
    """Until when a claim must stay without arrears before it may go up from 不良.

    Two repayment periods or six months, whichever is longer; periods that the plan no longer has
    are not waited for.
    """
    months = int(add_months(clean_since, limits.upgrade_months.value))
    periods = following[: limits.upgrade_periods.value]
    return max([months, *periods[-1:]])


def observation(anchor: int, following: Sequence[int], limits: GradeLimits) -> tuple[int, int]:
    """The period of observation: its first day (the first due date after the change), its end.

    At least two repayment periods after its first day and not shorter than a year.
    """
    first = following[0] if following else anchor
    months = int(add_months(first, limits.observation_months.value))
    periods = following[: limits.observation_periods.value + 1]
    return first, max([months, *periods[-1:]])
