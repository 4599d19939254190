"""Forms of 外部事件: to record one, and to decide on one."""

from __future__ import annotations

from typing import Any

from django import forms

from daihou.loan_book.choices import Industry
from daihou.public_events.choices import EventKind, EventSource, Quality
from daihou.workbench.pieces.forms import DayField, DeskForm, YuanField

_UNKNOWN = ("", "按内容建议")


class NewEventForm(DeskForm):
    """What a person knows of an event."""

    text = forms.CharField(
        label="内容", max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="照录公告或报道;系统据此建议类型与语气",
    )  # fmt: skip
    kind = forms.ChoiceField(
        label="事件类型", choices=[_UNKNOWN, *EventKind.choices], required=False
    )
    source = forms.ChoiceField(label="来源", choices=EventSource.choices)
    source_name = forms.CharField(label="来源名称", max_length=100, required=False)
    quality = forms.ChoiceField(
        label="来源质量", choices=[("", "按来源取通常的质量"), *Quality.choices], required=False
    )
    subject_name = forms.CharField(label="当事人名称", max_length=200, required=False)
    subject_paper = forms.CharField(label="当事人证件号码", max_length=60, required=False)
    industry = forms.ChoiceField(
        label="涉及行业", choices=[("", "不是行业性事件"), *Industry.choices], required=False
    )
    happened_on = DayField(label="发生日")
    case_number = forms.CharField(label="案号或文号", max_length=100, required=False)
    amount = YuanField(label="金额(元)", required=False)


class ConfirmForm(DeskForm):
    """True, and of which kind."""

    kind = forms.ChoiceField(label="事件类型", choices=[("", "请选择"), *EventKind.choices])
    note = forms.CharField(label="核实情况", max_length=300, required=False)


class ExcludeForm(DeskForm):
    """Untrue, about somebody else, or of no weight."""

    reason = forms.CharField(label="排除理由", max_length=300)


class MatchForm(DeskForm):
    """Which client it is about."""

    customer = forms.CharField(label="客户号", max_length=40)


class MergeForm(DeskForm):
    """Which event tells of the same thing."""

    into = forms.ChoiceField(label="并入")

    def offer(self, choices: list[tuple[str, str]]) -> None:
        """The events that may be chosen."""
        field: Any = self.fields["into"]
        field.choices = choices
