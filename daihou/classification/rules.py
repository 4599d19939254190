"""Grade floors (分类下限): a loan's own facts, its rule set's table, its debtor's other claims.

One implementation for one loan and for the whole book: facts come as arrays, one value a loan,
all loans of a client side by side. Amounts in fen, shares in micro-percent (10 % is 10_000_000).
The result is a proposal of the machine; it never lifts a grade above what the floors allow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from daihou.classification.codes import (
    DOUBTFUL,
    LOSS,
    NORMAL,
    NOT_GRADED,
    OVERDUE_RULES,
    SPECIAL_MENTION,
    SUBSTANDARD,
    TOLD_OF_LOAN,
    Because,
    Bools,
    Codes,
    Days,
    Flags,
    Numbers,
)
from daihou.policy.reasons import Limit
from loanmath.rates import share_of

_ABOVE, _BELOW = np.int64(2**62), np.int64(-(2**62))  # beyond every code


@dataclass(frozen=True)
class OverdueTable:
    """A rule set's table (脱期法): days past due from which a band begins, grades by security.

    `grades` has a row for each kind of security, in the order of `book_columns.SECURITIES`. Where
    it `stands_alone` the floors of the 2023 measure for days past due do not count beside it.
    """

    name: str
    begins: tuple[int, ...]
    grades: tuple[tuple[Limit, ...], ...]
    stands_alone: bool = False

    def cell(self, days: int, security: int) -> Limit | None:
        """The grade that the table asks for; None below its first band."""
        band = int(np.searchsorted(self.begins, days, side="right")) - 1
        row = self.grades[max(security, 0)]
        return row[min(band, len(row) - 1)] if band >= 0 else None

    def of(self, days: Days, security: Codes) -> Codes:
        """As `cell`, for many loans; `NORMAL` below the first band."""
        bands = np.searchsorted(np.array(self.begins), days, side="right")
        most = max(len(row) for row in self.grades)
        cells = np.full((len(self.grades), len(self.begins) + 1), NORMAL, np.int8)
        for place, row in enumerate(self.grades):
            filled = [limit.value for limit in row] + [row[-1].value] * most
            cells[place, 1:] = filled[: len(self.begins)]
        return np.asarray(cells[np.maximum(security, 0), bands], np.int8)


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
    all_bank_share_over: Limit  # micro-percent of a non-retail debtor's debts at all banks
    all_bank_age: Limit  # days for which what is known of other banks counts
    ecl_doubtful_from: Limit  # micro-percent of the carrying balance
    ecl_loss_from: Limit
    upgrade_periods: Limit
    upgrade_months: Limit
    observation_periods: Limit
    observation_months: Limit
    difficulty_within: Limit  # days
    same_change_within: Limit  # days
    floors: dict[Because, Limit]  # of the rules whose floor is a parameter
    segments: tuple[int, int, int]  # rule sets of non-retail, retail and farmers' loans
    tables: dict[int, OverdueTable]  # by rule set

    def floor_of(self, rule: Because) -> int:
        """The grade that a rule asks for at least; of a table, at least its lowest."""
        if rule in self.floors:
            return self.floors[rule].value
        return _FIXED_FLOORS.get(rule, NORMAL)

    @property
    def bad_by_itself(self) -> int:
        """The rules, as bits, after which a claim must earn its way up (上调)."""
        found = Because.UPGRADE_WAITING
        for rule in _EARNED:
            if self.floor_of(rule) >= SUBSTANDARD:
                found |= rule
        return int(found)


_FIXED_FLOORS = {
    Because.OVERDUE_AT_ALL: SPECIAL_MENTION,
    Because.OVERDUE_LONG: SUBSTANDARD,
    Because.OVERDUE_VERY_LONG: DOUBTFUL,
    Because.OVERDUE_LONGEST: LOSS,
    Because.DEBTOR_MOSTLY_BAD: SUBSTANDARD,
    Because.DEBTOR_HAS_BAD: SPECIAL_MENTION,
    Because.BAD_ELSEWHERE: SPECIAL_MENTION,
    Because.ALL_BANK_SHARE: SUBSTANDARD,
    Because.ECL_HALF: DOUBTFUL,
    Because.ECL_MOST: LOSS,
    Because.UPGRADE_WAITING: SUBSTANDARD,
    Because.TABLE_MENTION: SPECIAL_MENTION,
    Because.TABLE_BAD: SUBSTANDARD,
}
# A second restructuring is not among them: its observation period is the time to be earned.
_EARNED = (
    Because.OVERDUE_LONG, Because.OVERDUE_VERY_LONG, Because.OVERDUE_LONGEST,
    Because.PARTLY_WRITTEN_OFF, Because.EVASION, Because.LIQUIDATION, Because.RATING_CUT,
    Because.IMPAIRED, Because.ECL_HALF, Because.ECL_MOST, Because.TABLE_BAD,
)  # fmt: skip


@dataclass(frozen=True)
class GradeFacts:
    """What grading looks at, one value a loan, loans of one client side by side.

    `judged` is false for loans that are not on the books (not started, settled) or that were set
    aside: they get no grade and count in nobody's share. `written_off` is what was written off
    and not recovered; it is a claim still, but off the balance sheet. Unknown shares and amounts
    are -1.
    """

    customer: Numbers
    is_retail: Bools
    currency: Numbers
    judged: Bools
    days_past_due: Days
    principal: Numbers
    written_off: Numbers
    technical_cause: Bools  # a recorded operational or technical cause of the present arrears
    rule_set: Codes  # places in `codes.RULE_SETS`
    security: Codes
    told: Flags  # what people put on record, as `Because` of `codes.TOLD`
    ecl_share: Numbers  # micro-percent of the carrying balance
    debts_elsewhere: Numbers  # of the debtor, at other banks
    overdue_elsewhere: Numbers  # of these, more than 90 days
    was_bad: Bools  # 不良 by its own facts the evening before, or waiting since
    wait_served: Bools  # if it is without arrears today, it has been so for long enough
    observed: Bools  # restructured, and today is within the period of observation
    restructured_again: Bools


@dataclass(frozen=True)
class Grades:
    """The grade proposed for each loan (0: none), the rules that spoke, and the debtor's sums.

    `own` is what the loan's own facts ask for, before the rules for the debtor. `bad_claims` and
    `all_claims` are the debtor's non-retail principal at this bank, in fen, `overdue_claims` those
    of it that are overdue for more than 90 days.
    """

    grade: Codes
    because: Flags
    own: Codes
    bad_claims: Numbers
    all_claims: Numbers
    overdue_claims: Numbers


def grade_book(facts: GradeFacts, limits: GradeLimits) -> Grades:
    """Grade every loan: first by its own facts, then by its debtor's other claims.

    Debtor rules come second because they look at the grades of the first; they only ever lower
    a loan's standing, so one pass is enough (lowering one more claim cannot spare another).
    Raises ValueError when the loans of a client do not stand side by side.
    """
    own, because = _own_floors(facts, limits)
    _hold_until_earned(facts, own, because, limits)
    _observe(facts, own, because, limits)
    debtors = _debtors(facts, own, limits)
    grade = own.copy()
    judged = facts.judged & ~facts.is_retail

    # An amount in whole fen exceeds a share exactly if it exceeds the share rounded down.
    over = debtors.bad > share_of(debtors.all, limits.bad_share_over.value)
    mostly_bad = judged & debtors.has_bad & over & ~debtors.mixed
    _lower(grade, because, mostly_bad, Because.DEBTOR_MOSTLY_BAD, limits)

    spills = judged & debtors.has_bad & ~mostly_bad & (own < SUBSTANDARD)
    if limits.bad_claim_spills.value:
        _lower(grade, because, spills, Because.DEBTOR_HAS_BAD, limits)
        told = np.flatnonzero(facts.told)
        elsewhere = told[judged[told] & ((facts.told[told] & int(Because.BAD_ELSEWHERE)) != 0)]
        _lower(grade, because, elsewhere, Because.BAD_ELSEWHERE, limits)
    because[judged & debtors.has_bad & debtors.mixed] |= Because.SHARE_UNKNOWN
    _judge_all_banks(facts, grade, because, debtors, limits)
    return Grades(grade, because, own, debtors.bad, debtors.all, debtors.overdue)


def _own_floors(facts: GradeFacts, limits: GradeLimits) -> tuple[Codes, Flags]:
    """The floors that a loan's own arrears, write-offs and recorded situations set."""
    lost = facts.judged & (facts.written_off > 0)
    off_book = lost & (facts.principal == 0)  # what it still owes in interest no longer matters
    on_book = facts.judged & ~off_book
    days = np.where(on_book, facts.days_past_due, 0)
    grade = np.where(facts.judged, NORMAL, NOT_GRADED).astype(np.int8)
    because = np.zeros(days.size, dtype=np.int32)

    overdue = facts.judged & (days > limits.special_mention_over.value)
    excused = overdue & facts.technical_cause & (days <= limits.technical_exception.value)
    by_measure = _by_the_measure(facts, limits)
    because[excused] |= Because.TECHNICAL_EXCUSE
    # The bands are nested: only the deepest one that a loan has reached is named.
    bands = (
        (overdue & ~excused, Because.OVERDUE_AT_ALL),
        (days > limits.substandard_over.value, Because.OVERDUE_LONG),
        (days > limits.doubtful_over.value, Because.OVERDUE_VERY_LONG),
        (days > limits.loss_over.value, Because.OVERDUE_LONGEST),
    )
    for reached, rule in bands:
        here = reached if by_measure is None else reached & by_measure
        grade[here] = limits.floor_of(rule)
        because[here] = rule
    if facts.rule_set.any():
        late = np.flatnonzero((days > 0) & ~excused)
        _look_up(facts, grade, because, late, limits)

    _lower(grade, because, off_book, Because.WRITTEN_OFF, limits)
    _lower(grade, because, lost & ~off_book, Because.PARTLY_WRITTEN_OFF, limits)
    _take_into_account(facts, grade, because, on_book, limits)
    return grade, because


