"""When failing may spread among guarantors."""

from __future__ import annotations

from daihou.policy.choices import Evidence
from daihou.policy.entries import count, days, share

GRAPH = (
    days("graph.failing_days", "出险:任一借据逾期达到", 31, "预警信号目录 87、89",
          Evidence.PROPOSAL),
    count("graph.sued_guarantors", "保证人被诉、失信:户数达到", "户", 1, "预警信号目录 88",
           Evidence.PROPOSAL),
    count("graph.failing_members", "担保圈出险:出险户数达到", "户", 1, "预警信号目录 89",
           Evidence.SECONDARY),
    count("graph.called_hands", "担保圈出险:沿担保链向上几手保证人", "手", 2,
           "预警信号目录 89", Evidence.PROPOSAL),
    count("graph.hub_clients", "担保户数过多:同时为多少户担保", "户", 5, "", Evidence.PROPOSAL),
    share("graph.guarantees_to_net_assets", "对外担保余额占净资产上限", 100, "预警信号目录 90",
           Evidence.PROPOSAL, highest=1000),
    count("graph.shared_most", "共用号码、地址:超过多少户共用即不视为关联", "户", 10, "",
           Evidence.PROPOSAL),
)  # fmt: skip
