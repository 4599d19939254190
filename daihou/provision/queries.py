"""Reads of stages and allowances; rows leave only through the doors `…_visible_to`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Q, QuerySet, Sum

from daihou.classification.codes import SUBSTANDARD
from daihou.loan_book.models import Loan
from daihou.loan_book.queries import loans_visible_to
from daihou.policy.queries import ParametersOnDay, parameters_on
from daihou.policy.reasons import Reason
from daihou.provision.explanations import explain_allowance, explain_stage
from daihou.provision.models import Allowance, LoanStage, StageRebuttal
from daihou.staff.models import Officer
from daihou.storage.history import holding_on
from loanmath.rates import PER_ONE, part_of


def allowances_visible_to(officer: Officer) -> QuerySet[Allowance]:
    """The allowances, of all days, for the loans that the person may see."""
    return Allowance.objects.filter(loan__in=loans_visible_to(officer))


def rebuttals_visible_to(officer: Officer) -> QuerySet[StageRebuttal]:
    """The rebuttals about loans that the person may see."""
    return StageRebuttal.objects.filter(loan__in=loans_visible_to(officer))


def explained_stage(loan: Loan, day: dt.date) -> LoanStage | None:
    """The stage of a loan on a day, with its reasons; None while it was in none."""
    row = LoanStage.objects.filter(holding_on(day), loan=loan).first()
    if row is not None:
        row.reasons = explain_stage(row, loan.number, parameters_on(row.valid_from))
    return row


def explained_allowance(loan: Loan, day: dt.date) -> tuple[Allowance, list[Reason]] | None:
    """What was set aside for a loan on a day, and how it was measured."""
    row = Allowance.objects.filter(holding_on(day), loan=loan).first()
    if row is None:
        return None
    return row, explain_allowance(row, loan.number, parameters_on(row.valid_from))


@dataclass(frozen=True)
class OfStage:
    """The loans of one stage: how many, what is owed, what is set aside."""

    stage: int
    loans: int
    principal: int
    expected_loss: int
    by_scale: int


@dataclass(frozen=True)
class Adequacy:
    """Whether enough is set aside (拨备充足性): amounts in fen, shares micro-percent or unknown."""

    loans: int
    bad: int
    allowance: int
    by_scale: int
    to_loans: int | None  # 贷款拨备率 (拨贷比)
    to_bad: int | None  # 拨备覆盖率
    asked_of_loans: int
    asked_of_bad: int

    @property
    def asked(self) -> int:
        """What the supervisory standard asks for: the higher of the two."""
        return max(self.asked_of_loans, self.asked_of_bad)

    @property
    def spare(self) -> int:
        """What is set aside beyond the standard; negative: lacking."""
        return self.allowance - self.asked

    @property
    def binds_by_bad(self) -> bool:
        """Whether it is the coverage of bad loans that asks for more."""
        return self.asked_of_bad > self.asked_of_loans


def adequacy(rows: QuerySet[Allowance], on: ParametersOnDay) -> Adequacy:
    """Hold what is set aside for some loans (one row each) against the standard; one query."""
    found = rows.order_by().aggregate(
        loans=Sum("principal", default=0),
        bad=Sum("principal", default=0, filter=Q(grade__gte=SUBSTANDARD)),
        allowance=Sum("expected_loss", default=0),
        by_scale=Sum("by_scale", default=0),
    )
    loans, bad, allowance = (int(found[name]) for name in ("loans", "bad", "allowance"))
    return Adequacy(
        loans=loans, bad=bad, allowance=allowance, by_scale=int(found["by_scale"]),
        to_loans=ratio(allowance, loans), to_bad=ratio(allowance, bad),
        asked_of_loans=_share(loans, on.whole("provision.standard.loans")),
        asked_of_bad=_share(bad, on.whole("provision.standard.bad")),
    )  # fmt: skip


def ratio(part: int, whole: int) -> int | None:
    """A share in micro-percent, rounded down; unknown of nothing."""
    return part * PER_ONE // whole if whole else None


def _share(amount: int, share: int) -> int:
    return int(part_of(np.array([amount], np.int64), share)[0])


def by_stage(rows: QuerySet[Allowance]) -> list[OfStage]:
    """Loans and amounts of each stage, all three of them; one query."""
    counted = rows.order_by().values("stage").annotate(
        loans=Count("pk"), owed=Sum("principal"), loss=Sum("expected_loss"), scale=Sum("by_scale")
    )  # fmt: skip
    found = {
        row["stage"]: OfStage(row["stage"], row["loans"], row["owed"], row["loss"], row["scale"])
        for row in counted
    }
    return [found.get(stage, OfStage(stage, 0, 0, 0, 0)) for stage in (1, 2, 3)]
