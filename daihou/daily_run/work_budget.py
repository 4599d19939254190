"""How much work one officer is shown a day, and what is held back for it."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from daihou.daily_run.models import WorkItem
from daihou.early_warning.choices import Colour
from daihou.early_warning.models import Signal


def with_turn(work: QuerySet[WorkItem]) -> QuerySet:
    """Number each officer's rows by rank (`turn`, from 1), and say whose client is red (`is_red`).

    Give it only rows that wait to be done: rows put off take no turn.
    """
    red = Signal.objects.filter(customer=OuterRef("customer"), ceased_on=None, colour=Colour.RED)
    turn = Window(RowNumber(), partition_by=[F("officer")], order_by=[F("rank_score").desc(), "pk"])
    return work.annotate(is_red=Exists(red), turn=turn)


def within_budget(work: QuerySet[WorkItem], budget: int) -> QuerySet[WorkItem]:
    """What each officer is shown today: the first `budget` clients, and every red one beyond."""
    return (
        with_turn(work).filter(Q(turn__lte=budget) | Q(is_red=True)).order_by("-rank_score", "pk")
    )


def held_back(work: QuerySet[WorkItem], budget: int) -> QuerySet[WorkItem]:
    """What waits behind the budget, still ranked; it moves up as work is done."""
    return with_turn(work).filter(turn__gt=budget, is_red=False).order_by("-rank_score", "pk")
