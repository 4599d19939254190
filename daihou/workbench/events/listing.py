"""The queue of events: its columns and filters."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from daihou.public_events.choices import (
    OPEN_STATES,
    EventKind,
    EventSource,
    EventState,
    Quality,
    Tone,
)
from daihou.public_events.models import PublicEvent
from daihou.public_events.queries import is_contradicted
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.tables import Table

_STATES = {
    "waiting": ("待处理", Q(state__in=OPEN_STATES)),
    **{state.value: (str(state.label), Q(state=state)) for state in EventState},
    "disputed": ("有矛盾", Q(is_contradicted())),
}
_TONES = {Tone.RISKY: "bad", Tone.NEUTRAL: "", Tone.FAVOURABLE: "ok"}
_STATE_TONES = {
    EventState.UNMATCHED: "warn",
    EventState.TO_CONFIRM: "warn",
    EventState.CONFIRMED: "bad",
    EventState.EXCLUDED: "",
    EventState.MERGED: "",
}


def kind_words(event: PublicEvent) -> str:
    """The kind as confirmed or given, else as proposed, else that it is open."""
    if event.kind:
        return str(EventKind(event.kind).label)
    if event.proposed_kind:
        return f"建议:{EventKind(event.proposed_kind).label}"
    return "类型待定"


def subject_words(event: PublicEvent) -> str:
    """Whom it is about: the client, the name in the report, or the industry."""
    if event.customer is not None:
        return str(event.customer.name)
    return event.subject_name or f"行业:{event.get_industry_display()}"


def state_badge(event: PublicEvent) -> SafeString:
    """Where the event stands, and whether it is disputed."""
    tone = _STATE_TONES[EventState(event.state)]
    badge = format_html('<span class="badge {}">{}</span>', tone, event.get_state_display())
    if getattr(event, "disputed", False):
        badge += format_html(' <span class="badge bad">矛盾</span>')
    return badge


def tone_badge(event: PublicEvent) -> SafeString | str:
    """How the text sounds, with how sure the model is."""
    if not event.proposed_tone:
        return format_html('<span class="muted">—</span>')
    tone = Tone(event.proposed_tone)
    return format_html(
        '<span class="badge {}">{}</span> <span class="muted">{}%</span>',
        _TONES[tone], tone.label, event.tone_confidence,
    )  # fmt: skip


def _opener(event: PublicEvent) -> SafeString:
    return format_html(
        '<a href="{}" data-open data-act="handle" data-panel data-panel-title="外部事件">{}</a>',
        reverse("event", args=[event.pk]), kind_words(event),
    )  # fmt: skip


def _basis(event: PublicEvent) -> str:
    return str(event.get_match_basis_display() or "未匹配")


EVENTS = Table(
    name="events",
    title="外部事件",
    columns=(
        Column("发生日", "happened_on", Kind.DAY),
        Column("事件", _opener, Kind.HTML, exported=kind_words),
        Column("当事人", subject_words),
        Column("匹配依据", _basis, Kind.HTML, exported=_basis),
        Column("内容", "text", Kind.LONG_TEXT),
        Column("语气", tone_badge, Kind.HTML, hint="文字分类模型的建议,不作为结论",
               exported=lambda event: event.get_proposed_tone_display()),
        Column("来源", "get_source_display"),
        Column("质量", lambda event: Quality(event.quality).label[:1] if event.quality else None,
               Kind.HTML, hint="A 官方原始 B 转载或数据商 C 传闻、自述"),
        Column("金额", "amount", Kind.MONEY),
        Column("状态", state_badge, Kind.HTML, exported=lambda event: event.get_state_display()),
        Column("案号或文号", "case_number", on_screen=False),
        Column("事件编号", "number", on_screen=False),
        Column("处理说明", "decision_note", on_screen=False),
    ),
    order=("-happened_on", "-pk"),
    filters=(
        Filter("state", "状态", [(key, name) for key, (name, _) in _STATES.items()],
               narrow=lambda rows, text: rows.filter(_STATES[text][1])),
        Filter("source", "来源", EventSource.choices),
        Filter("q", "查找", input_type="search", placeholder="当事人、案号",
               narrow=lambda rows, text: rows.filter(
                   Q(subject_name__contains=text) | Q(customer__name__contains=text)
                   | Q(case_number__contains=text))),
    ),
    empty="还没有外部事件。可在“数据接入”导入《外部事件》表,或点“登记事件”。",
    counted="则",
    is_queue=True,
)  # fmt: skip
