"""Grade floors (分类下限) by days past due and the rules for one debtor's claims at this bank.

One implementation for one loan and for the whole book: facts come as arrays, one value a loan,
all loans of a client side by side. Amounts in fen, shares in micro-percent (10 % is 10_000_000).
The result is a proposal of the machine; it never lifts a grade above what the floors allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

import numpy as np
import numpy.typing as npt

from daihou.policy.reasons import Limit

Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.int16]

# The grades, as numbers for arrays; `classification.choices.Grade` names the same numbers.
NOT_GRADED, NORMAL, SPECIAL_MENTION, SUBSTANDARD, DOUBTFUL, LOSS = range(6)
GRADE_NAMES = ("未分类", "正常", "关注", "次级", "可疑", "损失")

_ABOVE, _BELOW = np.int64(2**62), np.int64(-(2**62))  # beyond every code
SHARE_OF_ONE = 100_000_000  # micro-percent in the whole


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


@dataclass(frozen=True)
class GradeLimits:
    """The parameters of grading as they count on the business date."""

    special_mention_over: Limit  # days
    technical_exception: Limit  # days
    substandard_over: Limit  # days
    doubtful_over: Limit  # days
    loss_over: Limit  # days
    bad_share_over: Limit  # micro-percent of a non-retail debtor's claims at this bank
    bad_claim_spills: Limit  # 1: one bad claim makes the debtor's others at least 关注; 0: not
    partly_written_off: Limit  # the grade that a partly written-off claim has at least
    written_off: Limit  # the grade that a written-off claim keeps

    def floor_of(self, rule: Because) -> int:
        """The grade that a rule asks for at least."""
        fixed = {
            Because.OVERDUE_AT_ALL: SPECIAL_MENTION,
            Because.OVERDUE_LONG: SUBSTANDARD,
            Because.OVERDUE_VERY_LONG: DOUBTFUL,
            Because.OVERDUE_LONGEST: LOSS,
            Because.WRITTEN_OFF: self.written_off.value,
            Because.PARTLY_WRITTEN_OFF: self.partly_written_off.value,
            Because.DEBTOR_MOSTLY_BAD: SUBSTANDARD,
            Because.DEBTOR_HAS_BAD: SPECIAL_MENTION,
        }
        return fixed.get(rule, NORMAL)


@dataclass(frozen=True)
class GradeFacts:
    """What grading looks at, one value a loan, loans of one client side by side.

    `judged` is false for loans that are not on the books (not started, settled) or that were set
    aside: they get no grade and count in nobody's share. `written_off` is what was written off
    and not recovered; it is a claim still, but off the balance sheet.
    """

    customer: Numbers
    is_retail: Bools
    currency: Numbers
    judged: Bools
    days_past_due: npt.NDArray[np.int32]
    principal: Numbers
    written_off: Numbers
    technical_cause: Bools  # a recorded operational or technical cause of the present arrears


@dataclass(frozen=True)
class Grades:
    """The grade proposed for each loan (0: none), the rules that spoke, and the debtor's sums.

    `own` is what the loan's own facts ask for, before the rules for the debtor. `bad_claims` and
    `all_claims` are the debtor's non-retail principal at this bank, in fen.
    """

    grade: Codes
    because: Flags
    own: Codes
    bad_claims: Numbers
    all_claims: Numbers


def grade_book(facts: GradeFacts, limits: GradeLimits) -> Grades:
    """Grade every loan: first by its own facts, then by its debtor's other claims.

    Debtor rules come second because they look at the grades of the first; they only ever lower
    a loan's standing, so one pass is enough (lowering one more claim cannot spare another).
    Raises ValueError when the loans of a client do not stand side by side.
    """
    own, because = _own_floors(facts, limits)
    debtors = _debtors(facts, own)
    grade = own.copy()
    judged = facts.judged & ~facts.is_retail

    over = debtors.bad > _part(debtors.all, limits.bad_share_over.value)
    mostly_bad = judged & debtors.has_bad & over & ~debtors.mixed
    _lower(grade, because, mostly_bad, Because.DEBTOR_MOSTLY_BAD, limits)

    spills = judged & debtors.has_bad & ~mostly_bad & (own < SUBSTANDARD)
    if limits.bad_claim_spills.value:
        _lower(grade, because, spills, Because.DEBTOR_HAS_BAD, limits)
    because[judged & debtors.has_bad & debtors.mixed] |= Because.SHARE_UNKNOWN
    return Grades(grade, because, own, debtors.bad, debtors.all)


def _own_floors(facts: GradeFacts, limits: GradeLimits) -> tuple[Codes, Flags]:
    """The floors that a loan's own arrears and write-offs set."""
    lost = facts.judged & (facts.written_off > 0)
    off_book = lost & (facts.principal == 0)  # what it still owes in interest no longer matters
    days = np.where(facts.judged & ~off_book, facts.days_past_due, 0)
    grade = np.where(facts.judged, NORMAL, NOT_GRADED).astype(np.int8)
    because = np.zeros(days.size, dtype=np.int16)

    overdue = facts.judged & (days > limits.special_mention_over.value)
    excused = overdue & facts.technical_cause & (days <= limits.technical_exception.value)
    because[excused] |= Because.TECHNICAL_EXCUSE
    # The bands are nested: only the deepest one that a loan has reached is named.
    bands = (
        (overdue & ~excused, Because.OVERDUE_AT_ALL),
        (days > limits.substandard_over.value, Because.OVERDUE_LONG),
        (days > limits.doubtful_over.value, Because.OVERDUE_VERY_LONG),
        (days > limits.loss_over.value, Because.OVERDUE_LONGEST),
    )
    for reached, rule in bands:
        grade[reached] = limits.floor_of(rule)
        because[reached] = rule

    _lower(grade, because, off_book, Because.WRITTEN_OFF, limits)
    _lower(grade, because, lost & ~off_book, Because.PARTLY_WRITTEN_OFF, limits)
    return grade, because


