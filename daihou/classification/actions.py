"""Determining grades (分类认定) takes three people: 初分, 复核, 认定; a batch of loans at a time.

A batch takes the machine's proposals of the last closed day. People may go below them freely, with
a reason and an end; above them only by a named exception, and no further than the rules that the
exception does not touch.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

from daihou.classification.choices import BatchStatus, Exceptional, Lift
from daihou.classification.codes import GRADE_NAMES, SPOKEN, Because, Difficulty
from daihou.classification.lifting import best_grade
from daihou.classification.limits import grade_limits
from daihou.classification.models import Determination, GradingBatch
from daihou.loan_book.queries import loans_visible_to
from daihou.policy.actions import Refused, must_hold
from daihou.policy.queries import ParametersOnDay, parameters_on
from daihou.servicing.models import LoanPosition
from daihou.staff.choices import Role
from daihou.staff.models import Branch, Officer
from daihou.staff.queries import branch_and_below

FIRST = frozenset({Role.ACCOUNT_MANAGER, Role.POST_LOAN_OFFICER})
REVIEWERS = frozenset({Role.RISK_MANAGER})
DECIDERS = frozenset({Role.APPROVER, Role.MANAGEMENT})


@transaction.atomic
def open_batch(
    *, branch: Branch, by: Officer, as_of: dt.date, business_date: dt.date, note: str = ""
) -> GradingBatch:
    """Begin a batch with every graded loan of a branch (and those under it) that one may see.

    `as_of` is the last closed day, whose proposals are taken. Loans in another open batch stay
    there. Raises `Refused` for somebody who may not, and when no loan is left.
    """
    must_hold(by, FIRST, "分类初分")
    batch = GradingBatch.objects.create(
        branch=branch, as_of=as_of, made_by=by, made_on=business_date, note=note.strip()[:200]
    )
    if not _fill(batch, by, parameters_on(as_of)):
        raise Refused(
            "branch", f"{branch.name}没有可以初分的借据:都在未办结的批次里,或还没有机器分类"
        )
    return batch


@transaction.atomic
def change_grade(
    *,
    row: Determination,
    grade: int,
    reason: str,
    by: Officer,
    business_date: dt.date,
    lift: Lift = Lift.NONE,
) -> None:
    """Say another grade than the machine, or the machine's again.

    Lower freely; higher only by a named exception that takes the floor away. Raises `Refused`.
    """
    batch = _locked(row.batch, BatchStatus.DRAFT)
    _must_be_maker(batch, by)
    if grade == row.machine:
        _set(row, grade=grade, reason="", lift="", expires_on=None, changed_by=None)
        return
    if not reason.strip():
        raise Refused("reason", "与机器建议不同须写明理由")
    if grade < row.machine:
        _must_be_lifted(row, grade, lift, batch.as_of)
    days = parameters_on(business_date).whole("grade.determination_days")
    _set(
        row, grade=grade, reason=reason.strip()[:300], changed_by=by,
        lift=lift if grade < row.machine else "", expires_on=business_date + dt.timedelta(days),
    )  # fmt: skip


@transaction.atomic
def submit(*, batch: GradingBatch, by: Officer) -> None:
    """Hand a batch to the reviewer (提交复核)."""
    held = _locked(batch, BatchStatus.DRAFT)
    _must_be_maker(held, by)
    _flip(held, status=BatchStatus.SUBMITTED)


@transaction.atomic
def review(*, batch: GradingBatch, by: Officer, business_date: dt.date, opinion: str = "") -> None:
    """Agree as the second person (复核通过); a third one then determines."""
    held = _by_another(batch, BatchStatus.SUBMITTED, by, REVIEWERS, "分类复核")
    _flip(held, status=BatchStatus.REVIEWED, reviewed_by=by, reviewed_on=business_date,
          opinion=opinion.strip()[:300])  # fmt: skip


@transaction.atomic
def determine(
    *, batch: GradingBatch, by: Officer, business_date: dt.date, opinion: str = ""
) -> None:
    """Determine the grades as the third person (认定); they count from the business day on."""
    held = _by_another(batch, BatchStatus.REVIEWED, by, DECIDERS, "分类认定")
    if held.reviewed_by_id == by.pk:
        raise Refused("by", "复核人不能认定同一批次")
    values = {"closed_on": business_date, "determined_on": business_date}
    held.rows.update(**values)
    _flip(held, status=BatchStatus.DETERMINED, determined_by=by, determined_on=business_date,
          opinion=opinion.strip()[:300] or held.opinion)  # fmt: skip


@transaction.atomic
def send_back(*, batch: GradingBatch, by: Officer, opinion: str) -> None:
    """Send a batch back to be changed (退回初分), saying why; by whoever is to review or decide."""
    if not opinion.strip():
        raise Refused("opinion", "退回须写明理由")
    reviewed = batch.status == BatchStatus.REVIEWED
    status = BatchStatus.REVIEWED if reviewed else BatchStatus.SUBMITTED
    roles = DECIDERS if reviewed else REVIEWERS
    held = _by_another(batch, status, by, roles, "退回批次")
    _flip(held, status=BatchStatus.DRAFT, reviewed_by=None, reviewed_on=None,
          opinion=opinion.strip()[:300])  # fmt: skip


@transaction.atomic
def withdraw(*, batch: GradingBatch, by: Officer, business_date: dt.date) -> None:
    """Take one's own batch back while it is not determined; its loans are free for another."""
    held = _locked(batch, BatchStatus.DRAFT, BatchStatus.SUBMITTED)
    _must_be_maker(held, by)
    held.rows.update(closed_on=business_date)
    _flip(held, status=BatchStatus.WITHDRAWN)


