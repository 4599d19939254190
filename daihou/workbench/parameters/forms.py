"""Forms of the 参数 desk."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import forms

from daihou.policy.choices import Evidence
from daihou.workbench.pieces.forms import DayField, DeskForm

_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_LINE = re.compile(r"^(\d{4}-\d{2}-\d{2})(?:\s+(.{1,50}))?$")


class ProposalForm(DeskForm):
    """A new value with the day from which it counts, the clause and the reason."""

    text = forms.CharField(label="新取值", max_length=100)
    effective_from = DayField(label="生效日")
    clause = forms.CharField(label="依据条款", max_length=300, required=False)
    evidence = forms.ChoiceField(label="可靠程度", choices=Evidence.choices)
    reason = forms.CharField(
        label="调整理由", max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class CalendarForm(DeskForm):
    """A year's days off on weekdays and its working weekends, one per line."""

    year = forms.IntegerField(label="年份", min_value=_FIRST_YEAR, max_value=_LAST_YEAR)
    changes = forms.CharField(
        label="调整日期",
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="每行一天,如“2027-01-01 元旦”。周一至周五写放假的日子,周六、周日写上班的日子。",
    )
    source = forms.CharField(label="来源", max_length=100, help_text="如通知的文号")

    def clean_changes(self) -> dict[dt.date, str]:
        """The lines as days with their names."""
        changes = {}
        for number, line in enumerate(self.cleaned_data["changes"].splitlines(), start=1):
            if line.strip():
                day, name = _day_and_name(number, line.strip())
                changes[day] = name
        return changes

    def clean(self) -> dict[str, Any]:
        """Every day must lie in the year."""
        data = super().clean() or {}
        strangers = [day for day in data.get("changes", ()) if day.year != data.get("year")]
        if strangers:
            self.add_error("changes", f"{strangers[0]} 不在所填年份")
        return data


def _day_and_name(number: int, line: str) -> tuple[dt.date, str]:
    found = _LINE.match(line)
    if found is None:
        raise forms.ValidationError(f"第 {number} 行应为“日期 名称”,如 2027-01-01 元旦")
    try:
        return dt.date.fromisoformat(found[1]), found[2] or ""
    except ValueError as problem:
        raise forms.ValidationError(f"第 {number} 行的日期 {found[1]} 不存在") from problem
