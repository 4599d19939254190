"""How what is heard from outside is matched and how long it counts."""

from __future__ import annotations

from daihou.policy.choices import Evidence
from daihou.policy.entries import count, days, share

EVENT = (
    share("event.name_likeness", "名称相近:相似度不低于", 75, "", Evidence.PROPOSAL),
    days("event.same_report_days", "合并重复:发生日相差不超过", 30, "", Evidence.PROPOSAL),
    share("event.same_report_likeness", "合并重复:内容相似度不低于", 70, "", Evidence.PROPOSAL),
    days("event.shows_days", "一次性事件提示多少天", 365, "预警信号目录", Evidence.PROPOSAL),
    count("event.changes_least", "法定代表人、股权频繁变更:提示期内次数达到", "次", 2,
           "预警信号目录 74", Evidence.PROPOSAL),
    share("event.lawsuit_to_net_assets", "重大诉讼:金额超过净资产的", 10, "预警信号目录 83",
           Evidence.PROPOSAL),
)  # fmt: skip
