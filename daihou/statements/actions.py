"""What people write about statements: enter one, correct one, say what became of a finding."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.models import Customer
from daihou.staff.models import Officer
from daihou.statements.choices import FindingState, Opinion, Scope, Source
from daihou.statements.items import ITEM_BY_KEY
from daihou.statements.models import Statement, StatementFinding


@dataclass(frozen=True)
class Figures:
    """A statement's lines by key, in fen: its own column and the one for comparison."""

    now: Mapping[str, int]
    earlier: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class About:
    """What a statement is of and where it comes from."""

    period_end: dt.date
    received_on: dt.date
    scope: Scope = Scope.SINGLE
    opinion: Opinion = Opinion.NONE
    auditor: str = ""
    source: Source = Source.ENTERED
    note: str = ""


@transaction.atomic
def record_statement(
    *, customer: Customer, about: About, figures: Figures, by: Officer, business_date: dt.date
) -> Statement:
    """Put a statement on record; one of the same period is corrected by a new version.

    A correction is the whole statement as it now reads, and says why. Raises `NotAcceptable`.
    """
    _must_be_possible(about, figures, business_date)
    Customer.objects.select_for_update().only("pk").get(pk=customer.pk)
    same = Statement.objects.filter(
        customer=customer, period_end=about.period_end, scope=about.scope
    )
    last = same.order_by("-version").first()
    if last is not None and not about.note.strip():
        raise NotAcceptable("note", "这一期报表已在册;更正须写明原因,原报表保留为旧版本")
    if last is not None and about.received_on < last.received_on:
        raise NotAcceptable("received_on", f"更正的收到日不能早于原报表的收到日 {last.received_on}")
    items, amounts = _columns(figures.now)
    earlier_items, earlier_amounts = _columns(figures.earlier)
    version = (same.aggregate(last=Max("version"))["last"] or 0) + 1
    return Statement.objects.create(
        customer=customer,
        period_end=about.period_end,
        months=about.period_end.month,
        scope=about.scope,
        version=version,
        is_audited=about.opinion != Opinion.NONE,
        opinion=about.opinion,
        auditor=about.auditor.strip(),
        received_on=about.received_on,
        source=about.source,
        note=about.note.strip(),
        entered_by=by,
        items=items,
        amounts=amounts,
        earlier_items=earlier_items,
        earlier_amounts=earlier_amounts,
    )


@transaction.atomic
def judge_finding(
    *, finding: StatementFinding, state: FindingState, note: str, by: Officer
) -> StatementFinding:
    """Say what became of a finding: confirmed, explained or dismissed, with the reason.

    Raises `NotAcceptable` without a reason, for a finding that has gone, and when somebody else
    has judged it in the meantime.
    """
    if state == FindingState.NEW:
        raise NotAcceptable("state", "请选择认定结果")
    if not note.strip():
        raise NotAcceptable("note", "请写明依据")
    moved = StatementFinding.objects.filter(
        pk=finding.pk, state=finding.state, ceased_on=None
    ).update(state=state, note=note.strip(), handled_by=by, handled_at=Now())
    if not moved:
        raise NotAcceptable("state", "线索已消失,或刚由他人处理,请刷新")
    finding.refresh_from_db()
    return finding


def is_month_end(day: dt.date) -> bool:
    """Whether a statement can end on the day."""
    return day.day == calendar.monthrange(day.year, day.month)[1]


def _must_be_possible(about: About, figures: Figures, business_date: dt.date) -> None:
    if not is_month_end(about.period_end):
        raise NotAcceptable("period_end", "报表期末须是月末,如 2026-09-30")
    if about.period_end > business_date:
        raise NotAcceptable("period_end", f"报表期末不能晚于营业日 {business_date}")
    if not about.period_end <= about.received_on <= business_date:
        raise NotAcceptable("received_on", "收到日须在报表期末与营业日之间")
    if not figures.now:
        raise NotAcceptable("period_end", "至少填写一个项目")


def _columns(lines: Mapping[str, int]) -> tuple[list[int], list[int]]:
    """Lines by key as two columns, sorted by the codes that are kept."""
    coded = sorted((ITEM_BY_KEY[key].code, amount) for key, amount in lines.items())
    return [code for code, _ in coded], [amount for _, amount in coded]
