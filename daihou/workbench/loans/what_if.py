"""试算: what settles the loan, and what other terms would do, side by side.

The answers are those of `servicing.simulating`, which is also what a proposal is made on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django import forms
from django.http import QueryDict

from daihou.policy.queries import parameters_on
from daihou.servicing.choices import ProposalKind
from daihou.servicing.queries import OneLoan
from daihou.servicing.simulating import (
    Answer,
    NotPossible,
    answer_to,
    coming,
    late_after,
    prepaid,
)
from daihou.servicing.wishes import Wish
from daihou.workbench.loans.cash_cycle import CycleField
from daihou.workbench.pieces.forms import DayField, DeskForm, PercentField, YuanField
from daihou.workbench.term_proposals.addresses import proposal_address
from loanmath.loans import Instalment
from loanmath.money import Money
from loanmath.rates import MAX_RATE, Rate
from loanmath.what_if import Keep, PayoffQuote, payoff

_NEXT_DAY = dt.timedelta(days=1)
_FARTHEST_YEAR = 2199  # the kernel's last
_MOST_INSTALMENTS = 600
PAUSE_KINDS = (
    ProposalKind.COUNT_PAUSED,
    ProposalKind.COUNT_RESUMED,
    ProposalKind.PENALTY_PAUSED,
    ProposalKind.PENALTY_RESUMED,
)


class TrialForm(DeskForm):
    """What the client asks: pay how much early, on which day; or until when to extend."""

    trial_on = DayField(label="试算日", required=False)
    prepay = YuanField(label="提前还款金额(元)", required=False)
    extend_to = DayField(label="展期至", required=False)
    extend_rate = PercentField(label="展期年利率(%)", required=False)
    cycle = CycleField(label="有收入的月份", required=False)
    reprice_rate = PercentField(label="重定价为(%)", required=False)
    restructure = forms.IntegerField(
        label="重组期数", required=False, min_value=1, max_value=_MOST_INSTALMENTS
    )
    capitalise = forms.BooleanField(label="欠息转本金", required=False)
    call_in = forms.BooleanField(label="提前到期", required=False)
    pause = forms.ChoiceField(
        label="停计或恢复",
        required=False,
        choices=[("", "不停计"), *((kind.value, kind.label) for kind in PAUSE_KINDS)],
    )
    pause_until = DayField(label="停计至", required=False)

    def clean_prepay(self) -> int | None:
        """Only an amount above zero can be paid."""
        amount: int | None = self.cleaned_data["prepay"]
        if amount is not None and amount <= 0:
            raise forms.ValidationError("提前还款金额须大于零")
        return amount

    def clean_extend_rate(self) -> int | None:
        """A rate that the kernel can reckon with."""
        return self._rate("extend_rate")

    def clean_reprice_rate(self) -> int | None:
        """Likewise."""
        return self._rate("reprice_rate")

    def _rate(self, name: str) -> int | None:
        rate: int | None = self.cleaned_data[name]
        if rate is not None and not 0 <= rate <= MAX_RATE:
            raise forms.ValidationError("年利率须在 0 与 1000% 之间")
        return rate


@dataclass(frozen=True)
class PlanSummary:
    """The rest of a plan in a few figures, in fen; one column of the comparison."""

    name: str
    instalments: int
    next_amount: int
    last_due: dt.date | None
    interest: int
    interest_change: int | None = None
    days_past_due: int | None = None  # on the day after, if nothing is paid; None: as before
    kind: ProposalKind | None = None
    proposal_address: str = ""  # where it can be put forward; empty for the plan in force

    @property
    def cost(self) -> int:
        """What the client pays more than under the plan in force, in fen; 0 when unknown."""
        return max(0, self.interest_change or 0)

    @property
    def gain(self) -> int:
        """What the client saves against the plan in force, in fen."""
        return max(0, -(self.interest_change or 0))


@dataclass(frozen=True)
class Trial:
    """The answers to one form; `problems` say which of them could not be given and why."""

    form: TrialForm
    on: dt.date
    payoff: PayoffQuote | None
    now: PlanSummary
    answered: list[PlanSummary] = field(default_factory=list)
    prepaid_principal: int = 0
    interest_to_date: int = 0
    arrears: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def columns(self) -> list[PlanSummary]:
        """The plans beside one another, the one in force first."""
        return [self.now, *self.answered]

    @property
    def kinds(self) -> set[str]:
        """What was asked for and answered."""
        return {column.kind.value for column in self.answered if column.kind}


def trial_of(given: QueryDict, one: OneLoan, day: dt.date) -> Trial:
    """Answer what the address asks about a loan that can be computed; nothing is written."""
    form = TrialForm(given, initial={"trial_on": day})
    form.is_valid()
    on = form.cleaned_data.get("trial_on") or day
    problems: list[str] = []
    if on < day or on.year > _FARTHEST_YEAR:
        on, problems = day, [f"试算日不能早于营业日,已按 {day} 试算"]
    now = replace(_summary("现行计划", coming(one, on)), days_past_due=late_after(one, on))
    trial = Trial(form, on, payoff(one.kernel_loan, on), now, problems=problems)
    wishes = list(_wishes(form.cleaned_data, on))
    return _answered(trial, one, wishes, day) if wishes else trial


def _answered(
    trial: Trial, one: OneLoan, wishes: Sequence[tuple[str, Wish]], day: dt.date
) -> Trial:
    """A column for each wish, or why it cannot be."""
    parameters = parameters_on(trial.on)
    for name, wish in wishes:
        try:
            answer = answer_to(one, wish, parameters)
        except NotPossible as problem:
            if str(problem) not in trial.problems:
                trial.problems.append(str(problem))
            continue
        trial.answered.append(_column(name, one, wish, answer, day))
        trial.problems.extend(answer.against)
        if wish.kind is ProposalKind.PREPAYMENT:
            trial = _with_use_of(trial, one, wish)
    return trial


def _wishes(given: dict[str, Any], on: dt.date) -> Iterator[tuple[str, Wish]]:
    """What is asked for, each with the name of its column."""
    if amount := given.get("prepay"):
        for name, keep in (
            ("期限不变,少还每期", Keep.TERM),
            ("每期不变,缩短期限", Keep.INSTALMENT),
        ):
            wish = Wish(ProposalKind.PREPAYMENT, on, amount=Money(amount), keep=keep)
            yield name, wish
    yield from _other_wishes(given, on)


def _other_wishes(given: dict[str, Any], on: dt.date) -> Iterator[tuple[str, Wish]]:
    if until := given.get("extend_to"):
        rate = given.get("extend_rate")
        wish = Wish(
            ProposalKind.EXTENSION, on, until=until, rate=None if rate is None else Rate(rate)
        )
        yield f"展期至 {until}", wish
    if weights := given.get("cycle"):
        yield "按现金流周期还款", Wish(ProposalKind.CASH_CYCLE, on, weights=weights)
    if (rate := given.get("reprice_rate")) is not None:
        yield "重定价", Wish(ProposalKind.REPRICING, on, rate=Rate(rate))
    if instalments := given.get("restructure"):
        turned = bool(given.get("capitalise"))
        wish = Wish(ProposalKind.RESTRUCTURING, on, instalments=instalments, capitalise=turned)
        yield "重组", wish
    if given.get("call_in"):
        yield "提前到期", Wish(ProposalKind.CALLED_IN, on)
    if pause := given.get("pause"):
        kind = ProposalKind(pause)
        yield kind.label, Wish(kind, on, until=given.get("pause_until"))


def _column(name: str, one: OneLoan, wish: Wish, answer: Answer, day: dt.date) -> PlanSummary:
    proposed = replace(wish, on=max(wish.on, day + _NEXT_DAY))
    return replace(
        _summary(name, answer.rows, answer.interest_added),
        days_past_due=answer.late_after,
        kind=wish.kind,
        proposal_address="" if answer.against else proposal_address(one.loan, proposed),
    )


def _with_use_of(trial: Trial, one: OneLoan, wish: Wish) -> Trial:
    """What becomes of the money of a prepayment; the same whatever the plan keeps."""
    made = prepaid(one, wish)
    return replace(
        trial,
        prepaid_principal=made.principal,
        interest_to_date=made.interest_to_date,
        arrears=made.arrears,
    )


def _summary(
    name: str, rows: Sequence[Instalment], interest_change: int | None = None
) -> PlanSummary:
    return PlanSummary(
        name=name,
        instalments=len(rows),
        next_amount=rows[0].total if rows else 0,
        last_due=rows[-1].due if rows else None,
        interest=sum(row.interest for row in rows),
        interest_change=interest_change,
    )
