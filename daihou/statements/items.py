"""The lines of the three sheets, as 一般企业财务报表格式 (财会〔2019〕6号) names them, once.

`code` is what is kept in the book and never changes; `key` is how formulas call a line. A total
lists its parts with their signs: the checks, the entry form's running sums and the order on screen
all come from here. Losses by impairment are entered as the sheet prints them: a loss is negative.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from daihou.statements.choices import Sheet


@dataclass(frozen=True)
class Part:
    """One line of a sum, and whether it is added or taken off."""

    key: str
    sign: int


@dataclass(frozen=True)
class Item:
    """One line of a sheet. `parts` makes it a total; `may_be_negative` says what is no mistake."""

    code: int
    key: str
    name: str
    english: str
    sheet: Sheet
    parts: tuple[Part, ...] = ()
    other_names: tuple[str, ...] = ()
    may_be_negative: bool = False
    is_memo: bool = False  # printed under a line that contains it already (其中:)

    @property
    def is_total(self) -> bool:
        """Whether the line is a sum of other lines."""
        return bool(self.parts)


def _lines(sheet: Sheet, first: int, text: str) -> Iterator[Item]:
    """Lines as written below: key | 名称 | English | 别名、别名 | marks | parts of a total."""
    rows = [line for line in text.strip().splitlines() if line.strip()]
    for code, row in enumerate(rows, start=first):
        cells = [cell.strip() for cell in f"{row}|||".split("|")]
        key, name, english, others, marks, parts = cells[:6]
        yield Item(
            code,
            key,
            name,
            english,
            sheet,
            tuple(_part(word) for word in parts.split()),
            tuple(other for other in others.split("、") if other),
            may_be_negative="±" in marks,
            is_memo="m" in marks,
        )


def _part(word: str) -> Part:
    return Part(word.lstrip("+-"), -1 if word.startswith("-") else 1)


_BALANCE = """
cash | 货币资金 | Cash and bank balances | 现金及银行存款
trading_assets | 交易性金融资产 | Trading financial assets | 短期投资、以公允价值计量且其变动计入当期损益的金融资产
notes_receivable | 应收票据 | Notes receivable
receivables | 应收账款 | Accounts receivable | 应收帐款、应收账款净额
receivables_financing | 应收款项融资 | Receivables financing
prepayments | 预付款项 | Prepayments | 预付账款、预付帐款
other_receivables | 其他应收款 | Other receivables | 其它应收款
inventory | 存货 | Inventories | 存货净额
contract_assets | 合同资产 | Contract assets
assets_due | 一年内到期的非流动资产 | Non-current assets due within one year
other_current_assets | 其他流动资产 | Other current assets | 其它流动资产
current_assets | 流动资产合计 | Total current assets | 流动资产总计 | | cash trading_assets notes_receivable receivables receivables_financing prepayments other_receivables inventory contract_assets assets_due other_current_assets
debt_investments | 债权投资 | Debt investments
long_receivables | 长期应收款 | Long-term receivables
equity_investments | 长期股权投资 | Long-term equity investments
other_investments | 其他权益工具投资 | Other equity instruments held | 可供出售金融资产
investment_property | 投资性房地产 | Investment property
fixed_assets | 固定资产 | Fixed assets | 固定资产净额、固定资产账面价值
construction | 在建工程 | Construction in progress
right_of_use | 使用权资产 | Right-of-use assets
intangibles | 无形资产 | Intangible assets
development | 开发支出 | Development expenditure
goodwill | 商誉 | Goodwill
deferred_expenses | 长期待摊费用 | Long-term deferred expenses
deferred_tax_assets | 递延所得税资产 | Deferred tax assets
other_noncurrent_assets | 其他非流动资产 | Other non-current assets
noncurrent_assets | 非流动资产合计 | Total non-current assets | 非流动资产总计 | | debt_investments long_receivables equity_investments other_investments investment_property fixed_assets construction right_of_use intangibles development goodwill deferred_expenses deferred_tax_assets other_noncurrent_assets
total_assets | 资产总计 | Total assets | 资产合计、资产总额 | | current_assets noncurrent_assets
short_loans | 短期借款 | Short-term borrowings
trading_liabilities | 交易性金融负债 | Trading financial liabilities
notes_payable | 应付票据 | Notes payable
payables | 应付账款 | Accounts payable | 应付帐款
advances | 预收款项 | Advances from customers | 预收账款、预收帐款
contract_liabilities | 合同负债 | Contract liabilities
wages_payable | 应付职工薪酬 | Employee benefits payable | 应付工资
taxes_payable | 应交税费 | Taxes payable | 应交税金 | ±
other_payables | 其他应付款 | Other payables | 其它应付款
liabilities_due | 一年内到期的非流动负债 | Non-current liabilities due within one year
other_current_liabilities | 其他流动负债 | Other current liabilities
current_liabilities | 流动负债合计 | Total current liabilities | 流动负债总计 | | short_loans trading_liabilities notes_payable payables advances contract_liabilities wages_payable taxes_payable other_payables liabilities_due other_current_liabilities
long_loans | 长期借款 | Long-term borrowings
bonds | 应付债券 | Bonds payable
lease_liabilities | 租赁负债 | Lease liabilities
long_payables | 长期应付款 | Long-term payables
provisions | 预计负债 | Provisions
deferred_income | 递延收益 | Deferred income
deferred_tax_liabilities | 递延所得税负债 | Deferred tax liabilities
other_noncurrent_liabilities | 其他非流动负债 | Other non-current liabilities
noncurrent_liabilities | 非流动负债合计 | Total non-current liabilities | | | long_loans bonds lease_liabilities long_payables provisions deferred_income deferred_tax_liabilities other_noncurrent_liabilities
total_liabilities | 负债合计 | Total liabilities | 负债总计、负债总额 | | current_liabilities noncurrent_liabilities
paid_in_capital | 实收资本(或股本) | Paid-in capital | 实收资本、股本
other_equity_instruments | 其他权益工具 | Other equity instruments
capital_reserve | 资本公积 | Capital reserve | | ±
treasury_stock | 减:库存股 | Treasury stock | 库存股
other_comprehensive_income | 其他综合收益 | Other comprehensive income | | ±
special_reserve | 专项储备 | Special reserve
surplus_reserve | 盈余公积 | Surplus reserve
retained_earnings | 未分配利润 | Retained earnings | | ±
parent_equity | 归属于母公司所有者权益合计 | Equity of the parent's owners | 归属于母公司股东权益合计 | ± | paid_in_capital other_equity_instruments capital_reserve -treasury_stock other_comprehensive_income special_reserve surplus_reserve retained_earnings
minority_equity | 少数股东权益 | Minority interests | | ±
total_equity | 所有者权益合计 | Total equity | 所有者权益(或股东权益)合计、股东权益合计、净资产 | ± | parent_equity minority_equity
liabilities_and_equity | 负债和所有者权益总计 | Total liabilities and equity | 负债和所有者权益(或股东权益)总计、负债及所有者权益总计、负债和股东权益总计 | | total_liabilities total_equity
"""

_INCOME = """
revenue | 营业收入 | Revenue | 主营业务收入、营业总收入
cost | 营业成本 | Cost of sales | 主营业务成本
taxes_surcharges | 税金及附加 | Taxes and surcharges | 营业税金及附加
selling | 销售费用 | Selling expenses | 营业费用
admin | 管理费用 | Administrative expenses
research | 研发费用 | Research and development expenses
financial | 财务费用 | Financial expenses | | ±
interest_expense | 其中:利息费用 | of which interest expense | 利息费用、利息支出 | m
interest_income | 利息收入 | of which interest income | | m
other_income | 其他收益 | Other income | | ±
investment_income | 投资收益 | Investment income | | ±
fair_value | 公允价值变动收益 | Fair-value gains | | ±
credit_impairment | 信用减值损失 | Credit impairment (loss negative) | | ±
asset_impairment | 资产减值损失 | Asset impairment (loss negative) | | ±
disposal_gain | 资产处置收益 | Gains on disposal of assets | | ±
operating_profit | 营业利润 | Operating profit | | ± | revenue -cost -taxes_surcharges -selling -admin -research -financial other_income investment_income fair_value credit_impairment asset_impairment disposal_gain
other_gains | 营业外收入 | Non-operating income
other_losses | 营业外支出 | Non-operating expenses
profit_before_tax | 利润总额 | Profit before tax | | ± | operating_profit other_gains -other_losses
income_tax | 所得税费用 | Income tax | 所得税 | ±
net_profit | 净利润 | Net profit | | ± | profit_before_tax -income_tax
"""

_CASH_FLOW = """
sales_receipts | 销售商品、提供劳务收到的现金 | Cash received from sales
tax_refunds | 收到的税费返还 | Tax refunds received
other_operating_receipts | 收到其他与经营活动有关的现金 | Other operating receipts
operating_inflow | 经营活动现金流入小计 | Operating inflows | | | sales_receipts tax_refunds other_operating_receipts
purchases | 购买商品、接受劳务支付的现金 | Cash paid for purchases
wages | 支付给职工以及为职工支付的现金 | Cash paid to employees
taxes_paid | 支付的各项税费 | Taxes paid
other_operating_payments | 支付其他与经营活动有关的现金 | Other operating payments
operating_outflow | 经营活动现金流出小计 | Operating outflows | | | purchases wages taxes_paid other_operating_payments
operating_cash | 经营活动产生的现金流量净额 | Net operating cash flow | 经营活动现金流量净额 | ± | operating_inflow -operating_outflow
investments_recovered | 收回投资收到的现金 | Cash from recovered investments
investment_returns | 取得投资收益收到的现金 | Cash from investment returns
assets_sold | 处置固定资产、无形资产和其他长期资产收回的现金净额 | Cash from disposal of long-term assets | 处置固定资产收回的现金净额
other_investing_receipts | 收到其他与投资活动有关的现金 | Other investing receipts
investing_inflow | 投资活动现金流入小计 | Investing inflows | | | investments_recovered investment_returns assets_sold other_investing_receipts
assets_bought | 购建固定资产、无形资产和其他长期资产支付的现金 | Cash paid for long-term assets | 购建固定资产支付的现金
investments_made | 投资支付的现金 | Cash paid for investments
other_investing_payments | 支付其他与投资活动有关的现金 | Other investing payments
investing_outflow | 投资活动现金流出小计 | Investing outflows | | | assets_bought investments_made other_investing_payments
investing_cash | 投资活动产生的现金流量净额 | Net investing cash flow | 投资活动现金流量净额 | ± | investing_inflow -investing_outflow
capital_received | 吸收投资收到的现金 | Cash from capital contributions
borrowed | 取得借款收到的现金 | Cash from borrowings | 借款收到的现金
other_financing_receipts | 收到其他与筹资活动有关的现金 | Other financing receipts
financing_inflow | 筹资活动现金流入小计 | Financing inflows | | | capital_received borrowed other_financing_receipts
debt_repaid | 偿还债务支付的现金 | Cash repaid on debt
interest_and_dividends | 分配股利、利润或偿付利息支付的现金 | Dividends and interest paid
other_financing_payments | 支付其他与筹资活动有关的现金 | Other financing payments
financing_outflow | 筹资活动现金流出小计 | Financing outflows | | | debt_repaid interest_and_dividends other_financing_payments
financing_cash | 筹资活动产生的现金流量净额 | Net financing cash flow | 筹资活动现金流量净额 | ± | financing_inflow -financing_outflow
exchange_effect | 汇率变动对现金及现金等价物的影响 | Effect of exchange rates | 汇率变动对现金的影响 | ±
cash_change | 现金及现金等价物净增加额 | Net increase in cash | 现金净增加额 | ± | operating_cash investing_cash financing_cash exchange_effect
cash_at_start | 期初现金及现金等价物余额 | Cash at the beginning | 加:期初现金及现金等价物余额
cash_at_end | 期末现金及现金等价物余额 | Cash at the end | | ± | cash_change cash_at_start
"""

_NOTES = """
depreciation | 折旧与摊销 | Depreciation and amortization | 固定资产折旧
related_sales | 关联方销售额 | Sales to related parties
related_receivables | 应收关联方款项 | Receivables from related parties
largest_receivable | 最大单户应收账款 | Largest single receivable
bad_debt_allowance | 坏账准备余额 | Allowance for bad debts | 坏账准备
guarantees_given | 对外担保余额 | Guarantees given to others
restricted_cash | 受限货币资金 | Restricted cash
dividends | 本期分配利润 | Profit distributed in the period | 应付普通股股利
"""

ITEMS: tuple[Item, ...] = (
    *_lines(Sheet.BALANCE, 100, _BALANCE),
    *_lines(Sheet.INCOME, 200, _INCOME),
    *_lines(Sheet.CASH_FLOW, 300, _CASH_FLOW),
    *_lines(Sheet.NOTES, 400, _NOTES),
)
ITEM_BY_KEY = MappingProxyType({item.key: item for item in ITEMS})
ITEM_BY_CODE = MappingProxyType({item.code: item for item in ITEMS})
PLACE_OF_CODE = MappingProxyType({item.code: place for place, item in enumerate(ITEMS)})
PLACE_OF_KEY = MappingProxyType({item.key: place for place, item in enumerate(ITEMS)})
TOTALS = tuple(item for item in ITEMS if item.is_total)


def name_of(key: str) -> str:
    """The Chinese name of a line."""
    return ITEM_BY_KEY[key].name


def items_of(sheet: Sheet) -> tuple[Item, ...]:
    """The lines of one sheet in the order in which it prints them."""
    return tuple(item for item in ITEMS if item.sheet is sheet)
