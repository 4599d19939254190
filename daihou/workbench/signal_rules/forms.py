"""Forms of the 预警规则 desk: a rule as somebody wants it, an opinion, the span of a backtest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms

from daihou.early_warning.choices import Colour, Segment
from daihou.early_warning.client_rules.actions import HORIZONS, LONGEST_QUIET, WantedRule
from daihou.early_warning.client_rules.checking import MOST_LEVELS
from daihou.early_warning.client_rules.rules import ClientRule
from daihou.early_warning.shipped_signals import Level
from daihou.loan_book.models import Product
from daihou.policy.choices import Evidence
from daihou.workbench.pieces.forms import DayField, DeskForm

LEVELS = range(1, MOST_LEVELS + 1)


class RuleForm(DeskForm):
    """A rule: up to three levels, for whom, how long it stays quiet, from when, and why."""

    is_on = forms.ChoiceField(
        label="启用", choices=[("yes", "启用"), ("no", "停用")], widget=forms.RadioSelect
    )
    segment = forms.ChoiceField(label="适用客户", choices=Segment.choices)
    products = forms.MultipleChoiceField(
        label="适用产品", required=False, help_text="不选为全部产品;按住 Ctrl 可多选"
    )
    cooldown = forms.IntegerField(
        label="消失后静默", min_value=0, max_value=LONGEST_QUIET,
        help_text="天;信号消失后这些天内再现不提示,升档除外",
    )  # fmt: skip
    merge = forms.IntegerField(
        label="重现并入", min_value=0, max_value=LONGEST_QUIET,
        help_text="天;这些天内再现算作原来一轮",
    )  # fmt: skip
    effective_from = DayField(label="生效日")
    effective_to = DayField(label="失效日", required=False, help_text="到期后回到此前的版本")
    source = forms.CharField(label="来源", max_length=300)
    evidence = forms.ChoiceField(label="可靠程度", choices=Evidence.choices)
    reason = forms.CharField(
        label="调整理由", max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    is_meant = forms.BooleanField(
        label="确认", required=False, help_text="昨日账面没有客户或全部客户符合,属预期"
    )

    def __init__(self, *args: Any, products: Sequence[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in LEVELS:
            self.fields[f"when_{number}"] = forms.CharField(
                label=f"第{number}档条件",
                required=number == 1,
                max_length=500,
                widget=forms.Textarea(
                    attrs={"rows": 2, "class": "field condition", "spellcheck": "false"}
                ),
            )
            self.fields[f"colour_{number}"] = forms.ChoiceField(
                label=f"第{number}档颜色",
                choices=Colour.choices[::-1],
                widget=forms.Select(attrs={"class": "field"}),
            )
        chosen = self.fields["products"]
        chosen.choices = [(str(one.pk), one.name) for one in products]  # type: ignore[attr-defined]
        chosen.widget.attrs["size"] = min(max(len(products), 2), 5)

    def levels(self) -> Iterator[tuple[int, Any, Any]]:
        """The bound fields of each level."""
        for number in LEVELS:
            yield number, self[f"when_{number}"], self[f"colour_{number}"]

    def others(self) -> Iterator[Any]:
        """The other bound fields, in order."""
        return (self[name] for name in self.fields if not name.startswith(("when_", "colour_")))

    def clean(self) -> dict[str, Any]:
        """A level stands on the one below it."""
        given: dict[str, Any] = super().clean() or {}
        texts = [given.get(f"when_{number}", "").strip() for number in LEVELS]
        for place in range(1, len(texts)):
            if texts[place] and not texts[place - 1] and f"when_{place}" not in self.errors:
                self.add_error(f"when_{place}", f"第{place + 1}档有条件,第{place}档不能空着")
        return given

    @property
    def wanted(self) -> WantedRule:
        """The rule as typed; only of a form that is valid."""
        given = self.cleaned_data
        return WantedRule(
            levels=tuple(
                Level(given[f"when_{number}"], Colour(int(given[f"colour_{number}"])))
                for number in LEVELS
                if given[f"when_{number}"].strip()
            ),
            segment=Segment(given["segment"]),
            products=tuple(int(one) for one in given["products"]),
            cooldown=given["cooldown"],
            merge=given["merge"],
            is_on=given["is_on"] == "yes",
            effective_from=given["effective_from"],
            effective_to=given["effective_to"],
            source=given["source"],
            evidence=Evidence(given["evidence"]),
            reason=given["reason"],
            is_meant=given["is_meant"],
        )


def start_of(rule: ClientRule) -> dict[str, Any]:
    """What the form shows at first: the rule from which somebody starts."""
    found: dict[str, Any] = {
        "is_on": "yes" if rule.is_on else "no",
        "segment": rule.segment,
        "products": [str(one) for one in rule.products],
        "cooldown": rule.cooldown,
        "merge": rule.merge,
        "source": rule.source,
        "evidence": rule.evidence,
    }
    for number in LEVELS:
        level = rule.levels[number - 1] if number <= len(rule.levels) else None
        below = rule.levels[-1].colour
        found[f"when_{number}"] = level.when if level else ""
        found[f"colour_{number}"] = level.colour if level else below
    return found


class OpinionForm(DeskForm):
    """What the second person says."""

    opinion = forms.CharField(
        label="审批意见",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="退回须写明原因",
    )


class TrialForm(DeskForm):
    """Over which days a version is tried out, and beside which other."""

    since = DayField(label="起始日")
    until = DayField(label="截止日")
    horizon = forms.TypedChoiceField(
        label="观察天数",
        coerce=int,
        choices=[(one, f"{one} 天") for one in HORIZONS],
        help_text="预警后这些天内成为不良,算命中",
    )
    against = forms.ChoiceField(label="对照", required=False)

    def __init__(self, *args: Any, others: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["against"].choices = [("", "现行规则"), *others]  # type: ignore[attr-defined]

    @property
    def span(self) -> tuple[dt.date, dt.date]:
        """From when to when; only of a form that is valid."""
        return self.cleaned_data["since"], self.cleaned_data["until"]
