"""The words for the terms of a loan; the codes are the kernel's."""

from daihou.feeds.standard.columns import Word
from loanmath.codes import Allocation, ExcessMode, InterestMode, PenaltyFrom
from loanmath.day_count import DayCount
from loanmath.roll import Roll


def _word(code: int, english: str, chinese: str) -> Word:
    return Word(int(code), english.lower(), chinese)


DAY_COUNTS = (
    _word(DayCount.ACT_360, "act_360", "ACT/360"),
    _word(DayCount.ACT_365, "act_365", "ACT/365"),
    _word(DayCount.THIRTY_360, "thirty_360", "30/360"),
    _word(DayCount.THIRTY_E_360, "thirty_e_360", "30E/360"),
    _word(DayCount.ACT_ACT, "act_act", "ACT/ACT"),
)
ROLL_RULES = (
    _word(Roll.NONE, "none", "不顺延"),
    _word(Roll.FOLLOWING, "following", "顺延"),
    _word(Roll.MODIFIED_FOLLOWING, "modified_following", "顺延但不跨月"),
    _word(Roll.PRECEDING, "preceding", "提前"),
)
_ALLOCATION_NAMES = {
    Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL: "费用→罚息→复利→利息→本金",
    Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL_BY_INSTALMENT: (
        "费用→罚息→复利→逐期利息本金"
    ),
    Allocation.PRINCIPAL_INTEREST_COMPOUND_PENALTY_FEES: "本金→利息→复利→罚息→费用",
    Allocation.PRINCIPAL_INTEREST_COMPOUND_PENALTY_FEES_BY_INSTALMENT: (
        "逐期本金利息→复利→罚息→费用"
    ),
    Allocation.FEES_PRINCIPAL_INTEREST_COMPOUND_PENALTY: "费用→本金→利息→复利→罚息",
    Allocation.INTEREST_PRINCIPAL_COMPOUND_PENALTY_FEES_BY_INSTALMENT: (
        "逐期利息本金→复利→罚息→费用"
    ),
    Allocation.FEES_INTEREST_COMPOUND_PENALTY_PRINCIPAL: "费用→利息→复利→罚息→本金",
}
ALLOCATIONS = tuple(_word(code, code.name, name) for code, name in _ALLOCATION_NAMES.items())
DEFAULT_ALLOCATION = _ALLOCATION_NAMES[Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL]
INTEREST_MODES = (
    _word(InterestMode.BY_PLAN, "by_plan", "按计划"),
    _word(InterestMode.BY_BALANCE, "by_balance", "按余额"),
    _word(InterestMode.BY_BALANCE_LEVEL, "by_balance_level", "按余额且每期总额不变"),
)
EXCESS_MODES = (
    _word(ExcessMode.HELD_AS_CREDIT, "held_as_credit", "留作溢缴款"),
    _word(ExcessMode.REDUCES_PRINCIPAL, "reduces_principal", "冲减本金"),
    _word(
        ExcessMode.PAYS_INTEREST_THEN_PRINCIPAL,
        "pays_interest_then_principal",
        "先付至当日利息再冲减本金",
    ),
)
PENALTY_STARTS = (
    _word(PenaltyFrom.DUE_DATE, "due_date", "自应还日"),
    _word(PenaltyFrom.END_OF_GRACE, "end_of_grace", "自宽限期满"),
)
