"""Findings put into words: what was seen, by which rule and clause, in which rows."""

from __future__ import annotations

from daihou.fund_supervision.choices import SIGNAL_OF, Pattern
from daihou.fund_supervision.limits import CLAUSE_OF
from daihou.fund_supervision.models import Finding
from daihou.policy.queries import ParametersOnDay
from daihou.policy.reasons import Limit, Reason, SourceRow, reason
from loanmath.money import Money, format_yuan


def explain_finding(finding: Finding, parameters: ParametersOnDay, references: list[str]) -> Reason:
    """Why a finding stands, for the 为什么 panel."""
    pattern = Pattern(finding.pattern)
    entry = parameters[CLAUSE_OF[pattern]]
    clause = entry.clause or f"预警信号目录第{SIGNAL_OF[pattern]}号"
    value = entry.value if isinstance(entry.value, int) else 0
    return reason(
        f"{pattern.label}({SIGNAL_OF[pattern]} 号信号)",
        Limit(value, clause, entry.evidence.value, entry.version_text),
        says_of(finding),
        inputs={"涉及金额": f"{_yuan(finding.amount)} 元", "笔数": len(references)},
        rows=[SourceRow(table="交易流水", id=number) for number in references],
    )


def says_of(finding: Finding) -> str:
    """A finding in one sentence."""
    numbers, side = list(finding.numbers), finding.other_side or "对方"
    amount = f"{_yuan(finding.amount)} 元"
    first = numbers[0] if numbers else 0
    second = numbers[1] if len(numbers) > 1 else 0
    match Pattern(finding.pattern):
        case Pattern.RETURNED:
            whom = "借款人本人" if second else "借款人的关联方"
            return f"贷款资金经 {first} 手流到{whom}账户,合计 {amount}"
        case Pattern.SPLIT:
            return (
                f"{second} 天内向{side}分多笔支付,单笔均未超过受托支付标准 {_yuan(first)} 元,"
                f"合计 {amount}"
            )
        case Pattern.SECURITIES | Pattern.REAL_ESTATE | Pattern.WEALTH | Pattern.OTHER_LOAN:
            label = Pattern(finding.pattern).label
            return f"贷款资金第 {first} 手{label}:{side},合计 {amount}"
        case Pattern.CASH:
            return f"贷款资金被提取现金,合计 {amount}"
        case Pattern.SHARED_PAYEE:
            return (
                f"{first} 户的贷款资金流向同一收款人{side},本户 {amount},"
                f"各户合计 {_yuan(second)} 元"
            )
        case Pattern.SHARED_REPAYER:
            return f"{side}为 {first} 户转入还款资金,本户 {second} 笔、{amount}"
        case Pattern.FAST_THROUGH:
            return f"放款前后有大额资金进入后 {first} 天内几乎全部转出,进出合计 {amount}"
        case Pattern.NOT_ENTRUSTED:
            return f"自主支付中有超过受托支付标准 {_yuan(first)} 元的付款:{side},合计 {amount}"


def _yuan(fen: int) -> str:
    return format_yuan(Money(fen))
