"""The people of the tests: each of them has a name, a place and something to see or not to see.

总行 stands over 城东支行 and 城西支行. 陈外支 works at 城西 and must see nothing of 城东.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from daihou.staff.choices import Role
from daihou.staff.models import Branch, Officer

PASSWORD = "Dai-hou-2026"


@dataclass(frozen=True)
class Branches:
    """Head office with two branches under it."""

    head_office: Branch
    east: Branch
    west: Branch


@dataclass(frozen=True)
class Cast:
    """The named officers; `everybody` lists them with the names by which tests speak of them."""

    zhang: Officer  # 客户经理, 城东
    li: Officer  # 催收员, 城东
    wang: Officer  # 审计, 总行
    chen: Officer  # 客户经理, 城西
    zhao: Officer  # 风险经理, 总行
    qian: Officer  # 管理层, 总行
    sun: Officer  # 贷后岗, 城东
    zhou: Officer  # 系统管理员, 总行

    @property
    def everybody(self) -> dict[str, Officer]:
        return vars(self).copy()


def make_branches() -> Branches:
    """总行, 城东支行, 城西支行."""
    head_office = Branch.objects.create(code="000", name="总行", path="000")
    east = Branch.objects.create(code="001", name="城东支行", path="000/001", parent=head_office)
    west = Branch.objects.create(code="002", name="城西支行", path="000/002", parent=head_office)
    return Branches(head_office, east, west)


def make_cast(at: Branches) -> Cast:
    """The eight officers; they sign in with PASSWORD and without a second factor."""
    return Cast(
        zhang=_officer("1001", "张经理", at.east, Role.ACCOUNT_MANAGER),
        li=_officer("1002", "李催收", at.east, Role.COLLECTOR),
        wang=_officer("0001", "王审计", at.head_office, Role.AUDITOR),
        chen=_officer("2001", "陈外支", at.west, Role.ACCOUNT_MANAGER),
        zhao=_officer("0002", "赵风险", at.head_office, Role.RISK_MANAGER),
        qian=_officer("0003", "钱行长", at.head_office, Role.MANAGEMENT),
        sun=_officer("1003", "孙贷后", at.east, Role.POST_LOAN_OFFICER),
        zhou=_officer("0004", "周管理", at.head_office, Role.ADMINISTRATOR),
    )


def _officer(number: str, name: str, branch: Branch, role: Role) -> Officer:
    return Officer.objects.create_user(
        username=number,
        password=PASSWORD,
        display_name=name,
        branch=branch,
        roles=[role],
        must_use_second_factor=False,
    )


@pytest.fixture
def branches(db: None) -> Branches:
    return make_branches()


@pytest.fixture
def cast(branches: Branches) -> Cast:
    return make_cast(branches)
