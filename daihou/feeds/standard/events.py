"""Events from outside: courts, registers, taxes, environment, news, reports of clients."""

from daihou.feeds.standard.columns import Column, Kind, Table, words_of
from daihou.loan_book.choices import Industry
from daihou.public_events.choices import EventKind, EventSource, Quality

EVENTS = Table(
    name="events",
    heading="外部事件",
    meaning=(
        "司法、工商、税务、环保、监管、新闻与客户申报的事件。入库后自动匹配客户、合并重复、标出矛盾,"
        "经人工确认后才计入预警。行业性事件填写涉及行业而不填当事人。"
    ),
    key=("number",),
    columns=(
        Column("number", "事件编号", Kind.TEXT, "来源方的唯一编号,再次导入不重复", "ZX20261100017",
               required=True, max_length=60),
        Column("source", "来源", Kind.CHOICE, "消息来自何处", "司法(执行、裁判公开)", required=True,
               words=words_of(EventSource)),
        Column("source_name", "来源名称", Kind.TEXT, "网站、媒体或数据商名称", "中国执行信息公开网",
               max_length=100),
        Column("quality", "来源质量", Kind.CHOICE, "留空则按来源取通常的质量", "A 官方原始",
               words=words_of(Quality)),
        Column("kind", "事件类型", Kind.CHOICE, "留空则按内容建议类型", "列为失信被执行人",
               words=words_of(EventKind)),
        Column("subject_name", "当事人名称", Kind.TEXT, "公告中的名称", "江南纺织有限公司"),
        Column("subject_paper", "当事人证件号码", Kind.TEXT, "有号码时按号码匹配客户",
               "91330100MA27XXTT0B", personal=True, max_length=60),
        Column("industry", "涉及行业", Kind.CHOICE, "行业性事件填写", "", words=words_of(Industry)),
        Column("happened_on", "发生日", Kind.DATE, "立案、列入、处罚或发生之日", "2026-11-12",
               required=True),
        Column("published_on", "公布日", Kind.DATE, "公布或见报之日", "2026-11-15"),
        Column("ended_on", "移出或解除日", Kind.DATE, "已移出名单、解除查封的日期", "",
               changeable=True),
        Column("case_number", "案号或文号", Kind.TEXT, "案号、处罚决定书文号",
               "(2026)浙0101执1234号", max_length=100),
        Column("amount", "金额", Kind.MONEY, "执行标的、处罚或欠缴金额", "1250000.00"),
        Column("text", "内容", Kind.TEXT, "公告或报道的内容", "被列为失信被执行人,全部未履行",
               required=True, max_length=4000),
    ),
)  # fmt: skip
