"""Which of the demo bank's loans float, on which terms, and the quotes they go by.

The quotes are simulated: round numbers that no market published. Their source says so, which the
pages of quotes, of resets and of the notice show. Loans are chosen by their numbers, apart from
every other chance, so that all else in the bank stays as it is.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from daihou.demo_bank.files import Row
from daihou.demo_bank.lending import Lent, add_months
from daihou.demo_bank.organisation import CAST
from daihou.loan_book.choices import ResetRule
from daihou.policy.actions import GivenQuote, approve_quote, propose_quotes
from daihou.policy.choices import Benchmark
from daihou.policy.models import BenchmarkQuote
from daihou.staff.choices import Role
from daihou.staff.models import Officer
from loanmath.floating import PER_BASIS_POINT, FloatingRate, Quote, ResetOn, reset_dates
from loanmath.rates import Rate, percent

SOURCE = "演示数据,非真实公布的报价"
FIRST_RESETS = dt.date(2025, 6, 1)  # what was reset before is in the rates as signed
_FIRST_QUOTE = dt.date(2025, 4, 20)
# From which quote on, in percent: 1 year, 5 years.
_COURSE = {
    _FIRST_QUOTE: ("3.20", "3.80"),
    dt.date(2025, 8, 20): ("3.10", "3.70"),
    dt.date(2025, 12, 20): ("3.00", "3.60"),
    dt.date(2026, 5, 20): ("2.90", "3.50"),
    dt.date(2026, 9, 20): ("2.95", "3.55"),
}


@dataclass(frozen=True)
class Floating:
    """A floating rate of the demo bank: the benchmark, and what the contract says."""

    benchmark: Benchmark
    terms: FloatingRate

    def resets(self, lent: Lent, until: dt.date) -> Iterator[tuple[dt.date, Rate]]:
        """The resets that the bank makes up to a day, each with its rate."""
        last = min(until, lent.matures_on - dt.timedelta(days=1))
        quotes = QUOTES[self.benchmark]
        for day in reset_dates(self.terms, lent.disbursed_on, last):
            if day >= FIRST_RESETS:
                yield day, self.terms.rate_by(quotes, day)


def _quotes(column: int) -> list[Quote]:
    """One quote a month until the end of 2026."""
    days = (add_months(_FIRST_QUOTE, month) for month in range(21))
    return [Quote(day, percent(_COURSE[_last_change(day)][column])) for day in days]


def _last_change(day: dt.date) -> dt.date:
    return max(changed for changed in _COURSE if changed <= day)


QUOTES: dict[Benchmark, list[Quote]] = {
    Benchmark.LPR_1Y: _quotes(0),
    Benchmark.LPR_5Y: _quotes(1),
}


def floating_of(lent: Lent) -> Floating | None:
    """The floating rate of a loan; None for a fixed one."""
    chance = random.Random(f"floating {lent.number}")
    drawn = chance.random()
    if lent.offer.product == "ZFDK":
        if drawn > 0.3:
            return None
        quarterly = drawn > 0.2
        rule = ResetOn.ANNIVERSARY if quarterly else ResetOn.CALENDAR
        return _floating(lent, Benchmark.LPR_5Y, 3 if quarterly else 12, rule)
    if lent.offer.product == "GDZC" and drawn < 0.4:
        return _floating(lent, Benchmark.LPR_5Y, 12, ResetOn.ANNIVERSARY)
    if lent.offer.product == "LDZJ" and drawn < 0.12:
        return _floating(lent, Benchmark.LPR_1Y, 6, ResetOn.CALENDAR)
    return None


def _floating(lent: Lent, benchmark: Benchmark, months: int, rule: ResetOn) -> Floating:
    """The spread over what was quoted when the loan was signed."""
    known = [quote for quote in QUOTES[benchmark] if quote.published <= lent.disbursed_on]
    base = (known or QUOTES[benchmark][:1])[-1].rate
    spread = lent.rate - base // PER_BASIS_POINT
    return Floating(benchmark, FloatingRate(spread, months, rule))


def floating_rows(lents: Iterable[Lent]) -> Iterator[Row]:
    """The floating rates of new loans, as they stand in a file."""
    for lent in lents:
        floating = floating_of(lent)
        if floating is not None:
            terms = floating.terms
            yield {
                "loan": lent.number,
                "benchmark": floating.benchmark.label,
                "spread_bps": terms.spread_bps,
                "cycle_months": terms.months,
                "reset_rule": ResetRule(terms.reset_on.value).label,
                "first_reset_on": max(FIRST_RESETS, lent.disbursed_on + dt.timedelta(days=1)),
            }


def enter_quotes(since: dt.date, until: dt.date) -> None:
    """赵风险 enters the quotes published between two days, 吴审批 approves them."""
    entered_by = _officer(Role.RISK_MANAGER)
    approved_by = _officer(Role.APPROVER)
    known = set(BenchmarkQuote.objects.values_list("benchmark", "published_on"))
    given = [
        GivenQuote(benchmark, quote.published, quote.rate)
        for benchmark, quotes in QUOTES.items()
        for quote in quotes
        if since <= quote.published <= until and (benchmark, quote.published) not in known
    ]
    if not given:
        return
    entered = propose_quotes(quotes=given, source=SOURCE, by=entered_by, business_date=until)
    for quote in entered:
        approve_quote(quote=quote, by=approved_by)


def _officer(role: Role) -> Officer:
    person = next(one for one in CAST if one.roles[0] is role)
    return Officer.objects.get(username=person.username)
