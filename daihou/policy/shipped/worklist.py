"""What comes first in the work of the day."""

from __future__ import annotations

from daihou.policy.choices import Evidence
from daihou.policy.entries import SEVEN_YEARS, Kind, Parameter, count, days

# Points of the worklist: the more, the earlier. A client has the points of the worst colour, of
# the deepest arrears and of the amount, added up.
WORKLIST = (
    Parameter("worklist.colour_points", "信号颜色得分(蓝、黄、橙、红)", Kind.COUNTS, "分",
              (50, 150, 300, 500), "", Evidence.PROPOSAL),
    Parameter("worklist.overdue_from", "逾期分档起点", Kind.COUNTS, "天", (1, 4, 8, 31, 61, 91),
              "", Evidence.PROPOSAL, lowest=1, highest=SEVEN_YEARS),
    Parameter("worklist.overdue_points", "逾期分档得分", Kind.COUNTS, "分",
              (100, 150, 200, 300, 350, 400), "", Evidence.PROPOSAL),
    Parameter("worklist.amount_from", "涉及金额分档起点", Kind.COUNTS, "元",
              (10_000, 50_000, 200_000, 1_000_000, 5_000_000), "", Evidence.PROPOSAL,
              highest=10**9),
    Parameter("worklist.amount_points", "涉及金额分档得分", Kind.COUNTS, "分",
              (20, 50, 90, 140, 200), "", Evidence.PROPOSAL),
    count("worklist.grade_worse_points", "分类下调得分", "分", 200, "", Evidence.PROPOSAL),
    count("worklist.set_aside_points", "挂起借据得分", "分", 120, "", Evidence.PROPOSAL),
    count("worklist.coming_points", "即将到期得分", "分", 80, "", Evidence.PROPOSAL),
    count("worklist.first_contact", "逾期后首次联系", "工作日", 1, "", Evidence.PROPOSAL),
    count("worklist.set_aside_within", "挂起借据补正", "工作日", 2, "", Evidence.PROPOSAL),
    days("worklist.follow_up", "办结后仍逾期,再次跟进", 7, "", Evidence.PROPOSAL),
    days("worklist.instalment_ahead", "大额还款提前提示", 3, "", Evidence.PROPOSAL),
    Parameter("worklist.instalment_large", "大额还款起点", Kind.MONEY, "元", 5_000_000, "",
              Evidence.PROPOSAL, highest=10**13),
    count("worklist.instalment_late_times", "大额还款提示:近一年延迟达到", "次", 1, "",
           Evidence.PROPOSAL),
    days("worklist.maturity_ahead", "贷款到期提前提示", 30, "", Evidence.PROPOSAL),
    count("worklist.maturity_within", "贷款到期提示后落实还款来源", "工作日", 5, "",
           Evidence.PROPOSAL),
    count("worklist.grade_worse_within", "分类下调后核实", "工作日", 3, "", Evidence.PROPOSAL),
    days("worklist.reset_ahead", "利率重定价提前通知客户", 15, "借款合同约定", Evidence.PROPOSAL),
    days("worklist.reset_after", "重定价后继续提示通知客户", 7, "借款合同约定",
          Evidence.PROPOSAL),
    count("worklist.reset_within", "重定价提示后通知客户", "工作日", 5, "", Evidence.PROPOSAL),
    count("worklist.budget", "每人每日提示户数上限(红色不限)", "户", 30, "", Evidence.PROPOSAL),
)  # fmt: skip
