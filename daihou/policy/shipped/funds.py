"""When the use of money calls for a look."""

from __future__ import annotations

from daihou.policy.choices import Evidence
from daihou.policy.entries import Kind, Parameter, count, days, money, share

_MEASURES = "固定资产、流动资金、个人贷款管理办法(2024年第1、2、3号令)"
_LARGE = "《金融机构大额交易和可疑交易报告管理办法》(人民银行令〔2016〕第3号)第五条"


def _words(code: str, name: str, words: str) -> Parameter:
    return Parameter(
        code, name, Kind.WORDS, "", words, "预警信号目录第30、31号;词表为本系统默认",
        Evidence.PROPOSAL,
    )  # fmt: skip


FUND = (
    money("fund.entrust_single", "受托支付:对公单笔支付超过", 10_000_000, _MEASURES,
           Evidence.QUOTE),
    money("fund.entrust_retail_business", "受托支付:个人经营贷款单次提款超过", 500_000,
           "个人贷款管理办法(2024年第3号令)第三十六条", Evidence.SECONDARY),
    money("fund.entrust_retail_other", "受托支付:个人其他贷款单次提款超过", 300_000,
           "个人贷款管理办法(2024年第3号令)第三十六条", Evidence.RECALLED),
    days("fund.trace_days", "追踪最近多少天内放出的贷款", 180, "", Evidence.PROPOSAL),
    days("fund.trace_within", "资金到账后多少天内的支出计入去向", 30, "", Evidence.PROPOSAL),
    count("fund.trace_hops", "最多追踪几手", "手", 4, "", Evidence.PROPOSAL),
    money("fund.trace_least", "低于此金额不再向下追踪", 10_000, "", Evidence.PROPOSAL),
    money("fund.least_amount", "疑点合计金额起点", 50_000, "预警信号目录第28号",
           Evidence.PROPOSAL),
    money("fund.cash_amount", "大额提现起点", 50_000, "", Evidence.PROPOSAL),
    count("fund.split_times", "化整为零:笔数达到", "笔", 3, "预警信号目录第29号",
           Evidence.PROPOSAL),
    days("fund.split_days", "化整为零:多少天之内", 10, "预警信号目录第29号", Evidence.PROPOSAL),
    share("fund.split_share", "化整为零:单笔达到受托支付标准的", 30, "预警信号目录第29号",
           Evidence.PROPOSAL),
    count("fund.shared_borrowers", "多户同一对手:户数达到", "户", 3, "预警信号目录第40、41号",
           Evidence.PROPOSAL),
    days("fund.shared_days", "多户同一对手:多少天之内", 90, "预警信号目录第40、41号",
          Evidence.PROPOSAL),
    share("fund.shared_share", "多户同一对手:与本行客户往来中贷款资金或还款资金占比达到", 50,
           "预警信号目录第40、41号", Evidence.PROPOSAL),
    days("fund.repaid_days", "同一账户还款:转入后多少天内用于还款", 3, "预警信号目录第41号",
          Evidence.PROPOSAL),
    share("fund.repaid_margin", "同一账户还款:转入与还款金额相差不超过", 10,
           "预警信号目录第41号", Evidence.PROPOSAL),
    days("fund.fast_days", "快进快出:资金停留不超过", 2, "预警信号目录第32号",
          Evidence.PROPOSAL),
    days("fund.fast_before", "快进快出:看放款前多少天", 5, "预警信号目录第32号",
          Evidence.PROPOSAL),
    days("fund.fast_after", "快进快出:看放款后多少天", 15, "预警信号目录第32号",
          Evidence.PROPOSAL),
    share("fund.fast_share", "快进快出:金额达到放款金额的", 30, "预警信号目录第32号",
           Evidence.PROPOSAL),
    money("fund.large_cash", "大额清单:现金收支达到", 50_000, _LARGE, Evidence.RECALLED),
    money("fund.large_transfer_firm", "大额清单:单位转账达到", 2_000_000, _LARGE,
           Evidence.RECALLED),
    money("fund.large_transfer_person", "大额清单:个人转账达到", 500_000, _LARGE,
           Evidence.RECALLED),
    money("fund.night_amount", "异常清单:深夜(0至5时)支付达到", 50_000, "", Evidence.PROPOSAL),
    money("fund.emptied_amount", "异常清单:单笔转空账户达到", 100_000, "", Evidence.PROPOSAL),
    _words("fund.words.securities", "证券期货的词语", "证券、期货、银证转账、基金销售、股票"),
    _words("fund.words.real_estate", "房地产的词语",
           "房地产、置业、地产开发、购房、房款、楼款、住房首付"),
    _words("fund.words.wealth", "理财的词语", "理财、资产管理、信托计划、结构性存款"),
    _words("fund.words.other_loan", "归还其他贷款的词语",
           "还贷、还款付息、小额贷款、消费金融、归还借款、还网贷、过桥"),
)  # fmt: skip
