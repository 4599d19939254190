"""Administrators enter and move branches and people; others are refused and nothing changes."""

from __future__ import annotations

import pytest

from daihou.staff.actions import (
    NotAllowed,
    add_branch,
    add_officer,
    change_roles,
    move_branch,
    move_officer,
    reset_password,
    set_active,
)
from daihou.staff.choices import Role
from daihou.staff.models import Branch, Officer
from tests.cast import PASSWORD, Branches, Cast

NEW = "Cheng-nan-2026"


def test_an_officer_is_entered_with_a_second_factor_to_set_up(
    branches: Branches, cast: Cast
) -> None:
    made = add_officer(
        staff_number="1009", name="吴新人", branch=branches.east,
        roles=[Role.COLLECTOR, Role.ACCOUNT_MANAGER], password=NEW, by=cast.zhou,
    )  # fmt: skip
    made.refresh_from_db()
    assert made.roles == ["account_manager", "collector"], "in the order of the list of roles"
    assert made.must_use_second_factor
    assert made.check_password(NEW)


@pytest.mark.parametrize("password", ["12345678", "abc", "password"])
def test_a_weak_password_is_refused(branches: Branches, cast: Cast, password: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        add_officer(
            staff_number="1009", name="吴新人", branch=branches.east, roles=[Role.COLLECTOR],
            password=password, by=cast.zhou,
        )  # fmt: skip
    assert refused.value.field == "password"
    assert not Officer.objects.filter(username="1009").exists()


def test_only_an_administrator_may(branches: Branches, cast: Cast) -> None:
    for attempt in (
        lambda: add_branch(code="003", name="城南支行", parent=branches.head_office, by=cast.qian),
        lambda: change_roles(officer=cast.li, roles=[Role.AUDITOR], by=cast.qian),
        lambda: move_officer(officer=cast.li, branch=branches.west, by=cast.zhang),
        lambda: set_active(officer=cast.li, is_active=False, by=cast.wang),
        lambda: reset_password(officer=cast.li, password=NEW, by=cast.sun),
    ):
        with pytest.raises(NotAllowed, match="只有系统管理员"):
            attempt()
    cast.li.refresh_from_db()
    assert (cast.li.roles, cast.li.branch, cast.li.is_active) == (
        ["collector"], branches.east, True,
    )  # fmt: skip
    assert cast.li.check_password(PASSWORD)
    assert Branch.objects.count() == 3


def test_nobody_raises_himself_and_one_administrator_stays(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="自己"):
        change_roles(officer=cast.zhou, roles=[Role.ADMINISTRATOR, Role.AUDITOR], by=cast.zhou)
    change_roles(officer=cast.wang, roles=[Role.ADMINISTRATOR], by=cast.zhou)
    cast.wang.refresh_from_db()
    change_roles(officer=cast.zhou, roles=[Role.AUDITOR], by=cast.wang)
    cast.zhou.refresh_from_db()
    assert cast.zhou.roles == ["auditor"]
    helper = Officer(pk=-1, roles=["administrator"])
    with pytest.raises(NotAllowed, match="至少要保留一位"):
        set_active(officer=cast.wang, is_active=False, by=helper)


def test_a_branch_moves_with_all_below_it(branches: Branches, cast: Cast) -> None:
    below = add_branch(code="00101", name="城东分理处", parent=branches.east, by=cast.zhou)
    add_branch(code="0011", name="城东新区支行", parent=branches.head_office, by=cast.zhou)
    move_branch(branch=branches.east, new_parent=branches.west, by=cast.zhou)
    paths = set(Branch.objects.values_list("path", flat=True))
    assert paths == {"000", "000/002", "000/002/001", "000/002/001/00101", "000/0011"}
    with pytest.raises(NotAllowed, match="下级"):
        move_branch(branch=branches.west, new_parent=below.__class__.objects.get(pk=below.pk),
                    by=cast.zhou)  # fmt: skip
    with pytest.raises(NotAllowed, match="总行不能移动"):
        move_branch(branch=branches.head_office, new_parent=branches.west, by=cast.zhou)


def test_branch_numbers_are_once_and_one_head_office(branches: Branches, cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="已存在"):
        add_branch(code="001", name="又一个", parent=branches.head_office, by=cast.zhou)
    with pytest.raises(NotAllowed, match="总行已存在"):
        add_branch(code="009", name="第二总行", parent=None, by=cast.zhou)
    with pytest.raises(NotAllowed, match="机构号"):
        add_branch(code="1/2", name="斜杠", parent=branches.head_office, by=cast.zhou)
