"""Background jobs that desks start; found by procrastinate by the name of this module."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from daihou.daily_run.queries import closed_through, open_day
from daihou.early_warning.client_rules.trials import run_trial
from daihou.feeds.jobs import run_job


@app.task(queue="imports", queueing_lock=None, lock="imports", name="run_import_job")
def run_import_job(number: int) -> None:
    """Check, load or undo, on the business day that is open when the job's turn comes."""
    run_job(
        number,
        business_date=open_day(timezone.localdate()),
        closed_through=closed_through(),
    )


@app.task(queue="rule_trials", lock="rule_trials", name="run_rule_trial")
def run_rule_trial(number: int) -> None:
    """Try a rule out over the days that were kept; one after the other."""
    run_trial(number)
