"""What a correction changed, line by line: from when to when, what was believed, what is true.

`ASPECTS` lists the functions that find lines, in the order in which a person reads them. A package
that keeps more of a loan's past (allowance, letters sent) appends a function of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from daihou.classification.codes import GRADE_NAMES
from daihou.classification.regrading import GradesOverDays
from daihou.daily_run.choices import Aspect
from daihou.daily_run.past_days import Account, TwoPasts
from daihou.early_warning.changes import colours_of
from daihou.early_warning.choices import Colour
from daihou.early_warning.past import LEDGER_RULES
from daihou.early_warning.rules import Rule, SignalLimits
from daihou.early_warning.shipped_signals import signal_title
from loanmath.money import Money, format_yuan

Places = npt.NDArray[np.intp]
Table = npt.NDArray[Any]  # one row a day, one column a loan


@dataclass(frozen=True)
class Change:
    """One line: through these closed days one thing was believed and another is true.

    `what` names the thing, such as 五级分类 or 53 出现逾期; `is_material` says that a person must
    read the correction for it.
    """

    aspect: Aspect
    what: str
    since: dt.date
    until: dt.date
    believed: str
    true: str
    is_material: bool

    def as_dict(self) -> dict[str, Any]:
        """As it is kept with the correction."""
        days = {"since": str(self.since), "until": str(self.until)}
        return {**vars(self), "aspect": self.aspect.value, **days}


@dataclass(frozen=True)
class Comparison:
    """All that the functions of `ASPECTS` may look at: a group's past days, and stored grades."""

    pasts: TwoPasts
    stored: GradesOverDays
    true_grades: GradesOverDays

    @property
    def comparable(self) -> npt.NDArray[np.bool_]:
        """The days and loans of which a correction can speak."""
        return np.asarray(self.pasts.concerned & ~self.pasts.true.unknown)


Found = Iterator[tuple[int, Change]]  # the loan's column with a line


def changes_in(comparison: Comparison) -> dict[int, list[Change]]:
    """The lines of each loan by its column, in the order of the aspects, then of the days."""
    lines: dict[int, list[Change]] = {}
    for find in ASPECTS:
        for column, change in find(comparison):
            lines.setdefault(column, []).append(change)
    return lines


def arrears(comparison: Comparison) -> Found:
    """Days past due, overdue amounts and balances."""
    pasts = comparison.pasts
    believed, true = pasts.believed, pasts.true
    keys = [
        *(getattr(account, name) for account in (believed, true) for name in _STANDING),
        believed.unknown,
    ]
    differs = believed.unknown.copy()
    for name in _STANDING:
        differs |= getattr(believed, name) != getattr(true, name)
    late = believed.unknown | (believed.days_past_due != true.days_past_due)
    differs |= late  # also where nothing but the count of days stood still
    for column, first, last in _spans(differs & comparison.comparable, keys):
        yield (
            column,
            Change(
                Aspect.ARREARS,
                str(Aspect.ARREARS.label),
                pasts.dates[first],
                pasts.dates[last],
                _standing_words(believed, first, last, column),
                _standing_words(true, first, last, column),
                bool(late[first : last + 1, column].any()),
            ),
        )


_STANDING = ("oldest", "balance", "overdue")


def _standing_words(account: Account, first: int, last: int, column: int) -> str:
    if account.unknown[first, column]:
        return "无法计算"
    since, until = (int(account.days_past_due[row, column]) for row in (first, last))
    if until == 0:
        days = "未逾期"
    else:
        days = f"逾期 {until} 天" if since == until else f"逾期 {since}—{until} 天"
    overdue = format_yuan(Money(int(account.overdue[first, column])))
    owed = "" if account.overdue[first, column] == 0 else f",逾期本息 {overdue} 元"
    balance = format_yuan(Money(int(account.balance[first, column])))
    return f"{days}{owed},余额 {balance} 元"


