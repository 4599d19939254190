"""The bank itself: a head office, six branches, about forty people, its products."""

from __future__ import annotations

from dataclasses import dataclass

from daihou.demo_bank.names import Names
from daihou.staff.choices import Role

BANK = "临溪农村商业银行"
HEAD_OFFICE = "01"
BRANCHES = {
    HEAD_OFFICE: BANK,
    "0101": "城东支行",
    "0102": "城西支行",
    "0103": "云桥支行",
    "0104": "石门支行",
    "0105": "白鹭支行",
    "0106": "沙溪支行",
}
PRODUCTS = {
    "LDZJ": ("流动资金贷款", False),
    "GDZC": ("固定资产贷款", False),
    "GTJY": ("个体经营贷款", True),
    "NHXE": ("农户小额贷款", True),
    "XFDK": ("个人消费贷款", True),
    "ZFDK": ("个人住房贷款", True),
}


@dataclass(frozen=True)
class Person:
    """A member of staff; `signs_in` people get the demo password."""

    username: str
    display_name: str
    branch: str
    roles: tuple[Role, ...]
    introduction: str = ""

    @property
    def signs_in(self) -> bool:
        """Whether the demo shows this person's login."""
        return bool(self.introduction)


CAST = (
    Person("A0101", "张经理", "0101", (Role.ACCOUNT_MANAGER,), "客户经理,管城东支行的一批客户"),
    Person("A0102", "孙贷后", "0101", (Role.POST_LOAN_OFFICER,), "贷后岗,看城东支行全部客户"),
    Person("A0103", "李催收", "0101", (Role.COLLECTOR,), "催收员,城东支行"),
    Person("A0201", "陈外支", "0102", (Role.ACCOUNT_MANAGER,), "客户经理,城西支行"),
    Person("H0001", "钱行长", HEAD_OFFICE, (Role.MANAGEMENT,), "管理层,看全行"),
    Person("H0002", "赵风险", HEAD_OFFICE, (Role.RISK_MANAGER,), "风险经理,看全行,可导入与跑日终"),
    Person("H0003", "王审计", HEAD_OFFICE, (Role.AUDITOR,), "审计,看全行,不能改"),
    Person("H0004", "吴审批", HEAD_OFFICE, (Role.APPROVER, Role.RISK_MANAGER), "审批人,复核参数"),
    Person("H0009", "周管理", HEAD_OFFICE, (Role.ADMINISTRATOR,), "系统管理员,看不到业务数据"),
)


def staff(names: Names) -> tuple[Person, ...]:
    """The named cast and enough colleagues in each branch to make about forty."""
    colleagues = [
        Person(f"A{branch[2:]}1{n}", names.person(), branch, (role,))
        for branch in BRANCHES
        if branch != HEAD_OFFICE
        for n, role in enumerate(_posts(branch))
    ]
    return (*CAST, *colleagues)


def _posts(branch: str) -> tuple[Role, ...]:
    """What a branch needs besides the cast."""
    managers = (Role.ACCOUNT_MANAGER,) * 3
    if branch == "0101":
        return managers[:1]  # the named cast does the rest
    return (*managers, Role.POST_LOAN_OFFICER, Role.COLLECTOR, Role.MANAGEMENT)[
        : 6 if branch < "0105" else 5
    ]
