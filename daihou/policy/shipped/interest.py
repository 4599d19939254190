"""What late and misused money costs."""

from __future__ import annotations

from daihou.policy.choices import Evidence
from daihou.policy.entries import days, share

_PENALTY_NOTICE = "银发〔2003〕251号 第三条"

INTEREST = (
    share("interest.overdue_uplift_low", "逾期罚息上浮下限", 30, _PENALTY_NOTICE,
           Evidence.SECONDARY, 200),
    share("interest.overdue_uplift_high", "逾期罚息上浮上限", 50, _PENALTY_NOTICE,
           Evidence.SECONDARY, 200),
    share("interest.misuse_uplift_low", "挪用罚息上浮下限", 50, _PENALTY_NOTICE,
           Evidence.SECONDARY, 200),
    share("interest.misuse_uplift_high", "挪用罚息上浮上限", 100, _PENALTY_NOTICE,
           Evidence.SECONDARY, 200),
    days("interest.principal_first_after", "逾期超过多少天后先收本金", 90,
          "民法典第561条允许约定;90天为行业做法", Evidence.RECALLED),
    days("interest.quote_age", "重定价时 LPR 报价距应采用日最长", 35,
          "LPR 每月20日公布,遇节假日顺延;更早的报价视为缺当期报价", Evidence.RECALLED),
)  # fmt: skip
