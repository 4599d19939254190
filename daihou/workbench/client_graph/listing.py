"""The lists of the desk 关联图谱: circles, findings, members, ties."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from daihou.client_graph.choices import SIGNAL_NAMES, CircleShape, FindingState
from daihou.client_graph.models import Circle, GraphFinding
from daihou.client_graph.queries import signal_name
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.tables import Table

_TONES = {FindingState.NEW: "warn", FindingState.CONFIRMED: "bad"}


def circle_name(circle: Circle) -> str:
    """A circle by the name of the client who guarantees most."""
    return f"{circle.hub.name} 等 {circle.size} 户"


CIRCLES = Table(
    name="circles",
    title="担保圈",
    columns=(
        Column("担保圈", circle_name, Kind.HTML, exported=circle_name,
               link=lambda circle: reverse("circle", args=[circle.pk])),
        Column("形态", "get_shape_display"),
        Column("户数", "size", Kind.COUNT, sort="size"),
        Column("出险户数", "failing", Kind.COUNT,
               hint="最近营业日:成员中任一借据逾期达到“出险”天数"),
        Column("在贷余额", "owed", Kind.MONEY, hint="最近营业日:全体成员的本金余额"),
        Column("担保关系", "ties", Kind.COUNT),
        Column("最长担保链", "chain", Kind.COUNT, hint="沿担保方向最长经过多少户"),
        Column("互保户数", "in_rings", Kind.COUNT, hint="沿担保方向能绕回自己的客户"),
        Column("担保最多者", "hub.name",
               link=lambda circle: reverse("client_graph", args=[circle.hub.number])),
        Column("其担保户数", "hub_clients", Kind.COUNT),
        Column("最早出现", "known_since", Kind.DAY),
    ),
    order=("-size", "pk"),
    filters=(
        Filter("shape", "形态", CircleShape.choices),
        Filter("q", "查找", input_type="search", placeholder="成员名称",
               narrow=lambda rows, text: rows.filter(
                   pk__in=Circle.objects.filter(members__customer__name__contains=text))),
    ),
    empty="没有担保圈:三户及以上相连的保证、互保或连环担保会列在这里,由日终更新。",
    counted="个",
)  # fmt: skip


def _says(row: GraphFinding) -> str:
    return str(row.reasons[0]["says"])


def _state(row: GraphFinding) -> SafeString:
    tone = _TONES.get(FindingState(row.state), "")
    return format_html('<span class="badge {}">{}</span>', tone, row.get_state_display())


def _opener(row: GraphFinding) -> SafeString:
    return format_html(
        '<a href="{}" data-open data-act="handle" data-panel data-panel-title="关联发现">{}</a>',
        reverse("graph_finding", args=[row.pk]), signal_name(row.signal),
    )  # fmt: skip


FINDINGS = Table(
    name="graph-findings",
    title="关联发现",
    columns=(
        Column("信号", _opener, Kind.HTML, exported=lambda row: signal_name(row.signal)),
        Column("客户", "customer.name",
               link=lambda row: reverse("client_graph", args=[row.customer.number])),
        Column("说明", _says, Kind.LONG_TEXT),
        Column("首次出现", "since", Kind.DAY),
        Column("状态", _state, Kind.HTML, exported=lambda row: row.get_state_display()),
        Column("处理说明", "note", on_screen=False),
    ),
    order=("-since", "-pk"),
    filters=(
        Filter("signal", "信号", [(str(n), f"{n} {name}") for n, name in SIGNAL_NAMES.items()]),
        Filter("state", "状态", FindingState.choices),
        Filter("q", "查找", input_type="search", placeholder="客户名称",
               narrow=lambda rows, text: rows.filter(Q(customer__name__contains=text))),
    ),
    empty="没有关联发现:担保圈里没有成员出险,保证人都正常。",
    counted="条",
    is_queue=True,
)  # fmt: skip


TIES = Table(
    name="ties",
    title="关联明细",
    columns=(
        Column("甲", lambda row: row["source"].name,
               link=lambda row: reverse("client_graph", args=[row["source"].number])),
        Column("关系", "says"),
        Column("乙", lambda row: row["target"].name,
               link=lambda row: reverse("client_graph", args=[row["target"].number])),
        Column("担保金额", "amount", Kind.MONEY),
        Column("持股比例", "share", Kind.RATE),
        Column("自", "since", Kind.DAY),
    ),
    order=("pk",),
    empty="在所选的关系种类和层数内没有关联。",
    counted="条",
)  # fmt: skip


def tie_rows(found: Any) -> list[dict[str, Any]]:
    """The ties of the surroundings as rows of the table."""
    clients = found.by_id
    return [
        {
            "source": clients[tie.source_id], "target": clients[tie.target_id],
            "says": tie.get_kind_display(), "amount": tie.amount, "share": tie.share,
            "since": tie.seen_from,
        }
        for tie in found.ties
    ]  # fmt: skip
