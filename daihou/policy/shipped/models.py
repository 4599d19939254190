"""How far a risk model may be trusted."""

from __future__ import annotations

from daihou.policy.choices import Evidence
from daihou.policy.entries import Kind, Parameter, count

_MEASURED = "公开车贷数据实测:平常月份不足 50,2020 年 4、5 月超过 100(docs/models.md)"
MODEL = (
    count("model.shift_watch", "分数偏移(PSI)达到即留意", "千分之一", 50, _MEASURED,
           Evidence.PROPOSAL),
    count("model.shift_reference", "分数偏移(PSI)达到即仅供参考", "千分之一", 100, _MEASURED,
           Evidence.PROPOSAL),
    Parameter("model.explained", "每日逐笔给出原因的高分借据", Kind.COUNT, "笔", 5_000, "",
              Evidence.PROPOSAL),
)  # fmt: skip
