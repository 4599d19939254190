"""How figures of the whole book are counted."""

from __future__ import annotations

from daihou.policy.choices import Evidence
from daihou.policy.entries import SEVEN_YEARS, Kind, Parameter, days

REPORT = (
    Parameter("report.overdue_bucket_upto", "逾期分档:各档天数上限", Kind.COUNTS, "天",
              (30, 60, 90, 180, 270, 360), "S71 普惠金融贷款逾期分档", Evidence.SECONDARY,
              lowest=1, highest=SEVEN_YEARS),
    days("report.whole_balance_over", "分期消费贷款逾期超过即全额计入逾期", 90,
          "G1102 逾期贷款填报口径", Evidence.SECONDARY),
    days("report.long_overdue_over", "“逾期90天以上”的天数", 90, "逾期90天以上贷款与不良贷款之比",
          Evidence.SECONDARY),
)  # fmt: skip
