"""The demo bank changes two warning rules in its autumn: one approved, one still waiting.

赵风险 drafts, tries out over the bank's own kept days and proposes; 吴审批 approves days later.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from daihou.early_warning.choices import Colour, RuleStatus, Segment
from daihou.early_warning.client_rules.actions import (
    WantedRule,
    approve,
    ask_for_trial,
    draft,
    propose,
)
from daihou.early_warning.client_rules.models import RuleVersion
from daihou.early_warning.client_rules.trials import run_trial
from daihou.early_warning.shipped_signals import Level
from daihou.policy.choices import Evidence
from daihou.staff.models import Officer

_RISK_MANAGER, _APPROVER = "H0002", "H0004"
_INCOME, _NET_OUTFLOW = 23, 35


@dataclass(frozen=True)
class Change:
    """What is wanted of a signal's rule, and over which days it is tried out first."""

    number: int
    wanted: WantedRule
    tried_since: dt.date
    horizon: int


_PROPOSED: dict[dt.date, Change] = {
    dt.date(2026, 11, 3): Change(
        _NET_OUTFLOW,
        WantedRule(
            levels=(
                Level("in_out_ratio_90d < 80% and outflow_90d >= 5万元", Colour.YELLOW),
                Level("in_out_ratio_90d < 50% and outflow_90d >= 50万元", Colour.ORANGE),
            ),
            segment=Segment.ALL,
            products=(),
            cooldown=7,
            merge=60,
            is_on=True,
            effective_from=dt.date(2026, 11, 10),
            effective_to=None,
            source="本行风险管理部 2026 年 10 月预警回顾",
            evidence=Evidence.PROPOSAL,
            reason="小额账户进出稍有波动即提示,客户经理反映误报多;改为进出比低于八成且流出较大才提示",
        ),
        tried_since=dt.date(2026, 9, 4),
        horizon=30,
    ),
    dt.date(2026, 11, 17): Change(
        _INCOME,
        WantedRule(
            levels=(
                Level(
                    "inflow_30d < 40% * inflow_monthly_prior_90d"
                    " and inflow_monthly_prior_90d >= 1万元",
                    Colour.YELLOW,
                ),
            ),
            segment=Segment.ALL,
            products=(),
            cooldown=14,
            merge=60,
            is_on=True,
            effective_from=dt.date(2026, 12, 1),
            effective_to=None,
            source="本行风险管理部 2026 年 11 月预警回顾",
            evidence=Evidence.PROPOSAL,
            reason="月末月初回款错位造成提示过多,下限改为四成并提高月均流入门槛",
        ),
        tried_since=dt.date(2026, 10, 8),
        horizon=30,
    ),
}
_APPROVED_ON = dt.date(2026, 11, 6)


def change_rules(today: dt.date) -> None:
    """What is proposed and approved on the evening of a day; nothing on most days."""
    manager = Officer.objects.get(username=_RISK_MANAGER)
    change = _PROPOSED.get(today)
    if change and not RuleVersion.objects.filter(number=change.number).exists():
        _put_forward(change, manager, today)
    if today == _APPROVED_ON:
        for version in RuleVersion.objects.filter(status=RuleStatus.PROPOSED):
            approve(
                version=version,
                opinion="已看回测与昨日预览,同意",
                by=Officer.objects.get(username=_APPROVER),
                business_date=today,
            )


def _put_forward(change: Change, by: Officer, today: dt.date) -> None:
    version = draft(number=change.number, wanted=change.wanted, by=by, business_date=today)
    trial = ask_for_trial(
        version=version, against=None, since=change.tried_since, until=today,
        horizon=change.horizon, by=by,
    )  # fmt: skip
    run_trial(trial.pk)
    propose(version=version, by=by, business_date=today)
