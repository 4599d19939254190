"""Forms of the 风险模型 desk."""

from __future__ import annotations

from django import forms

from daihou.workbench.pieces.forms import DeskForm


class ReasonForm(DeskForm):
    """Why a version is to be used, or no longer."""

    reason = forms.CharField(label="理由", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
