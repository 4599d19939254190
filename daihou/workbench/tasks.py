"""Background jobs that desks start; found by procrastinate by the name of this module."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from daihou.daily_run.queries import closed_through, open_day
from daihou.feeds.jobs import run_job


@app.task(queue="imports", queueing_lock=None, lock="imports", name="run_import_job")
def run_import_job(number: int) -> None:
    """Check, load or undo, on the business day that is open when the job's turn comes."""
    run_job(
        number,
        business_date=open_day(timezone.localdate()),
        closed_through=closed_through(),
    )
