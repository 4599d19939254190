"""试算: what settles the loan, what a prepayment or an extension would do, side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from django import forms
from django.http import QueryDict

from daihou.loan_book.choices import RepaymentMethod
from daihou.policy.queries import parameters_on
from daihou.servicing.extension_limits import judge
from daihou.servicing.queries import OneLoan
from daihou.workbench.loans.cash_cycle import CycleField, follow_cycle
from daihou.workbench.loans.replanned import (
    Replanned,
    called_in,
    days_late_after,
    repriced,
    restructured,
)
from daihou.workbench.pieces.forms import DayField, DeskForm, PercentField, YuanField
from loanmath.loans import Instalment, terms_on
from loanmath.money import Money
from loanmath.plans import Style
from loanmath.rates import MAX_RATE, Rate
from loanmath.schedule import Method
from loanmath.what_if import Keep, PayoffQuote, extend, payoff, prepay

_FARTHEST_YEAR = 2199  # the kernel's last
_MOST_INSTALMENTS = 600


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
    prepaid: list[PlanSummary] = field(default_factory=list)
    prepaid_principal: int = 0
    interest_to_date: int = 0
    arrears: int = 0
    extended: PlanSummary | None = None
    cycled: PlanSummary | None = None
    replanned: list[PlanSummary] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def columns(self) -> list[PlanSummary]:
        """The plans beside one another, the one in force first."""
        asked = [column for column in (self.extended, self.cycled) if column]
        return [self.now, *self.prepaid, *asked, *self.replanned]


def trial_of(given: QueryDict, one: OneLoan, day: dt.date) -> Trial:
    """Answer what the address asks about a loan that can be computed; nothing is written."""
    form = TrialForm(given, initial={"trial_on": day})
    form.is_valid()
    on = form.cleaned_data.get("trial_on") or day
    problems: list[str] = []
    if on < day or on.year > _FARTHEST_YEAR:
        on, problems = day, [f"试算日不能早于营业日,已按 {day} 试算"]
    coming = [row for row in one.kernel_loan.plan if row.due > on]
    trial = Trial(
        form=form,
        on=on,
        payoff=payoff(one.kernel_loan, on),
        now=replace(_summary("现行计划", coming), days_past_due=days_late_after(one, on)),
        problems=problems,
    )
    style = _style(one)
    if form.cleaned_data.get("prepay"):
        trial = _with_prepayment(trial, one, Money(form.cleaned_data["prepay"]), style)
    if form.cleaned_data.get("extend_to"):
        trial = _with_extension(trial, one, style)
    if form.cleaned_data.get("cycle"):
        trial = _with_cycle(trial, one, coming)
    return _with_replanned(trial, one, style or Style(Method.LEVEL_PRINCIPAL))


def _with_replanned(trial: Trial, one: OneLoan, style: Style) -> Trial:
    """The columns for another rate, a restructuring and a call-in, as far as they are asked for."""
    given, on = trial.form.cleaned_data, trial.on
    rate, instalments = given.get("reprice_rate"), given.get("restructure")
    asked: list[tuple[str, Callable[[], Replanned]]] = []
    if rate is not None:
        asked.append(("重定价", lambda: repriced(one, on, Rate(rate), style)))
    if instalments:
        turned = bool(given.get("capitalise"))
        asked.append(("重组", lambda: restructured(one, on, instalments, style, capitalise=turned)))
    if given.get("call_in"):
        asked.append(("提前到期", lambda: called_in(one, on)))
    for name, answer in asked:
        try:
            made = answer()
        except ValueError:
            trial = _refused(trial, f"不能{name}:没有可以重排的本金,或金额、日期超出范围")
            continue
        column = replace(
            _summary(name, made.rows, made.interest_added), days_past_due=made.days_past_due
        )
        trial = replace(trial, replanned=[*trial.replanned, column])
    return trial


def _with_prepayment(trial: Trial, one: OneLoan, amount: Money, style: Style | None) -> Trial:
    if style is None:
        return _refused(trial, "按计划还款的借据没有固定的每期还款额,提前还款后的计划须与客户商定")
    try:
        lower, shorter = (
            prepay(one.kernel_loan, trial.on, amount, style, keep)
            for keep in (Keep.TERM, Keep.INSTALMENT)
        )
    except ValueError:
        return _refused(trial, "这笔金额先用于应还未还和当期利息,不足以提前归还本金;请加大金额")
    columns = [
        _summary("期限不变,少还每期", lower.plan.plan, -lower.interest_saved),
        _summary("每期不变,缩短期限", shorter.plan.plan, -shorter.interest_saved),
    ]
    return Trial(
        **{
            **vars(trial),
            "prepaid": columns,
            "prepaid_principal": lower.principal,
            "interest_to_date": lower.interest_to_date,
            "arrears": lower.arrears,
        }
    )


def _with_extension(trial: Trial, one: OneLoan, style: Style | None) -> Trial:
    until = trial.form.cleaned_data["extend_to"]
    rate = trial.form.cleaned_data.get("extend_rate")
    if until.year > _FARTHEST_YEAR:
        return _refused(trial, "展期日期过远")
    try:
        asked = extend(
            one.kernel_loan,
            trial.on,
            until,
            style or Style(Method.LEVEL_PRINCIPAL),
            terms_on(one.kernel_loan, trial.on).rate if rate is None else Rate(rate),
            one.loan.frequency_months,
        )
    except ValueError:
        return _refused(trial, f"展期须晚于现到期日 {one.loan.matures_on},且还有未到期的本金")
    column = _summary(f"展期至 {until}", asked.plan.plan, asked.interest_added)
    verdict = judge(one, until, parameters_on(trial.on))
    return Trial(
        **{
            **vars(trial),
            "extended": column,
            "problems": [*trial.problems, *verdict.because],
        }
    )


def _with_cycle(trial: Trial, one: OneLoan, coming: list[Instalment]) -> Trial:
    position = one.position(trial.on)
    ahead = Money(position.principal - position.principal_due)
    weights = trial.form.cleaned_data["cycle"]
    try:
        rows = follow_cycle(one, trial.on, weights, ahead, Rate(one.loan.rate))
    except ValueError:
        return _refused(
            trial, "到期日之前没有有收入的月份,或已没有未到期的本金,不能按现金流周期排计划"
        )
    added = sum(row.interest for row in rows) - sum(row.interest for row in coming)
    return Trial(**{**vars(trial), "cycled": _summary("按现金流周期还款", rows, added)})


def _refused(trial: Trial, problem: str) -> Trial:
    return Trial(**{**vars(trial), "problems": [*trial.problems, problem]})


def _style(one: OneLoan) -> Style | None:
    """How a new plan is made; None for a custom plan, which follows no pattern."""
    method = RepaymentMethod(one.loan.method)
    return None if method == RepaymentMethod.CUSTOM else Style(Method[method.name])


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
