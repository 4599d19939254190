"""Two rules side by side: what differs, and on whom each would show on yesterday's book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from daihou.daily_run.models import WorkItem
from daihou.daily_run.queries import still_to_do_on
from daihou.early_warning.client_rules.explanations import in_words
from daihou.early_warning.client_rules.previewing import Preview
from daihou.early_warning.client_rules.rules import FINDING_NAMES, ClientRule
from daihou.early_warning.indicators.catalogue import names
from daihou.loan_book.models import Product
from daihou.loan_book.queries import customers_visible_to
from daihou.policy.queries import parameter
from daihou.staff.models import Officer
from daihou.staff.queries import officers_visible_to
from daihou.workbench.pieces.charts import LINE, QUIET, Chart
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.figures import Figure
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.page import DeskRequest
from daihou.workbench.pieces.tables import Table
from daihou.workbench.templatetags import desk as show

MOST_LISTED = 5_000
OFFICERS_IN_PICTURE = 15
NOBODY_NAME = "未指定"


@dataclass(frozen=True)
class Side:
    """One line of the comparison: what it is, in the rule in force, in the other one."""

    name: str
    now: Any
    new: Any

    @property
    def differs(self) -> bool:
        """Whether the version changes it."""
        return bool(self.now != self.new)


def sides_of(now: ClientRule, new: ClientRule) -> list[Side]:
    """The two rules, line by line."""
    wanted = {*now.products, *new.products}
    called = dict(Product.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}
    most = max(len(now.levels), len(new.levels))
    levels = [
        Side(f"第{place}档", _level(now, place), _level(new, place)) for place in range(1, most + 1)
    ]
    return [
        Side("启用", *("启用" if rule.is_on else "停用" for rule in (now, new))),
        *levels,
        Side("适用客户", now.segment.label, new.segment.label),
        Side("适用产品", *(_products(rule, called) for rule in (now, new))),
        Side("消失后静默", f"{now.cooldown} 天", f"{new.cooldown} 天"),
        Side("重现并入", f"{now.merge} 天", f"{new.merge} 天"),
    ]


def _level(rule: ClientRule, place: int) -> SafeString | str:
    if place > len(rule.levels):
        return "—"
    level = rule.levels[place - 1]
    words = rule.in_words(place, names())
    return format_html("{} {}", show.signal(level.colour), words)


def _products(rule: ClientRule, called: dict[int, str]) -> str:
    return "、".join(called.get(one, str(one)) for one in rule.products) or "全部产品"


def preview_figures(preview: Preview, new: ClientRule, rows: str) -> list[Figure]:
    """The cards of the preview; each opens its clients, listed at the address `rows`."""
    counts = preview.counts
    known = preview.judged - preview.unknown
    share = f"占可判定的 {counts['new'] / known:.1%}" if known else "无从判定"
    return [
        Figure("现行规则", f"{counts['now']:,}", "户", link=f"{rows}?side=now"),
        Figure("新规则", f"{counts['new']:,}", "户", link=f"{rows}?side=new",
               change=share if new.is_on else "停用,不再提示"),
        Figure("新增提示", f"{counts['begins']:,}", "户", link=f"{rows}?change=begins",
               tone="warn" if counts["begins"] else ""),
        Figure("不再提示", f"{counts['ends']:,}", "户", link=f"{rows}?change=ends"),
        Figure("两者都提示", f"{counts['both']:,}", "户", link=f"{rows}?change=both"),
        Figure("未知", f"{preview.unknown:,}", "户", change=f"适用 {preview.judged:,} 户",
               hint="缺数据,新规则无从判定;未知不等于没有问题"),
    ]  # fmt: skip


OFFICERS = (
    Column("客户经理", "name"),
    Column("机构", "branch"),
    Column("现行规则", "now", Kind.COUNT),
    Column("新规则", "new", Kind.COUNT),
    Column("其中新增", "begins", Kind.COUNT),
    Column("当前待办", "work", Kind.COUNT, hint="该客户经理名下待办的客户数"),
    Column("每日上限", "budget", Kind.COUNT, hint="每人每日提示户数上限,在“参数”中调整;红色不限"),
    Column("超上限暂缓", "held", Kind.COUNT,
           hint="待办加新增超过上限的户数:排入“暂缓提示”,前面的办完后依次补上"),
)  # fmt: skip


def officer_rows(request: DeskRequest, preview: Preview) -> list[dict[str, Any]]:
    """How many clients of each officer either rule shows on, against what an officer may be shown.

    Of the officers whom one may look up. A client who is on the list already takes no second turn.
    """
    lines = preview.by_officer()
    people = officers_visible_to(request.officer).in_bulk([line.officer for line in lines])
    waiting = WorkItem.objects.filter(still_to_do_on(request.business_date))
    busy = Counter(waiting.filter(officer__in=people).values_list("officer", flat=True))
    begin = preview.kept.clients[preview.shows_new & ~preview.shows_now]
    listed = waiting.filter(customer__in=begin.tolist()).values_list("customer", flat=True)
    is_new = np.isin(begin, list(listed), invert=True)
    added = Counter(preview.officers_of(begin[is_new]))
    budget = parameter("worklist.budget", on=request.business_date).value
    assert isinstance(budget, int)
    return [
        {
            "name": people[line.officer].display_name,
            "branch": people[line.officer].branch,
            "now": line.now, "new": line.new, "begins": line.begins,
            "work": busy[line.officer], "budget": budget,
            "held": max(busy[line.officer] + added[line.officer] - budget, 0),
        }
        for line in lines
        if line.officer in people
    ]  # fmt: skip


def officer_chart(rows: Sequence[dict[str, Any]]) -> Chart | None:
    """Who would have how many; None where there is nobody to show."""
    shown = rows[:OFFICERS_IN_PICTURE][::-1]
    if not shown:
        return None
    labels = [row["name"] for row in shown]
    data = [
        {
            "type": "bar", "orientation": "h", "name": name, "y": labels,
            "x": [row[key] for row in shown], "marker": {"color": colour},
            "hovertemplate": f"%{{y}} {name} %{{x:,}} 户<extra></extra>",
        }
        for name, key, colour in (("新规则", "new", LINE), ("现行规则", "now", QUIET))
    ]  # fmt: skip
    most = max(rows, key=lambda row: row["new"])
    return Chart(
        name="rule-officers",
        finding=f"新规则下{most['name']}名下最多,{most['new']:,} 户"
        if most["new"]
        else "新规则在昨日账面不提示任何客户",
        data=data,
        layout={
            "barmode": "group", "bargap": 0.3, "height": 90 + 34 * len(shown),
            "yaxis": {"type": "category", "showgrid": False},
            "xaxis": {"title": {"text": "户"}, "rangemode": "tozero"},
            "showlegend": True,
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom",
                       "traceorder": "reversed"},
        },
        headings=("客户经理", "现行规则", "新规则", "其中新增"),
        rows=[(r["name"], *(f"{r[k]:,}" for k in ("now", "new", "begins"))) for r in rows],
    )  # fmt: skip


_CHANGES = {"begins": "新增提示", "ends": "不再提示", "both": "两者都提示"}
CLIENTS = Table(
    name="rule_clients",
    title="规则预览客户",
    columns=(
        Column("客户", "customer", link=lambda row: reverse("customer", args=[row["number"]])),
        Column("客户号", "number", on_screen=False),
        Column("机构", "branch"),
        Column("客户经理", "officer"),
        Column("变化", lambda row: _CHANGES[row["change"]]),
        Column("现行规则", "now", Kind.SIGNAL),
        Column("新规则", "new", Kind.SIGNAL),
        Column("所见数值", "saw", Kind.LONG_TEXT),
    ),
    order=("number",),
    filters=(
        Filter("change", "变化", tuple(_CHANGES.items())),
        Filter("side", "提示", (("now", "现行规则"), ("new", "新规则")),
               narrow=lambda rows, text: [row for row in rows if row[text]]),
        Filter("q", "查找", input_type="search", placeholder="客户名称、客户经理",
               narrow=lambda rows, text: [
                   row for row in rows if text in row["customer"] or text in row["officer"]]),
    ),
    empty="昨日账面上两个规则都不提示您可见的客户",
    counted="户",
)  # fmt: skip


def client_rows(
    officer: Officer, preview: Preview, now: ClientRule, new: ClientRule
) -> list[dict[str, Any]]:
    """The clients on whom either rule shows, of those whom the person may see."""
    either = np.flatnonzero(preview.shows_now | preview.shows_new)
    ids = preview.kept.clients[either].tolist()
    place_of = dict(zip(ids, either.tolist(), strict=True))
    seen = customers_visible_to(officer).filter(pk__in=ids).select_related("branch", "officer")
    rows = []
    for client in seen.defer("identity_number").order_by("number")[:MOST_LISTED]:
        place = place_of[client.pk]
        before, after = int(preview.now.level[place]), int(preview.new.level[place])
        rows.append({
            "customer": client.name,
            "number": client.number,
            "branch": client.branch.name,
            "officer": client.officer.display_name if client.officer else NOBODY_NAME,
            "change": "both" if before and after else "begins" if after else "ends",
            "now": now.levels[before - 1].colour if before else None,
            "new": new.levels[after - 1].colour if after else None,
            "saw": _saw(preview, new, place),
        })  # fmt: skip
    return rows


def _saw(preview: Preview, rule: ClientRule, place: int) -> str:
    """The values that the new rule looks at, of one client; unknown ones say so."""
    called = {**names(), **FINDING_NAMES}
    parts = []
    for code in rule.looks_at:
        values = preview.kept.values.get(code)
        is_known = values is not None and bool(values.known[place])
        words = in_words(code, int(values.value[place])) if values and is_known else "未知"
        parts.append(f"{called.get(code, code)} {words}")
    return "、".join(parts)
