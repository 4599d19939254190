"""利率调整通知书: what the client is told of a reset, before or after it, ready for paper."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404

from daihou.loan_book.choices import CustomerKind
from daihou.loan_book.models import FloatingTerms, PlanVersion
from daihou.loan_book.queries import loans_visible_to
from daihou.policy.models import BenchmarkQuote
from daihou.policy.queries import quotes_that_count
from daihou.servicing.choices import ResetOutcome
from daihou.servicing.floating_rates import resets_in_words, spread_in_words
from daihou.servicing.models import RateReset
from daihou.servicing.plan_styles import repricing_style
from daihou.servicing.queries import OneLoan, planned_rows, read_loan
from daihou.servicing.reset_queries import expected_rate, rates_on
from daihou.workbench.loans.floating import quote_age_on
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.roles import BUSINESS
from loanmath.codes import InterestMode, Problem
from loanmath.floating import PER_BASIS_POINT
from loanmath.loans import Instalment
from loanmath.rates import Rate
from loanmath.replanning import reprice

_SHOWN = 3  # instalments


@dataclass(frozen=True)
class Notice:
    """What a notice says of one reset."""

    reset_on: dt.date
    before: int
    after: int
    quote: BenchmarkQuote
    is_made: bool
    is_settled: bool  # the rate cannot become another one any more

    @property
    def change_bps(self) -> int:
        """By how many basis points the rate changes."""
        return (self.after - self.before) // PER_BASIS_POINT

    @property
    def change_bps_down(self) -> int:
        """By how many basis points the rate falls."""
        return -self.change_bps


@dataclass(frozen=True)
class Line:
    """One coming instalment: what it was before the reset, and what it is now."""

    before: Instalment | None
    after: Instalment


@desk(roles=BUSINESS)
def reset_notice(request: DeskRequest, number: str, reset_on: dt.date) -> HttpResponseBase:
    """The notice of one reset: the rates, the quote, and the next instalments."""
    visible = loans_visible_to(request.officer).select_related(
        "customer__officer", "branch", "product", "contract", "floating"
    )
    loan = get_object_or_404(visible.defer("customer__identity_number"), number=number)
    terms: FloatingTerms | None = getattr(loan, "floating", None)
    if terms is None:
        raise Http404
    terms.loan = loan
    notice = _made(terms, reset_on) or _to_come(terms, reset_on, request.business_date)
    if notice is None:
        raise Http404
    one = read_loan(loan)
    context = {
        "title": "利率调整通知书" if notice.is_made else "利率调整预告通知书",
        "loan": loan,
        "terms": terms,
        "notice": notice,
        "spread": spread_in_words(terms.spread_bps).strip() or "不加点",
        "resets": resets_in_words(terms),
        "is_company": loan.customer.kind == CustomerKind.ENTERPRISE,
        "by_balance": loan.interest_mode == InterestMode.BY_BALANCE,
        "balance": _balance(one, min(reset_on, request.business_date)),
        "lines": _lines(one, notice),
        "dated": notice.reset_on if notice.is_made else request.business_date,
    }
    return page(request, "workbench/loans/reset_notice.html", context)


def _made(terms: FloatingTerms, reset_on: dt.date) -> Notice | None:
    done = RateReset.objects.filter(terms=terms, reset_on=reset_on, outcome=ResetOutcome.DONE)
    reset = done.select_related("quote").first()
    if reset is None:
        return None
    assert reset.rate_before is not None and reset.rate_after is not None
    assert reset.quote is not None
    return Notice(
        reset_on, reset.rate_before, reset.rate_after, reset.quote, is_made=True, is_settled=True
    )


def _to_come(terms: FloatingTerms, reset_on: dt.date, today: dt.date) -> Notice | None:
    if terms.next_reset_on != reset_on:
        return None
    quote_age = quote_age_on(today)
    expected = expected_rate(terms, quotes_that_count(), today, quote_age)
    if expected is None:
        return None
    before = rates_on([terms], today)[terms.pk]
    return Notice(
        reset_on,
        before,
        expected.rate,
        expected.quote,
        is_made=False,
        is_settled=expected.is_settled,
    )


def _balance(one: OneLoan, day: dt.date) -> int | None:
    position = one.position(day)
    return None if position.problem is not Problem.NONE else position.principal


def _lines(one: OneLoan, notice: Notice) -> list[Line]:
    """The next instalments with what they were before; none where interest goes by balance."""
    loan = one.loan
    if loan.interest_mode == InterestMode.BY_BALANCE or notice.before == notice.after:
        return []
    on = notice.reset_on
    if notice.is_made:
        versions = [version for version in one.plan_versions if version.effective_from == on]
        coming = list(_by_due(versions[-1]).values()) if versions else []
        earlier = [version for version in one.plan_versions if version.effective_from < on]
        was = _by_due(earlier[-1]) if earlier else {}
    else:
        try:
            made = reprice(one.kernel_loan, on, Rate(notice.after), repricing_style(loan))
        except ValueError:
            return []
        coming = list(made.plan.plan)
        was = {row.due: row for row in one.kernel_loan.plan}
    return [Line(was.get(row.due), row) for row in coming[:_SHOWN]]


def _by_due(version: PlanVersion) -> dict[dt.date, Instalment]:
    return {row.due: row for row in planned_rows(version)}