_FILL = f"""
    INSERT INTO classification_determination (batch_id, loan_id, machine, spoken, before, grade,
      exceptions, reason, lift)
    SELECT %(batch)s, held.loan_id, held.grade, {SPOKEN}, last.grade, held.grade,
      CASE WHEN last.grade IS NOT NULL AND last.grade <> held.grade
        THEN {int(Exceptional.DIFFERS)} ELSE 0 END
      + CASE WHEN abs(held.grade - coalesce(last.grade, held.previous_grade, held.grade)) >= 2
        THEN {int(Exceptional.MOVED_TWO)} ELSE 0 END
      + CASE WHEN late.days IS NOT NULL AND EXISTS (SELECT FROM unnest(%(floors)s::int[]) AS floor
          WHERE late.days <= floor AND late.days > floor - %(near)s::int)
        THEN {int(Exceptional.NEAR_FLOOR)} ELSE 0 END
      + CASE WHEN ({SPOKEN}) & {int(Because.SHARE_UNKNOWN)} <> 0
          OR coalesce(held.seen[13] & {int(Difficulty.NOT_RECORDED)} <> 0, false)
        THEN {int(Exceptional.UNKNOWN)} ELSE 0 END,
      '', ''
    FROM classification_loangrade AS held
    JOIN ({{visible}}) AS visible ON visible.id = held.loan_id
    LEFT JOIN LATERAL (
      SELECT %(day)s - position.late_since AS days FROM servicing_loanposition AS position
      WHERE position.loan_id = held.loan_id
    ) AS late ON true
    LEFT JOIN LATERAL (
      SELECT determined.grade FROM classification_determination AS determined
      WHERE determined.loan_id = held.loan_id AND determined.determined_on IS NOT NULL
      ORDER BY determined.determined_on DESC, determined.id DESC LIMIT 1
    ) AS last ON true
    WHERE held.valid_to IS NULL AND held.known_to IS NULL
    ON CONFLICT (loan_id) WHERE closed_on IS NULL DO NOTHING
"""


def _fill(batch: GradingBatch, by: Officer, parameters: ParametersOnDay) -> int:
    """The rows of a batch, in one statement; returns how many."""
    loans = loans_visible_to(by).filter(branch__in=branch_and_below(batch.branch))
    visible, values = loans.order_by().values("id").query.sql_with_params()
    named = {f"visible_{n}": value for n, value in enumerate(values)}
    visible = visible % tuple(f"%({name})s" for name in named) if named else visible
    floors = [
        parameters.whole(f"grade.{name}")
        for name in ("substandard_over", "doubtful_over", "loss_over")
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _FILL.replace("{visible}", visible),
            {
                "batch": batch.pk, "day": batch.as_of, "floors": floors,
                "near": parameters.whole("grade.near_floor"), **named,
            },
        )  # fmt: skip
        return int(cursor.rowcount)


def _must_be_lifted(row: Determination, grade: int, lift: Lift, as_of: dt.date) -> None:
    if lift is Lift.NONE:
        raise Refused("lift", "高于机器建议须选明依据的例外;没有例外只能维持或下调")
    position = LoanPosition.objects.filter(loan=row.loan_id).first()
    days = position.days_past_due(as_of) if position else 0
    limits = grade_limits(parameters_on(as_of))
    best = best_grade(row.machine, Because(row.spoken), lift, days, limits)
    if grade < best:
        raise Refused("grade", f"“{lift.label}”不能解除其余下限,最高只能到{GRADE_NAMES[best]}")


def _by_another(
    batch: GradingBatch, status: BatchStatus, by: Officer, roles: frozenset[Role], what: str
) -> GradingBatch:
    must_hold(by, roles, what)
    held = _locked(batch, status)
    if held.made_by_id == by.pk:
        raise Refused("by", "初分人不能复核或认定自己的批次")
    return held


def _must_be_maker(batch: GradingBatch, by: Officer) -> None:
    if batch.made_by_id != by.pk:
        raise Refused("by", "只有初分人可以改动这一批次")


def _locked(batch: GradingBatch, *statuses: BatchStatus) -> GradingBatch:
    """The batch, held until the end of the transaction; of two at once the second is told."""
    found = GradingBatch.objects.select_for_update(of=("self",))
    held = found.filter(pk=batch.pk, status__in=statuses).first()
    if held is None:
        raise Refused("status", "这一批次已由他人办理,请刷新后查看")
    return held


def _flip(batch: GradingBatch, **values: object) -> None:
    GradingBatch.objects.filter(pk=batch.pk).update(**values)


def _set(row: Determination, **values: object) -> None:
    exceptions = row.exceptions & ~int(Exceptional.OVERRIDDEN)
    if values["grade"] != row.machine:
        exceptions |= int(Exceptional.OVERRIDDEN)
    Determination.objects.filter(pk=row.pk).update(exceptions=exceptions, **values)
