"""Forms of the 接口 desk."""

from __future__ import annotations

from typing import Any

from django import forms

from daihou.api_clients.actions import LONGEST_DAYS
from daihou.api_clients.choices import Scope
from daihou.staff.models import Branch
from daihou.workbench.pieces.forms import DeskForm


class ClientForm(DeskForm):
    """What a connected system is for, and what it may do."""

    purpose = forms.CharField(label="用途", max_length=200)
    contact = forms.CharField(
        label="联系人", max_length=100, required=False, help_text="出问题时找谁,如 科技部 王工 8021"
    )
    scopes = forms.MultipleChoiceField(
        label="权限", choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    per_minute = forms.IntegerField(
        label="每分钟请求上限", min_value=1, max_value=100_000, initial=600
    )

    def clean_scopes(self) -> list[Scope]:
        """The permissions as the domain names them."""
        return [Scope(value) for value in self.cleaned_data["scopes"]]


class NewClientForm(ClientForm):
    """A further connected system."""

    code = forms.CharField(
        label="代号", max_length=30, help_text="小写字母、数字和连字符,如 core;登记后不能修改"
    )
    name = forms.CharField(label="系统名称", max_length=50)
    branch = forms.ModelChoiceField(
        label="所属机构",
        queryset=Branch.objects.filter(is_closed=False),
        to_field_name="code",
        help_text="只看得到这个机构及下级机构的客户",
    )
    field_order = ("code", "name", "branch")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(self.field_order)


class TokenForm(DeskForm):
    """How long a further token counts."""

    days = forms.IntegerField(
        label="有效天数", min_value=1, max_value=LONGEST_DAYS, initial=180,
        help_text=f"最长 {LONGEST_DAYS} 天",
    )  # fmt: skip
