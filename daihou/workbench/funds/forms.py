"""The forms of 资金监管: what is made of a finding, and a voucher."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from daihou.fund_supervision.choices import FindingState, VoucherKind
from daihou.fund_supervision.documents import MOST_BYTES, Paper, PaperRefused, checked_paper
from daihou.workbench.pieces.forms import DayField, DeskForm, YuanField


class PaperField(forms.FileField):
    """A paper to hand in, checked by what is in it."""

    def clean(self, data: Any, initial: Any = None) -> Paper | None:
        """The paper, or None where none was chosen."""
        file: UploadedFile | None = super().clean(data, initial)
        if not file:
            return None
        try:
            return checked_paper(file.name or "", file.read(MOST_BYTES + 1))
        except PaperRefused as problem:
            raise forms.ValidationError(str(problem)) from problem


class DecisionForm(DeskForm):
    """处理疑点: confirm, explain with a paper, or dismiss with a reason."""

    state = forms.ChoiceField(
        label="处理结论",
        choices=[(s.value, s.label) for s in FindingState if s is not FindingState.NEW],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择处理结论"},
    )
    note = forms.CharField(
        label="核实经过与理由", max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    paper = PaperField(
        label="证明文件", required=False, help_text="“已解释”必须附文件;PDF、JPG、PNG,10 MB 以内"
    )


class VoucherForm(DeskForm):
    """登记凭证: a paper that proves the use of a draw."""

    kind = forms.ChoiceField(label="凭证类型", choices=VoucherKind.choices)
    number = forms.CharField(label="凭证号码", max_length=60)
    issuer = forms.CharField(label="出具方(收款人)", max_length=200)
    amount = YuanField(label="凭证金额(元)")
    issued_on = DayField(label="出具日", required=False)
    paper = PaperField(label="影像", required=False, help_text="PDF、JPG、PNG,10 MB 以内")
