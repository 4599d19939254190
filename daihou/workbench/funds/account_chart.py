"""An account's balance at the end of each day over the last year, as a line."""

from __future__ import annotations

import datetime as dt

from daihou.fund_supervision.models import Account
from daihou.fund_supervision.queries import transactions_of
from daihou.workbench.pieces.charts import LINE, Chart
from daihou.workbench.pieces.figures_text import yuan
from loanmath.money import Money

_A_YEAR = dt.timedelta(days=365)


def balance_chart(account: Account, day: dt.date) -> Chart | None:
    """The picture; None where the transactions do not say the balance."""
    rows = transactions_of(account).filter(
        booked_on__lte=day, booked_on__gt=day - _A_YEAR, balance_after__isnull=False
    )
    last_of_day = rows.order_by("booked_on", "-pk").distinct("booked_on")
    ends = [(row.booked_on, row.balance_after or 0) for row in last_of_day]
    if len(ends) < 2:
        return None
    lowest = min(balance for _, balance in ends)
    return Chart(
        name="balance",
        finding=f"近一年日终余额最低 {yuan(Money(lowest))} 元,最近 {yuan(Money(ends[-1][1]))} 元",
        data=[
            {
                "type": "scatter",
                "mode": "lines",
                "line": {"color": LINE, "shape": "hv", "width": 1.5},
                "x": [on.isoformat() for on, _ in ends],
                "y": [balance / 1_000_000 for _, balance in ends],
                "hovertemplate": "%{x}<br>%{y:,.2f} 万元<extra></extra>",
            }
        ],
        layout={"yaxis": {"title": {"text": "余额(万元)"}, "rangemode": "tozero"}},
        headings=("日期", "日终余额(元)"),
        rows=[(on.isoformat(), yuan(Money(balance))) for on, balance in ends],
        is_low=True,
    )
