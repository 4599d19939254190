"""How collateral is valued, and when it calls for a look."""

from __future__ import annotations

from daihou.policy.choices import Evidence
from daihou.policy.entries import SEVEN_YEARS, Kind, Parameter, count, days, share

_GUIDELINE = "《商业银行押品管理指引》(银监发〔2017〕16号)"
# By kind: name, haircut in percent, months between valuations.
_COLLATERAL_KINDS = (
    ("deposit", "存单", 5, 36), ("house", "住宅", 30, 12), ("shop", "商业用房", 40, 12),
    ("plant", "工业厂房", 50, 12), ("land", "土地使用权", 40, 12), ("machine", "机器设备", 60, 12),
    ("vehicle", "车辆", 60, 12), ("stock", "存货", 60, 3), ("receivable", "应收账款", 50, 3),
    ("shares", "股权", 60, 6), ("other", "其他", 70, 6),
)  # fmt: skip
COLLATERAL = (
    *(share(f"collateral.haircut.{code}", f"{name}:折扣率", percent,
             f"{_GUIDELINE}要求审慎估值;比例为本系统默认", Evidence.PROPOSAL)
      for code, name, percent, _ in _COLLATERAL_KINDS),
    share("collateral.haircut_overdue", "逾期未重估:折扣率加", 10,
           f"{_GUIDELINE}要求审慎估值;比例为本系统默认", Evidence.PROPOSAL),
    share("collateral.haircut_overdue_year", "逾期一年以上未重估:折扣率加", 30,
           f"{_GUIDELINE}要求审慎估值;比例为本系统默认", Evidence.PROPOSAL),
    *(count(f"collateral.revalue.{code}", f"{name}:重估间隔", "个月", months,
             f"{_GUIDELINE}押品价值原则上至少每年评估一次", Evidence.RECALLED)
      for code, name, _, months in _COLLATERAL_KINDS),
    count("collateral.revalue_watch", "所担保借据为关注类:重估间隔至多", "个月", 6,
           f"{_GUIDELINE}风险上升时提高估值频率;月数为本系统默认", Evidence.PROPOSAL),
    count("collateral.revalue_bad", "所担保借据为不良:重估间隔至多", "个月", 3,
           f"{_GUIDELINE}风险上升时提高估值频率;月数为本系统默认", Evidence.PROPOSAL),
    days("collateral.ahead", "登记、保险到期提前提示", 30, "", Evidence.PROPOSAL),
    Parameter("collateral.91.days", "91 号信号:保证期间届满前逐档", Kind.COUNTS, "天", (90, 30),
              "预警信号目录第91号;民法典第692条保证期间", Evidence.PROPOSAL, lowest=0,
              highest=SEVEN_YEARS),
    share("collateral.92.fall", "92 号信号:押品较初次估值贬值超过", 20, "预警信号目录第92号",
           Evidence.SECONDARY),
    share("collateral.92.deeper", "92 号信号:再贬值达到即须补充担保", 10, "预警信号目录第92号",
           Evidence.SECONDARY),
    share("collateral.93.over", "93 号信号:抵押率高于核定超过", 10, "预警信号目录第93号",
           Evidence.PROPOSAL),
    days("collateral.95.days", "95 号信号:登记失效或保险到期超过", 30, "预警信号目录第95号",
          Evidence.SECONDARY),
)  # fmt: skip
