"""Reads of signals: of a loan, of a client, of all one may see; and how much could be judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from daihou.early_warning.client_rules.explanations import explain_client_signal
from daihou.early_warning.client_rules.queries import as_shipped, rules_by_version
from daihou.early_warning.explanations import Seen, explain
from daihou.early_warning.limits import signal_limits
from daihou.early_warning.models import Signal, SignalCoverage
from daihou.early_warning.rules import Rule
from daihou.early_warning.shipped_signals import shipped_signals, signal_name
from daihou.loan_book.models import Customer, Loan
from daihou.loan_book.queries import customers_visible_to
from daihou.policy.queries import parameters_on_days
from daihou.staff.models import Officer

_WHY_UNKNOWN = {
    Rule.REFINANCED: "客户近期没有任何登记事项,无从判断是否发生过",
    Rule.HARDSHIP: "客户近期没有任何登记事项,无从判断是否发生过",
    Rule.ODD_PAYMENTS: "近期还款流水没有付款人名称,无从判断是否他人代还",
}
_SET_ASIDE = "借据数据有误、已挂起"


@dataclass(frozen=True)
class Coverage:
    """For how many loans on the books a signal could be judged, and why not for the others."""

    rule: int
    name: str
    loans: int
    known: int
    why_unknown: str

    @property
    def unknown(self) -> int:
        """The loans on which the signal says nothing, which is not the same as "nothing"."""
        return self.loans - self.known


def signals_visible_to(officer: Officer) -> QuerySet[Signal]:
    """All signals, past and present, on the clients that the officer may see and on their loans."""
    return Signal.objects.filter(customer__in=customers_visible_to(officer))


def open_on(signals: QuerySet[Signal], day: dt.date) -> QuerySet[Signal]:
    """Those of the signals that showed on a day, the gravest first."""
    showing = Q(ceased_on=None) | Q(ceased_on__gt=day)
    return signals.filter(showing, first_seen_on__lte=day).order_by(
        "-colour", "rule", F("loan_id").asc(nulls_first=True), "customer_id"
    )


def signals_of_loan(officer: Officer, loan: Loan) -> QuerySet[Signal]:
    """The history of a loan's signals, the latest first; empty if the officer may not see it."""
    return signals_visible_to(officer).filter(loan=loan).order_by("-first_seen_on", "rule")


def signals_of_customer(officer: Officer, customer: Customer) -> QuerySet[Signal]:
    """The history of the signals on a client and on all its loans, the latest first."""
    signals = signals_visible_to(officer).filter(customer=customer)
    return signals.select_related("loan").order_by("-first_seen_on", "rule", "loan_id")


def explained_signals(signals: Iterable[Signal]) -> list[Signal]:
    """The signals, each with its reasons in words: two queries, however many signals."""
    rows = list(signals)
    parameters = parameters_on_days(row.first_seen_on for row in rows)
    limits = {day: signal_limits(on_day) for day, on_day in parameters.items()}
    numbers = dict(
        Loan.objects.filter(pk__in={row.loan_id for row in rows if row.loan_id}).values_list(
            "pk", "number"
        )
    )
    for row in rows:
        row.reasons = []
        if row.seen and row.loan_id is not None:
            row.reasons = explain(
                Rule(row.rule),
                row.level,
                Seen(*row.seen),
                limits[row.first_seen_on],
                loan_number=numbers[row.loan_id],
                sources=row.sources,
            )
    _explain_clients([row for row in rows if row.loan_id is None])
    return rows


def _explain_clients(rows: list[Signal]) -> None:
    """Give signals about clients their reasons, by the rule version that saw each."""
    rules = rules_by_version((row.rule, row.rule_version) for row in rows)
    for row in rows:
        rule = rules.get((row.rule, row.rule_version)) or as_shipped(shipped_signals()[row.rule])
        row.reasons = explain_client_signal(rule, row.level, row.seen, row.sources)


def coverage(*, on: dt.date) -> list[Coverage]:
    """The coverage of each signal of loans as the daily run of the day noted it; empty if none did.

    Those of clients are in `client_rules.listing`.
    """
    return [
        Coverage(
            rule=row.rule,
            name=signal_name(row.rule),
            loans=row.loans,
            known=row.known,
            why_unknown=_WHY_UNKNOWN.get(Rule(row.rule), _SET_ASIDE),
        )
        for row in SignalCoverage.objects.filter(day=on, rule__in=list(Rule)).order_by("rule")
    ]
