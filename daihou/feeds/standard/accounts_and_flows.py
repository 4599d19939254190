"""Accounts of clients, whether money may leave them, and what moved over them."""

from daihou.feeds.standard.columns import Column, Kind, Table, Word, words_of
from daihou.fund_supervision.choices import (
    AccountKind,
    AccountStateKind,
    Channel,
    PayBy,
    TransactionKind,
    VoucherKind,
)

DIRECTIONS = (Word(1, "in", "收入"), Word(0, "out", "支出"))


def _account(meaning: str) -> Column:
    return Column(
        "account",
        "账号",
        Kind.TEXT,
        meaning,
        "6228480001",
        required=True,
        references="accounts",
        max_length=40,
    )


ACCOUNTS = Table(
    name="accounts",
    heading="账户",
    meaning="客户在本行的账户,以及客户提供流水的他行账户。",
    key=("number",),
    columns=(
        Column(
            "number",
            "账号",
            Kind.TEXT,
            "账户的唯一号码",
            "6228480001",
            required=True,
            max_length=40,
        ),
        Column(
            "customer",
            "客户号",
            Kind.TEXT,
            "户主",
            "C000001",
            required=True,
            references="customers",
            max_length=40,
        ),
        Column(
            "bank",
            "开户行",
            Kind.TEXT,
            "开户的银行与网点",
            "本行城东支行",
            changeable=True,
            max_length=100,
        ),
        Column("is_ours", "本行账户", Kind.YES_NO, "是否在本行开立", "是", default="是"),
        Column(
            "kind",
            "账户性质",
            Kind.CHOICE,
            "账户的性质",
            "基本存款账户",
            required=True,
            words=words_of(AccountKind),
            changeable=True,
        ),
        Column("currency", "币种", Kind.TEXT, "货币代码", "CNY", default="CNY", max_length=3),
        Column("opened_on", "开户日", Kind.DATE, "开户之日", "2023-05-08", changeable=True),
        Column("closed_on", "销户日", Kind.DATE, "销户之日;未销户时留空", "", changeable=True),
    ),
)

ACCOUNT_STATES = Table(
    name="account_states",
    heading="账户状态",
    meaning="账户冻结、止付及其起止日;没有记录即为正常。",
    key=("account", "valid_from"),
    columns=(
        _account("账户"),
        Column(
            "state",
            "状态",
            Kind.CHOICE,
            "能否对外支付",
            "冻结",
            required=True,
            words=words_of(AccountStateKind),
        ),
        Column("valid_from", "生效日", Kind.DATE, "状态开始之日", "2026-10-08", required=True),
        Column(
            "valid_to",
            "失效日",
            Kind.DATE,
            "状态终止之日(当日不含);仍有效时留空",
            "",
            changeable=True,
        ),
        Column("note", "原因", Kind.TEXT, "由谁、因何", "某区人民法院冻结"),
    ),
)

ACCOUNT_TRANSACTIONS = Table(
    name="account_transactions",
    heading="交易流水",
    meaning="账户上的每笔收支,只增不改;本行账户取自核心系统,他行账户取自客户提供的对账单。",
    key=("account", "booked_on", "reference"),
    columns=(
        _account("发生收支的账户"),
        Column("booked_on", "交易日", Kind.DATE, "交易日期", "2026-11-20", required=True),
        Column("minute", "交易时刻", Kind.MINUTE, "交易时间;不详时留空", "14:32"),
        Column(
            "is_inflow",
            "收支方向",
            Kind.CHOICE,
            "钱进入还是离开该账户",
            "支出",
            required=True,
            words=DIRECTIONS,
        ),
        Column("amount", "金额", Kind.MONEY, "正数", "50000.00", required=True),
        Column("balance_after", "交易后余额", Kind.MONEY, "该笔之后的余额", "120000.00"),
        Column("counterparty_name", "对方户名", Kind.TEXT, "对方户名", "通州棉纱有限公司"),
        Column(
            "counterparty_account", "对方账号", Kind.TEXT, "对方账号", "6217000002", max_length=60
        ),
        Column(
            "counterparty_bank",
            "对方开户行",
            Kind.TEXT,
            "对方开户行",
            "某银行南通分行",
            max_length=100,
        ),
        Column(
            "channel",
            "渠道",
            Kind.CHOICE,
            "经由何种渠道",
            "网上银行",
            default="其他",
            words=words_of(Channel),
        ),
        Column("is_cash", "现金", Kind.YES_NO, "是否现金存取", "否", default="否"),
        Column(
            "kind",
            "交易类型",
            Kind.CHOICE,
            "交易类型",
            "货款",
            default="转账",
            words=words_of(TransactionKind),
        ),
        Column("purpose", "用途摘要", Kind.TEXT, "用途、附言或摘要", "棉纱款", max_length=300),
        Column(
            "reference",
            "交易流水号",
            Kind.TEXT,
            "该账户当日内唯一的流水号",
            "20261120000871",
            required=True,
            max_length=60,
        ),
    ),
)


def _loan() -> Column:
    return Column(
        "loan",
        "借据号",
        Kind.TEXT,
        "借据",
        "L000001",
        required=True,
        references="loans",
        max_length=40,
    )


DRAW_USES = Table(
    name="draw_uses",
    heading="用途约定",
    meaning="每笔提款约定的用途,以及由谁把钱付给收款人。",
    key=("loan",),
    columns=(
        _loan(),
        Column(
            "pay_by",
            "支付方式",
            Kind.CHOICE,
            "受托支付由本行付给收款人,自主支付由借款人自己支付",
            "受托支付",
            required=True,
            words=words_of(PayBy),
            changeable=True,
        ),
        Column(
            "use",
            "约定用途",
            Kind.TEXT,
            "合同约定的用途",
            "购买棉纱",
            required=True,
            changeable=True,
            max_length=300,
        ),
    ),
)

AGREED_PAYEES = Table(
    name="agreed_payees",
    heading="约定收款人",
    meaning="提款约定付给谁;有购销合同的填写合同编号。",
    key=("loan", "name"),
    columns=(
        _loan(),
        Column("name", "收款人户名", Kind.TEXT, "户名", "通州棉纱有限公司", required=True),
        Column(
            "account_number",
            "收款账号",
            Kind.TEXT,
            "约定的收款账号",
            "6217000002",
            changeable=True,
            max_length=60,
        ),
        Column("amount", "约定金额", Kind.MONEY, "约定支付的金额", "500000", changeable=True),
        Column(
            "trade_contract",
            "购销合同编号",
            Kind.TEXT,
            "支付所依据的购销合同",
            "GX-2026-018",
            changeable=True,
            max_length=60,
        ),
    ),
)

VOUCHERS = Table(
    name="vouchers",
    heading="用途凭证",
    meaning="证明提款用途的合同、发票、收据等。",
    key=("loan", "kind", "number"),
    columns=(
        _loan(),
        Column(
            "kind",
            "凭证类型",
            Kind.CHOICE,
            "凭证类型",
            "发票",
            required=True,
            words=words_of(VoucherKind),
        ),
        Column(
            "number",
            "凭证号码",
            Kind.TEXT,
            "发票号、合同号等",
            "26312000000012345678",
            required=True,
            max_length=60,
        ),
        Column(
            "issuer", "出具方", Kind.TEXT, "出具凭证的收款人", "通州棉纱有限公司", required=True
        ),
        Column("amount", "凭证金额", Kind.MONEY, "正数", "500000", required=True),
        Column("issued_on", "出具日", Kind.DATE, "出具之日", "2026-11-19"),
    ),
)
