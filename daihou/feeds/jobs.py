"""The desk's background jobs: checking, loading and undoing, each with live progress."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection
from django.db.models.functions import Now

from daihou.feeds.actions import ImportRequest, import_files
from daihou.feeds.choices import BatchStatus, JobKind, JobStatus, LoadMode
from daihou.feeds.models import ImportJob
from daihou.feeds.standard import TABLES
from daihou.feeds.undoing import UndoRefused, undo_batch
from daihou.feeds.uploads import forget_upload, upload_folder

# Who is staff, and who may see what, is not for a file that comes through the browser.
BY_COMMAND_ONLY = frozenset({"branches", "officers"})
_BY_BROWSER = frozenset(table.name for table in TABLES) - BY_COMMAND_ONLY


def run_job(number: int, *, business_date: dt.date, closed_through: dt.date | None) -> None:
    """Do what a job asks for and write its end into the job; never raises for bad input."""
    job = ImportJob.objects.select_related("asked_by", "batch").get(pk=number)
    ImportJob.objects.filter(pk=number).update(status=JobStatus.RUNNING)
    try:
        if job.kind == JobKind.UNDO:
            _undo(job, business_date, closed_through)
        else:
            _import(job, business_date, closed_through)
    except UndoRefused as refusal:
        _finish(number, JobStatus.FAILED, str(refusal))
    except Exception:
        _finish(number, JobStatus.FAILED, f"任务中断,未改动台账;任务编号 {number},请报系统管理员")
        raise
    else:
        _finish(number, JobStatus.DONE)


def _import(job: ImportJob, business_date: dt.date, closed_through: dt.date | None) -> None:
    with _live_steps(job.pk) as tell:
        batch = import_files(
            request=ImportRequest(
                path=upload_folder(job.upload),
                format_name=job.format_name,
                business_date=business_date,
                closed_through=closed_through,
                mode=LoadMode(job.mode),
                dry_run=job.kind == JobKind.CHECK,
                actor=job.asked_by,
                tables=_BY_BROWSER,
            ),
            progress=tell,
        )
    ImportJob.objects.filter(pk=job.pk).update(batch=batch)
    if batch.status == BatchStatus.LOADED:
        forget_upload(job.upload)


def _undo(job: ImportJob, business_date: dt.date, closed_through: dt.date | None) -> None:
    assert job.batch_id is not None
    undo_batch(
        number=job.batch_id,
        business_date=business_date,
        closed_through=closed_through,
        actor=job.asked_by,
    )


def _finish(number: int, status: JobStatus, message: str = "") -> None:
    ImportJob.objects.filter(pk=number).update(
        status=status, message=message, finished_at=Now(), step=""
    )


@contextmanager
def _live_steps(number: int) -> Iterator[Callable[[str], None]]:
    """Tells others the step at work: over a connection of its own, since the import's is busy."""
    parameters = connection.get_connection_params()
    parameters.pop("cursor_factory", None)
    parameters.pop("context", None)
    table = ImportJob._meta.db_table
    with psycopg.connect(**parameters, autocommit=True) as other:

        def tell(step: str) -> None:
            other.execute(f"UPDATE {table} SET step = %s WHERE id = %s", (step[:60], number))

        yield tell
