"""The limits of the rules on the use of funds, from the parameters as they count on a day."""

from __future__ import annotations

from daihou.fund_supervision.choices import NotableRule, Pattern
from daihou.fund_supervision.rules import FundLimits
from daihou.policy.queries import ParametersOnDay

WORDS = {
    Pattern.SECURITIES: "fund.words.securities",
    Pattern.REAL_ESTATE: "fund.words.real_estate",
    Pattern.WEALTH: "fund.words.wealth",
    Pattern.OTHER_LOAN: "fund.words.other_loan",
}
# The parameter that each pattern rests on most, shown with its clause beside a finding.
CLAUSE_OF = {
    Pattern.RETURNED: "fund.least_amount",
    Pattern.SPLIT: "fund.entrust_single",
    **WORDS,
    Pattern.CASH: "fund.cash_amount",
    Pattern.SHARED_PAYEE: "fund.shared_borrowers",
    Pattern.SHARED_REPAYER: "fund.shared_borrowers",
    Pattern.FAST_THROUGH: "fund.fast_days",
    Pattern.NOT_ENTRUSTED: "fund.entrust_single",
}
NOTABLE = {
    NotableRule.LARGE_CASH: "fund.large_cash",
    NotableRule.LARGE_TRANSFER: "fund.large_transfer_firm",
    NotableRule.AT_NIGHT: "fund.night_amount",
    NotableRule.ROUND_CASH: "fund.cash_amount",
    NotableRule.EMPTIED: "fund.emptied_amount",
}


def fund_limits(parameters: ParametersOnDay) -> FundLimits:
    """The limits as the rules take them."""
    whole = parameters.whole
    return FundLimits(
        entrust_single=whole("fund.entrust_single"),
        entrust_retail_business=whole("fund.entrust_retail_business"),
        entrust_retail_other=whole("fund.entrust_retail_other"),
        split_times=whole("fund.split_times"),
        split_days=whole("fund.split_days"),
        split_share=whole("fund.split_share") // 1_000_000,
        least=whole("fund.least_amount"),
        cash_least=whole("fund.cash_amount"),
        shared_borrowers=whole("fund.shared_borrowers"),
        shared_days=whole("fund.shared_days"),
        shared_share=whole("fund.shared_share") // 1_000_000,
        repaid_days=whole("fund.repaid_days"),
        repaid_margin=whole("fund.repaid_margin") // 1_000_000,
        fast_days=whole("fund.fast_days"),
        fast_before=whole("fund.fast_before"),
        fast_after=whole("fund.fast_after"),
        fast_share=whole("fund.fast_share") // 1_000_000,
        words={pattern: parameters.words(code) for pattern, code in WORDS.items()},
    )
