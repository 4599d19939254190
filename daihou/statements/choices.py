"""The words of statements: which sheet, whose, how sure, where from, and how grave a finding is."""

from django.db.models import IntegerChoices, TextChoices


class Sheet(IntegerChoices):
    """The sheets of a statement; notes are figures that the sheets themselves do not show."""

    BALANCE = 1, "资产负债表"
    INCOME = 2, "利润表"
    CASH_FLOW = 3, "现金流量表"
    NOTES = 4, "补充资料"


class Scope(IntegerChoices):
    """Whether a statement is the company's own or that of its whole group."""

    SINGLE = 1, "单体"
    CONSOLIDATED = 2, "合并"


class Opinion(TextChoices):
    """What the auditor said; an unaudited statement has none."""

    NONE = "none", "未审计"
    UNQUALIFIED = "unqualified", "标准无保留意见"
    EMPHASIS = "emphasis", "带强调事项段的无保留意见"
    QUALIFIED = "qualified", "保留意见"
    ADVERSE = "adverse", "否定意见"
    DISCLAIMER = "disclaimer", "无法表示意见"


NOT_STANDARD = frozenset({Opinion.EMPHASIS, Opinion.QUALIFIED, Opinion.ADVERSE, Opinion.DISCLAIMER})


class Source(TextChoices):
    """How a statement came into the book."""

    IMPORTED = "imported", "批量导入"
    ENTERED = "entered", "人工录入"
    SHEET = "sheet", "上传表格"


class Severity(IntegerChoices):
    """How grave a failed check is."""

    NOTICE = 1, "提示"
    WARNING = 2, "存疑"
    ERROR = 3, "错误"


class FindingState(TextChoices):
    """What people have made of a finding."""

    NEW = "new", "新发现"
    CONFIRMED = "confirmed", "已确认"
    EXPLAINED = "explained", "已解释"
    DISMISSED = "dismissed", "已排除"
