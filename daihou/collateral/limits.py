"""The parameters of collateral as the rules want them: arrays by kind, and the signals' limits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from daihou.collateral.choices import CODE_OF, CollateralKind
from daihou.collateral.rules import Limits
from daihou.policy.queries import ParametersOnDay


class SignalLimits(NamedTuple):
    """From where on signals 91 to 95 show."""

    guarantee_days: tuple[int, ...]
    fall: int
    deeper: int
    ltv_over: int
    lapsed_days: int


def collateral_limits(parameters: ParametersOnDay) -> Limits:
    """Haircuts and months between valuations, by kind."""
    by_kind = {name: np.zeros(max(CollateralKind) + 1, np.int64) for name in ("cut", "months")}
    for kind in CollateralKind:
        by_kind["cut"][kind] = parameters.whole(f"collateral.haircut.{CODE_OF[kind]}")
        by_kind["months"][kind] = parameters.whole(f"collateral.revalue.{CODE_OF[kind]}")
    overdue = parameters.whole("collateral.haircut_overdue")
    longer = parameters.whole("collateral.haircut_overdue_year")
    return Limits(
        haircut=by_kind["cut"],
        revalue_months=by_kind["months"],
        stale=np.array([0, overdue, longer], np.int64),
        watch_months=parameters.whole("collateral.revalue_watch"),
        bad_months=parameters.whole("collateral.revalue_bad"),
    )


def signal_limits(parameters: ParametersOnDay) -> SignalLimits:
    """From where on the signals show, on a day."""
    fall = parameters.whole("collateral.92.fall")
    return SignalLimits(
        guarantee_days=tuple(sorted(parameters.wholes("collateral.91.days"), reverse=True)),
        fall=fall,
        deeper=fall + parameters.whole("collateral.92.deeper"),
        ltv_over=parameters.whole("collateral.93.over"),
        lapsed_days=parameters.whole("collateral.95.days"),
    )
