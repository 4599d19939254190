"""What a lender may lend and put off at most."""

from __future__ import annotations

from daihou.policy.choices import Evidence
from daihou.policy.entries import Kind, Parameter, count, days, share

_EXTENSION = "固定资产、流动资金、个人贷款管理办法(2024年第1、2、3号令)"

LIMIT = (
    Parameter("limit.net_capital", "本行资本净额", Kind.MONEY, "元", None,
              "由本行录入,用于集中度计算", Evidence.PROPOSAL, lowest=1, highest=10**16),
    share("limit.single_customer", "单一客户贷款占资本净额上限", 10, "商业银行法第三十九条",
           Evidence.TEXT),
    share("limit.group_customer", "集团客户授信占资本净额上限", 15,
           "《商业银行集团客户授信业务风险管理指引》", Evidence.RECALLED),
    count("limit.extension_short_months", "展期:短期贷款的原期限不超过", "个月", 12,
           _EXTENSION, Evidence.QUOTE),
    share("limit.extension_short", "展期:短期贷款累计展期占原期限上限", 100, _EXTENSION,
           Evidence.QUOTE, highest=1000),
    share("limit.extension_long", "展期:其他贷款累计展期占原期限上限", 50, _EXTENSION,
           Evidence.QUOTE, highest=1000),
    count("limit.extension_farmer_times", "展期:农户贷款最多展期", "次", 1,
           "《农户贷款管理办法》银监发〔2012〕50号", Evidence.QUOTE),
    days("limit.count_pause_days", "停计逾期天数:每次最长", 180,
          "纾困、灾害等延期还本付息政策(征信特殊交易“纾困延期”);天数为本系统默认",
          Evidence.PROPOSAL),
    days("limit.terms_ahead", "条款变更申请:生效日最多晚于营业日", 31, "", Evidence.PROPOSAL),
)  # fmt: skip
