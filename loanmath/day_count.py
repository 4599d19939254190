"""Day counts: how many days of which year a stretch of time is worth (计息天数).

Each convention answers with a whole weight; interest = base x rate x weight / basis. The same
convention always has the same basis, so that weights of neighbouring stretches add up.
"""

from enum import IntEnum

from loanmath.compiled import compiled
from loanmath.dates import day_from_parts, is_leap, month_length, parts_of

ACT_ACT_BASIS = 365 * 366
MONTH = 28 * 29 * 15 * 31  # can be divided by the days of any month
MONTHS_BASIS = 12 * MONTH


class DayCount(IntEnum):
    """The conventions by name; the number is what arrays hold.

    Unless the contract says otherwise a Chinese loan counts actual days over 360
    (银发〔2005〕129号: 日利率 = 年利率/360).
    """

    ACT_360 = 0
    ACT_365 = 1
    THIRTY_360 = 2  # 30/360 bond basis (ISDA 2006 4.16(f))
    THIRTY_E_360 = 3  # 30E/360 (ISDA 2006 4.16(g))
    ACT_ACT = 4  # ISDA: days in leap years over 366, others over 365
    MONTHS = 5  # each month a twelfth of a year, spread evenly over its own days
    NO_LEAP_365 = 6  # NL/365: actual days but 29 February, over 365
    ACT_364 = 7  # actual days over a year of 52 weeks


@compiled
def basis_of(convention: int) -> int:
    """The denominator that belongs to the weights of a convention."""
    if convention == DayCount.ACT_365 or convention == DayCount.NO_LEAP_365:
        return 365
    if convention == DayCount.ACT_364:
        return 364
    if convention == DayCount.ACT_ACT:
        return ACT_ACT_BASIS
    if convention == DayCount.MONTHS:
        return MONTHS_BASIS
    return 360


@compiled
def days_30_360(start: int, end: int) -> int:
    """Days of 30-day months, American bond basis.

    A 31st counts as the 30th at the start, and at the end only if the start is a 30th or 31st.
    """
    y1, m1, d1 = parts_of(start)
    y2, m2, d2 = parts_of(end)
    d1 = min(d1, 30)
    if d1 == 30:
        d2 = min(d2, 30)
    return 360 * (y2 - y1) + 30 * (m2 - m1) + d2 - d1


@compiled
def days_30e_360(start: int, end: int) -> int:
    """Days of 30-day months, European: every 31st counts as the 30th."""
    y1, m1, d1 = parts_of(start)
    y2, m2, d2 = parts_of(end)
    return 360 * (y2 - y1) + 30 * (m2 - m1) + min(d2, 30) - min(d1, 30)


@compiled
def act_act_weight(start: int, end: int) -> int:
    """Actual days, those of a leap year weighing 365 and the others 366 (over 365 x 366)."""
    weight = 0
    year = parts_of(start)[0]
    while start < end:
        next_year = day_from_parts(year + 1, 1, 1)
        stop = min(end, next_year)
        weight += (stop - start) * (365 if is_leap(year) else 366)
        start = stop
        year += 1
    return weight


@compiled
def months_weight(start: int, end: int) -> int:
    """Whole months and parts of months, a day of February weighing more than one of March."""
    y1, m1, d1 = parts_of(start)
    y2, m2, d2 = parts_of(end)
    months = 12 * (y2 - y1) + m2 - m1
    begun = (d1 - 1) * (MONTH // month_length(y1, m1))
    return months * MONTH + (d2 - 1) * (MONTH // month_length(y2, m2)) - begun


@compiled
def leap_days_until(day: int) -> int:
    """How many 29ths of February there were from year 1 up to a day, itself included."""
    year, month, day_of_month = parts_of(day)
    if month < 2 or (month == 2 and day_of_month < 29):
        year -= 1
    return year // 4 - year // 100 + year // 400


@compiled
def weight_between(convention: int, start: int, end: int) -> int:
    """The weight of the days from `start` (counted) to `end` (not counted); end >= start."""
    if convention == DayCount.ACT_ACT:
        return act_act_weight(start, end)
    if convention == DayCount.THIRTY_360:
        return days_30_360(start, end)
    if convention == DayCount.THIRTY_E_360:
        return days_30e_360(start, end)
    if convention == DayCount.MONTHS:
        return months_weight(start, end)
    if convention == DayCount.NO_LEAP_365:
        return end - leap_days_until(end) - start + leap_days_until(start)
    return end - start


@compiled
def weight_within(convention: int, anchor: int, start: int, end: int) -> int:
    """The weight from `start` to `end` inside an interest period that began on `anchor`.

    Equal to `weight_between` except for 30/360, whose weights depend on where the period began;
    measured from its beginning the parts of a period add up to the whole.
    """
    if convention == DayCount.THIRTY_360:
        return days_30_360(anchor, end) - days_30_360(anchor, start)
    return weight_between(convention, start, end)


@compiled
def penalty_convention(convention: int) -> int:
    """The day count of penalty interest: the loan's own if by actual days, else actual/360.

    Penalties run by the day, which months of 30 days cannot tell.
    """
    if convention in (DayCount.THIRTY_360, DayCount.THIRTY_E_360, DayCount.MONTHS):
        return DayCount.ACT_360.value
    return convention
