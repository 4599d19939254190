"""Financial statements in long form: a row per line of a sheet."""

from daihou.feeds.standard.columns import Column, Kind, Table, Word, words_of
from daihou.statements.choices import Opinion, Scope
from daihou.statements.items import ITEMS

_ITEM_WORDS = tuple(Word(item.code, item.key, item.name) for item in ITEMS)

STATEMENTS = Table(
    name="statements",
    heading="财务报表",
    meaning=(
        "企业财务报表,每个项目一行;利润表与现金流量表填本年累计数。同一期再次导入而金额不同的,"
        "自动成为新版本,旧版本保留;新版本未列的项目沿用旧版本。"
    ),
    key=("customer", "period_end", "scope", "item"),
    columns=(
        Column(
            "customer",
            "客户号",
            Kind.TEXT,
            "报表所属企业",
            "C000001",
            required=True,
            references="customers",
            max_length=40,
        ),
        Column("period_end", "报表期末", Kind.DATE, "月末日期", "2026-09-30", required=True),
        Column(
            "scope",
            "口径",
            Kind.CHOICE,
            "单体或合并",
            "单体",
            default="单体",
            words=words_of(Scope),
        ),
        Column(
            "item",
            "项目",
            Kind.CHOICE,
            "一般企业财务报表格式(财会〔2019〕6号)的项目名称或英文代码",
            "货币资金",
            required=True,
            words=_ITEM_WORDS,
        ),
        Column(
            "amount",
            "金额",
            Kind.MONEY,
            "资产负债表填期末余额,利润表、现金流量表填本年累计;没有的项目填 0,未知的不列",
            "1280000.00",
            required=True,
            changeable=True,
        ),
        Column(
            "earlier",
            "比较金额",
            Kind.MONEY,
            "资产负债表填年初余额,利润表、现金流量表填上年同期累计",
            "960000.00",
            changeable=True,
        ),
        Column(
            "opinion",
            "审计意见",
            Kind.CHOICE,
            "未审计时留空",
            "标准无保留意见",
            default="未审计",
            words=words_of(Opinion),
            changeable=True,
        ),
        Column(
            "received_on",
            "收到日",
            Kind.DATE,
            "银行收到报表之日;留空即导入当日营业日",
            "2026-10-20",
            changeable=True,
        ),
    ),
)
