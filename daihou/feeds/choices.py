"""States of an import."""

from django.db.models import TextChoices


class BatchStatus(TextChoices):
    """Where an import batch stands."""

    CHECKED = "checked", "已试算"
    LOADED = "loaded", "已入库"
    REFUSED = "refused", "未入库"
    UNDONE = "undone", "已撤销"


class LoadMode(TextChoices):
    """What to do when some rows are bad."""

    ALL_OR_NOTHING = "all", "有错则整批不入库"
    GOOD_ROWS = "good_rows", "仅入库正确的行"


class JobKind(TextChoices):
    """What a background job of the desk does."""

    CHECK = "check", "试算"
    LOAD = "load", "入库"
    UNDO = "undo", "撤销"


class JobStatus(TextChoices):
    """How far a background job is."""

    QUEUED = "queued", "排队中"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "已中断"
