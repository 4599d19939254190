"""What happens to a due date that falls on a holiday, by named rule (节假日顺延)."""

from enum import IntEnum

import numpy as np

from loanmath.arrays import Days
from loanmath.compiled import compiled
from loanmath.dates import parts_of

NO_HOLIDAYS: Days = np.zeros(0, dtype=np.int32)


class Roll(IntEnum):
    """The roll rules by name."""

    NONE = 0  # the date stays, holiday or not
    FOLLOWING = 1  # the next working day
    MODIFIED_FOLLOWING = 2  # the next working day, but the one before if that is in another month
    PRECEDING = 3  # the working day before


@compiled
def is_holiday(day: int, holidays: Days) -> bool:
    """Whether a day is among the sorted non-working days (weekends are listed like any other)."""
    at = np.searchsorted(holidays, day)
    return bool(at < holidays.size and holidays[at] == day)


@compiled
def roll_date(day: int, rule: int, holidays: Days) -> int:
    """The day on which something planned for `day` is due.

    `holidays` (sorted, int32 day numbers) comes from the caller, who knows make-up working days.
    """
    if rule == Roll.NONE or not is_holiday(day, holidays):
        return day
    step = -1 if rule == Roll.PRECEDING else 1
    rolled = day
    while is_holiday(rolled, holidays):
        rolled += step
    if rule == Roll.MODIFIED_FOLLOWING and parts_of(rolled)[1] != parts_of(day)[1]:
        rolled = day
        while is_holiday(rolled, holidays):
            rolled -= 1
    return rolled