def _by_the_measure(facts: GradeFacts, limits: GradeLimits) -> Bools | None:
    """The loans whose days past due are judged by the 2023 measure; None: all of them."""
    if not facts.rule_set.any():
        return None
    others = [number for number, table in limits.tables.items() if table.stands_alone]
    return ~np.isin(facts.rule_set, others)


def _look_up(
    facts: GradeFacts,
    grade: Codes,
    because: Flags,
    late: npt.NDArray[np.intp],
    limits: GradeLimits,
) -> None:
    """The tables of the rule sets; a table speaks only where it is stricter than the floors."""
    for number, table in limits.tables.items():
        asked = late[facts.rule_set[late] == number]
        cells = table.of(facts.days_past_due[asked], facts.security[asked])
        stricter = cells > grade[asked]
        at, cell = asked[stricter], cells[stricter]
        grade[at] = cell
        because[at] |= np.where(
            cell >= SUBSTANDARD, int(Because.TABLE_BAD), int(Because.TABLE_MENTION)
        ).astype(np.int32)


def _take_into_account(
    facts: GradeFacts, grade: Codes, because: Flags, on_book: Bools, limits: GradeLimits
) -> None:
    """What people put on record: changed use, evasion, liquidation, impairment ..."""
    told = np.flatnonzero((facts.told != 0) & on_book)  # few, so the rules look at these alone
    said = facts.told[told]
    for rule in TOLD_OF_LOAN:
        _lower(grade, because, told[(said & int(rule)) != 0], rule, limits)
    impaired = told[(said & int(Because.IMPAIRED)) != 0]
    half = facts.ecl_share[impaired] >= limits.ecl_doubtful_from.value
    most = facts.ecl_share[impaired] >= limits.ecl_loss_from.value
    _lower(grade, because, impaired[half & ~most], Because.ECL_HALF, limits)
    _lower(grade, because, impaired[most], Because.ECL_MOST, limits)


