"""账户体检: what the indicators say of one client's accounts, line by line, on a day and before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from daihou.early_warning.client_rules.explanations import in_words
from daihou.early_warning.client_rules.queries import rules_on
from daihou.early_warning.client_rules.rules import ClientRule
from daihou.early_warning.indicators.catalogue import (
    DATA_NAMES,
    Indicator,
    indicators,
    names,
)
from daihou.early_warning.indicators.history import (
    ClientIndicators,
    indicators_of_client,
    kept_days,
)
from daihou.policy.choices import Evidence
from daihou.policy.reasons import Reason, SourceRow

# What is looked at, in groups; each indicator with the signal whose rule holds its limit, if any.
LOOKED_AT: Mapping[str, Sequence[tuple[str, int | None]]] = {
    "回笼与偿还": (
        ("collection_ratio_365d", None),
        ("inflow_cover_90d", None),
        ("balance_cover_30d", None),
    ),
    "流入": (
        ("inflow_30d", 23),
        ("inflow_against_prior_90d", None),
        ("in_out_ratio_90d", 35),
        ("inflow_cv_12m", 33),
        ("inflow_gap_months_12m", 34),
        ("longest_inflow_gap_180d", None),
    ),
    "交易对手": (
        ("top_payer_share_180d", 37),
        ("new_payer_share_90d", 27),
        ("lost_payer_share_90d", 70),
    ),
    "账户行为": (
        ("cash_inflow_share_90d", 38),
        ("night_share_90d", 39),
        ("min_balance_30d", 36),
        ("frozen_accounts", 42),
    ),
}
ALSO_READ = ("balance_now", "due_30d", "due_90d", "inflow_90d", "history_days")
_MONTHS_SHOWN = 12


@dataclass(frozen=True)
class HealthLine:
    """One indicator of a client: its value, its past, and the limit of the rule that watches it."""

    indicator: Indicator
    value: int | None
    past: tuple[int | None, ...]
    rule: ClientRule | None
    why_unknown: str

    @property
    def says(self) -> str:
        """The value with its unit; 未知 where nobody knows."""
        words = None if self.value is None else in_words(self.indicator.code, self.value)
        return "未知" if words is None else words

    @property
    def limits(self) -> list[str]:
        """The condition of each level in words; none where no rule watches it."""
        if self.rule is None:
            return []
        called = names()
        return [
            f"{level.colour.label}:{self.rule.in_words(number, called)}"
            for number, level in enumerate(self.rule.levels, start=1)
        ]

    def reason(self, rows: Sequence[SourceRow]) -> Reason:
        """Where the figure comes from, for the 为什么 panel."""
        limits = self.limits
        return Reason(
            rule=f"指标 {self.indicator.code}",
            version="指标目录",
            says=f"{self.indicator.name} {self.says}",
            clause=self.indicator.source,
            evidence=Evidence.PROPOSAL.value,
            inputs={
                "口径": self.indicator.definition,
                "所需数据": "、".join(DATA_NAMES[one] for one in self.indicator.needs),
                "界限": ";".join(limits) or "没有规则使用",
                **({"未知原因": self.why_unknown} if self.why_unknown else {}),
            },
            rows=list(rows),
        )


@dataclass(frozen=True)
class Health:
    """A client's card on a day; `day` is the last one worked out, `past` the days of the trends.

    Without `is_judged` the client had no loan on that day, and nothing was worked out.
    """

    day: dt.date
    groups: Mapping[str, Sequence[HealthLine]]
    past: Sequence[dt.date]
    also: Mapping[str, int | None]
    has_transactions: bool
    is_judged: bool


def health_of(customer: int, day: dt.date) -> Health | None:
    """The card of a client as the daily run up to a day left it; None before the first run."""
    folder = Path(settings.INDICATOR_FOLDER)
    days = _month_by_month([one for one in kept_days(folder) if one <= day])
    if not days:
        return None
    codes = [code for group in LOOKED_AT.values() for code, _ in group]
    read = [indicators_of_client(folder, one, customer, [*codes, *ALSO_READ]) for one in days]
    rules, catalogue, now = rules_on(day), indicators(), read[-1]
    groups = {
        title: [
            HealthLine(
                indicator=catalogue[code],
                value=now.values[code],
                past=tuple(one.values[code] for one in read),
                rule=_in_use(rules.get(number or 0)),
                why_unknown=_why_unknown(catalogue[code], now),
            )
            for code, number in group
        ]
        for title, group in LOOKED_AT.items()
    }
    also = {code: now.values[code] for code in ALSO_READ}
    return Health(now.day, groups, days, also, also["history_days"] is not None, now.is_judged)


def _month_by_month(days: Sequence[dt.date]) -> list[dt.date]:
    """The last day of each of the last months, rising."""
    last = {(one.year, one.month): one for one in days}
    return sorted(last.values())[-_MONTHS_SHOWN:]


def _in_use(rule: ClientRule | None) -> ClientRule | None:
    return rule if rule is not None and rule.is_on else None


def _why_unknown(indicator: Indicator, now: ClientIndicators) -> str:
    """What is missing where a value is unknown; empty where it is known."""
    if now.values[indicator.code] is not None:
        return ""
    if not now.is_judged:
        return "当日没有在贷借据"
    missing = [DATA_NAMES[one] for one in indicator.needs if one not in now.available]
    if missing:
        return f"本机构未接入{'、'.join(missing)}"
    if "transactions" in indicator.needs and now.values["history_days"] is None:
        return "没有该客户的账户流水"
    if indicator.needs == ("accounts",):
        return "没有登记该客户的账户"
    return "现有数据不够,见口径"
