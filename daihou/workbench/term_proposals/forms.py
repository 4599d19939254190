"""Forms of 条款变更: what is asked for, why, and what the second person says of it."""

from __future__ import annotations

from typing import Any

from django import forms

from daihou.servicing.choices import ProposalKind
from daihou.servicing.wishes import Wish
from daihou.workbench.pieces.forms import DayField, DeskForm
from loanmath.money import MAX_MONEY, Money
from loanmath.rates import MAX_RATE, Rate
from loanmath.what_if import Keep

_LONGEST = 600  # instalments
_MONTHS = 12


class WishForm(forms.Form):
    """What the address of a proposal asks for, as `proposal_address` wrote it."""

    kind = forms.ChoiceField(choices=ProposalKind.choices)
    on = forms.DateField()
    until = forms.DateField(required=False)
    rate = forms.IntegerField(required=False, min_value=0, max_value=MAX_RATE)
    amount = forms.IntegerField(required=False, min_value=1, max_value=MAX_MONEY)
    keep = forms.ChoiceField(required=False, choices=[(one.value, one.value) for one in Keep])
    weights = forms.RegexField(r"^\d{1,3}(,\d{1,3}){11}$", required=False)
    instalments = forms.IntegerField(required=False, min_value=1, max_value=_LONGEST)
    capitalise = forms.BooleanField(required=False)

    @property
    def wish(self) -> Wish:
        """The wish; only of a form that is valid."""
        given = self.cleaned_data
        rate, amount, keep = given["rate"], given["amount"], given["keep"]
        return Wish(
            kind=ProposalKind(given["kind"]),
            on=given["on"],
            until=given["until"],
            rate=None if rate is None else Rate(rate),
            amount=None if amount is None else Money(amount),
            keep=Keep(keep) if keep else None,
            weights=tuple(int(one) for one in given["weights"].split(",") if one),
            instalments=given["instalments"],
            capitalise=given["capitalise"],
        )


class ProposalForm(DeskForm):
    """Why the terms should change, and what proves it."""

    reason = forms.CharField(
        label="申请理由", max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    evidence = forms.CharField(
        label="证明材料",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="如客户申请书、担保人同意书、受灾证明、贷审会纪要,写明编号与日期",
    )
    is_passive = forms.ChoiceField(
        label="展期性质",
        choices=[("yes", "客户暂时无力按期偿还(被动展期)"), ("no", "应本行要求或经营需要")],
        help_text="被动展期会成为预警信号,并影响风险分类",
    )

    def __init__(self, *args: Any, kind: ProposalKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind is not ProposalKind.EXTENSION:
            del self.fields["is_passive"]


class DecisionForm(DeskForm):
    """What the second person says."""

    opinion = forms.CharField(
        label="复核意见",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="退回或否决须写明理由",
    )


class ReckonForm(DeskForm):
    """From which day it shall hold when it is simulated anew."""

    on = DayField(label="生效日")
