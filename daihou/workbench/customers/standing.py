"""How a client stands: sums over its loans, signals and work, and the sentence that says it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Prefetch, QuerySet

from daihou.classification.choices import Grade
from daihou.classification.models import LoanGrade
from daihou.daily_run.models import WorkItem
from daihou.daily_run.past_standings import LoanStanding, grade_rows_then, standings_then
from daihou.early_warning.choices import Colour
from daihou.early_warning.models import Signal
from daihou.loan_book.models import Customer, Loan
from daihou.servicing.knowledge import Answer
from daihou.workbench.pieces.figures_text import short_money, time_left


@dataclass(frozen=True)
class LoanLine:
    """One loan of the client as the summary shows it; money in fen."""

    loan: Loan
    principal: int
    overdue: int
    days_past_due: int
    next_due: dt.date | None
    next_amount: int
    grade: Grade | None
    is_live: bool
    is_known: bool
    why_unknown: str = "尚未经过日终,状态未知"


@dataclass(frozen=True)
class Standing:
    """A client's loans, open signals and open work on a day."""

    customer: Customer
    day: dt.date
    lines: list[LoanLine]
    signals: list[Signal]
    work: WorkItem | None = None
    not_computed: int = field(default=0)

    @property
    def live(self) -> list[LoanLine]:
        """The loans that still run."""
        return [line for line in self.lines if line.is_live]

    @property
    def principal(self) -> int:
        """What the client owes in principal, in fen."""
        return sum(line.principal for line in self.lines)

    @property
    def overdue(self) -> int:
        """Overdue principal and interest, in fen."""
        return sum(line.overdue for line in self.lines)

    @property
    def days_past_due(self) -> int:
        """The longest time any loan has been overdue."""
        return max((line.days_past_due for line in self.lines), default=0)

    @property
    def worst_grade(self) -> Grade | None:
        """The worst grade of the loans that run; None when none has been graded."""
        grades = [line.grade for line in self.live if line.grade is not None]
        return max(grades) if grades else None

    @property
    def next_payment(self) -> LoanLine | None:
        """The loan whose instalment falls due next."""
        coming = [line for line in self.live if line.next_due and line.next_due >= self.day]
        return min(coming, key=lambda line: line.next_due or self.day) if coming else None

    def signals_of(self, colour: Colour) -> int:
        """How many open signals have the colour."""
        return sum(1 for signal in self.signals if signal.colour == colour)


def loan_lines(loans: QuerySet[Loan], day: dt.date) -> list[LoanLine]:
    """The loans with position and grade on the day, in two queries."""
    graded = Prefetch("grades", LoanGrade.objects.valid_on(day), to_attr="grades_now")
    found = loans.select_related("product", "position").prefetch_related(graded)
    return [_line(loan, day) for loan in found.order_by("-disbursed_on", "-pk")]


def loan_lines_then(loans: QuerySet[Loan], day: dt.date, answer: Answer) -> list[LoanLine]:
    """The loans as they stood on a past day, by an answer; a constant number of queries."""
    found = list(loans.filter(disbursed_on__lte=day).select_related("product"))
    ids = [loan.pk for loan in found]
    standings = standings_then(ids, day, answer)
    grades = grade_rows_then(ids, day, answer)
    ordered = sorted(found, key=lambda loan: (loan.disbursed_on, loan.pk), reverse=True)
    return [
        _line_then(loan, standings[loan.pk], grades.get(loan.pk))
        for loan in ordered
        if loan.pk in standings
    ]


def _line_then(loan: Loan, stood: LoanStanding, graded: LoanGrade | None) -> LoanLine:
    grade = Grade(graded.grade) if graded else None
    if not stood.is_known:
        return LoanLine(
            loan, 0, 0, 0, None, 0, grade, is_live=True, is_known=False,
            why_unknown="当日数据有误、无法计算(挂起)",
        )  # fmt: skip
    return LoanLine(
        loan=loan,
        principal=stood.principal,
        overdue=stood.overdue,
        days_past_due=stood.days_past_due,
        next_due=stood.next_due,
        next_amount=stood.next_amount,
        grade=grade,
        is_live=stood.is_live,
        is_known=True,
    )


def differences(known: Sequence[LoanLine], true: Sequence[LoanLine]) -> tuple[int, dict[str, int]]:
    """How many loans stand otherwise by the other answer, and the sums of what differs, in fen."""
    believed = {line.loan.pk: line for line in known}
    differing = sum(1 for line in true if believed.get(line.loan.pk) != line)
    sums = {
        "余额": sum(line.principal for line in true) - sum(line.principal for line in known),
        "逾期本息": sum(line.overdue for line in true) - sum(line.overdue for line in known),
    }
    return differing, sums


def _line(loan: Loan, day: dt.date) -> LoanLine:
    position = getattr(loan, "position", None)
    grades: list[LoanGrade] = getattr(loan, "grades_now", [])
    grade = Grade(grades[0].grade) if grades else None
    if position is None:
        return LoanLine(loan, 0, 0, 0, None, 0, grade, is_live=True, is_known=False)
    return LoanLine(
        loan=loan,
        principal=position.principal,
        overdue=position.principal_overdue + position.interest_overdue,
        days_past_due=position.days_past_due(day),
        next_due=position.next_due,
        next_amount=position.next_due_amount,
        grade=grade,
        is_live=position.settled_on is None,
        is_known=True,
    )


def sentence(standing: Standing) -> str:
    """In one sentence how the client is doing, and what is next; from facts alone."""
    parts = [_owing(standing), _arrears(standing), _watched(standing), _coming(standing)]
    return ";".join(part for part in parts if part) + "。"


def _owing(standing: Standing) -> str:
    unknown = sum(1 for line in standing.lines if not line.is_known)
    if not standing.lines:
        return "名下没有借据"
    if unknown == len(standing.lines):
        return f"名下 {unknown} 笔借据{standing.lines[0].why_unknown}"
    if not standing.live:
        return f"名下 {len(standing.lines)} 笔借据均已结清"
    text = f"在贷 {len(standing.live)} 笔,余额 {short_money(standing.principal)}"
    return f"{text}(另有 {unknown} 笔状态未知)" if unknown else text


def _arrears(standing: Standing) -> str:
    if not standing.live:
        return ""
    late = [line for line in standing.live if line.days_past_due > 0]
    grade = f",分类{standing.worst_grade.label}" if standing.worst_grade else ""
    if not late:
        return f"没有逾期{grade}"
    return (
        f"{len(late)} 笔逾期,最长 {standing.days_past_due} 天,"
        f"逾期本息 {short_money(standing.overdue)}{grade}"
    )


def _watched(standing: Standing) -> str:
    counts = [(colour, standing.signals_of(colour)) for colour in Colour]
    named = [f"{colour.label}色 {count} 个" for colour, count in counts if count]
    return f"未消失的信号:{'、'.join(named)}" if named else ""


def _coming(standing: Standing) -> str:
    steps = []
    if standing.work is not None:
        left = time_left((standing.work.due_on - standing.day).days)
        steps.append(f"{standing.work.get_task_display()}({left})")
    payment = standing.next_payment
    if payment is not None and payment.next_due is not None:
        steps.append(f"{payment.next_due} 应还 {short_money(payment.next_amount)}")
    return f"下一步:{'、'.join(steps)}" if steps else ""
