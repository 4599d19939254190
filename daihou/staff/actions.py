"""What an administrator does with branches and people. Nobody is deleted: history names them."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr

from daihou.staff.choices import Role
from daihou.staff.models import Branch, Officer

_MACHINE_CODE = re.compile(r"[a-z][a-z0-9-]{1,29}")


class NotAllowed(Exception):
    """A change of staff or branches that cannot be made; `field` names the entry at fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def add_branch(*, code: str, name: str, parent: Branch | None, by: Officer | None) -> Branch:
    """Enter a branch under its parent; the first one, without a parent, is the head office."""
    _must_administer(by)
    if not code or "/" in code:
        raise NotAllowed("code", "机构号不能为空,也不能含有“/”")
    if Branch.objects.filter(code=code).exists():
        raise NotAllowed("code", f"机构号 {code} 已存在")
    if parent is None and Branch.objects.filter(parent=None).exists():
        raise NotAllowed("parent", "总行已存在,请选择上级机构")
    path = code if parent is None else f"{parent.path}/{code}"
    return Branch.objects.create(code=code, name=name, parent=parent, path=path)


@transaction.atomic
def move_branch(*, branch: Branch, new_parent: Branch, by: Officer | None) -> None:
    """Put a branch, with all under it, under another parent; what people see follows at once."""
    _must_administer(by)
    branch = Branch.objects.select_for_update().get(pk=branch.pk)
    if branch.parent_id is None:
        raise NotAllowed("parent", "总行不能移动")
    if (new_parent.path + "/").startswith(branch.path + "/"):
        raise NotAllowed("parent", "上级机构不能是本机构或其下级")
    old, new = branch.path, f"{new_parent.path}/{branch.code}"
    Branch.objects.filter(path__startswith=f"{old}/").update(
        path=Concat(Value(new), Substr("path", len(old) + 1))
    )
    Branch.objects.filter(pk=branch.pk).update(parent=new_parent, path=new)


@transaction.atomic
def add_officer(
    *,
    staff_number: str,
    name: str,
    branch: Branch,
    roles: Collection[Role],
    password: str,
    by: Officer | None,
    must_use_second_factor: bool = True,
) -> Officer:
    """Enter a member of staff with a first password; `by` is None only when an install begins."""
    _must_administer(by)
    _must_be_people(roles)
    if Officer.objects.filter(username=staff_number).exists():
        raise NotAllowed("staff_number", f"工号 {staff_number} 已存在")
    officer = Officer(
        username=staff_number,
        display_name=name,
        branch=branch,
        roles=_sorted(roles),
        must_use_second_factor=must_use_second_factor,
    )
    _set_password(officer, password)
    officer.save()
    return officer


@transaction.atomic
def add_machine_account(*, code: str, name: str, branch: Branch, by: Officer | None) -> Officer:
    """Enter the account of a connected system: no password, so nobody can sign in with it."""
    _must_administer(by)
    if not _MACHINE_CODE.fullmatch(code):
        raise NotAllowed("code", "代号只能用小写字母、数字和连字符,以字母开头,2 至 30 位")
    if Officer.objects.filter(username=code).exists():
        raise NotAllowed("code", f"代号 {code} 已存在")
    if not name.strip():
        raise NotAllowed("name", "请填写系统名称")
    officer = Officer(
        username=code,
        display_name=name.strip(),
        branch=branch,
        roles=[Role.API_CLIENT.value],
    )
    officer.set_unusable_password()
    officer.save()
    return officer


@transaction.atomic
def change_roles(*, officer: Officer, roles: Collection[Role], by: Officer) -> None:
    """Give a person other roles. Nobody changes their own, and one administrator must stay."""
    _must_administer(by)
    _must_be_people(roles)
    _must_be_a_person(officer)
    if officer.pk == by.pk:
        raise NotAllowed("roles", "不能修改自己的角色,请由另一位系统管理员办理")
    if Role.ADMINISTRATOR not in roles:
        _must_not_be_last_administrator(officer)
    Officer.objects.filter(pk=officer.pk).update(roles=_sorted(roles))


@transaction.atomic
def move_officer(*, officer: Officer, branch: Branch, by: Officer) -> None:
    """Move a person to another branch; clients stay with their branch and must be handed over."""
    _must_administer(by)
    if branch.is_closed:
        raise NotAllowed("branch", f"{branch} 已撤并")
    Officer.objects.filter(pk=officer.pk).update(branch=branch)


@transaction.atomic
def set_active(*, officer: Officer, is_active: bool, by: Officer) -> None:
    """Stop a person's login, or open it again; what they did stays theirs."""
    _must_administer(by)
    if officer.pk == by.pk:
        raise NotAllowed("is_active", "不能停用自己")
    if not is_active:
        _must_not_be_last_administrator(officer)
    Officer.objects.filter(pk=officer.pk).update(is_active=is_active)


@transaction.atomic
def reset_password(*, officer: Officer, password: str, by: Officer) -> None:
    """Give a person a new password, which ends every login under the old one."""
    _must_administer(by)
    _must_be_a_person(officer)
    fresh = Officer.objects.select_for_update().get(pk=officer.pk)
    _set_password(fresh, password)
    fresh.save(update_fields=["password"])


def _must_administer(by: Officer | None) -> None:
    if by is not None and not by.has_role(Role.ADMINISTRATOR):
        raise NotAllowed("by", "只有系统管理员可以维护机构与员工")


def _must_not_be_last_administrator(officer: Officer) -> None:
    others = Officer.objects.filter(roles__contains=[Role.ADMINISTRATOR], is_active=True)
    if officer.has_role(Role.ADMINISTRATOR) and not others.exclude(pk=officer.pk).exists():
        raise NotAllowed("roles", "至少要保留一位可用的系统管理员")


def _must_be_people(roles: Collection[Role]) -> None:
    if Role.API_CLIENT in roles:
        raise NotAllowed("roles", "“对接系统”不能授予员工,请在“接口”登记")


def _must_be_a_person(officer: Officer) -> None:
    if officer.has_role(Role.API_CLIENT):
        raise NotAllowed("officer", "对接系统的账号不能登录,请在“接口”维护")


def _set_password(officer: Officer, password: str) -> None:
    try:
        validate_password(password, officer)
    except ValidationError as problem:
        raise NotAllowed("password", " ".join(problem.messages)) from problem
    officer.set_password(password)


def _sorted(roles: Collection[Role]) -> list[str]:
    return [role.value for role in Role if role in roles]
