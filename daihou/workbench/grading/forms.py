"""Forms of 分类认定: a new batch, another grade for a loan, what the next person says."""

from __future__ import annotations

from django import forms

from daihou.classification.choices import Grade, Lift
from daihou.staff.models import Branch, Officer
from daihou.staff.queries import branches_visible_to
from daihou.workbench.pieces.forms import DeskForm


class BatchForm(DeskForm):
    """Which branch's loans are to be graded."""

    branch = forms.ModelChoiceField(label="机构", queryset=Branch.objects.none())
    note = forms.CharField(
        label="说明", max_length=200, required=False, help_text="如“2026年四季度分类”"
    )

    def __init__(self, *args: object, officer: Officer, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["branch"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = branches_visible_to(officer)
        field.initial = officer.branch_id


class GradeForm(DeskForm):
    """Another grade than the machine's, or the machine's again."""

    grade = forms.TypedChoiceField(label="初分", choices=Grade.choices, coerce=int)
    lift = forms.ChoiceField(
        label="高于机器建议的例外",
        choices=[(one.value, one.label) for one in Lift],
        required=False,
        help_text="只有选明例外才能高于机器建议,并且只解除该例外所指的下限",
    )
    reason = forms.CharField(
        label="理由", max_length=300, required=False,
        widget=forms.Textarea(attrs={"rows": 3}), help_text="与机器建议不同须写明理由",
    )  # fmt: skip


class OpinionForm(DeskForm):
    """What the second or third person says."""

    opinion = forms.CharField(
        label="意见", max_length=300, required=False,
        widget=forms.Textarea(attrs={"rows": 2}), help_text="退回须写明理由",
    )  # fmt: skip
