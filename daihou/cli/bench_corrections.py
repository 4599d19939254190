"""`daihou bench corrections`: many payments of many days ago become known on one business day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection as django_connection
from django.db import transaction

from daihou.cli.bench_book import DAY, fill
from daihou.daily_run.models import Correction, StepRecord
from daihou.daily_run.runner import run_days
from daihou.daily_run.verification import verify_day
from daihou.ledger.choices import EntryKind


def run_bench(loans: int, corrected: int, days: int) -> dict[str, Any]:
    """Run days on a synthetic book, book payments of the first one late, and time the next."""
    django_connection.ensure_connection()
    fill(django_connection.connection, loans)
    last = DAY + dt.timedelta(days=days)
    run_days([DAY + dt.timedelta(days=n) for n in range(days)])
    with transaction.atomic():
        django_connection.connection.execute(
            "INSERT INTO ledger_ledgerentry (loan_id, kind, amount, value_date, booked_on,"
            " reference, note, repeat) SELECT id, %s, amount / 20, %s::date, %s::date, '', '', 0"
            " FROM loan_book_loan ORDER BY id LIMIT %s",
            (int(EntryKind.REPAYMENT), DAY, last, corrected),
        )
    run_days([last])
    steps = StepRecord.objects.filter(day_id=last)
    before = StepRecord.objects.filter(day_id=last - dt.timedelta(days=1))
    return {
        "loans": loans,
        "corrected": Correction.objects.count(),
        "days_back": days,
        "seconds": {row.step: round(row.seconds, 3) for row in steps},
        "seconds_the_day_before": {row.step: round(row.seconds, 3) for row in before},
        "figures": steps.get(step="corrections").figures,
        "differences_found_by_verify": len(verify_day(last).differences)
        + len(verify_day(DAY).differences),
    }
