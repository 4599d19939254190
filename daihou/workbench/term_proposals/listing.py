"""The list of proposed changes of terms: its columns and filters."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from daihou.servicing.choices import ProposalKind, ProposalStatus
from daihou.servicing.models import TermProposal
from daihou.staff.models import Officer
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.tables import Table
from daihou.workbench.templatetags.desk import money

TONES = {
    ProposalStatus.PROPOSED: "warn",
    ProposalStatus.RETURNED: "warn",
    ProposalStatus.APPROVED: "ok",
    ProposalStatus.ADOPTED: "ok",
    ProposalStatus.REJECTED: "bad",
}


def status_badge(row: TermProposal) -> SafeString:
    """Where the proposal stands, in its colour and in words."""
    tone = TONES.get(ProposalStatus(row.status), "")
    return format_html('<span class="badge {}">{}</span>', tone, row.get_status_display())


def proposals_table(officer: Officer) -> Table:
    """The list as this officer may narrow it."""
    return Table(
        name="term_proposals",
        title="条款变更",
        columns=(
            Column("申请日", "proposed_on", Kind.DAY),
            Column("借据号", "loan.number", Kind.HTML, exported=lambda row: row.loan.number,
                   link=lambda row: reverse("term_proposal", args=[row.pk])),
            Column("客户", "loan.customer.name",
                   link=lambda row: reverse("customer", args=[row.loan.customer.number])),
            Column("变更", "get_kind_display"),
            Column("生效日", "effective_from", Kind.DAY),
            Column("客户利息变化", _interest, Kind.HTML, is_number=True,
                   exported=lambda row: row.figures["interest_added"] / 100,
                   hint="与现行计划相比,正数为多付"),
            Column("申请理由", "reason", Kind.LONG_TEXT),
            Column("申请人", "proposed_by"),
            Column("状态", status_badge, Kind.HTML,
                   exported=lambda row: row.get_status_display()),
            Column("复核人", "decided_by"),
            Column("复核意见", "opinion", Kind.LONG_TEXT, on_screen=False),
            Column("执行日", "adopted_on", Kind.DAY, on_screen=False),
        ),
        order=("-proposed_on", "-pk"),
        filters=(
            Filter("whose", "范围", [("review", "待我复核"), ("mine", "我提交的")],
                   narrow=lambda rows, text: _of_person(rows, text, officer)),
            Filter("status", "状态", [(s.value, str(s.label)) for s in ProposalStatus]),
            Filter("kind", "变更", [(k.value, str(k.label)) for k in ProposalKind]),
            Filter("q", "查找", narrow=_by_name, input_type="search",
                   placeholder="借据号、客户名称"),
        ),
        empty="没有条款变更申请。在借据的“试算”页算出结果后,可以从那里提交申请。",
        counted="件",
    )  # fmt: skip


def _of_person(rows: QuerySet[TermProposal], text: str, officer: Officer) -> QuerySet[TermProposal]:
    if text == "mine":
        return rows.filter(proposed_by=officer)
    return rows.filter(status=ProposalStatus.PROPOSED).exclude(proposed_by=officer)


def _by_name(rows: QuerySet[TermProposal], text: str) -> QuerySet[TermProposal]:
    return rows.filter(Q(loan__number=text) | Q(loan__customer__name__contains=text))


def _interest(row: TermProposal) -> SafeString | str:
    added: int = row.figures["interest_added"]
    if added == 0:
        return "不变"
    words = "多付" if added > 0 else "节省"
    return format_html(
        '{} <span class="{}">{}</span>', words, "bad" if added > 0 else "good", money(abs(added))
    )