def _lower(grade: Codes, because: Flags, where: Bools, rule: Because, limits: GradeLimits) -> None:
    """Apply a floor: the grade number rises to it (a worse grade), or stays if it is worse."""
    grade[where] = np.maximum(grade[where], limits.floor_of(rule))
    because[where] |= rule


@dataclass(frozen=True)
class _Debtors:
    """Sums over each debtor's non-retail claims, spread back over the loans."""

    all: Numbers
    bad: Numbers
    has_bad: Bools  # a written-off claim counts, though it is no longer on the balance sheet
    mixed: Bools  # claims in several currencies cannot be added up


def _debtors(facts: GradeFacts, own: Codes) -> _Debtors:
    if facts.customer.size == 0:
        nothing = np.zeros(0, dtype=np.int64)
        return _Debtors(nothing, nothing, nothing.astype(bool), nothing.astype(bool))
    counted = facts.judged & ~facts.is_retail
    bad = counted & (own >= SUBSTANDARD)
    starts, sizes = _side_by_side(facts.customer)
    claims = np.where(counted, facts.principal, 0)
    held = counted & (facts.principal > 0)
    lowest = np.minimum.reduceat(np.where(held, facts.currency, _ABOVE), starts)
    highest = np.maximum.reduceat(np.where(held, facts.currency, _BELOW), starts)
    mixed = lowest < highest
    return _Debtors(
        all=np.repeat(np.add.reduceat(claims, starts), sizes),
        bad=np.repeat(np.add.reduceat(np.where(bad, claims, 0), starts), sizes),
        has_bad=np.repeat(np.logical_or.reduceat(bad, starts), sizes),
        mixed=np.repeat(mixed, sizes),
    )


def _side_by_side(customer: Numbers) -> tuple[Numbers, Numbers]:
    """Where each client's loans begin, and how many there are."""
    starts = np.flatnonzero(np.concatenate([[True], customer[1:] != customer[:-1]]))
    if bool(np.any(customer[1:] < customer[:-1])):
        raise ValueError("the loans must be sorted by client")
    return starts, np.diff(np.concatenate([starts, [customer.size]]))


def _part(whole: Numbers, share: int) -> Numbers:
    """The whole fen in a share of an amount, rounded down; exact, and safe from overflow.

    An amount in whole fen exceeds the share exactly if it exceeds the share rounded down.
    """
    quotient, rest = np.divmod(whole, SHARE_OF_ONE)
    return np.asarray(quotient * share + rest * share // SHARE_OF_ONE, dtype=np.int64)
