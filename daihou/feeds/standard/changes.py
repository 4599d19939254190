"""Floating rates, and changes of a loan's terms after it was paid out."""

from daihou.feeds.standard.columns import Column, Kind, Table, words_of
from daihou.feeds.standard.credit import OF_LOAN
from daihou.loan_book.choices import ResetRule, TermChangeKind
from daihou.policy.choices import Benchmark

TERM_CHANGES = Table(
    name="term_changes",
    heading="条款变更",
    meaning=(
        "放款之后条款的变更,每行一项,自生效日日终起执行。调整利率时,罚息、复利利率按借据的上浮比例随之调整;"
        "利息转本金、重组须同时导入同日生效的新版还款计划。停计与恢复各为一行;停计罚息不影响逾期天数,停计逾期天数不影响罚息。"
    ),
    key=("loan", "kind", "effective_from"),
    columns=(
        OF_LOAN,
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

FLOATING_TERMS = Table(
    name="floating_terms",
    heading="浮动利率约定",
    meaning=(
        "浮动利率借据每笔一行:按哪一个 LPR 加减多少基点,何时重定价。借据表的年利率为签约时的利率;"
        "之后每个重定价日由日终按已复核的 LPR 报价调整,并重算还款计划。"
    ),
    key=("loan",),
    columns=(
        OF_LOAN,
        Column(
            "benchmark",
            "定价基准",
            Kind.CHOICE,
            "按哪一个期限的 LPR",
            "LPR1年期",
            required=True,
            words=words_of(Benchmark),
        ),
        Column(
            "spread_bps",
            "加点",
            Kind.WHOLE,
            "基点,1 基点为 0.01%;减点为负数。变更后自下次重定价起执行",
            "120",
            required=True,
            changeable=True,
        ),
        Column("cycle_months", "重定价周期", Kind.WHOLE, "月数,12 为每年一次", "12", default="12"),
        Column(
            "reset_rule",
            "重定价日",
            Kind.CHOICE,
            "自1月1日起:自放款当年1月1日起按周期推算;对月对日:自放款日起按周期推算",
            "自1月1日起",
            default="自1月1日起",
            words=words_of(ResetRule),
        ),
        Column(
            "notice_days",
            "报价提前天数",
            Kind.WHOLE,
            "采用重定价日前多少天的最新报价;0 为重定价日当日",
            "0",
            default="0",
            changeable=True,
        ),
        Column("lowest", "利率下限", Kind.RATE, "百分数;不设留空", "", changeable=True),
        Column("highest", "利率上限", Kind.RATE, "百分数;不设留空", "", changeable=True),
        Column(
            "first_reset_on",
            "首个重定价日",
            Kind.DATE,
            "本系统从该日起执行重定价,此前的重定价以条款变更导入;留空即放款后的第一个",
            "2027-01-01",
        ),
    ),
)
