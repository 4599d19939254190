"""When would the cash run out? Cash in hand, what operations bring, what falls due, month by month.

Two courses: operations go on as in the last twelve months (基准), or as in the worst of the last
four quarters (低). Operating cash flow under 企业会计准则第31号 is before interest, so instalments
are taken off whole. Debts elsewhere are not known by date and are left out; the page says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from daihou.statements.amounts import Amounts, Fen
from daihou.statements.panel import Panel

MONTHS = 12  # how far the forecast looks


@dataclass(frozen=True)
class Course:
    """One course: what operations bring a month, cash at each month's end, the month it is gone.

    `break_month` counts from 1; None: the cash lasts as far as the forecast looks.
    """

    name: str
    monthly: int
    cash: tuple[int, ...]
    break_month: int | None
    months_left: float | None


@dataclass(frozen=True)
class Forecast:
    """The two courses of one client, and what they start from."""

    cash: int
    dues: tuple[int, ...]
    base: Course
    low: Course | None
    debt_elsewhere: int | None


def monthly_flows(panel: Panel) -> tuple[Amounts, Amounts]:
    """What operations bring a month: over the last twelve months, and in the worst quarter of four.

    The second is unknown unless all four quarters are.
    """
    year = panel.trailing_year("operating_cash")
    base = Amounts(year.fen // 12, year.known)
    flow = panel.quarter("operating_cash")
    quarters = [flow.taken(rows) for rows in panel.quarters]
    known = np.logical_and.reduce([one.known for one in quarters])
    worst = np.minimum.reduce([one.fen for one in quarters]) // 3
    return base, Amounts(np.minimum(worst, base.fen), known & base.known)


def months_of_cash(cash: Amounts, monthly: Amounts, dues: Fen) -> npt.NDArray[np.float64]:
    """How many months the cash lasts, in fractions; infinite beyond the forecast, NaN unknown.

    `dues[m, client]` is what falls due to us in the m-th month from now.
    """
    left = cash.fen.astype(np.int64)
    lasts = np.full(len(left), np.inf)
    for month in range(MONTHS):
        after = left + monthly.fen - dues[month]
        breaks = np.isinf(lasts) & (after < 0)
        used = np.maximum(left - after, 1)
        lasts = np.where(breaks, month + np.maximum(left, 0) / used, lasts)
        left = after
    return np.where(cash.known & monthly.known, lasts, np.nan)


def forecast(
    *,
    cash: int | None,
    base: int | None,
    low: int | None,
    dues: Sequence[int],
    debt_elsewhere: int | None,
) -> Forecast | None:
    """The two courses of one client; None where cash or operating cash flow are unknown."""
    if cash is None or base is None:
        return None
    return Forecast(
        cash,
        tuple(dues),
        _course("基准", cash, base, dues),
        None if low is None else _course("低", cash, low, dues),
        debt_elsewhere,
    )


def _course(name: str, cash: int, monthly: int, dues: Sequence[int]) -> Course:
    path, left, broken, months_left = [], cash, None, None
    for month, due in enumerate(dues, start=1):
        after = left + monthly - due
        if broken is None and after < 0:
            broken = month
            months_left = month - 1 + max(left, 0) / max(left - after, 1)
        path.append(after)
        left = after
    return Course(name, monthly, tuple(path), broken, months_left)
