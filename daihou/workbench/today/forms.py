"""The two forms of a piece of work: what came of it, and putting it off."""

from __future__ import annotations

from django import forms

from daihou.loan_book.actions import Promise
from daihou.loan_book.choices import ContactOutcome
from daihou.workbench.pieces.forms import YuanField


class OutcomeForm(forms.Form):
    """登记结果: which outcome, a promise's amount and day, and a note."""

    outcome = forms.ChoiceField(
        label="结果",
        choices=ContactOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择结果"},
    )
    promised_amount = YuanField(label="承诺金额(元)", required=False)
    promised_on = forms.DateField(label="承诺日期", required=False)
    note = forms.CharField(label="说明", required=False, max_length=400)

    @property
    def chosen(self) -> ContactOutcome:
        """The outcome that was chosen; only after validation."""
        return ContactOutcome(self.cleaned_data["outcome"])

    @property
    def promise(self) -> Promise | None:
        """The promise, when both amount and day were entered."""
        amount, on = self.cleaned_data["promised_amount"], self.cleaned_data["promised_on"]
        if self.chosen != ContactOutcome.PROMISED or amount is None or on is None:
            return None
        return Promise(amount=amount, on=on)


class DeferForm(forms.Form):
    """延后: to which day, and why."""

    until = forms.DateField(label="延后至", error_messages={"required": "请选择延后到哪一天"})
    reason = forms.CharField(
        label="理由", max_length=200, error_messages={"required": "延后须写明理由"}
    )
