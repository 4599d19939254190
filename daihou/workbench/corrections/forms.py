"""The form that puts on record that a correction was read."""

from __future__ import annotations

from django import forms

from daihou.workbench.pieces.forms import DeskForm


class ReadForm(DeskForm):
    """已阅: a word about it may be left."""

    note = forms.CharField(
        label="阅后说明",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReadManyForm(ReadForm):
    """批量已阅: what the preview showed is what is signed, not what was found since."""

    last = forms.IntegerField(widget=forms.HiddenInput)
