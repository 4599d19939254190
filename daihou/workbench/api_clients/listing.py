"""The lists of the 接口 desk: systems, tokens, requests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from daihou.api_clients.choices import Scope
from daihou.api_clients.models import ApiClient, ApiRequest, ApiToken
from daihou.workbench.pieces.charts import LINE, SECOND_LINE, Chart
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.tables import Table

DAYS_SHOWN = 30
_SOON = dt.timedelta(days=30)
_OUTCOMES = {"ok": ("已应答", {"status__lt": 400}), "refused": ("被拒绝", {"status__gte": 400})}


def scopes_text(client: ApiClient) -> str:
    """The permissions by their names."""
    return "、".join(str(Scope(scope).label) for scope in client.scopes)


def _state(client: Any) -> SafeString:
    if not client.is_active:
        return format_html('<span class="badge bad">{}</span>', "已停用")
    if not client.live_tokens:
        return format_html('<span class="badge warn">{}</span>', "没有有效令牌")
    return format_html('<span class="badge ok">{}</span>', "在用")


def _state_text(client: Any) -> str:
    if not client.is_active:
        return "已停用"
    return "在用" if client.live_tokens else "没有有效令牌"


CLIENTS = Table(
    name="api_clients",
    title="对接系统",
    columns=(
        Column("代号", "code", link=lambda one: reverse("api_client", args=[one.code])),
        Column("系统名称", "name"),
        Column("所属机构", "branch"),
        Column("权限", scopes_text, Kind.LONG_TEXT),
        Column("有效令牌", "live_tokens", Kind.COUNT),
        Column("最晚失效日", "last_expiry", Kind.DAY),
        Column("最近请求", "last_asked_at", Kind.MOMENT),
        Column("状态", _state, Kind.HTML, exported=_state_text),
        Column("用途", "purpose", on_screen=False),
        Column("联系人", "contact", on_screen=False),
    ),
    order=("account__username",),
    empty="还没有对接系统。点“登记对接系统”,再为它签发令牌。",
    counted="个",
)


def _by_outcome(rows: QuerySet[ApiRequest], text: str) -> QuerySet[ApiRequest]:
    return rows.filter(**_OUTCOMES[text][1])


def _status(row: ApiRequest) -> SafeString:
    tone = "ok" if row.status < 400 else "bad" if row.status >= 500 else "warn"
    return format_html('<span class="badge {}">{}</span>', tone, row.status)


REQUESTS = Table(
    name="api_requests",
    title="接口请求",
    columns=(
        Column("时间", "asked_at", Kind.MOMENT),
        Column("方法", "method"),
        Column("地址", "path", Kind.LONG_TEXT),
        Column("状态码", _status, Kind.HTML, exported=lambda row: row.status),
        Column("耗时(毫秒)", "milliseconds", Kind.COUNT),
        Column("令牌", "token.prefix"),
        Column("来源地址", "address"),
        Column("参考号", "reference"),
    ),
    order=("-asked_at", "-pk"),
    filters=(
        Filter(
            "outcome",
            "结果",
            [(key, name) for key, (name, _) in _OUTCOMES.items()],
            narrow=_by_outcome,
        ),
        Filter(
            "path",
            "地址含",
            narrow=lambda rows, text: rows.filter(path__contains=text),
            input_type="search",
        ),
        Filter(
            "from",
            "自",
            input_type="date",
            narrow=lambda rows, text: rows.filter(asked_at__date__gte=text),
        ),
    ),
    empty="没有符合条件的请求。系统带着令牌发来的每次请求都会记在这里。",
    counted="次",
)


def token_state(token: ApiToken, today: dt.date) -> tuple[str, str]:
    """What became of a token, and the tone of its badge."""
    if token.revoked_at is not None:
        return "已吊销", ""
    if token.expires_on <= today:
        return "已失效", "bad"
    if token.expires_on - today <= _SOON:
        return f"{(token.expires_on - today).days} 天后失效", "warn"
    return "有效", "ok"


def requests_chart(days: Sequence[tuple[dt.date, int, int]], today: dt.date) -> Chart | None:
    """Requests a day over the last weeks, answered and refused; None when there were none."""
    if not days:
        return None
    counts = {day: (answered, refused) for day, answered, refused in days}
    shown = [today - dt.timedelta(days=back) for back in range(DAYS_SHOWN - 1, -1, -1)]
    rows = [(day, *counts.get(day, (0, 0))) for day in shown]
    answered, refused = sum(row[1] for row in rows), sum(row[2] for row in rows)
    finding = f"近 {DAYS_SHOWN} 天应答 {answered:,} 次" + (
        f",拒绝 {refused:,} 次" if refused else ",没有被拒绝的请求"
    )
    labels = [f"{day:%m-%d}" for day, _, _ in rows]
    data = [
        {
            "type": "bar",
            "name": name,
            "x": labels,
            "y": [row[place] for row in rows],
            "marker": {"color": colour},
            "hovertemplate": f"%{{x}} {name} %{{y:,}} 次<extra></extra>",
        }
        for place, name, colour in ((1, "已应答", LINE), (2, "被拒绝", SECOND_LINE))
    ]
    layout = {
        "barmode": "stack",
        "bargap": 0.3,
        "height": 190,
        "yaxis": {"title": {"text": "次"}, "rangemode": "tozero"},
        "xaxis": {"type": "category", "nticks": 10},
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.2},
    }
    table = [[f"{day}", f"{good:,}", f"{bad:,}"] for day, good, bad in reversed(rows)]
    return Chart(
        "api-requests", finding, data, layout,
        headings=("日期", "已应答", "被拒绝"), rows=table, is_low=True,
    )  # fmt: skip
