"""The floating rate of one loan: the agreement in words, what resets did, what is to come."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from daihou.loan_book.models import FloatingTerms, Loan
from daihou.policy.queries import parameters_on, quotes_that_count
from daihou.servicing.choices import RESET_DONE
from daihou.servicing.floating_rates import terms_in_words
from daihou.servicing.models import RateReset
from daihou.servicing.reset_queries import Expected, expected_rate, resets_of

_SHOWN = 3


@dataclass(frozen=True)
class FloatingRateShown:
    """What the page of a loan says of its floating rate on a day."""

    terms: FloatingTerms
    words: str
    resets: list[RateReset]
    expected: Expected | None  # None when a reset waits: it comes first

    @property
    def latest(self) -> list[RateReset]:
        """The resets that are shown, the latest first."""
        return self.resets[:_SHOWN]

    @property
    def earlier(self) -> int:
        """How many more there were."""
        return len(self.resets) - len(self.latest)

    @property
    def lacking(self) -> RateReset | None:
        """The reset that could not be made."""
        return next((one for one in self.resets if one.outcome not in RESET_DONE), None)


def floating_rate_of(loan: Loan, day: dt.date) -> FloatingRateShown | None:
    """The floating rate of a loan as of a day; None for a fixed one."""
    terms: FloatingTerms | None = getattr(loan, "floating", None)
    if terms is None:
        return None
    resets = [one for one in resets_of(terms) if one.found_on <= day]
    expected = None
    if terms.next_reset_on is not None and terms.next_reset_on > day:
        expected = expected_rate(terms, quotes_that_count(), day, quote_age_on(day))
    return FloatingRateShown(terms, terms_in_words(terms), resets, expected)


def quote_age_on(day: dt.date) -> int:
    """How old a quote may be on the day that counts."""
    return parameters_on(day).whole("interest.quote_age")
