"""How far a loan may be extended (展期): a rule in plain words, its numbers handed in.

The three loan measures of 2024 (固定资产、流动资金、个人贷款管理办法) know two bands: a loan of
up to a year may be extended by at most its original term, a longer one by at most half of it, all
extensions counted together. The older 贷款通则 of 1996 had a third band with a limit of three
years; farmers' loans may be extended once only. All of these are `Limits`.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from loanmath.dates import add_months, date_of, day_number
from loanmath.schedule import whole_months


@dataclass(frozen=True, slots=True)
class Band:
    """Loans whose original term is at most so many months (None: any term), and their limit."""

    term_months: int | None
    share: tuple[int, int] | None = None  # of the original term: (1, 2) is half of it
    months: int | None = None  # at most so many months


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits on extensions: the first band that a loan falls in counts."""

    bands: tuple[Band, ...]
    times: int | None = None  # so many extensions in all


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an extension keeps within the limits; `latest` is the last maturity that does."""

    allowed: bool
    latest: dt.date | None  # None: no limit on the date
    because: tuple[str, ...]  # in Chinese; empty if allowed


def judge_extension(
    start: dt.date,
    maturities: Sequence[dt.date],
    wanted: dt.date,
    limits: Limits,
) -> Verdict:
    """Whether a loan may be extended to a maturity.

    `maturities` are the original one and those of extensions granted before. Raises ValueError if
    there is none, or if no band covers the loan.
    """
    if not maturities:
        raise ValueError("a loan has a maturity")
    because = []
    if wanted <= maturities[-1]:
        because.append(f"展期后的到期日须晚于现到期日{maturities[-1]}")
    if limits.times is not None and len(maturities) > limits.times:
        because.append(f"已展期{len(maturities) - 1}次，最多{limits.times}次")
    latest = latest_maturity(start, maturities[0], limits)
    if latest is not None and wanted > latest:
        because.append(f"累计展期超过期限：原期限{start}至{maturities[0]}，最晚展至{latest}")
    return Verdict(not because, latest, tuple(because))


def latest_maturity(start: dt.date, maturity: dt.date, limits: Limits) -> dt.date | None:
    """The last day to which a loan of this original term may be extended; None: no limit.

    Raises ValueError if no band covers the term.
    """
    band = _band(start, maturity, limits)
    ends = []
    if band.share is not None:
        ends.append(_after_share(start, maturity, band.share))
    if band.months is not None:
        ends.append(date_of(add_months(day_number(maturity), band.months)))
    return min(ends, default=None)


def _band(start: dt.date, maturity: dt.date, limits: Limits) -> Band:
    for band in limits.bands:
        if band.term_months is None:
            return band
        if maturity <= date_of(add_months(day_number(start), band.term_months)):
            return band
    raise ValueError("the limits have no band for a loan of this term")


def _after_share(start: dt.date, maturity: dt.date, share: tuple[int, int]) -> dt.date:
    """A share of the original term after maturity: in months if they come out whole, or in days."""
    first, last = day_number(start), day_number(maturity)
    numerator, denominator = share
    months, odd = divmod(int(whole_months(first, last)) * numerator, denominator)
    if months > 0 and odd == 0:
        return date_of(add_months(last, months))
    return date_of(last + (last - first) * numerator // denominator)
