"""Importing files: read, check and load in one transaction; a batch records what became of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from django.db import IntegrityError, connection, transaction

from daihou.feeds import copying
from daihou.feeds.book import Book
from daihou.feeds.checking import check_all
from daihou.feeds.checks.intake import Intake
from daihou.feeds.choices import BatchStatus, LoadMode
from daihou.feeds.loading import Loading, load_all
from daihou.feeds.models import ImportBatch
from daihou.feeds.outside import Source, open_source
from daihou.feeds.problems import Problem, UnreadableFile
from daihou.feeds.staging import stage
from daihou.feeds.standard import TABLES
from daihou.feeds.tally import Counts, count_rows
from daihou.staff.models import Officer
from loanmath.dates import day_number, day_number_or_none

_ONE_IMPORT_AT_A_TIME = 7_203_001  # the number of an advisory lock, ours by choice
Progress = Callable[[str], None]


@dataclass(frozen=True)
class ImportRequest:
    """What is to be imported, and how.

    `closed_through` is the last business day whose daily run is closed; entries are never booked
    into it. `tables` restricts what the files may hold (None: everything).
    """

    path: Path
    format_name: str
    business_date: dt.date
    closed_through: dt.date | None = None
    mode: LoadMode = LoadMode.ALL_OR_NOTHING
    dry_run: bool = False
    actor: Officer | None = None
    tables: frozenset[str] | None = None


@dataclass
class _Outcome:
    """What the checks found, on its way into the batch."""

    counts: dict[str, Counts] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    encodings: dict[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    loaded: bool = False


def import_files(*, request: ImportRequest, progress: Progress = lambda _: None) -> ImportBatch:
    """Import files and return the batch, whatever became of it.

    With errors, nothing is loaded in the mode ALL_OR_NOTHING; in GOOD_ROWS the rows without error
    are. Everything happens in one transaction: killed half-way, nothing has happened.
    """
    try:
        with transaction.atomic():
            return _import(request, progress)
    except IntegrityError as error:
        reason = (
            f"入库时与台账冲突,未入库任何数据;可能有人同时改动了台账,请重试({_first_line(error)})"
        )
        outcome = _Outcome(problems=[Problem(request.path.name, 0, "", "", reason)])
        with transaction.atomic():
            batch = _begin_batch(request)
            _finish_batch(batch, request, outcome)
            return batch


def _import(request: ImportRequest, progress: Progress) -> ImportBatch:
    with connection.cursor() as wrapped:
        wrapped.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_IMPORT_AT_A_TIME])
        batch = _begin_batch(request)
        outcome = _Outcome()
        try:
            source = open_source(request.path, request.format_name, progress)
            _refuse_forbidden(source, request)
        except UnreadableFile as unreadable:
            outcome.problems.append(unreadable.problem)
        else:
            outcome.problems.extend(source.problems)
            _check_and_load(request, source, wrapped.cursor, batch, outcome, progress)
        _finish_batch(batch, request, outcome)
        return batch


def _check_and_load(
    request: ImportRequest,
    source: Source,
    cursor: Any,
    batch: ImportBatch,
    outcome: _Outcome,
    progress: Progress,
) -> None:
    intake = Intake(
        Book(cursor),
        day_number(request.business_date),
        None if request.closed_through is None else day_number_or_none(request.closed_through),
    )
    for table in TABLES:
        parts = [part for part in source.tables if part.table == table.name]
        if parts:
            progress(f"解析{table.heading}")
            intake.tables[table.name] = stage(table, parts)
    check_all(intake, progress)
    staged = intake.tables.values()
    outcome.counts = count_rows(source.rows, staged)
    outcome.encodings, outcome.fingerprint = source.encodings, source.fingerprint
    outcome.problems.extend(problem for one in staged for problem in one.problems())
    wanted = request.mode == LoadMode.GOOD_ROWS or not outcome.problems
    if wanted and not request.dry_run and not source.problems:
        load_all(Loading(intake, batch.pk, progress))
        outcome.loaded = True


def _refuse_forbidden(source: Source, request: ImportRequest) -> None:
    for part in source.tables:
        if request.tables is not None and part.table not in request.tables:
            raise UnreadableFile(part.file, "该表只能由系统管理员在服务器上用命令导入")


def _begin_batch(request: ImportRequest) -> ImportBatch:
    return ImportBatch.objects.create(
        format_name=request.format_name,
        business_date=request.business_date,
        started_by=request.actor,
        mode=request.mode,
        status=BatchStatus.CHECKED if request.dry_run else BatchStatus.REFUSED,
    )


def _finish_batch(batch: ImportBatch, request: ImportRequest, outcome: _Outcome) -> None:
    total = sum(outcome.counts.values(), Counts())
    batch.files = [
        {"name": name, "encoding": outcome.encodings.get(name, ""), **vars(counts)}
        for name, counts in outcome.counts.items()
    ]
    batch.fingerprint = outcome.fingerprint
    batch.rows_read, batch.rows_refused = total.read, total.refused
    batch.rows_unchanged, batch.rows_without_content = total.unchanged, total.without_content
    if outcome.loaded:
        batch.status = BatchStatus.LOADED
        batch.rows_loaded, batch.rows_changed = total.new, total.changed
    else:
        batch.rows_withheld = total.new + total.changed
    batch.save()
    if outcome.problems:
        _keep_problems(batch, outcome.problems)


def _keep_problems(batch: ImportBatch, problems: list[Problem]) -> None:
    with connection.cursor() as wrapped:
        copying.copy_in(
            wrapped.cursor,
            "feeds_importproblem",
            {
                "batch_id": np.full(len(problems), batch.pk, np.int64),
                "file": [problem.file[:200] for problem in problems],
                "row": np.array([problem.row for problem in problems], np.int64),
                "field": [problem.field[:100] for problem in problems],
                "value": [problem.value for problem in problems],
                "reason": [problem.reason for problem in problems],
            },
        )


def _first_line(error: Exception) -> str:
    return str(error).split("\n")[0][:120]
