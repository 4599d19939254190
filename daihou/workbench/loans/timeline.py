"""The loan's timeline: money, plan, grades, signals, matters and work in one line of days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from daihou.classification.choices import Grade
from daihou.classification.models import LoanGrade
from daihou.daily_run.models import Correction, WorkItem
from daihou.early_warning.choices import Colour
from daihou.early_warning.models import Signal
from daihou.early_warning.shipped_signals import signal_name
from daihou.ledger.choices import EntryKind
from daihou.loan_book.choices import TermChangeKind
from daihou.loan_book.models import Happening, PlanVersion, TermChange
from daihou.policy.reasons import Reason
from daihou.workbench.pieces.figures_text import yuan
from loanmath.codes import EntryKind as KernelEntryKind
from loanmath.codes import What
from loanmath.one_loan import Event
from loanmath.rates import Rate, format_percent


class Strand(Enum):
    """What sort of thing happened; the value stands in the address."""

    MONEY = "money"
    DUE = "due"
    GRADE = "grade"
    SIGNAL = "signal"
    MATTER = "matter"
    WORK = "work"
    CORRECTION = "correction"


STRAND_NAMES = {
    Strand.MONEY: "资金",
    Strand.DUE: "到期",
    Strand.GRADE: "分类",
    Strand.SIGNAL: "信号",
    Strand.MATTER: "事项",
    Strand.WORK: "待办",
    Strand.CORRECTION: "更正",
}

_WHAT = {
    What.FELL_DUE: "应还日",
    What.CREDIT_USED: "溢缴款抵扣",
    What.GRACE_ENDED: "宽限期满仍未还清,开始计收罚息",
    What.INTEREST_CHARGED: "结息",
}


@dataclass(frozen=True)
class Moment:
    """One line of the timeline; `tone` is good, warn, bad or empty."""

    day: dt.date
    strand: Strand
    title: str
    text: str = ""
    tone: str = ""
    reasons: Sequence[Reason] = field(default_factory=list)

    @property
    def strand_name(self) -> str:
        """The sort of thing, in words."""
        return STRAND_NAMES[self.strand]


def of_events(events: Iterable[Event]) -> list[Moment]:
    """The kernel's lines: what fell due, what was paid, where the money went.

    Changes of terms are told by `of_term_changes`, with the reason.
    """
    return [_of_event(event) for event in events if event.what is not What.TERMS_CHANGED]


def _of_event(event: Event) -> Moment:
    state = f"余额 {yuan(event.balance)} 元"
    if event.due_unpaid:
        state += f",欠款 {yuan(event.due_unpaid)} 元"
    if event.days_past_due > 0:
        state += f",逾期 {event.days_past_due} 天"
    if isinstance(event.what, What):
        title = _WHAT[event.what]
        if event.what in (What.FELL_DUE, What.GRACE_ENDED):
            title = f"第 {event.number} 期{title}"
        tone = "bad" if event.what is What.GRACE_ENDED else ""
        return Moment(event.date, Strand.DUE, title, state, tone)
    paid = _paid(event)
    text = f"{paid};{state}" if paid else state
    return Moment(event.date, Strand.MONEY, _entry_name(event.what), text, _tone(event.what))


def _entry_name(kind: KernelEntryKind) -> str:
    return str(EntryKind(int(kind)).label)


def _tone(kind: KernelEntryKind) -> str:
    if kind is KernelEntryKind.WRITE_OFF:
        return "bad"
    paid = (KernelEntryKind.REPAYMENT, KernelEntryKind.PREPAYMENT, KernelEntryKind.RECOVERY)
    return "good" if kind in paid else ""


def _paid(event: Event) -> str:
    """Where the money of an entry went, in the order a statement names it."""
    parts = (
        ("本金", event.principal),
        ("利息", event.interest),
        ("罚息", event.penalty),
        ("复利", event.compound),
        ("费用", event.fees),
        ("减免", event.waived),
        ("溢缴款", event.credit),
    )
    return "、".join(f"{name} {yuan(amount)}" for name, amount in parts if amount)


def of_plans(versions: Sequence[PlanVersion]) -> list[Moment]:
    """New versions of the plan; the first one is the disbursement itself."""
    return [
        Moment(
            version.effective_from,
            Strand.MONEY,
            f"还款计划第 {version.version} 版:{version.get_reason_display()}",
            version.note,
        )
        for version in versions
        if version.version > 1
    ]


def of_term_changes(changes: Iterable[TermChange]) -> list[Moment]:
    """Changes of the terms, and why."""
    bad = (TermChangeKind.MISUSE, TermChangeKind.CALLED_IN)
    return [
        Moment(
            change.effective_from,
            Strand.MONEY,
            f"{change.get_kind_display()}{_changed_to(change)}",
            change.reason,
            "bad" if change.kind in bad else "",
        )
        for change in changes
    ]


def _changed_to(change: TermChange) -> str:
    if change.rate is not None:
        return f",年利率 {format_percent(Rate(change.rate))}"
    return f" {yuan(change.amount)} 元" if change.amount is not None else ""


def of_grades(grades: Iterable[LoanGrade]) -> list[Moment]:
    """Every change of grade or of what it rests on; worse and better are told apart."""
    moments = []
    for row in grades:
        label, before = Grade(row.grade).label, row.previous_grade
        if before is None:
            title, tone = f"首次分类:{label}", ""
        elif row.grade == before:
            title, tone = f"分类仍为{label},依据有变", ""
        elif row.grade > before:
            title, tone = f"分类由{Grade(before).label}下调为{label}", "bad"
        else:
            title, tone = f"分类由{Grade(before).label}上调为{label}", "good"
        text = row.reasons[0]["says"] if row.reasons else ""
        moments.append(Moment(row.valid_from, Strand.GRADE, title, text, tone, row.reasons))
    return moments


def of_signals(signals: Iterable[Signal]) -> list[Moment]:
    """Signals when they showed, when they changed their level, and when they ceased."""
    rows = list(signals)
    begun = {(row.customer_id, row.loan_id, row.rule, row.first_seen_on) for row in rows}
    moments = []
    for row in rows:
        says = row.reasons[0]["says"] if row.reasons else signal_name(row.rule)
        label = f"{Colour(row.colour).label}色信号"
        tone = "bad" if row.colour >= Colour.ORANGE else "warn"
        moments.append(
            Moment(
                row.first_seen_on, Strand.SIGNAL, f"{label}{_rise(row)}", says, tone, row.reasons
            )
        )
        ended = (row.customer_id, row.loan_id, row.rule, row.ceased_on)
        if row.ceased_on and ended not in begun:
            moments.append(Moment(row.ceased_on, Strand.SIGNAL, f"{label}消失", says, "good"))
    return moments


def _rise(row: Signal) -> str:
    if row.previous_level == 0:
        return "出现"
    return "升档" if row.level > row.previous_level else "降档"


def of_happenings(happenings: Iterable[Happening]) -> list[Moment]:
    """What people put on record."""
    return [
        Moment(
            one.happened_on,
            Strand.MATTER,
            f"{one.get_kind_display()}{f'({one.recorded_by})' if one.recorded_by else ''}",
            one.text,
        )
        for one in happenings
    ]


def of_work(items: Iterable[WorkItem]) -> list[Moment]:
    """Work when it came up and when it was closed."""
    moments = []
    for item in items:
        moments.append(
            Moment(
                item.opened_on,
                Strand.WORK,
                f"待办:{item.get_task_display()}",
                item.why_first,
                "",
                item.reasons,
            )
        )
        if item.closed_on:
            by = f"({item.closed_by})" if item.closed_by else ""
            title = f"待办{item.get_status_display()}:{item.get_task_display()}{by}"
            moments.append(Moment(item.closed_on, Strand.WORK, title, item.outcome))
    return moments


def of_corrections(corrections: Iterable[Correction]) -> list[Moment]:
    """What the bank learned late, on the day when it learned it."""
    return [
        Moment(
            row.found_on,
            Strand.CORRECTION,
            f"更正 {row.since} 至 {row.until}",
            ";".join(cause["says"] for cause in row.causes),
            "warn" if row.is_material else "",
        )
        for row in corrections
    ]


def in_order(moments: Iterable[Moment], *, until: dt.date, strand: Strand | None) -> list[Moment]:
    """The newest first, up to a day, of one strand or of all."""
    shown = [
        (number, one)
        for number, one in enumerate(moments)
        if one.day <= until and strand in (None, one.strand)
    ]
    shown.sort(key=lambda pair: (pair[1].day, pair[0]), reverse=True)
    return [one for _, one in shown]