def _hold_until_earned(facts: GradeFacts, own: Codes, because: Flags, limits: GradeLimits) -> None:
    """A claim that was 不良 stays so until the test for going up (上调) is met.

    Met when it has been without arrears for long enough and, for non-retail claims, the debtor has
    no other claim here that is 不良 by its own facts.
    """
    better = np.flatnonzero(facts.judged & facts.was_bad & (own < SUBSTANDARD))
    if not better.size:
        return
    bad = np.flatnonzero(facts.judged & ~facts.is_retail & (own >= SUBSTANDARD))
    of_a_bad_debtor = np.isin(facts.customer[better], facts.customer[bad])
    spared = ~of_a_bad_debtor | facts.is_retail[better]
    clean = (because[better] & int(OVERDUE_RULES | Because.TECHNICAL_EXCUSE)) == 0
    met = clean & facts.wait_served[better] & spared
    _lower(own, because, better[~met], Because.UPGRADE_WAITING, limits)


def _observe(facts: GradeFacts, own: Codes, because: Flags, limits: GradeLimits) -> None:
    """Restructured assets in their period of observation."""
    observed = np.flatnonzero(facts.judged & facts.observed)
    again = facts.restructured_again[observed]
    _lower(own, because, observed[~again], Because.RESTRUCTURED, limits)
    _lower(own, because, observed[again], Because.RESTRUCTURED_AGAIN, limits)


