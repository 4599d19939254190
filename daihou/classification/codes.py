"""The numbers of grading: grades, the rules that may speak, rule sets; and the arrays they fill."""

from __future__ import annotations

from enum import IntFlag

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Days = npt.NDArray[np.int32]
Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.int32]

# The grades, as numbers for arrays; `classification.choices.Grade` names the same numbers.
NOT_GRADED, NORMAL, SPECIAL_MENTION, SUBSTANDARD, DOUBTFUL, LOSS = range(6)
GRADE_NAMES = ("未分类", "正常", "关注", "次级", "可疑", "损失")

# Rule sets as numbers: `loan_book.choices.RuleSet` names the same.
FLOORS, MATRIX, CARD, MICRO = range(4)
RULE_SETS = ("floors", "matrix", "card", "micro")


class Because(IntFlag):
    """Which rules spoke; kept with the grade as one number."""

    OVERDUE_AT_ALL = 1
    OVERDUE_LONG = 2
    OVERDUE_VERY_LONG = 4
    OVERDUE_LONGEST = 8
    WRITTEN_OFF = 16
    PARTLY_WRITTEN_OFF = 32
    DEBTOR_MOSTLY_BAD = 64
    DEBTOR_HAS_BAD = 128
    TECHNICAL_EXCUSE = 256  # lifts nothing: says why an overdue loan stays 正常
    SHARE_UNKNOWN = 512  # the debtor's claims are in several currencies: 10 % cannot be judged
    MISUSED = 1 << 10
    REFINANCED = 1 << 11
    RENEWAL_EXEMPT = 1 << 12  # asks for nothing: a renewal that meets the conditions
    EXTENDED_FARMER = 1 << 13
    EVASION = 1 << 14
    LIQUIDATION = 1 << 15
    RATING_CUT = 1 << 16
    IMPAIRED = 1 << 17
    ECL_HALF = 1 << 18
    ECL_MOST = 1 << 19
    NOT_IMPAIRED = 1 << 20  # asks for nothing: impairment was measured, and there is none
    BAD_ELSEWHERE = 1 << 21
    ALL_BANK_SHARE = 1 << 22
    ALL_BANKS_KNOWN = 1 << 23  # asks for nothing: the debts at other banks are known
    RESTRUCTURED = 1 << 24
    RESTRUCTURED_AGAIN = 1 << 25
    UPGRADE_WAITING = 1 << 26
    TABLE_MENTION = 1 << 27
    TABLE_BAD = 1 << 28


OVERDUE_RULES = (
    Because.OVERDUE_AT_ALL | Because.OVERDUE_LONG | Because.OVERDUE_VERY_LONG
    | Because.OVERDUE_LONGEST | Because.TABLE_MENTION | Because.TABLE_BAD
)  # fmt: skip
# Rules that look at the debtor's other claims and debts.
OF_DEBTOR = (
    Because.DEBTOR_MOSTLY_BAD | Because.DEBTOR_HAS_BAD | Because.SHARE_UNKNOWN
    | Because.BAD_ELSEWHERE | Because.ALL_BANK_SHARE
)  # fmt: skip
OBSERVED = Because.RESTRUCTURED | Because.RESTRUCTURED_AGAIN
# What is on record of a loan (or its client) and speaks for the loan by itself.
TOLD_OF_LOAN = (
    Because.MISUSED, Because.REFINANCED, Because.RENEWAL_EXEMPT, Because.EXTENDED_FARMER,
    Because.EVASION, Because.LIQUIDATION, Because.RATING_CUT, Because.IMPAIRED,
    Because.NOT_IMPAIRED,
)  # fmt: skip

# A grade keeps its rules in two small columns: widening the first would have rewritten the table.
LOW_BITS = 15
SPOKEN = f"because + (because_more::int << {LOW_BITS})"


def low_and_high(because: Flags) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """The rules that spoke as the two columns that are kept."""
    low = because & ((1 << LOW_BITS) - 1)
    return low.astype(np.int16), (because >> LOW_BITS).astype(np.int16)


class Difficulty(IntFlag):
    """What shows that a debtor was in financial difficulty (财务困难) when a contract changed."""

    STATED = 1  # recorded with the change itself
    OVERDUE = 2
    OTHER_BAD = 4  # another claim of the debtor was 不良
    HARDSHIP = 8  # said so, or asked for a reduction, shortly before
    NOT_RECORDED = 16  # nothing says that there was none either
