"""Forms of the 参数 desk."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import forms

from daihou.policy.actions import GivenQuote
from daihou.policy.choices import Benchmark, Evidence
from daihou.workbench.pieces.forms import DayField, DeskForm
from loanmath.rates import percent

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


class QuotesForm(DeskForm):
    """Published LPR quotes, a day of publication per line."""

    quotes = forms.CharField(
        label="报价",
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "2026-11-20 3.00 3.50"}),
        help_text="每行一个公布日:公布日 1年期 5年期以上(百分数)。只有一个期限时另一个写“-”。",
    )
    source = forms.CharField(
        label="来源", max_length=200, help_text="如全国银行间同业拆借中心公告的网址"
    )
    reason = forms.CharField(
        label="更正理由", max_length=300, required=False, help_text="更正已生效的报价时填写"
    )

    def clean_quotes(self) -> list[GivenQuote]:
        """The lines as quotes."""
        lines = self.cleaned_data["quotes"].splitlines()
        given = [
            quote
            for number, line in enumerate(lines, start=1)
            if line.strip()
            for quote in _quotes_in(number, line)
        ]
        if not given:
            raise forms.ValidationError("没有任何报价")
        return given


def _quotes_in(number: int, line: str) -> list[GivenQuote]:
    parts = re.split(r"[\s,\uff0c\t]+", line.strip())
    if len(parts) != 1 + len(Benchmark):
        raise forms.ValidationError(f"第 {number} 行应为“公布日 1年期 5年期以上”")
    try:
        published_on = dt.date.fromisoformat(parts[0])
    except ValueError as problem:
        raise forms.ValidationError(f"第 {number} 行的公布日 {parts[0]} 有误") from problem
    found = []
    for benchmark, text in zip(Benchmark, parts[1:], strict=True):
        if text in {"-", "—"}:
            continue
        try:
            found.append(GivenQuote(benchmark, published_on, percent(text.rstrip("%"))))
        except ValueError as problem:
            raise forms.ValidationError(f"第 {number} 行的报价 {text} 不是百分数") from problem
    return found


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
