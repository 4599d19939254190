"""States of a business day, its steps and the work it leaves."""

from django.db.models import IntegerChoices, TextChoices


class DayStatus(TextChoices):
    """Where a business day stands."""

    RUNNING = "running", "日终进行中"
    CLOSED = "closed", "已日终"


class RunStatus(TextChoices):
    """Where one start of the daily run stands."""

    QUEUED = "queued", "排队中"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "已失败"


class RunOrigin(TextChoices):
    """Where a run was started from."""

    COMMAND = "command", "命令行"
    BROWSER = "browser", "工作台"


class WorkStatus(TextChoices):
    """What became of a piece of work."""

    OPEN = "open", "待办"
    DEFERRED = "deferred", "已延后"
    DONE = "done", "已办结"
    LAPSED = "lapsed", "已消失"


class CauseKind(TextChoices):
    """What became known late about a loan, so that its past had to be computed again."""

    LATE_ENTRY = "late_entry", "补记流水"
    REVERSAL = "reversal", "冲正"
    PLAN = "plan", "还款计划变更"
    TERMS = "terms", "条款变更"
    DEBTOR = "debtor", "同一债务人"
    SET_ASIDE = "set_aside", "挂起解除"


class Aspect(TextChoices):
    """What a line of a correction speaks of, in the order in which a person reads them."""

    ARREARS = "arrears", "逾期与余额"
    GRADE = "grade", "五级分类"
    SIGNAL = "signal", "预警信号"
    PAYMENT = "payment", "当日还款"


class Task(IntegerChoices):
    """What is to be done first for a client."""

    FIRST_CONTACT = 1, "首次联系客户,核实逾期原因"
    FOLLOW_UP = 2, "再次联系客户,跟进逾期还款"
    CHECK_BLUE = 3, "核实蓝色预警,登记核实结果"
    CHECK_YELLOW = 4, "核实黄色预警,登记核实结果"
    CHECK_ORANGE = 5, "核实橙色预警,登记核实结果"
    CHECK_RED = 6, "核实红色预警,拟定处置方案"
    CHECK_GRADE = 7, "核实分类下调原因"
    REMIND = 8, "提醒客户备足还款资金"
    SECURE_REPAYMENT = 9, "落实到期还款来源"
    CORRECT_DATA = 10, "核对并更正借据数据"
    TELL_RATE = 11, "通知客户利率调整"
    RESET_RATE = 12, "核实未重定价原因"
