"""Interest rates are whole millionths of a percent per year: 4.35 % is 4_350_000."""

from decimal import Decimal, InvalidOperation
from typing import NewType

import numpy as np
import numpy.typing as npt

from loanmath.arrays import Amounts
from loanmath.compiled import compiled
from loanmath.rounding import divide_half_up

Rate = NewType("Rate", int)

PER_PERCENT = 1_000_000
PER_ONE = 100 * PER_PERCENT  # a rate of 100 % a year
MAX_RATE = Rate(10 * PER_ONE)  # 1000 % a year; the exact accrual relies on it
BPS_PER_ONE = 10_000
NO_RATE = Rate(0)


def share_of(amounts: Amounts, share: int | Amounts) -> Amounts:
    """The whole fen in a share of each amount, rounded down; exact, and safe from overflow.

    `share` is at most 100 %, for all alike or one for each.
    """
    ones, rest = np.divmod(amounts, PER_ONE)
    return np.asarray(ones * share + rest * share // PER_ONE, dtype=np.int64)


def part_of(amounts: Amounts, share: int | Amounts) -> Amounts:
    """As `share_of`, but with a half going up; the share may be above 100 %.

    Nothing overflows for amounts below 10**17 and shares up to ten times the whole.
    """
    ones = amounts // PER_ONE  # by one number: several times as quick as divmod
    rest = amounts - ones * PER_ONE
    return np.asarray(ones * share + (rest * share + PER_ONE // 2) // PER_ONE, np.int64)


def percent(written: str | int | Decimal) -> Rate:
    """Read a yearly rate in percent, as `percent("4.35")`.

    Raises TypeError for a float and ValueError for more than six decimals, a negative rate
    or one above 1000 %.
    """
    if isinstance(written, float | bool):
        raise TypeError(f"a rate must not be a {type(written).__name__}: {written!r}")
    try:
        millionths = Decimal(written) * PER_PERCENT
    except InvalidOperation:
        raise ValueError(f"not a rate in percent: {written!r}") from None
    if not millionths.is_finite() or millionths != millionths.to_integral_value():
        raise ValueError(f"a rate has at most six decimals: {written!r}")
    if not 0 <= millionths <= MAX_RATE:
        raise ValueError(f"a yearly rate lies between 0 and 1000 percent: {written!r}")
    return Rate(int(millionths))


def format_percent(rate: Rate) -> str:
    """Write a rate as percent without trailing zeros: `4.35%`."""
    whole, millionths = divmod(rate, PER_PERCENT)
    decimals = f"{millionths:06d}".rstrip("0")
    return f"{whole}.{decimals}%" if decimals else f"{whole}%"


def penalty_rate(rate: Rate, uplift_bps: int) -> Rate:
    """The penalty rate: the contract rate raised by a share of itself (罚息利率上浮).

    `uplift_bps` is that share in hundredths of a percent: 5000 for +50 %. A rate that does not
    come out in whole millionths of a percent is rounded half up. 银发〔2003〕251号 allows +30 % to
    +50 % for overdue and +50 % to +100 % for misused loans; the caller's policy holds the value.
    """
    if uplift_bps < 0:
        raise ValueError(f"a penalty cannot lower the rate: {uplift_bps}")
    return Rate(int(divide_half_up(rate * (BPS_PER_ONE + uplift_bps), BPS_PER_ONE)))


def penalty_rates(rates: Amounts, uplifts_bps: npt.NDArray[np.integer]) -> Amounts:
    """As `penalty_rate`, for many loans at once; neither array may hold a negative number."""
    raised = np.empty(rates.size, np.int64)
    _raise_rates(rates, uplifts_bps, raised)
    return raised


@compiled
def _raise_rates(rates: Amounts, uplifts_bps: npt.NDArray[np.integer], raised: Amounts) -> None:
    for n in range(rates.size):
        part = rates[n] * (BPS_PER_ONE + np.int64(uplifts_bps[n]))
        raised[n] = divide_half_up(part, BPS_PER_ONE)
