"""Changes of a loan's terms after it was paid out."""

from daihou.feeds.standard.columns import Column, Kind, Table, words_of
from daihou.loan_book.choices import TermChangeKind

TERM_CHANGES = Table(
    name="term_changes",
    heading="条款变更",
    meaning=(
        "放款之后条款的变更,每行一项,自生效日日终起执行。调整利率时,罚息、复利利率按借据的上浮比例随之调整;"
        "利息转本金、重组须同时导入同日生效的新版还款计划。停计与恢复各为一行;停计罚息不影响逾期天数,停计逾期天数不影响罚息。"
    ),
    key=("loan", "kind", "effective_from"),
    columns=(
        Column(
            "loan",
            "借据号",
            Kind.TEXT,
            "借据",
            "L000001",
            required=True,
            references="loans",
            max_length=40,
        ),
        Column(
            "kind",
            "变更",
            Kind.CHOICE,
            "变更什么",
            "调整利率",
            required=True,
            words=words_of(TermChangeKind),
        ),
        Column(
            "effective_from",
            "生效日",
            Kind.DATE,
            "自该日日终起执行,不早于放款日",
            "2026-11-20",
            required=True,
        ),
        Column(
            "rate",
            "年利率",
            Kind.RATE,
            "调整利率、调整罚息利率、认定挪用时填写变更后的年利率",
            "4.1",
        ),
        Column("amount", "金额", Kind.MONEY, "转本金时填写转入本金的金额", ""),
        Column(
            "booked_on",
            "登记日",
            Kind.DATE,
            "记入台账的营业日;留空即生效日,尚未到生效日的为当前营业日",
            "2026-11-20",
        ),
        Column("reason", "原因", Kind.TEXT, "为什么变更", "LPR 调整", max_length=300),
    ),
)
