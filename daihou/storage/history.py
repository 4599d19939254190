"""Rows that hold for a span of days and remember when we learned of them."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


def holding_on(day: dt.date, prefix: str = "") -> Q:
    """The rows that hold on a day; `prefix` leads to them from the rows asked."""
    ends = Q(**{f"{prefix}valid_to": None}) | Q(**{f"{prefix}valid_to__gt": day})
    return ends & Q(**{f"{prefix}valid_from__lte": day})


class IntervalQuerySet(models.QuerySet):
    """Reads a history as of a day, as it was true or as it was known then."""

    def valid_on(self, day: dt.date) -> Self:
        """What holds on the day, by what we know now."""
        return self.filter(holding_on(day), known_to=None)

    def as_known_at(self, moment: dt.datetime, day: dt.date) -> Self:
        """What we believed at the moment about the day."""
        return self.filter(
            holding_on(day),
            Q(known_to__isnull=True) | Q(known_to__gt=moment),
            known_from__lte=moment,
        )

    def current(self) -> Self:
        """The rows that are open in both times: hold now, known now."""
        return self.filter(valid_to=None, known_to=None)


class IntervalHistory(models.Model):
    """A fact from one day to another (the last day excluded), with the time it was recorded."""

    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True, blank=True)
    known_from = models.DateTimeField("记录时间", db_default=Now())
    known_to = models.DateTimeField("更正时间", null=True, blank=True)

    objects = IntervalQuerySet.as_manager()

    class Meta:
        abstract = True
