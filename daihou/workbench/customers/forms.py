"""The forms of a client's page: put a matter on record, ask to see a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from daihou.loan_book.choices import HappeningKind
from daihou.workbench.pieces.forms import DayField, DeskForm, PercentField, YuanField
from loanmath.rates import PER_ONE

# Extensions and restructurings are made elsewhere, by an approved change of the plan.
RECORDED_BY_PEOPLE = (
    HappeningKind.CONTACTED,
    HappeningKind.HARDSHIP_STATED,
    HappeningKind.REDUCTION_REQUESTED,
    HappeningKind.MATERIAL_CHANGE,
    HappeningKind.REFINANCED,
    HappeningKind.TECHNICAL_DELAY,
    HappeningKind.MISUSED,
    HappeningKind.DEBT_EVASION,
    HappeningKind.LIQUIDATION,
    HappeningKind.RATING_CUT,
    HappeningKind.IMPAIRMENT,
    HappeningKind.ALL_BANK_DEBTS,
    HappeningKind.NOTE,
)
_ASKED = {
    HappeningKind.REFINANCED: ("qualifying_renewal", "financial_difficulty"),
    HappeningKind.IMPAIRMENT: ("impaired", "ecl_share"),
    HappeningKind.ALL_BANK_DEBTS: ("debts", "overdue_90", "bad"),
}  # what the five grades need beside words
_NEEDED = {"impaired", "debts", "overdue_90", "bad"}
_ENDING = (
    HappeningKind.MISUSED, HappeningKind.DEBT_EVASION, HappeningKind.LIQUIDATION,
    HappeningKind.RATING_CUT,
)  # fmt: skip
_FACTS = {"ended", *(name for names in _ASKED.values() for name in names)}
_YES_NO = [("", "未知"), ("yes", "是"), ("no", "否")]


@dataclass(frozen=True)
class FormPart:
    """Some fields of a form, for `pieces/form.html`."""

    visible_fields: Sequence[forms.BoundField]
    non_field_errors: Sequence[Any] = ()
    hidden_fields: Sequence[forms.BoundField] = ()

    @property
    def has_errors(self) -> bool:
        """Whether any of the fields is at fault."""
        return any(field.errors for field in self.visible_fields)


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

    ended = forms.BooleanField(
        label="该情形已解除",
        required=False,
        help_text="擅自改变用途、逃废债、破产清算、评级下调:此前登记的情形不再成立时勾选",
    )
    qualifying_renewal = forms.ChoiceField(
        label="符合续贷条件",
        choices=_YES_NO,
        required=False,
        help_text="借新还旧:是否符合无还本续贷条件(金规〔2024〕13号)",
    )
    financial_difficulty = forms.ChoiceField(
        label="因财务困难", choices=_YES_NO, required=False, help_text="借新还旧"
    )
    impaired = forms.ChoiceField(
        label="已发生信用减值", choices=_YES_NO, required=False, help_text="减值计量"
    )
    ecl_share = PercentField(
        label="预期信用损失占账面余额(%)", required=False, help_text="减值计量"
    )
    debts = YuanField(label="他行债务余额(元)", required=False, help_text="全行业负债,取自征信报告")
    overdue_90 = YuanField(label="其中逾期90天以上(元)", required=False, help_text="全行业负债")
    bad = YuanField(label="其中不良(元)", required=False, help_text="全行业负债")

    def clean(self) -> dict[str, Any]:
        """What the kind of matter needs must be there; amounts and shares are not negative."""
        given = super().clean() or {}
        for name in _ASKED.get(given.get("kind", ""), ()):
            if name in _NEEDED and given.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, "登记这一事项须填写")
        for name in ("ecl_share", "debts", "overdue_90", "bad"):
            if (given.get(name) or 0) < 0:
                self.add_error(name, "不能为负数")
        if (given.get("ecl_share") or 0) > PER_ONE:
            self.add_error("ecl_share", "不能超过 100%")
        return given

    @property
    def facts(self) -> dict[str, Any]:
        """What is kept beside the words; only what belongs to the kind, and nothing unknown."""
        given = self.cleaned_data
        kind = given["kind"]
        facts: dict[str, Any] = {"ended": True} if given["ended"] and kind in _ENDING else {}
        for name in _ASKED.get(kind, ()):
            value = {"yes": True, "no": False, "": None}.get(given[name], given[name])
            if value is not None:
                facts[name] = value
        return facts

    @property
    def in_words(self) -> FormPart:
        """The fields that every matter has."""
        fields = [field for field in self.visible_fields() if field.name not in _FACTS]
        return FormPart(fields, self.non_field_errors())

    @property
    def for_grading(self) -> FormPart:
        """The fields that only some matters have, for the five grades."""
        return FormPart([field for field in self.visible_fields() if field.name in _FACTS])

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
