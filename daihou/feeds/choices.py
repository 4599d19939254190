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
