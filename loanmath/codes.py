"""The words of the loan book: entry kinds, allocation orders, modes, problems; with their numbers.

The numbers stand in arrays and files. Never renumber one; add new ones at the end.
"""

from enum import IntEnum

import numpy as np

from loanmath.arrays import Codes


class EntryKind(IntEnum):
    """What a ledger entry does to a loan. Every amount is positive; the kind gives the sense."""

    DISBURSEMENT = 0  # 放款: principal goes out
    REPAYMENT = 1  # 还款: pays what is due; what is left follows the excess mode
    PREPAYMENT = 2  # 提前还款: pays what is due, then interest to date, then principal
    FEE = 3  # 费用: a charge that is due at once
    WAIVE_FEE = 4  # 减免费用
    WAIVE_PENALTY = 5  # 减免罚息
    WAIVE_COMPOUND = 6  # 减免复利
    WAIVE_INTEREST = 7  # 减免利息: due interest, oldest first
    WAIVE_PRINCIPAL = 8  # 减免本金: due principal oldest first, then principal not yet due
    WRITE_OFF = 9  # 核销: principal leaves the book, the claim remains
    RECOVERY = 10  # 核销后收回
    REFUND = 11  # 退还溢缴款: credit goes back to the borrower


class ChangeKind(IntEnum):
    """What a change of terms (条款变更) does, from the evening of its day on.

    It has a value where one is named here, else 0 (REPLANNED: 1 if the new plan's figures hold the
    interest that was due). A span is two changes: its begin and its end.
    """

    RATE = 0  # 合同利率: the rate
    PENALTY_RATE = 1  # 逾期罚息利率: the rate
    COMPOUND_RATE = 2  # 复利利率: the rate
    MISUSE_RATE = 3  # 挪用罚息利率: the rate; 0: the misuse has ended
    PENALTY_PAUSED = 4  # 停计罚息: 1: penalty and compound interest stand still; 0: they run again
    COUNT_PAUSED = 5  # 停计逾期天数: 1: the days past due stand still; 0: they are counted again
    CALLED_IN = 6  # 提前到期: all principal not yet due falls due, with interest to date
    CAPITALISED = 7  # 利息转本金: so much interest, due first, then run up
    PENALTY_CAPITALISED = 8  # 罚息转本金: so much penalty, then compound interest
    REPLANNED = 9  # 重组: what is due goes into the plan in force from this day on (`take_back`)
    NEW_PLAN = 10  # 新版还款计划生效: says only on which day the plan was made anew


class Allocation(IntEnum):
    """In which order a payment settles what is due (还款入账顺序).

    民法典 art. 561 puts costs before interest before principal unless agreed otherwise; lenders
    often turn to principal first once a loan is long overdue. BY_INSTALMENT settles interest and
    principal of the oldest instalment before the next one's; the others settle one item of all due
    instalments before the next item.
    """

    FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL = 0  # 费用→罚息→复利→利息→本金
    FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL_BY_INSTALMENT = 1  # 费用→罚息→复利→逐期(利息→本金)
    PRINCIPAL_INTEREST_COMPOUND_PENALTY_FEES = 2  # 本金→利息→复利→罚息→费用
    PRINCIPAL_INTEREST_COMPOUND_PENALTY_FEES_BY_INSTALMENT = 3  # 逐期(本金→利息)→复利→罚息→费用
    FEES_PRINCIPAL_INTEREST_COMPOUND_PENALTY = 4  # 费用→本金→利息→复利→罚息
    INTEREST_PRINCIPAL_COMPOUND_PENALTY_FEES_BY_INSTALMENT = 5  # 逐期(利息→本金)→复利→罚息→费用
    FEES_INTEREST_COMPOUND_PENALTY_PRINCIPAL = 6  # 费用→利息→复利→罚息→本金


class Item(IntEnum):
    """The parts of a claim that a payment can settle."""

    FEES = 0
    PENALTY = 1
    COMPOUND = 2
    INTEREST = 3
    PRINCIPAL = 4
    INSTALMENTS_INTEREST_FIRST = 5  # interest then principal, one instalment after the other
    INSTALMENTS_PRINCIPAL_FIRST = 6
    NOTHING = 7


_F, _P, _C, _I, _B = Item.FEES, Item.PENALTY, Item.COMPOUND, Item.INTEREST, Item.PRINCIPAL
_IB, _BI = Item.INSTALMENTS_INTEREST_FIRST, Item.INSTALMENTS_PRINCIPAL_FIRST
_END = Item.NOTHING

