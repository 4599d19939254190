"""Movements of money and other happenings on loans."""

from daihou.feeds.standard.columns import Column, Kind, Table, words_of
from daihou.feeds.standard.credit import OF_LOAN
from daihou.ledger.choices import EntryKind
from daihou.loan_book.choices import HappeningKind

ENTRIES = Table(
    name="entries",
    heading="流水",
    meaning="借据上的资金往来,只增不改;记错的流水以冲正流水更正。",
    key=("loan", "reference"),
    columns=(
        OF_LOAN,
        Column(
            "kind",
            "流水类型",
            Kind.CHOICE,
            "这笔流水做什么",
            "还款",
            required=True,
            words=words_of(EntryKind),
        ),
        Column(
            "amount", "金额", Kind.MONEY, "正数;冲正流水填原流水的金额", "10000.00", required=True
        ),
        Column("value_date", "起息日", Kind.DATE, "资金实际发生之日", "2026-11-20", required=True),
        Column("booked_on", "记账日", Kind.DATE, "记入台账的营业日;留空即起息日", "2026-11-20"),
        Column(
            "reference",
            "流水号",
            Kind.TEXT,
            "核心系统的流水号,同一借据内唯一",
            "20261120000123",
            required=True,
            max_length=60,
        ),
        Column(
            "reverses",
            "被冲正流水号",
            Kind.TEXT,
            "仅冲正流水填写:同一借据上被冲正的流水号",
            "",
            max_length=60,
        ),
        Column("payer_name", "付款人", Kind.TEXT, "付款人户名", "江南纺织有限公司"),
        Column("note", "摘要", Kind.TEXT, "摘要", "还贷"),
    ),
)

HAPPENING_FACTS = (
    Column("ended", "情形已解除", Kind.YES_NO, "同类事项不再成立时填“是”", "是"),
    Column("qualifying_renewal", "符合续贷条件", Kind.YES_NO,
           "借新还旧:符合无还本续贷条件(金规〔2024〕13号)的填“是”", "是"),
    Column("financial_difficulty", "因财务困难", Kind.YES_NO,
           "债务重组、展期、借新还旧:是否因债务人财务困难", "是"),
    Column("impaired", "已发生信用减值", Kind.YES_NO, "减值计量:是否已发生信用减值", "是"),
    Column("ecl_share", "预期信用损失占比", Kind.RATE,
           "减值计量:预期信用损失占账面余额的百分比", "55"),
    Column("debts", "他行债务余额", Kind.MONEY, "全行业负债:在其他银行的债务余额", "3000000.00"),
    Column("overdue_90", "他行逾期90天以上", Kind.MONEY,
           "全行业负债:其中逾期超过90天的债务", "0.00"),
    Column("bad", "他行不良", Kind.MONEY, "全行业负债:其中分类为不良的债务", "0.00"),
)  # fmt: skip
HAPPENINGS = Table(
    name="happenings",
    heading="事项",
    meaning="客户或借据上发生的事,次日日终据以预警与分类。",
    key=("customer", "loan", "kind", "happened_on", "text"),
    columns=(
        Column(
            "customer",
            "客户号",
            Kind.TEXT,
            "客户",
            "C000001",
            required=True,
            references="customers",
            max_length=40,
        ),
        Column(
            "loan",
            "借据号",
            Kind.TEXT,
            "只涉及某一借据时填写",
            "L000001",
            references="loans",
            max_length=40,
        ),
        Column(
            "kind",
            "事项",
            Kind.CHOICE,
            "发生了什么",
            "展期",
            required=True,
            words=words_of(HappeningKind),
        ),
        Column("happened_on", "发生日", Kind.DATE, "发生之日", "2026-11-20", required=True),
        Column("text", "内容", Kind.TEXT, "说明", "经审批展期六个月", max_length=4000),
        Column(
            "recorded_by",
            "登记人工号",
            Kind.TEXT,
            "登记的员工",
            "A0017",
            references="officers",
            max_length=150,
        ),
        *(
            Column(fact.name, fact.heading, fact.kind, fact.meaning, fact.example, stored=False)
            for fact in HAPPENING_FACTS
        ),
    ),
)
