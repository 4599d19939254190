"""What may be entered about collateral."""

from __future__ import annotations

from typing import Any

from django import forms

from daihou.collateral.choices import CollateralKind, IncidentKind, LienKind, ValueSource
from daihou.loan_book.models import Contract
from daihou.workbench.pieces.forms import DayField, DeskForm, PercentField, YuanField

_MONTHS = forms.DateInput(format="%Y-%m", attrs={"type": "month"})


class AboutForm(DeskForm):
    """What a piece of collateral is, and until when its papers hold."""

    kind = forms.TypedChoiceField(label="押品种类", choices=CollateralKind.choices, coerce=int)
    name = forms.CharField(label="押品名称", max_length=200)
    owner = forms.CharField(label="权属人", max_length=200)
    region = forms.CharField(
        label="所在地区", max_length=100, required=False, help_text="与市场指数的地区一致"
    )
    place = forms.CharField(label="坐落或存放地", max_length=300, required=False)
    registration = forms.CharField(label="登记证明号", max_length=100, required=False)
    registered_until = DayField(label="登记到期日", required=False)
    insured_until = DayField(label="保险到期日", required=False)


class NewForm(AboutForm):
    """A new piece has a number too."""

    number = forms.CharField(label="押品编号", max_length=40)
    field_order = ("number", "kind")


class CorrectionForm(AboutForm):
    """What is on the register may be corrected, renewed, or released."""

    released_on = DayField(label="解押日", required=False, help_text="解除担保后填写")


class LinkForm(DeskForm):
    """Which contract is secured, how far, in which rank."""

    contract = forms.ModelChoiceField(label="借款合同", queryset=Contract.objects.none())
    amount = YuanField(label="担保金额(元)")
    rank = forms.IntegerField(label="本行顺位", min_value=1, max_value=20, initial=1)
    approved_ltv = PercentField(label="核定抵押率(%)", required=False)
    secured_on = DayField(label="设立日")

    def __init__(self, *args: Any, contracts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contract"].queryset = contracts  # type: ignore[attr-defined]
        self.fields["contract"].label_from_instance = _contract_words  # type: ignore[attr-defined]


class ValuationForm(DeskForm):
    """What a piece was worth on a day."""

    valued_on = DayField(label="估值日")
    value = YuanField(label="估值(元)")
    source = forms.ChoiceField(
        label="来源", choices=[(s.value, s.label) for s in ValueSource if s != ValueSource.INDEX]
    )
    appraiser = forms.CharField(label="评估机构", max_length=200, required=False)
    next_due = DayField(label="约定下次重估", required=False)
    note = forms.CharField(
        label="说明", max_length=300, required=False,
        help_text="更正同一天的估值时必填;原估值保留为旧版本",
    )  # fmt: skip


class LienForm(DeskForm):
    """What somebody else holds."""

    holder = forms.CharField(label="权利人", max_length=200)
    kind = forms.ChoiceField(label="权利", choices=LienKind.choices)
    rank = forms.IntegerField(label="顺位", min_value=1, max_value=20)
    amount = YuanField(label="金额(元)")
    registered_on = DayField(label="登记日")
    is_agreed = forms.BooleanField(label="经本行同意", required=False)


class IncidentForm(DeskForm):
    """What went wrong."""

    kind = forms.ChoiceField(label="异常", choices=IncidentKind.choices)
    happened_on = DayField(label="发生日")
    text = forms.CharField(label="情况", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class EndForm(DeskForm):
    """When something is over."""

    ended_on = DayField(label="消灭或解除日")


class RevaluationForm(DeskForm):
    """Which market is to be valued anew, by the index of which month."""

    kind = forms.TypedChoiceField(label="押品种类", choices=CollateralKind.choices, coerce=int)
    region = forms.ChoiceField(label="地区")
    month = forms.DateField(label="指数月份", widget=_MONTHS, input_formats=["%Y-%m", "%Y-%m-%d"])
    rises = forms.BooleanField(
        label="可调增", required=False, help_text="不选则只随指数调减,上涨不计"
    )

    def __init__(self, *args: Any, regions: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = [(one, one) for one in regions]  # type: ignore[attr-defined]


class ReasonForm(DeskForm):
    """Why the revaluation is to be made."""

    reason = forms.CharField(
        label="重估理由", max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class OpinionForm(DeskForm):
    """What the second person says."""

    opinion = forms.CharField(label="复核意见", max_length=300, required=False,
                              help_text="退回时必填")  # fmt: skip


def _contract_words(contract: Contract) -> str:
    return f"{contract.number} · {contract.amount / 100:,.2f} 元 · {contract.signed_on}"
