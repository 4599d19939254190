"""Dates in arrays are whole days since 1970-01-01 (int32); this is the way in and out."""

import datetime as dt

import numpy as np
import numpy.typing as npt

from loanmath.compiled import compiled

EPOCH = dt.date(1970, 1, 1)
NO_DATE = -(2**31)  # "there is none", in an int32 array of dates
NEVER = 2**31  # later than every date
FIRST_DAY = -25_567  # 1900-01-01
LAST_DAY = 84_005  # 2199-12-31


def day_number(date: dt.date) -> int:
    """The number of days from 1970-01-01 to a date."""
    return (date - EPOCH).days


def day_number_or_none(date: dt.date | None) -> int:
    """As `day_number`; no date becomes `NO_DATE`."""
    return NO_DATE if date is None else day_number(date)


def date_of(day: int) -> dt.date:
    """The date that a day number stands for."""
    return EPOCH + dt.timedelta(days=int(day))


def dates_of(days: npt.NDArray[np.integer]) -> list[dt.date]:
    """The dates of many day numbers, all of which are dates."""
    dates: list[dt.date] = np.asarray(days, np.int64).astype("datetime64[D]").tolist()
    return dates


def date_or_none(day: int) -> dt.date | None:
    """As `date_of`; `NO_DATE` becomes None."""
    return None if day == NO_DATE else date_of(day)


@compiled
def day_from_parts(year: int, month: int, day: int) -> int:
    """The day number of a calendar date (proleptic Gregorian, days-from-civil algorithm)."""
    shifted = year - 1 if month <= 2 else year
    era = shifted // 400
    year_of_era = shifted - era * 400
    month_from_march = month - 3 if month > 2 else month + 9
    day_of_year = (153 * month_from_march + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468


@compiled
def parts_of(day: int) -> tuple[int, int, int]:
    """Year, month and day of the month of a day number."""
    shifted = day + 719_468
    era = shifted // 146_097
    day_of_era = shifted - era * 146_097
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    month = month_from_march + 3 if month_from_march < 10 else month_from_march - 9
    year = year_of_era + era * 400 + (1 if month <= 2 else 0)
    return year, month, day_of_year - (153 * month_from_march + 2) // 5 + 1


@compiled
def is_leap(year: int) -> bool:
    """Whether a year has a 29th of February."""
    return (year % 4 == 0 and year % 100 != 0) or year % 400 == 0


@compiled
def month_length(year: int, month: int) -> int:
    """How many days a month has."""
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


FIRST_YEAR, LAST_YEAR = 1900, 2199


def _first_days() -> npt.NDArray[np.int64]:
    first, last = f"{FIRST_YEAR}-01", f"{LAST_YEAR + 1}-02"
    days = np.arange(first, last, dtype="datetime64[M]").astype("datetime64[D]").astype(np.int64)
    days.flags.writeable = False
    return days


FIRST_DAYS = _first_days()  # of each month of these years, and of the month after them


@compiled
def day_in_month(months: int, day_of_month: int) -> int:
    """The wished day of a month, or its last day where the month is shorter (月末顺延规则).

    `months` counts months since year 0: `12 * year + month - 1`. The years of loans are looked up,
    since plans ask for many such days.
    """
    at = months - 12 * FIRST_YEAR
    if 0 <= at < FIRST_DAYS.size - 1:
        return int(min(FIRST_DAYS[at] + day_of_month, FIRST_DAYS[at + 1]) - 1)
    year = months // 12
    month = months - 12 * year + 1
    return day_from_parts(year, month, min(day_of_month, month_length(year, month)))


@compiled
def add_months(day: int, count: int) -> int:
    """The same day of the month some months on, or that month's last day if it is shorter."""
    year, month, day_of_month = parts_of(day)
    return day_in_month(12 * year + month - 1 + count, day_of_month)


@compiled
def is_month_end(day: int) -> bool:
    """Whether a day is the last one of its month."""
    return parts_of(day + 1)[2] == 1