def _judge_all_banks(
    facts: GradeFacts, grade: Codes, because: Flags, debtors: _Debtors, limits: GradeLimits
) -> None:
    """The debts of a non-retail debtor at all banks together; unknown where nothing is recorded."""
    known = np.flatnonzero(
        (facts.debts_elsewhere >= 0) & facts.judged & ~facts.is_retail & ~debtors.mixed
    )
    overdue = debtors.overdue[known] + facts.overdue_elsewhere[known]
    everything = debtors.all[known] + facts.debts_elsewhere[known]
    over = overdue > share_of(everything, limits.all_bank_share_over.value)
    _lower(grade, because, known[over], Because.ALL_BANK_SHARE, limits)
    because[known] |= Because.ALL_BANKS_KNOWN


def _lower(
    grade: Codes,
    because: Flags,
    where: Bools | npt.NDArray[np.intp],
    rule: Because,
    limits: GradeLimits,
) -> None:
    """Apply a floor: the grade number rises to it (a worse grade), or stays if it is worse."""
    grade[where] = np.maximum(grade[where], limits.floor_of(rule))
    because[where] |= rule


@dataclass(frozen=True)
class _Debtors:
    """Sums over each debtor's non-retail claims, spread back over the loans."""

    all: Numbers
    bad: Numbers
    overdue: Numbers  # for more days than those of 次级
    has_bad: Bools  # a written-off claim counts, though it is no longer on the balance sheet
    mixed: Bools  # claims in several currencies cannot be added up


def _debtors(facts: GradeFacts, own: Codes, limits: GradeLimits) -> _Debtors:
    if facts.customer.size == 0:
        nothing = np.zeros(0, dtype=np.int64)
        none = nothing.astype(bool)
        return _Debtors(nothing, nothing, nothing, none, none)
    counted = facts.judged & ~facts.is_retail
    bad = counted & (own >= SUBSTANDARD)
    late = counted & (facts.days_past_due > limits.substandard_over.value)
    starts, sizes = _side_by_side(facts.customer)
    claims = np.where(counted, facts.principal, 0)
    held = counted & (facts.principal > 0)
    lowest = np.minimum.reduceat(np.where(held, facts.currency, _ABOVE), starts)
    highest = np.maximum.reduceat(np.where(held, facts.currency, _BELOW), starts)
    mixed = lowest < highest

    def summed(which: Bools) -> Numbers:
        sums = np.add.reduceat(np.where(which, claims, 0), starts)
        return np.asarray(np.repeat(sums, sizes), np.int64)

    return _Debtors(
        all=summed(counted),
        bad=summed(bad),
        overdue=summed(late) if (facts.debts_elsewhere >= 0).any() else np.zeros_like(claims),
        has_bad=np.repeat(np.logical_or.reduceat(bad, starts), sizes),
        mixed=np.repeat(mixed, sizes),
    )


def _side_by_side(customer: Numbers) -> tuple[Numbers, Numbers]:
    """Where each client's loans begin, and how many there are."""
    starts = np.flatnonzero(np.concatenate([[True], customer[1:] != customer[:-1]]))
    if bool(np.any(customer[1:] < customer[:-1])):
        raise ValueError("the loans must be sorted by client")
    return starts, np.diff(np.concatenate([starts, [customer.size]]))
