"""Reads of imports: batches and jobs, through one door."""

from __future__ import annotations

from django.db.models import QuerySet

from daihou.feeds.models import ImportBatch, ImportJob
from daihou.staff.models import Officer


def is_at_head_office(officer: Officer) -> bool:
    """Whether the person sits at the top of the branch tree."""
    return officer.branch is not None and officer.branch.parent_id is None


def batches_visible_to(officer: Officer) -> QuerySet[ImportBatch]:
    """Import batches: all of them at head office, none elsewhere, since files know no branch."""
    rows = ImportBatch.objects.select_related("started_by")
    return rows if is_at_head_office(officer) else rows.none()


def jobs_visible_to(officer: Officer) -> QuerySet[ImportJob]:
    """Background jobs of imports, by the same rule."""
    rows = ImportJob.objects.select_related("asked_by", "batch")
    return rows if is_at_head_office(officer) else rows.none()
