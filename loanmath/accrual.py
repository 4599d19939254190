"""Interest that grows day by day, exact: whole fen and the remaining fraction, integers only.

An accrued amount is a pair: `whole` fen and `part`, counted in units of 1/(10^8 x basis) fen. Both
grow by exact long division, so that interest over a period is the sum over its parts, whatever the
parts. Rounding (half up) happens only where an amount becomes due, paid or quoted.
"""

from loanmath.compiled import compiled

RATE_UNIT = 100_000_000  # one, in millionths of a percent
SMALL_BASE = 1 << 31  # below these two base x rate x weight, and a part added to it, fit 63 bits
SMALL_RATE_WEIGHT = 1 << 31


@compiled
def grow(whole: int, part: int, base: int, rate: int, weight: int, basis: int) -> tuple[int, int]:
    """Add `base x rate x weight / basis` to an accrued amount.

    Exact without overflow for base to 10^13 fen, rate to 1000 %, 40 years and more: where the
    product would pass 63 bits it is divided in steps, first by 10^8, then by the basis, each
    remainder carried on.
    """
    unit = RATE_UNIT * basis
    rate_weight = rate * weight
    if base < SMALL_BASE and rate_weight < SMALL_RATE_WEIGHT:
        part += base * rate_weight
        added = part // unit
        return whole + added, part - added * unit
    ones, rest = divmod(base, RATE_UNIT)
    carried, yearly_part = divmod(rest * rate, RATE_UNIT)
    yearly = ones * rate + carried  # base x rate = yearly x 10^8 + yearly_part
    years, days_part = divmod(yearly, basis)
    added, left = divmod(days_part * weight, basis)
    part += left * RATE_UNIT + yearly_part * weight
    more, part = divmod(part, unit)
    return whole + years * weight + added + more, part


@compiled
def rounded(whole: int, part: int, basis: int) -> int:
    """An accrued amount as it is charged or quoted: to the fen, half up (四舍五入到分)."""
    return whole + (1 if 2 * part >= RATE_UNIT * basis else 0)


@compiled
def interest(base: int, rate: int, weight: int, basis: int) -> int:
    """Interest of one stretch of time, rounded half up to the fen."""
    whole, part = grow(0, 0, base, rate, weight, basis)
    return rounded(whole, part, basis)