ALLOCATION_STEPS: Codes = np.array(
    [
        [_F, _P, _C, _I, _B],
        [_F, _P, _C, _IB, _END],
        [_B, _I, _C, _P, _F],
        [_BI, _C, _P, _F, _END],
        [_F, _B, _I, _C, _P],
        [_IB, _C, _P, _F, _END],
        [_F, _I, _C, _P, _B],
    ],
    dtype=np.int8,
)  # one row per Allocation


class InterestMode(IntEnum):
    """Where the interest of an instalment comes from."""

    BY_PLAN = 0  # what the plan says is due
    BY_BALANCE = 1  # accrues day by day on the real balance, falls due on the plan's dates
    BY_BALANCE_LEVEL = 2  # as BY_BALANCE; the instalment keeps its total, principal is the rest


class ExcessMode(IntEnum):
    """What becomes of money beyond what is due (溢缴款)."""

    HELD_AS_CREDIT = 0  # waits for the next due dates
    REDUCES_PRINCIPAL = 1
    PAYS_INTEREST_THEN_PRINCIPAL = 2  # interest accrued to the day first: a prepayment


class PenaltyFrom(IntEnum):
    """From which day penalty runs once the days of grace have passed unpaid."""

    DUE_DATE = 0  # back to the due date
    END_OF_GRACE = 1  # the days of grace stay free


class Status(IntEnum):
    """Where a loan stands."""

    NOT_STARTED = 0  # nothing disbursed yet
    LIVE = 1
    SETTLED = 2  # 结清
    WRITTEN_OFF = 3  # 已核销


class Problem(IntEnum):
    """Why a loan cannot be computed and is set aside."""

    NONE = 0
    NO_PLAN = 1
    PLAN_DOES_NOT_ADD_UP = 2
    PAYMENT_BEFORE_DISBURSEMENT = 3
    AMOUNT_OUT_OF_RANGE = 4
    DATES_NOT_IN_ORDER = 5
    MATURITY_BEFORE_START = 6
    RATE_OUT_OF_RANGE = 7
    UNKNOWN_CODE = 8
    DISBURSED_MORE_THAN_AGREED = 9
    WRITE_OFF_EXCEEDS_BALANCE = 10
    RECOVERY_WITHOUT_WRITE_OFF = 11
    REFUND_EXCEEDS_CREDIT = 12
    DATE_OUT_OF_RANGE = 13
    TOO_MANY_INSTALMENTS = 14
    TOO_MANY_CHANGES = 15
    CAPITALISED_EXCEEDS_DUE = 16


PROBLEM_TEXT: dict[Problem, str] = {
    Problem.NONE: "",
    Problem.NO_PLAN: "没有还款计划",
    Problem.PLAN_DOES_NOT_ADD_UP: "还款计划本金合计与贷款本金不符",
    Problem.PAYMENT_BEFORE_DISBURSEMENT: "放款之前已有还款、费用或减免",
    Problem.AMOUNT_OUT_OF_RANGE: "金额为负数、为零或超过上限",
    Problem.DATES_NOT_IN_ORDER: "还款计划或流水的日期顺序有误",
    Problem.MATURITY_BEFORE_START: "到期日早于起息日",
    Problem.RATE_OUT_OF_RANGE: "利率为负数或超过上限",
    Problem.UNKNOWN_CODE: "计息方式、入账顺序或流水类型代码无法识别",
    Problem.DISBURSED_MORE_THAN_AGREED: "累计放款超过合同金额",
    Problem.WRITE_OFF_EXCEEDS_BALANCE: "核销金额超过本金余额",
    Problem.RECOVERY_WITHOUT_WRITE_OFF: "未核销的贷款出现核销后收回",
    Problem.REFUND_EXCEEDS_CREDIT: "退款超过溢缴款余额",
    Problem.DATE_OUT_OF_RANGE: "日期超出1900年至2199年",
    Problem.TOO_MANY_INSTALMENTS: "还款计划超过1000期",
    Problem.TOO_MANY_CHANGES: "条款变更超过999项",
    Problem.CAPITALISED_EXCEEDS_DUE: "转为本金的利息或罚息超过当日应还金额",
}


class What(IntEnum):
    """What happened on a line of a loan's timeline; entries use their `EntryKind` number."""

    FELL_DUE = 20  # an instalment fell due
    CREDIT_USED = 21  # money held as credit settled what fell due
    GRACE_ENDED = 22  # an instalment is still unpaid at the end of its grace: penalty runs
    INTEREST_CHARGED = 23  # interest of the days after the last due date became due
    TERMS_CHANGED = 24  # a change of terms took effect
