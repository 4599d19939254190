"""The form of 关联图谱: what a person makes of a finding."""

from __future__ import annotations

from django import forms

from daihou.client_graph.choices import FindingState
from daihou.workbench.pieces.forms import DeskForm

_CHOICES = [(one.value, one.label) for one in FindingState if one is not FindingState.NEW]


class JudgeForm(DeskForm):
    """Confirmed, explained or excluded, and why."""

    state = forms.ChoiceField(label="认定", choices=_CHOICES, widget=forms.RadioSelect)
    note = forms.CharField(label="说明", max_length=300, required=False,
                           help_text="解释或排除须写明理由")  # fmt: skip
