"""The forms of statements: what it is of, its lines, a workbook, what became of a finding."""

from __future__ import annotations

from typing import Any

from django import forms

from daihou.statements.choices import FindingState, Opinion, Scope, Sheet
from daihou.statements.items import items_of
from daihou.workbench.pieces.forms import DayField, DeskForm, YuanField


class AboutForm(DeskForm):
    """What a statement is of: period, scope, opinion, day of receipt."""

    period_end = DayField(label="报表期末", help_text="月末日期,如 2026-09-30;填本年累计数")
    scope = forms.TypedChoiceField(label="口径", choices=Scope.choices, coerce=int)
    opinion = forms.ChoiceField(label="审计意见", choices=Opinion.choices)
    auditor = forms.CharField(label="审计机构", max_length=100, required=False)
    received_on = DayField(label="收到日")
    note = forms.CharField(
        label="更正原因", max_length=300, required=False, help_text="该期已有报表时必填;原报表保留"
    )


class LinesForm(DeskForm):
    """Every line of the sheets, twice: its own column and the one for comparison."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for sheet in Sheet:
            for item in items_of(sheet):
                for column in ("now", "then"):
                    self.fields[f"{column}-{item.key}"] = YuanField(
                        label=item.name,
                        required=False,
                        widget=forms.TextInput(
                            attrs={"class": "field num", "inputmode": "decimal",
                                   "aria-label": f"{item.name}{_SAID[column]}"}
                        ),
                    )  # fmt: skip

    def column(self, column: str) -> dict[str, int]:
        """The entered lines of a column, in fen; empty ones are left out."""
        found = {}
        for name, fen in self.cleaned_data.items():
            which, _, key = name.partition("-")
            if which == column and fen is not None:
                found[key] = fen
        return found

    def sheets(self) -> list[tuple[Sheet, list[tuple[Any, Any, Any]]]]:
        """The fields as the sheets print them."""
        return [
            (sheet, [(i, self[f"now-{i.key}"], self[f"then-{i.key}"]) for i in items_of(sheet)])
            for sheet in Sheet
        ]


_SAID = {"now": "本期", "then": "比较数"}


class WorkbookForm(DeskForm):
    """A workbook as the accountant sends it."""

    workbook = forms.FileField(label="Excel 报表", help_text="xlsx;项目名称一列,金额在右侧各列")
    period_end = DayField(
        label="报表期末", required=False, help_text="表内没有写明日期时使用,如 2026-09-30"
    )


class JudgeForm(DeskForm):
    """What became of a finding."""

    state = forms.ChoiceField(
        label="认定", choices=[(s.value, s.label) for s in FindingState if s != FindingState.NEW]
    )
    note = forms.CharField(
        label="依据", max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明依据"},
    )  # fmt: skip
