"""The picture of a client's surroundings: ties as lines, clients as discs."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

from django.urls import reverse

from daihou.client_graph.choices import TieKind
from daihou.client_graph.layout import Place, rings_around
from daihou.client_graph.models import Tie
from daihou.client_graph.surroundings import Client, Surroundings
from daihou.workbench.pieces.charts import Chart
from daihou.workbench.pieces.figures_text import short_money

_MOST_NAMED = 20  # beyond, only the middle, the large and the troubled carry their names
_LINES: dict[TieKind, tuple[str, str]] = {
    TieKind.GUARANTEE: ("--accent", "solid"),
    TieKind.CONTROL: ("--grade-1", "solid"),
    TieKind.SHARE: ("--grade-1", "dash"),
    TieKind.POSITION: ("--ink-3", "dash"),
    TieKind.FAMILY: ("--grade-2", "dash"),
    TieKind.PHONE: ("--grade-3", "dot"),
    TieKind.ADDRESS: ("--ink-3", "dot"),
}


def picture_of(
    found: Surroundings,
    *,
    name: str,
    finding: str,
    failing_from: int,
    fallen: Collection[int] = (),
    unknown: Collection[int] = (),
) -> Chart:
    """The surroundings as a chart; a click on a client opens its summary in the side panel."""
    hops = {one.pk: one.hops for one in found.clients}
    places = rings_around(hops, [(tie.source_id, tie.target_id) for tie in found.ties])
    note = "圆越大,在贷余额越多;实线箭头由保证人指向被担保人。点击圆点看客户。"
    if found.left_out:
        note += f" 另有 {found.left_out} 户未画出(按距离与余额取前 {len(found.clients)} 户)。"
    traces = [
        *(_lines(kind, found.ties, places) for kind in TieKind),
        *_discs(found.clients, places, failing_from, frozenset(fallen), frozenset(unknown)),
    ]
    return Chart(
        name=name,
        finding=finding,
        data=[trace for trace in traces if trace is not None],
        layout=_LAYOUT,
        note=note,
        headings=("客户", "距离", "在贷余额", "逾期天数"),
        rows=[
            (one.name, str(one.hops), short_money(one.owed), str(one.days_past_due))
            for one in found.clients
        ],
        opens_panel=True,
    )


_AXIS = {"visible": False, "showgrid": False, "zeroline": False}
_LAYOUT: dict[str, Any] = {
    "height": 520,
    "xaxis": {**_AXIS, "scaleanchor": "y"},
    "yaxis": _AXIS,
    "showlegend": True,
    "legend": {"orientation": "h", "y": -0.02, "font": {"size": 11}},
    "hovermode": "closest",
    "margin": {"l": 30, "r": 30, "t": 16, "b": 30},
}


def _lines(kind: TieKind, ties: Sequence[Tie], places: dict[int, Place]) -> dict[str, Any] | None:
    """All ties of a kind as one trace; guarantees carry a head at two thirds of the way."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    sizes: list[int] = []
    for tie in ties:
        if tie.kind != kind:
            continue
        (x0, y0), (x1, y1) = places[tie.source_id], places[tie.target_id]
        xs += [x0, x0 + (x1 - x0) * 0.66, x1, None]
        ys += [y0, y0 + (y1 - y0) * 0.66, y1, None]
        sizes += [0, 10, 0, 0]
    if not xs:
        return None
    colour, dash = _LINES[kind]
    trace: dict[str, Any] = {
        "type": "scatter", "mode": "lines", "x": xs, "y": ys, "name": str(kind.label),
        "hoverinfo": "skip", "line": {"color": colour, "width": 1.4, "dash": dash},
    }  # fmt: skip
    if kind is TieKind.GUARANTEE:
        trace["mode"] = "lines+markers"
        trace["marker"] = {
            "symbol": "arrow", "angleref": "previous", "size": sizes, "color": colour, "opacity": 1,
        }  # fmt: skip
    return trace


def _discs(
    clients: Sequence[Client],
    places: dict[int, Place],
    failing_from: int,
    fallen: frozenset[int],
    unknown: frozenset[int],
) -> list[dict[str, Any]]:
    groups: dict[str, list[Client]] = {}
    for one in clients:
        groups.setdefault(_group(one, failing_from, fallen, unknown), []).append(one)
    largest = max((one.owed for one in clients), default=0) or 1
    traces = []
    for group, (colour, symbol) in _GROUPS.items():
        some = groups.get(group, [])
        if not some:
            continue
        named = len(clients) <= _MOST_NAMED
        traces.append(
            {
                "type": "scatter", "mode": "markers+text", "name": group,
                "x": [places[one.pk][0] for one in some], "y": [places[one.pk][1] for one in some],
                "text": [
                    _short(one.name) if named or one.hops == 0 or group in _TROUBLED else ""
                    for one in some
                ],
                "textposition": "bottom center", "textfont": {"size": 11, "color": "--ink"},
                "hovertext": [_told(one) for one in some], "hoverinfo": "text",
                "customdata": [reverse("client_brief", args=[one.number]) for one in some],
                "marker": {
                    "color": colour, "symbol": symbol, "line": {"color": "--surface", "width": 1.5},
                    "size": [12 + 22 * math.sqrt(one.owed / largest) for one in some],
                },
            }
        )  # fmt: skip
    return traces


_GROUPS = {
    "起点": ("--accent", "diamond"),
    "客户": ("--signal-1", "circle"),
    "能力未知": ("--signal-2", "circle"),
    "逾期": ("--grade-3", "circle"),
    "出险": ("--bad", "square"),
}
_TROUBLED = {"出险", "逾期", "能力未知"}


def _group(one: Client, failing_from: int, fallen: frozenset[int], unknown: frozenset[int]) -> str:
    if one.pk in fallen or one.days_past_due >= failing_from:
        return "出险"
    if one.pk in unknown:
        return "能力未知"
    if one.days_past_due:
        return "逾期"
    return "起点" if one.hops == 0 else "客户"


def _short(name: str) -> str:
    return name if len(name) <= 10 else f"{name[:9]}…"


def _told(one: Client) -> str:
    late = f",逾期 {one.days_past_due} 天" if one.days_past_due else ""
    return f"{one.name}<br>在贷 {short_money(one.owed)}{late}"
