"""The forms of a case: one for each step, each told in the words that it leaves on record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from daihou.early_warning.cases.actions import PlannedTask
from daihou.early_warning.cases.choices import Measure, Outcome
from daihou.early_warning.cases.documents import ACCEPTED, CheckedFile, FileRefused, check_file
from daihou.loan_book.models import Happening
from daihou.staff.models import Officer
from daihou.workbench.pieces.forms import DayField, DeskForm

TASKS_OF_A_PLAN = 4


def _words(label: str, *, rows: int = 2, hint: str = "", required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=1000, required=required,
        widget=forms.Textarea(attrs={"rows": rows, "placeholder": hint}),
        error_messages={"required": f"请填写{label}"},
    )  # fmt: skip


class OfficerField(forms.ModelChoiceField):
    """Somebody who handles cases, with the branch."""

    def label_from_instance(self, obj: Any) -> str:
        """The name with the branch, since names repeat."""
        return f"{obj}({obj.branch})"


class AcknowledgeForm(DeskForm):
    """签收: a first word may be left."""

    note = _words("初步判断", required=False, hint="看到了什么、怎么看(选填)")


class PlanForm(DeskForm):
    """制定方案: the line of thought, then up to four tasks."""

    plan = _words("处置思路", rows=3, hint="风险成因、要达到的结果")

    def __init__(self, *args: Any, officers: Sequence[Officer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(officer.pk), f"{officer}({officer.branch})") for officer in officers]
        for number in range(1, TASKS_OF_A_PLAN + 1):
            self.fields[f"measure_{number}"] = forms.ChoiceField(
                label="措施", choices=[("", "—"), *Measure.choices], required=False
            )
            self.fields[f"text_{number}"] = forms.CharField(
                label="要求", max_length=500, required=False
            )
            self.fields[f"assignee_{number}"] = forms.ChoiceField(
                label="办理人", choices=people, required=False
            )
            self.fields[f"due_{number}"] = DayField(label="期限", required=False)
            for name in ("measure", "text", "assignee", "due"):
                self.fields[f"{name}_{number}"].widget.attrs["class"] = "field"
        self._officers = {str(officer.pk): officer for officer in officers}

    @property
    def task_rows(self) -> list[list[forms.BoundField]]:
        """The fields of the tasks, row by row."""
        return [
            [self[f"{name}_{number}"] for name in ("measure", "text", "assignee", "due")]
            for number in range(1, TASKS_OF_A_PLAN + 1)
        ]

    def clean(self) -> dict[str, Any]:
        """A row counts once it has a measure, and then needs all the rest."""
        given = super().clean() or {}
        self.tasks: list[PlannedTask] = []
        for number in range(1, TASKS_OF_A_PLAN + 1):
            measure, text = given.get(f"measure_{number}"), given.get(f"text_{number}")
            due, who = given.get(f"due_{number}"), given.get(f"assignee_{number}")
            if not measure and not text:
                continue
            if not (measure and text and due and who):
                self.add_error(None, f"第 {number} 项任务须写全措施、要求、办理人和期限")
                continue
            self.tasks.append(PlannedTask(Measure(measure), text, self._officers[who], due))
        return given


class TaskForm(DeskForm):
    """增加任务."""

    measure = forms.ChoiceField(label="措施", choices=Measure.choices)
    text = forms.CharField(label="要求", max_length=500, error_messages={"required": "请写明要求"})
    assignee = OfficerField(label="办理人", queryset=Officer.objects.none())
    due_on = DayField(label="期限")

    def __init__(self, *args: Any, officers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = officers  # type: ignore[attr-defined]

    @property
    def task(self) -> PlannedTask:
        """The task as entered; only after validation."""
        given = self.cleaned_data
        return PlannedTask(
            Measure(given["measure"]), given["text"], given["assignee"], given["due_on"]
        )


class TaskResultForm(DeskForm):
    """登记任务结果, or why it is dropped."""

    task = forms.IntegerField(widget=forms.HiddenInput)
    result = _words("办理结果", hint="做了什么、结果如何")
    done = forms.ChoiceField(
        label="", choices=[("done", "已完成"), ("dropped", "取消任务")], initial="done",
        widget=forms.RadioSelect,
    )  # fmt: skip


class EvidenceForm(DeskForm):
    """补充证据: words, a file, a recorded matter, a transaction."""

    text = _words("说明", required=False, hint="这份证据说明什么")
    file = forms.FileField(label="文件", required=False, help_text=f"{ACCEPTED},10 MB 以内")
    happening = forms.ModelChoiceField(
        label="登记事项", queryset=Happening.objects.none(), required=False
    )
    transaction = forms.CharField(
        label="交易流水号", max_length=80, required=False, help_text="账户交易的流水号或凭证号"
    )
    task = forms.ChoiceField(label="属于任务", required=False)

    def __init__(
        self, *args: Any, happenings: Any, tasks: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["happening"].queryset = happenings  # type: ignore[attr-defined]
        self.fields["happening"].label_from_instance = _happening_label  # type: ignore[attr-defined]
        self.fields["task"].choices = [("", "—"), *tasks]  # type: ignore[attr-defined]

    def clean_file(self) -> CheckedFile | None:
        """The file, once its content is what its name says."""
        given = self.cleaned_data.get("file")
        if given is None:
            return None
        try:
            return check_file(given.name, given.read())
        except FileRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


def _happening_label(happening: Happening) -> str:
    return f"{happening.happened_on} {happening.get_kind_display()}:{happening.text[:30]}"


class VerifyForm(DeskForm):
    """核实: whether it worked."""

    is_effective = forms.ChoiceField(
        label="处置效果", choices=[("yes", "已见效,可以解除"), ("no", "未见效,继续处置")],
        widget=forms.RadioSelect, error_messages={"required": "请选择处置效果"},
    )  # fmt: skip
    text = _words("核实情况", hint="怎么核实的、依据是什么")


class ReleaseForm(DeskForm):
    """提请解除, or 直接解除 where one signature is enough."""

    outcome = forms.ChoiceField(
        label="结果", choices=Outcome.choices, widget=forms.RadioSelect,
        error_messages={"required": "请选择结果"},
    )  # fmt: skip
    reason = _words("解除理由", hint="风险为什么已经消除或可以接受")
    watch = forms.BooleanField(label="解除后列入观察名单", required=False)


class ReasonForm(DeskForm):
    """认定误报, 列入观察, 批量解除: a reason."""

    reason = _words("理由")


class HandOverForm(DeskForm):
    """移交."""

    to = OfficerField(label="移交给", queryset=Officer.objects.none())
    reason = _words("移交原因")

    def __init__(self, *args: Any, officers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = officers  # type: ignore[attr-defined]


class DecisionForm(DeskForm):
    """复核: agree, or send back with what is missing."""

    decision = forms.ChoiceField(
        label="意见", choices=[("approve", "同意"), ("refuse", "退回处置")],
        widget=forms.RadioSelect, error_messages={"required": "请选择复核意见"},
    )  # fmt: skip
    note = _words("复核意见", required=False, hint="退回时须写明还缺什么")
