"""States of a business day, its steps and the work it leaves."""

from django.db.models import TextChoices


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
    DEBTOR = "debtor", "同一债务人"
    SET_ASIDE = "set_aside", "挂起解除"


class Aspect(TextChoices):
    """What a line of a correction speaks of, in the order in which a person reads them."""

    ARREARS = "arrears", "逾期与余额"
    GRADE = "grade", "五级分类"
    SIGNAL = "signal", "预警信号"
