"""Branches, staff and products: what everything else refers to."""

from daihou.feeds.standard.columns import Column, Kind, Table, words_of
from daihou.loan_book.choices import RuleSet
from daihou.staff.choices import PEOPLE

BRANCHES = Table(
    name="branches",
    heading="机构",
    meaning="总行、支行的上下级关系,决定员工能看到哪些业务。",
    key=("code",),
    columns=(
        Column("code", "机构号", Kind.TEXT, "机构的唯一编号", "0101", required=True, max_length=20),
        Column(
            "name",
            "机构名称",
            Kind.TEXT,
            "机构全称",
            "城东支行",
            required=True,
            changeable=True,
            max_length=100,
        ),
        Column(
            "parent",
            "上级机构号",
            Kind.TEXT,
            "上级机构的机构号;总行留空",
            "01",
            references="branches",
            max_length=20,
        ),
        Column(
            "is_closed",
            "已撤并",
            Kind.YES_NO,
            "机构是否已撤并",
            "否",
            default="否",
            changeable=True,
        ),
    ),
)

OFFICERS = Table(
    name="officers",
    heading="员工",
    meaning="员工与角色。导入的员工没有密码,由系统管理员设置初始密码后方可登录。",
    key=("username",),
    columns=(
        Column(
            "username", "工号", Kind.TEXT, "登录名,唯一", "A0017", required=True, max_length=150
        ),
        Column(
            "display_name",
            "姓名",
            Kind.TEXT,
            "员工姓名",
            "张经理",
            required=True,
            changeable=True,
            max_length=50,
        ),
        Column(
            "branch",
            "机构号",
            Kind.TEXT,
            "所属机构",
            "0101",
            required=True,
            references="branches",
            changeable=True,
            max_length=20,
        ),
        Column(
            "roles",
            "角色",
            Kind.CHOICES,
            "可兼任多个角色",
            "客户经理",
            required=True,
            words=words_of(PEOPLE),
            changeable=True,
        ),
    ),
)

PRODUCTS = Table(
    name="products",
    heading="产品",
    meaning="贷款产品;零售与非零售在分类时适用不同规则。",
    key=("code",),
    columns=(
        Column(
            "code", "产品代码", Kind.TEXT, "产品的唯一代码", "LDZJ", required=True, max_length=30
        ),
        Column(
            "name",
            "产品名称",
            Kind.TEXT,
            "产品名称",
            "流动资金贷款",
            required=True,
            changeable=True,
            max_length=100,
        ),
        Column(
            "is_retail",
            "零售资产",
            Kind.YES_NO,
            "债务人是否按零售资产分类",
            "否",
            default="否",
            changeable=True,
        ),
        Column(
            "rule_set",
            "分类规则集",
            Kind.CHOICE,
            "按哪一张逾期表分类;留空即按客户类别(参数“风险分类”)",
            "担保方式×逾期矩阵",
            words=words_of(one for one in RuleSet if one),
            changeable=True,
        ),
    ),
)
