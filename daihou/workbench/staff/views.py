"""机构与员工: who works where, in which roles; kept by 系统管理员, read by 审计."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from axes.utils import reset
from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from daihou.staff.actions import (
    NotAllowed,
    add_branch,
    add_officer,
    change_roles,
    move_officer,
    reset_password,
    set_active,
)
from daihou.staff.choices import PEOPLE, Role
from daihou.staff.models import Branch, Officer
from daihou.staff.queries import officers_visible_to
from daihou.workbench.desks import STAFF
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.forms import DeskForm, show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.tables import Table
from daihou.workbench.staff.forms import (
    BranchForm,
    MoveForm,
    NewOfficerForm,
    PasswordForm,
    RolesForm,
)

WRITERS = frozenset({Role.ADMINISTRATOR})
ROLE_NAMES = dict(Role.choices)


def _roles_text(officer: Officer) -> str:
    return "、".join(str(ROLE_NAMES[role]) for role in officer.roles if role in ROLE_NAMES)


def _second_factor_text(officer: Any) -> str:
    if not officer.must_use_second_factor:
        return "未启用(演示)"
    return "已设置" if officer.has_second_factor else "待首次登录设置"


OFFICERS = Table(
    name="staff",
    title="员工",
    columns=(
        Column("工号", "username", sort="username", link=lambda one: _address(one)),
        Column("姓名", "display_name"),
        Column("所属机构", "branch"),
        Column("角色", _roles_text, Kind.LONG_TEXT),
        Column("双重验证", _second_factor_text),
        Column("状态", lambda one: "在用" if one.is_active else "已停用"),
        Column("最近登录", "last_login", Kind.MOMENT),
    ),
    order=("username",),
    filters=(
        Filter(
            "q",
            "工号或姓名",
            narrow=lambda rows, text: rows.filter(
                Q(username__startswith=text) | Q(display_name__contains=text)
            ),
            input_type="search",
        ),
        Filter(
            "role",
            "角色",
            options=tuple((role.value, str(role.label)) for role in PEOPLE),
            narrow=lambda rows, text: rows.filter(roles__contains=[text]),
        ),
        Filter(
            "active",
            "状态",
            options=(("1", "在用"), ("0", "已停用")),
            narrow=lambda rows, text: rows.filter(is_active=text == "1"),
        ),
    ),
    empty="还没有员工。点“新增员工”录入。",
    counted="人",
)
BRANCHES = Table(
    name="branches",
    title="机构",
    columns=(
        Column("机构号", "code"),
        Column("机构名称", lambda one: "　" * one.path.count("/") + one.name),
        Column("上级机构", "parent"),
        Column("在用员工", "active_officers", Kind.COUNT),
        Column("状态", lambda one: "已撤并" if one.is_closed else "正常"),
    ),
    order=("path",),
    empty="还没有机构。",
    counted="个",
    page_size=200,
)


@desk(roles=STAFF.roles, needs_day=False)
def officer_list(request: DeskRequest) -> HttpResponseBase:
    """All staff whom the person may look up."""
    second_factor = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    rows = officers_visible_to(request.officer).annotate(has_second_factor=Exists(second_factor))
    listing = OFFICERS.open(request, rows)
    if listing.is_export:
        return listing.download()
    context = {"title": "机构与员工", "table": listing, "may_write": _may_write(request)}
    return page(request, "workbench/staff/list.html", context)


@desk(roles=STAFF.roles, writers=WRITERS, needs_day=False)
def branch_list(request: DeskRequest) -> HttpResponseBase:
    """The tree of branches, and a form for a new one."""
    form = BranchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        done = _try(form, lambda: add_branch(**given, by=request.officer))
        if done:
            messages.success(request, f"已新增机构 {given['code']} {given['name']}。")
            return redirect("staff_branches")
    rows = Branch.objects.select_related("parent").annotate(
        active_officers=Count("officers", filter=Q(officers__is_active=True))
    )
    listing = BRANCHES.open(request, rows)
    if listing.is_export:
        return listing.download()
    context = {
        "title": "机构",
        "table": listing,
        "form": form if _may_write(request) else None,
    }
    return page(request, "workbench/staff/branches.html", context)


@desk(roles=STAFF.roles, writers=WRITERS, needs_day=False)
def new_officer(request: DeskRequest) -> HttpResponseBase:
    """A form for a new member of staff."""
    form = NewOfficerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        given["roles"] = [Role(value) for value in given["roles"]]
        if _try(form, lambda: add_officer(**given, by=request.officer)):
            number = given["staff_number"]
            messages.success(
                request, f"已新增员工 {number} {given['name']},首次登录须设置双重验证。"
            )
            return redirect("staff_officer", number)
    return page(request, "workbench/staff/new.html", {"title": "新增员工", "form": form})


@desk(roles=STAFF.roles, writers=WRITERS, needs_day=False)
def officer_page(request: DeskRequest, number: str) -> HttpResponseBase:
    """One person: branch, roles, login; and what an administrator may change."""
    officer = get_object_or_404(officers_visible_to(request.officer), username=number)
    forms = _forms_of(request, officer)
    if request.method == "POST":
        said = _carry_out(request, officer, forms)
        if said:
            messages.success(request, said)
            return redirect(_address(officer))
    context = {
        "title": f"{officer.display_name} {officer.username}",
        "person": officer,
        "roles_text": _roles_text(officer),
        "has_second_factor": Authenticator.objects.filter(
            user=officer, type=Authenticator.Type.TOTP
        ).exists(),
        "forms": forms if _may_write(request) else {},
        "may_write": _may_write(request),
        "is_self": officer.pk == request.officer.pk,
    }
    return page(request, "workbench/staff/detail.html", context)


def _forms_of(request: HttpRequest, officer: Officer) -> dict[str, DeskForm]:
    """The forms of the page; only the one that was sent is bound."""
    asked = request.POST.get("change", "")

    def sent(name: str) -> Any:
        return request.POST if asked == name else None

    return {
        "roles": RolesForm(sent("roles"), initial={"roles": officer.roles}, prefix="roles"),
        "branch": MoveForm(sent("branch"), prefix="branch"),
        "password": PasswordForm(sent("password"), prefix="password"),
    }


def _carry_out(request: DeskRequest, officer: Officer, forms: dict[str, DeskForm]) -> str:
    """Do what was asked; returns what to say, or nothing when it was refused."""
    change, by = request.POST.get("change", ""), request.officer
    form = forms.get(change, DeskForm({}))
    if not form.is_valid():
        return ""
    given = form.cleaned_data
    changes: dict[str, tuple[Callable[[], object], str]] = {
        "roles": (
            lambda: change_roles(
                officer=officer, roles=[Role(value) for value in given["roles"]], by=by
            ),
            f"已修改 {officer} 的角色,立即生效。",
        ),
        "branch": (
            lambda: move_officer(officer=officer, branch=given["branch"], by=by),
            f"已将 {officer} 调至{given.get('branch')}。原管户客户请另行移交。",
        ),
        "password": (
            lambda: reset_password(officer=officer, password=given["password"], by=by),
            f"已重置 {officer} 的密码,原登录全部失效。",
        ),
        "stop": (
            lambda: set_active(officer=officer, is_active=False, by=by),
            f"已停用 {officer},不能再登录。",
        ),
        "start": (
            lambda: set_active(officer=officer, is_active=True, by=by),
            f"已恢复 {officer} 的登录。",
        ),
        "second_factor": (
            lambda: Authenticator.objects.filter(user=officer).delete(),
            f"已清除 {officer} 的双重验证,下次登录须重新设置。",
        ),
        "unlock": (lambda: reset(username=officer.username), f"已解除 {officer} 的登录锁定。"),
    }
    if change not in changes:
        return ""
    act, said = changes[change]
    try:
        act()
    except NotAllowed as refusal:
        if change in forms:
            show_refusal(form, refusal.field, str(refusal))
        else:
            messages.error(request, str(refusal))
        return ""
    return said


def _try(form: DeskForm, act: Callable[[], object]) -> bool:
    try:
        act()
    except NotAllowed as refusal:
        show_refusal(form, refusal.field, str(refusal))
        return False
    return True


def _may_write(request: DeskRequest) -> bool:
    return request.officer.has_role(*WRITERS)


def _address(officer: Officer) -> str:
    return reverse("staff_officer", args=[officer.username])
