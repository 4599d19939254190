"""The words for the terms of a loan; the codes are the kernel's."""

from daihou.feeds.standard.columns import Word

DAY_COUNTS = (
    Word(0, "act_360", "ACT/360"),
    Word(1, "act_365", "ACT/365"),
    Word(2, "thirty_360", "30/360"),
    Word(3, "thirty_e_360", "30E/360"),
    Word(4, "act_act", "ACT/ACT"),
)
ROLL_RULES = (
    Word(0, "none", "不顺延"),
    Word(1, "following", "顺延"),
    Word(2, "modified_following", "顺延但不跨月"),
    Word(3, "preceding", "提前"),
)
ALLOCATIONS = (
    Word(0, "interest_first", "先费用后息后本"),
    Word(1, "principal_first", "先费用后本后息"),
)
INTEREST_MODES = (
    Word(0, "by_plan", "按计划"),
    Word(1, "by_balance", "按余额"),
)
EXCESS_MODES = (
    Word(0, "keep_as_credit", "留作溢缴款"),
    Word(1, "reduce_principal", "冲减本金"),
)
