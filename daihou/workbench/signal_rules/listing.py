"""The lists of signals and of indicators: columns, filters, and the cards above."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from daihou.early_warning.client_rules.listing import (
    IndicatorLine,
    SignalLine,
    State,
    counts_by_state,
)
from daihou.early_warning.indicators.catalogue import DATA_NAMES
from daihou.early_warning.shipped_signals import shipped_signals
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.figures import Figure
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.tables import Table
from daihou.workbench.templatetags import desk as show

_TONES = {State.IN_USE: "ok", State.OFF: "", State.NO_DATA: "warn", State.NOT_JUDGED: ""}
_HALF = 0.5  # a rule in use that sees less than half of its clients stands on a card of its own


def state_badge(line: SignalLine) -> SafeString:
    """Whether the signal is looked for, in its colour and in words, with what is missing."""
    missing = "、".join(line.missing)
    return format_html(
        '<span class="badge {}">{}</span>{}',
        _TONES[line.state],
        line.state.value,
        format_html(' <span class="muted">{}</span>', missing) if missing else "",
    )


def levels(line: SignalLine) -> list[tuple[SafeString, str, str]]:
    """The levels of a rule about clients: colour, condition in words, and as typed."""
    if line.of_loans:
        return []
    levels = zip(line.colours, line.level_words, line.conditions, strict=True)
    return [(show.signal(colour), words, typed) for colour, words, typed in levels]


def figures(lines: Sequence[SignalLine]) -> list[Figure]:
    """The cards above the list, each with the list behind it."""
    counts = counts_by_state(lines)
    cards = [Figure("预警信号", str(len(lines)), "个", link=reverse("signal_rules"))]
    for state, hint in _HINTS.items():
        tone = {State.IN_USE: "good", State.NO_DATA: "warn"}.get(state, "")
        if counts[state] or state is not State.NOT_JUDGED:
            cards.append(
                Figure(state.value, str(counts[state]), "个", link=f"?state={state.name}",
                       tone=tone if counts[state] else "", hint=hint, change=hint)
            )  # fmt: skip
    low = len(_seen_little(lines))
    cards.append(
        Figure("在用而覆盖不足一半", str(low), "个", link="?coverage=low",
               tone="warn" if low else "good", change="多数客户当日无从判定")
    )  # fmt: skip
    return cards


_HINTS = {
    State.IN_USE: "每日日终判定",
    State.NO_DATA: "未接入所需数据,结论为未知",
    State.OFF: "本行已停用",
    State.NOT_JUDGED: "当日日终没有判定过",
}


def _seen_little(lines: Sequence[SignalLine]) -> list[SignalLine]:
    return [
        one
        for one in lines
        if one.state is State.IN_USE and one.share_known is not None and one.share_known < _HALF
    ]


def _coverage(line: SignalLine | IndicatorLine) -> SafeString | None:
    """How many could be judged, of how many, and the share of it."""
    if line.judged is None or line.known is None or line.share_known is None:
        return None
    return format_html(
        '<span class="nowrap">{} <span class="muted">/ {} {}</span></span> {}',
        show.count(line.known), show.count(line.judged), line.counts, show.share(line.share_known),
    )  # fmt: skip


def _colours(line: SignalLine) -> SafeString:
    return format_html_join(" ", "{}", ((show.signal(one),) for one in line.colours))


_GROUPS = tuple(dict.fromkeys(one.group for one in shipped_signals().values()))
_DATA = tuple((name, name) for name in DATA_NAMES.values())
_COVERAGE = (
    Column("覆盖", _coverage, Kind.HTML, is_number=True, exported=lambda one: one.share_known,
           hint="可判定的占全部应判定的比例;其余为未知,不等于没有问题"),
    Column("可判定", "known", Kind.COUNT, on_screen=False),
    Column("应判定", "judged", Kind.COUNT, on_screen=False),
)  # fmt: skip

RULES = Table(
    name="signal_rules",
    title="预警规则",
    columns=(
        Column("编号", "number", Kind.COUNT),
        Column("类别", "group"),
        Column("信号", "name", Kind.LONG_TEXT, panel=True,
               link=lambda one: reverse("signal_rule", args=[one.number])),
        Column("颜色", _colours, Kind.HTML,
               exported=lambda one: "、".join(str(colour.label) for colour in one.colours)),
        Column("条件", "in_words", Kind.LONG_TEXT),
        Column("条件原文", lambda one: ";".join(one.conditions), on_screen=False),
        Column("适用", "segment", on_screen=False),
        Column("所需数据", lambda one: "、".join(one.needs), Kind.LONG_TEXT),
        Column("状态", state_badge, Kind.HTML, exported=lambda one: one.state_words),
        *_COVERAGE,
        Column("来源", "source", Kind.LONG_TEXT, on_screen=False),
        Column("可靠程度", "evidence", on_screen=False),
        Column("版本", "version", on_screen=False),
    ),
    order=("number",),
    filters=(
        Filter("group", "类别", [(one, one) for one in _GROUPS],
               narrow=lambda rows, text: [one for one in rows if one.group == text]),
        Filter("state", "状态", [(one.name, one.value) for one in State],
               narrow=lambda rows, text: [one for one in rows if one.state is State[text]]),
        Filter("data", "所需数据", _DATA,
               narrow=lambda rows, text: [one for one in rows if text in one.needs]),
        Filter("coverage", "覆盖", [("low", "在用而不足一半")],
               narrow=lambda rows, _text: _seen_little(rows)),
        Filter("q", "查找", input_type="search", placeholder="信号、条件、编号",
               narrow=lambda rows, text: [
                   one for one in rows if text in one.name or text in one.in_words
                   or text == str(one.number)]),
    ),
    counted="个",
    page_size=200,
)  # fmt: skip

VERSIONS = (
    Column("版本", lambda row: f"第{row.pk}号",
           link=lambda row: reverse("rule_version", args=[row.pk])),
    Column("条件", lambda row: ";".join(row.conditions), Kind.LONG_TEXT),
    Column("启用", lambda row: "启用" if row.is_on else "停用"),
    Column("生效日", "effective_from", Kind.DAY),
    Column("失效日", "effective_to", Kind.DAY),
    Column("状态", "get_status_display"),
    Column("理由", "reason", Kind.LONG_TEXT),
    Column("提出人", "proposed_by"),
    Column("审批人", "approved_by"),
    Column("记录时间", "recorded_at", Kind.MOMENT),
)  # fmt: skip
INDICATOR_COLUMNS = (
    Column("指标", "name", Kind.LONG_TEXT),
    Column("单位", "unit"),
    Column("定义", "definition", Kind.LONG_TEXT),
    Column("所需数据", lambda one: "、".join(one.needs), Kind.LONG_TEXT),
    Column("来源", "source", Kind.LONG_TEXT),
    *_COVERAGE,
    Column("代码", "code"),
)
INDICATORS = Table(
    name="signal_indicators",
    title="指标目录",
    columns=INDICATOR_COLUMNS,
    order=("code",),
    filters=(
        Filter("data", "所需数据", _DATA,
               narrow=lambda rows, text: [one for one in rows if text in one.needs]),
        Filter("q", "查找", input_type="search", placeholder="指标、定义、代码",
               narrow=lambda rows, text: [
                   one for one in rows if text in one.name or text in one.definition
                   or text == one.code]),
    ),
    counted="项",
    page_size=200,
)  # fmt: skip
