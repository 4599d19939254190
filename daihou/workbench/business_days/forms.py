"""The form that starts the daily run."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone

from daihou.workbench.pieces.forms import DayField, DeskForm


class StartForm(DeskForm):
    """开始日终: up to which day; a day later than today has to be meant."""

    until = DayField(label="运行至")
    beyond_today = forms.BooleanField(label="确认运行晚于今天的营业日", required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse a day in the future unless confirmed: a day once run cannot be taken back."""
        entered: dict[str, Any] = super().clean() or {}
        until = entered.get("until")
        if (
            isinstance(until, dt.date)
            and until > timezone.localdate()
            and not entered.get("beyond_today")
        ):
            self.add_error("until", f"{until} 晚于今天。日终不能撤回,确要运行请勾选“确认”")
        return entered
