"""The features of the models: what each is called, which way it may move the risk, in words.

`direction` is a promise, kept by both methods: +1, more of it never lowers the risk; -1, more of
it never raises it; 0, either way. How a feature is computed stands in `panels/*.sql`, from facts
up to the evening of the observation day and none later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Feature:
    """One feature: its column, its Chinese name, its direction, and how its value is said."""

    code: str
    name: str
    direction: int
    unit: str = ""
    decimals: int = 0
    scale: float = 1.0

    def said(self, value: float | None) -> str:
        """The value as a person reads it; unknown stays unknown."""
        if value is None or value != value:
            return f"{self.name}不详"
        return f"{self.name} {value * self.scale:,.{self.decimals}f}{self.unit}"


_AUTO_LOANS = (
    Feature("missed_run", "当前连续未还", 1, " 期"),
    Feature("missed_3m", "近 3 个月未还", 1, " 期"),
    Feature("missed_6m", "近 6 个月未还", 1, " 期"),
    Feature("missed_12m", "近 12 个月未还", 1, " 期"),
    Feature("longest_run_12m", "近 12 个月最长连续未还", 1, " 期"),
    Feature("months_since_missed", "距上次未还", -1, " 个月"),
    Feature("paid_ratio_1m", "本月实还占应还", -1, "%", 0, 100),
    Feature("paid_ratio_3m", "近 3 个月实还占应还", -1, "%", 0, 100),
    Feature("paid_ratio_6m", "近 6 个月实还占应还", -1, "%", 0, 100),
    Feature("partial_6m", "近 6 个月只还部分", 1, " 次"),
    Feature("months_behind", "累计少还", 1, " 期", 1),
    Feature("uneven_6m", "近 6 个月还款波动", 1, "", 2),
    # Age and share repaid are left out: in a closed pool they only say which year it is.
    Feature("rate", "年利率", 1, "%", 2, 100),
    Feature("credit_score", "发放时信用分", -1, " 分"),
    Feature("payment_to_income", "月供收入比", 1, "%", 1, 100),
    Feature("loan_to_value", "贷款与车价之比", 1, "%", 0, 100),
)
_BOOK = (
    Feature("days_past_due", "当前逾期", 1, " 天"),
    Feature("unpaid_instalments", "未还期数", 1, " 期"),
    Feature("late_instalments_12m", "近一年延迟还款", 1, " 次"),
    Feature("worst_days_3m", "近 3 个月末最长逾期", 1, " 天"),
    Feature("worst_days_12m", "近 12 个月末最长逾期", 1, " 天"),
    Feature("months_overdue_6m", "近 6 个月末逾期", 1, " 次"),
    Feature("overdue_share", "逾期本息占余额", 1, "%", 1, 100),
    Feature("grave_signals", "红、橙预警", 1, " 个"),
    Feature("light_signals", "黄、蓝预警", 1, " 个"),
    Feature("grade", "五级分类档次", 1, " 级"),
    Feature("client_worst_days", "该客户其他借据最长逾期", 1, " 天"),
    Feature("client_loans", "该客户在贷", 0, " 笔"),
    Feature("balance_share", "余额占原额", 0, "%", 0, 100),
    Feature("months_on_book", "账龄", 0, " 个月"),
    Feature("months_left", "剩余期限", 0, " 个月"),
)
FEATURE_SETS: Mapping[str, tuple[Feature, ...]] = MappingProxyType(
    {"auto_loans": _AUTO_LOANS, "book": _BOOK}
)
# The plain rival that a model has to beat: a logistic regression on three counters of arrears.
ARREARS_COUNTERS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "auto_loans": ("missed_run", "missed_3m", "missed_12m"),
        "book": ("days_past_due", "unpaid_instalments", "late_instalments_12m"),
    }
)


def features_of(data: str, codes: list[str]) -> tuple[Feature, ...]:
    """The features of a version by their codes, in the version's order."""
    known = {feature.code: feature for feature in FEATURE_SETS[data]}
    return tuple(known.get(code, Feature(code, code, 0, decimals=2)) for code in codes)
