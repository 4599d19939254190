"""The words of a case: its states, steps, measures and how it ends."""

from django.db.models import IntegerChoices, TextChoices


class CaseState(IntegerChoices):
    """Where a case stands on its way from signal to release; the first five are open."""

    NEW = 1, "待签收"
    ACKNOWLEDGED = 2, "待定方案"
    HANDLING = 3, "处置中"
    VERIFIED = 4, "待解除"
    PROPOSED = 5, "待复核"
    RELEASED = 6, "已解除"
    FALSE_ALARM = 7, "误报"


OPEN_STATES = (
    CaseState.NEW,
    CaseState.ACKNOWLEDGED,
    CaseState.HANDLING,
    CaseState.VERIFIED,
    CaseState.PROPOSED,
)
CLOSED_STATES = (CaseState.RELEASED, CaseState.FALSE_ALARM)


class StepKind(TextChoices):
    """What happened in a case."""

    OPENED = "opened", "立案"
    JOINED = "joined", "新信号并入"
    RAISED = "raised", "预警升色"
    REOPENED = "reopened", "有新信号,退回处置"
    GONE = "gone", "信号已消失"
    RETURNED = "returned", "信号重现"
    ESCALATED = "escalated", "超期上报"
    WATCHED = "watched", "列入观察名单"
    UNWATCHED = "unwatched", "移出观察名单"
    ACKNOWLEDGED = "acknowledged", "签收"
    HANDED_OVER = "handed_over", "移交"
    PLANNED = "planned", "制定处置方案"
    TASK_ADDED = "task_added", "增加任务"
    TASK_DONE = "task_done", "任务完成"
    TASK_DROPPED = "task_dropped", "任务取消"
    EVIDENCE = "evidence", "补充证据"
    VERIFIED = "verified", "核实通过"
    NOT_VERIFIED = "not_verified", "核实未通过"
    PROPOSED = "proposed", "提请解除"
    REFUSED = "refused", "复核退回"
    RELEASED = "released", "解除"
    FALSE_ALARM = "false_alarm", "认定误报"


class Measure(TextChoices):
    """What a plan does about the client (处置措施)."""

    CONTACT = "contact", "联系客户"
    INSPECT = "inspect", "增加检查"
    REPLAN = "replan", "调整还款计划"
    SECURE = "secure", "追加担保"
    FREEZE = "freeze", "冻结额度"
    RECALL = "recall", "提前收回"
    TRANSFER = "transfer", "转资产处置"
    WATCH = "watch", "继续观察"


class TaskState(TextChoices):
    """What became of a task of the plan."""

    OPEN = "open", "待办"
    DONE = "done", "已完成"
    DROPPED = "dropped", "已取消"


class Outcome(TextChoices):
    """How a case ended when it was released."""

    CURED = "cured", "风险消除"
    REDUCED = "reduced", "风险缓释"
    TRANSFERRED = "transferred", "转资产处置"
    ACCEPTED = "accepted", "风险可控,继续观察"


class DecisionState(TextChoices):
    """What became of a proposal to close a case."""

    WAITING = "waiting", "待复核"
    APPROVED = "approved", "已同意"
    REFUSED = "refused", "已退回"
    LAPSED = "lapsed", "已失效"


class WatchReason(IntegerChoices):
    """By which rule a client came onto the watch list."""

    GRAVE = 1, "预警达到列入颜色"
    REPEATED = 2, "短期内反复预警"
    BY_HAND = 3, "人工列入"
    AT_RELEASE = 4, "解除时转入观察"
