"""What may be entered about provisions: a period, other numbers, a rebuttal, an opinion."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from daihou.workbench.pieces.forms import DayField, DeskForm, PercentField


class PeriodForm(DeskForm):
    """From which evening to which the allowance is followed."""

    since = DayField(label="期初")
    until = DayField(label="期末")

    def clean(self) -> dict[str, Any]:
        """The beginning lies before the end."""
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if isinstance(since, dt.date) and isinstance(until, dt.date) and since >= until:
            raise forms.ValidationError("期初须早于期末")
        return given


class WhatIfForm(DeskForm):
    """Other numbers than the day's own."""

    default_factor = PercentField(label="违约概率乘数(%)", help_text="100 为不变;第三阶段不受影响")
    loss_firm = PercentField(label="对公未覆盖部分损失率(%)")
    loss_retail = PercentField(label="零售未覆盖部分损失率(%)")
    loss_covered = PercentField(label="押品覆盖部分损失率(%)")
    base = PercentField(label="基准情景权重(%)")
    up = PercentField(label="乐观情景权重(%)")
    down = PercentField(label="悲观情景权重(%)", help_text="三项按占其合计的比例计")

    def clean(self) -> dict[str, Any]:
        """Shares lie between nothing and the whole, a factor below five, and something weighs."""
        given = super().clean() or {}
        for name, value in given.items():
            most = 500_000_000 if name == "default_factor" else 100_000_000
            if isinstance(value, int) and not 0 <= value <= most:
                self.add_error(name, f"须在 0 与 {most // 1_000_000} 之间")
        weights = [given.get(name) for name in ("base", "up", "down")]
        if all(value == 0 for value in weights):
            self.add_error("base", "三个情景不能都没有权重")
        return given


class RebuttalForm(DeskForm):
    """Why the days past due mean no more risk, and until when that holds."""

    reason = forms.CharField(
        label="理由与依据", max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明合理且有依据的信息:原因、证据、预计还款日",
    )  # fmt: skip
    expires_on = DayField(label="有效期至")


class OpinionForm(DeskForm):
    """What the second person says."""

    opinion = forms.CharField(label="复核意见", max_length=300, required=False,
                              help_text="退回时必填")  # fmt: skip
