"""`daihou bench corrections`: many payments of many days ago become known on one business day."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection as django_connection
from django.db import transaction

from daihou.cli.bench_book import DAY, fill
from daihou.daily_run.models import Correction, StepRecord
from daihou.daily_run.runner import run_days
from daihou.daily_run.true_days import true_rows_of
from daihou.daily_run.verification import verify_day
from daihou.ledger.choices import EntryKind
from daihou.reports.book_reader import TrueRows
from daihou.reports.definitions import definitions_on
from daihou.reports.differences import AnswerGap, gap_between_answers
from daihou.reports.scope import EVERY_CURRENCY, Scope


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
    asked, first = _seconds(lambda: true_rows_of([DAY]))
    _, again = _seconds(lambda: true_rows_of([DAY]))
    _, gap = _seconds(lambda: _gap(asked))
    steps = StepRecord.objects.filter(day_id=last)
    before = StepRecord.objects.filter(day_id=last - dt.timedelta(days=1))
    return {
        "loans": loans,
        "corrected": Correction.objects.count(),
        "days_back": days,
        "seconds": {row.step: round(row.seconds, 3) for row in steps},
        "seconds_the_day_before": {row.step: round(row.seconds, 3) for row in before},
        "seconds_true_rows": {"first": first, "again": again, "compared_with_known": gap},
        "figures": steps.get(step="corrections").figures,
        "differences_found_by_verify": len(verify_day(last).differences)
        + len(verify_day(DAY).differences),
    }


def _seconds(work: Callable[[], Any]) -> tuple[Any, float]:
    """What some work gives, and how long it took."""
    started = time.perf_counter()
    result = work()
    return result, round(time.perf_counter() - started, 3)


def _gap(true_rows: TrueRows) -> AnswerGap:
    """How far the true answer about the first day lies from the known one, over the whole bank."""
    whole = Scope(EVERY_CURRENCY, seen_branches=None)
    folder = Path(settings.SNAPSHOT_FOLDER)
    return gap_between_answers(folder, DAY, definitions_on(DAY), whole, true_rows)
