"""The forms of a client's page: put a matter on record, ask to see a number."""

from __future__ import annotations

from django import forms

from daihou.loan_book.choices import HappeningKind
from daihou.workbench.pieces.forms import DayField, DeskForm

# Extensions and restructurings are made elsewhere, by an approved change of the plan.
RECORDED_BY_PEOPLE = (
    HappeningKind.CONTACTED,
    HappeningKind.HARDSHIP_STATED,
    HappeningKind.REDUCTION_REQUESTED,
    HappeningKind.MATERIAL_CHANGE,
    HappeningKind.REFINANCED,
    HappeningKind.TECHNICAL_DELAY,
    HappeningKind.NOTE,
)


class HappeningForm(DeskForm):
    """登记事项: what happened, when, on which loan, in words."""

    kind = forms.ChoiceField(
        label="事项", choices=[(kind.value, kind.label) for kind in RECORDED_BY_PEOPLE]
    )
    happened_on = DayField(label="发生日")
    loan = forms.ChoiceField(label="借据", required=False)
    text = forms.CharField(
        label="内容",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "谁、什么事、依据是什么"}),
        error_messages={"required": "请写明发生了什么"},
    )

    def offer_loans(self, numbers: list[str]) -> None:
        """The loans the matter may belong to; none means the client as a whole."""
        choices = [("", "整个客户"), *((number, number) for number in numbers)]
        self.fields["loan"] = forms.ChoiceField(
            label="借据",
            required=False,
            choices=choices,
            widget=forms.Select(attrs={"class": "field"}),
        )


class DisclosureForm(DeskForm):
    """查看完整号码: the reason stays on record."""

    reason = forms.CharField(
        label="理由",
        max_length=200,
        error_messages={"required": "查看完整号码须写明理由"},
    )
