"""The lists of 分类认定: batches, and the loans of one batch with the exceptions first."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from daihou.classification.choices import EXCEPTION_NAMES, BatchStatus, Exceptional, Grade
from daihou.classification.models import Determination, GradingBatch
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.tables import Table
from daihou.workbench.templatetags.desk import grade as grade_badge

_TONES = {
    BatchStatus.SUBMITTED: "warn", BatchStatus.REVIEWED: "warn", BatchStatus.DETERMINED: "ok",
}  # fmt: skip
EXCEPTIONS = [("any", "有例外"), *((str(one.value), name) for one, name in EXCEPTION_NAMES.items())]


def status_badge(batch: GradingBatch) -> SafeString:
    """Where a batch stands, in its colour and in words."""
    tone = _TONES.get(BatchStatus(batch.status), "")
    return format_html('<span class="badge {}">{}</span>', tone, batch.get_status_display())


def exception_words(row: Determination) -> str:
    """Why a row is shown first."""
    found = Exceptional(row.exceptions)
    return "、".join(name for one, name in EXCEPTION_NAMES.items() if one in found)


def _grade_and_move(row: Determination) -> SafeString:
    moved = row.grade - row.machine
    arrow = "" if not moved else " ↓" if moved > 0 else " ↑"
    return format_html("{}{}", grade_badge(row.grade), arrow)


def _by_exception(rows: QuerySet[Determination], text: str) -> QuerySet[Determination]:
    if text == "any":
        return rows.filter(exceptions__gt=0)
    return rows.annotate(found=F("exceptions").bitand(int(text))).filter(found__gt=0)


def _by_name(rows: QuerySet[Determination], text: str) -> QuerySet[Determination]:
    named = Q(loan__customer__number=text) | Q(loan__customer__name__contains=text)
    return rows.filter(Q(loan__number=text) | named)


def _loan_address(row: Determination) -> str:
    return f"{reverse('loan', args=[row.loan.number])}#judged"


BATCHES = Table(
    name="grading_batches",
    title="分类认定批次",
    columns=(
        Column("批次", "__str__", link=lambda row: reverse("grading_batch", args=[row.pk])),
        Column("机构", "branch.name"),
        Column("分类基准日", "as_of", Kind.DAY),
        Column("说明", "note"),
        Column("借据", "loans", Kind.COUNT),
        Column("例外", "exceptional", Kind.COUNT),
        Column("初分人", "made_by"),
        Column("复核人", "reviewed_by"),
        Column("认定人", "determined_by"),
        Column("认定日", "determined_on", Kind.DAY),
        Column("状态", status_badge, Kind.HTML, exported=lambda row: row.get_status_display()),
    ),
    order=("-pk",),
    filters=(Filter("status", "状态", BatchStatus.choices),),
    empty="还没有分类批次。客户经理或贷后岗可以新建一批,取最近营业日的机器建议。",
    counted="批",
)
ROWS = Table(
    name="grading_rows",
    title="分类认定明细",
    columns=(
        Column("借据号", "loan.number", Kind.HTML, panel=True,
               link=lambda row: reverse("grading_row", args=[row.pk]),
               exported=lambda row: row.loan.number),
        Column("客户", "loan.customer.name",
               link=lambda row: reverse("customer", args=[row.loan.customer.number])),
        Column("余额", "loan.position.principal", Kind.MONEY),
        Column("逾期", "days", Kind.OVERDUE),
        Column("上次认定", "before", Kind.GRADE),
        Column("机器建议", "machine", Kind.GRADE, link=_loan_address),
        Column("初分", _grade_and_move, Kind.HTML,
               exported=lambda row: str(Grade(row.grade).label)),
        Column("例外", exception_words, Kind.LONG_TEXT, exported=exception_words),
        Column("理由", "reason", Kind.LONG_TEXT),
        Column("有效期至", "expires_on", Kind.DAY),
    ),
    order=("-exceptions", "-machine", "pk"),
    filters=(
        Filter("exception", "例外", EXCEPTIONS, narrow=_by_exception),
        Filter("machine", "机器建议", [(str(g.value), str(g.label)) for g in Grade]),
        Filter("grade", "初分", [(str(g.value), str(g.label)) for g in Grade]),
        Filter("q", "查找", narrow=_by_name, input_type="search",
               placeholder="借据号、客户名称、客户号"),
    ),
    empty="这一批没有您可以查看的借据。",
    counted="笔",
    is_queue=True,
)  # fmt: skip
