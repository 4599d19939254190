"""What people do with a correction: put on record that they have read it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from daihou.daily_run.models import Correction
from daihou.daily_run.queries import may_be_read_with_others
from daihou.staff.models import Officer


class AlreadyRead(Exception):
    """Somebody else has read it in the meantime; nothing was written."""

    def __init__(self) -> None:
        super().__init__("这条更正已由他人签阅,本次没有登记;请刷新后再看")


@transaction.atomic
def mark_read(*, correction: Correction, by: Officer, note: str = "") -> None:
    """Put on record who read a correction and when, with a word if there is one to say.

    Raises `AlreadyRead` for one that was read before.
    """
    unread = Correction.objects.filter(pk=correction.pk, read_by=None)
    if unread.update(read_by=by, read_at=Now(), note=note.strip()) != 1:
        raise AlreadyRead
    correction.refresh_from_db()


@transaction.atomic
def mark_all_read(*, corrections: QuerySet[Correction], by: Officer, note: str = "") -> int:
    """Put on record that somebody read many corrections at once; how many were still unread.

    Those that have to be looked at one by one, because a grade changed, are left unread.
    """
    chosen = list(corrections.order_by().values_list("pk", flat=True))
    unread = Correction.objects.filter(may_be_read_with_others(), pk__in=chosen)
    return unread.update(read_by=by, read_at=Now(), note=note.strip())
