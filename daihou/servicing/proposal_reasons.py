"""Why a change of terms may be made, and within which limits: the clauses behind a proposal."""

from __future__ import annotations

from daihou.loan_book.choices import CustomerKind
from daihou.loan_book.models import Loan
from daihou.policy.choices import Evidence
from daihou.policy.queries import ParametersOnDay
from daihou.policy.reasons import Limit, Reason, SourceRow, reason
from daihou.servicing.choices import ProposalKind
from daihou.servicing.extension_limits import limits_on
from daihou.servicing.wishes import Wish
from loanmath.dates import add_months, date_of, day_number
from loanmath.extension import latest_maturity

_SHIPPED = "出厂值"
# What the law or the contract says of a kind, the clause, and how sure that is.
_CLAUSES: dict[ProposalKind, tuple[str, str, Evidence]] = {
    ProposalKind.RESTRUCTURING: (
        "重组后的贷款按重组资产分类,并经观察期才能上调",
        "《商业银行金融资产风险分类办法》(2023年第1号令)第三章",
        Evidence.SECONDARY,
    ),
    ProposalKind.REPRICING: (
        "利率变动的,本期利息按利率分段计收;罚息、复利利率按上浮比例随之调整",
        "银发〔1999〕77号 第25条",
        Evidence.TEXT,
    ),
    ProposalKind.CASH_CYCLE: (
        "还款安排应与客户的资金循环周期相匹配;到期日和利率不变",
        "流动资金贷款管理办法(2024年第2号令)",
        Evidence.RECALLED,
    ),
    ProposalKind.PREPAYMENT: (
        "提前还款的,按实际借款期间计算利息",
        "民法典 第677条",
        Evidence.TEXT,
    ),
    ProposalKind.CALLED_IN: (
        "约定的提前到期情形出现时,未到期本金连同截至当日的利息当日到期",
        "借款合同约定;未按约定用途使用借款的,民法典 第673条",
        Evidence.RECALLED,
    ),
    ProposalKind.PENALTY_PAUSED: (
        "停计期间罚息、复利不增加,已计的不因此减免;逾期天数照算",
        "纾困、灾害等延期还本付息政策,或借款合同约定",
        Evidence.RECALLED,
    ),
    ProposalKind.PENALTY_RESUMED: (
        "自恢复日起按约定利率计收罚息、复利,停计期间不补计",
        "纾困、灾害等延期还本付息政策,或借款合同约定",
        Evidence.RECALLED,
    ),
    ProposalKind.COUNT_RESUMED: (
        "自恢复日的次日起接着计算逾期天数,停计期间不补计",
        "纾困、灾害等延期还本付息政策",
        Evidence.RECALLED,
    ),
}


def reasons_for(loan: Loan, wish: Wish, parameters: ParametersOnDay) -> list[Reason]:
    """The clauses and limits by which a wish is judged, with the values they are held against."""
    rows = [SourceRow(table="loan_book.loan", id=loan.number)]
    if wish.kind is ProposalKind.EXTENSION:
        return _extension(loan, wish, parameters, rows)
    if wish.kind is ProposalKind.COUNT_PAUSED:
        limit = parameters.limit("limit.count_pause_days")
        days = (wish.until - wish.on).days if wish.until else None
        says = f"停计期间逾期天数不增加,罚息照计;每次最长 {limit.value} 天"
        return [
            reason(
                "terms.count_paused",
                limit,
                says,
                inputs={"申请停计天数": days, "最长天数": limit.value},
                rows=rows,
            )
        ]
    says, clause, evidence = _CLAUSES[wish.kind]
    limit = Limit(0, clause, evidence.value, _SHIPPED)
    return [reason(f"terms.{wish.kind.value}", limit, says, inputs={}, rows=rows)]


def _extension(
    loan: Loan, wish: Wish, parameters: ParametersOnDay, rows: list[SourceRow]
) -> list[Reason]:
    months = parameters.whole("limit.extension_short_months")
    is_short = loan.matures_on <= date_of(add_months(day_number(loan.disbursed_on), months))
    code = "limit.extension_short" if is_short else "limit.extension_long"
    kind = loan.customer.kind
    latest = latest_maturity(loan.disbursed_on, loan.matures_on, limits_on(parameters, kind))
    inputs = {
        "放款日": str(loan.disbursed_on),
        "原到期日": str(loan.matures_on),
        "申请展期至": str(wish.until),
        "最晚可展至": str(latest),
    }
    says = f"累计展期期限不超过原期限的限额,最晚展至 {latest}"
    found = [reason("terms.extension", parameters.limit(code), says, inputs=inputs, rows=rows)]
    if kind == CustomerKind.FARMER:
        times = parameters.limit("limit.extension_farmer_times")
        says = f"农户贷款最多展期 {times.value} 次"
        found.append(reason("terms.extension_times", times, says, inputs={"最多次数": times.value}))
    return found
