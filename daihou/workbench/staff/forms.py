"""Forms of the 机构与员工 desk."""

from __future__ import annotations

from django import forms

from daihou.staff.choices import PEOPLE
from daihou.staff.models import Branch
from daihou.workbench.pieces.forms import DeskForm


def _roles() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label="角色",
        choices=[(role.value, role.label) for role in PEOPLE],
        widget=forms.CheckboxSelectMultiple,
    )


def _branch(label: str) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        label=label, queryset=Branch.objects.filter(is_closed=False), to_field_name="code"
    )


def _password(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="至少 8 位,不能全是数字。请当面告知本人,并提醒登录后修改。",
    )


class NewOfficerForm(DeskForm):
    """A new member of staff."""

    staff_number = forms.CharField(label="工号", max_length=30)
    name = forms.CharField(label="姓名", max_length=50)
    branch = _branch("所属机构")
    roles = _roles()
    password = _password("初始密码")


class RolesForm(DeskForm):
    """Other roles."""

    roles = _roles()


class MoveForm(DeskForm):
    """Another branch."""

    branch = _branch("调至机构")


class PasswordForm(DeskForm):
    """A new password."""

    password = _password("新密码")


class BranchForm(DeskForm):
    """A new branch."""

    code = forms.CharField(label="机构号", max_length=20)
    name = forms.CharField(label="机构名称", max_length=100)
    parent = _branch("上级机构")