def grades(comparison: Comparison) -> Found:
    """Grades that were believed against grades by the rules of each day."""
    stored, true = comparison.stored, comparison.true_grades
    differs = (stored.grade != true.grade) & comparison.pasts.concerned
    dates = comparison.pasts.dates
    for column, first, last in _spans(differs, [stored.grade, true.grade]):
        was, now = (GRADE_NAMES[int(one.grade[first, column])] for one in (stored, true))
        label, span = str(Aspect.GRADE.label), (dates[first], dates[last])
        yield column, Change(Aspect.GRADE, label, *span, was, now, True)


def signals(comparison: Comparison) -> Found:
    """Signals that showed and should not have, and the other way round."""
    pasts = comparison.pasts
    comparable = comparison.comparable & ~pasts.believed.unknown
    for place, rule in enumerate(LEDGER_RULES):
        believed, true = pasts.believed.levels[place], pasts.true.levels[place]
        what = signal_title(rule)
        for column, first, last in _spans((believed != true) & comparable, [believed, true]):
            limits = pasts.days[first].warning
            was, now = (
                _signal_words(rule, int(one[first, column]), limits) for one in (believed, true)
            )
            span = pasts.dates[first], pasts.dates[last]
            yield column, Change(Aspect.SIGNAL, what, *span, was, now, True)


def payments(comparison: Comparison) -> Found:
    """What the client paid on a day: a late entry counts on the day the money came."""
    pasts = comparison.pasts
    believed, true = pasts.believed.paid, pasts.true.paid
    comparable = comparison.comparable & ~pasts.believed.unknown
    for column, first, last in _spans((believed != true) & comparable, [believed, true]):
        was, now = (f"{format_yuan(Money(int(one[first, column])))} 元" for one in (believed, true))
        label, span = str(Aspect.PAYMENT.label), (pasts.dates[first], pasts.dates[last])
        yield column, Change(Aspect.PAYMENT, label, *span, was, now, False)


_NOT_SHOWING = "未触发"


@dataclass(frozen=True)
class TrueSignal:
    """What a correction says of one signal on a past day; `colour` None: it did not show."""

    rule: Rule
    colour: Colour | None


def true_signals(changes: Sequence[Mapping[str, Any]], day: dt.date) -> list[TrueSignal]:
    """The signals of which the lines of a correction speak, as they are true on a day."""
    return [
        TrueSignal(Rule(int(line["what"].partition(" ")[0])), _colour_told(line["true"]))
        for line in changes
        if line["aspect"] == Aspect.SIGNAL and line["since"] <= str(day) <= line["until"]
    ]


def _colour_told(words: str) -> Colour | None:
    """Reads back what `_signal_words` wrote."""
    return next((colour for colour in Colour if words.startswith(f"{colour.label}色")), None)


def _signal_words(rule: Rule, level: int, limits: SignalLimits) -> str:
    if level == 0:
        return _NOT_SHOWING
    colour = int(colours_of(limits, rule, np.array([level], np.int8))[0])
    return f"{Colour(colour).label}色,第 {level} 档"


def _spans(differs: npt.NDArray[np.bool_], keys: Sequence[Table]) -> Iterator[tuple[int, int, int]]:
    """Where a table is true without a break and without any key changing: loan, first, last day."""
    here = differs.T
    changes = np.zeros((here.shape[0], max(here.shape[1] - 1, 0)), bool)
    for key in keys:
        changes |= key.T[:, 1:] != key.T[:, :-1]
    begins, ends = here.copy(), here.copy()
    begins[:, 1:] &= ~here[:, :-1] | changes
    ends[:, :-1] &= ~here[:, 1:] | changes
    columns, first = np.nonzero(begins)
    return zip(columns.tolist(), first.tolist(), np.nonzero(ends)[1].tolist(), strict=True)


ASPECTS: tuple[Callable[[Comparison], Found], ...] = (arrears, grades, signals, payments)
