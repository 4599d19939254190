"""Undoing a batch: what nothing else depends on goes, what the book has built upon stays.

See docs/decisions/ on undoing an import. Ledger entries booked on a closed business day are never
deleted; they are reversed by entries of the current day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pgtrigger
from django.db import connection, models, transaction
from django.db.models.functions import Now

from daihou.feeds.changing import restore
from daihou.feeds.choices import BatchStatus
from daihou.feeds.models import ImportBatch
from daihou.feeds.standard import TABLE_BY_NAME, TABLES
from daihou.feeds.stores import STORES
from daihou.fund_supervision.models import AccountTransaction, TransactionRemoval
from daihou.ledger.choices import EntryKind
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import Loan, PlanVersion, TermChange
from daihou.public_events.models import Contradiction, MatchCandidate, PublicEvent
from daihou.staff.models import Officer

UNTRACKED = ("branches", "officers", "products")
_UNDONE_APART = (
    "entries",
    "loans",
    "plans",
    "term_changes",
    "floating_terms",
    "account_transactions",
    "events",
)
_ON_LOANS = ("vouchers", "agreed_payees", "draw_uses")


class UndoRefused(Exception):
    """The batch cannot be undone at all; the message says why, in Chinese."""


@dataclass
class UndoReport:
    """What an undo did (or, as a trial, would do), table by table."""

    batch: int
    dry_run: bool
    removed: dict[str, int] = field(default_factory=dict)
    reversed_entries: int = 0
    restored: dict[str, int] = field(default_factory=dict)
    kept: dict[str, dict[str, int]] = field(default_factory=dict)

    def keep(self, table: str, count: int, reason: str) -> None:
        """Note rows that stay, and why."""
        if count:
            reasons = self.kept.setdefault(table, {})
            reasons[reason] = reasons.get(reason, 0) + count

    def facts(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "batch": self.batch,
            "dry_run": self.dry_run,
            "removed": self.removed,
            "reversed_entries": self.reversed_entries,
            "restored": self.restored,
            "kept": self.kept,
        }

    def lines(self) -> Iterator[str]:
        """The report in sentences."""
        for table, count in self.removed.items():
            yield f"{TABLE_BY_NAME[table].heading}:删除 {count:,} 行"
        if self.reversed_entries:
            yield f"流水:所在营业日已日终,以冲正流水冲回 {self.reversed_entries:,} 笔"
        for table, count in self.restored.items():
            yield f"{TABLE_BY_NAME[table].heading}:恢复原值 {count:,} 处"
        for table, reasons in self.kept.items():
            for reason, count in reasons.items():
                yield f"{TABLE_BY_NAME[table].heading}:保留 {count:,} 行,{reason}"


def undo_batch(
    *,
    number: int,
    business_date: dt.date,
    closed_through: dt.date | None,
    actor: Officer | None,
    dry_run: bool = False,
) -> UndoReport:
    """Take a batch out of the book again as far as nothing else stands on it.

    Raises UndoRefused if the batch was never loaded or is undone already.
    """
    report = UndoReport(number, dry_run)
    with transaction.atomic():
        moved = ImportBatch.objects.filter(pk=number, status=BatchStatus.LOADED).update(
            status=BatchStatus.UNDONE, undone_at=Now(), undone_by=actor
        )
        if not moved:
            raise UndoRefused(_why_not(number))
        with connection.cursor() as wrapped:
            _undo_entries(wrapped, number, business_date, closed_through, report)
            _undo_term_changes(wrapped, number, closed_through, report)
            _undo_transactions(wrapped, number, report)
            for name in _ON_LOANS:
                _undo_table(wrapped, name, number, report)
            _undo_table(wrapped, "floating_terms", number, report)  # those without a reset
            _undo_events(wrapped, number, report)
            _undo_loans(wrapped, number, closed_through, report)
            _restore_changes(wrapped, number, report)
            for table in reversed(TABLES):
                if table.name not in (*UNTRACKED, *_UNDONE_APART, *_ON_LOANS):
                    _undo_table(wrapped, table.name, number, report)
        ImportBatch.objects.filter(pk=number).update(undone=report.facts())
        if dry_run:
            transaction.set_rollback(True)
    return report


def _why_not(number: int) -> str:
    batch = ImportBatch.objects.filter(pk=number).first()
    if batch is None:
        return f"没有批次 {number}"
    return f"批次 {number} 的状态是“{batch.get_status_display()}”,只有已入库的批次可以撤销"


def _undo_entries(
    cursor: Any,
    batch: int,
    business_date: dt.date,
    closed_through: dt.date | None,
    report: UndoReport,
) -> None:
    """Delete entries of open days; reverse those of closed days; leave those reversed already."""
    table = LedgerEntry._meta.db_table
    closed = closed_through or dt.date.min
    cursor.execute(
        f"INSERT INTO {table} (loan_id, kind, amount, value_date, booked_on, reverses_id,"
        f" reference, note, source_batch, repeat)"
        f" SELECT e.loan_id, %s, e.amount, e.value_date, %s, e.id,"
        f" left('撤销' || %s::text || '-' || e.id, 60), '撤销导入批次', NULL, 0"
        f" FROM {table} e WHERE e.source_batch = %s AND e.booked_on <= %s AND e.kind <> %s"
        f" AND NOT EXISTS (SELECT FROM {table} r WHERE r.reverses_id = e.id) ORDER BY e.id",
        [int(EntryKind.REVERSAL), business_date, batch, batch, closed, int(EntryKind.REVERSAL)],
    )
    report.reversed_entries = cursor.rowcount
    cursor.execute(
        f"SELECT count(*) FROM {table} WHERE source_batch = %s AND booked_on <= %s AND kind = %s",
        [batch, closed, int(EntryKind.REVERSAL)],
    )
    report.keep("entries", cursor.fetchone()[0], "是已日终营业日的冲正流水,冲正不能再冲正")
    with pgtrigger.ignore("ledger.LedgerEntry:no_deletion"):
        for reversals in (True, False):  # a reversal goes before the entry it points at
            cursor.execute(
                f"DELETE FROM {table} e WHERE e.source_batch = %s AND e.booked_on > %s"
                f" AND (e.kind = %s) = %s"
                f" AND NOT EXISTS (SELECT FROM {table} r WHERE r.reverses_id = e.id)",
                [batch, closed, int(EntryKind.REVERSAL), reversals],
            )
            _removed(report, "entries", cursor.rowcount)
    cursor.execute(
        f"SELECT count(*) FROM {table} WHERE source_batch = %s AND booked_on > %s", [batch, closed]
    )
    report.keep("entries", cursor.fetchone()[0], "已被其他流水冲正")


def _undo_term_changes(
    cursor: Any, batch: int, closed_through: dt.date | None, report: UndoReport
) -> None:
    """Changes of terms go unless a closed day has reckoned with them."""
    table = TermChange._meta.db_table
    cursor.execute(
        f"DELETE FROM {table} WHERE source_batch = %s AND booked_on > %s",
        [batch, closed_through or dt.date.min],
    )
    _removed(report, "term_changes", cursor.rowcount)
    cursor.execute(f"SELECT count(*) FROM {table} WHERE source_batch = %s", [batch])
    report.keep("term_changes", cursor.fetchone()[0], "日终已按该变更计算")


def _undo_transactions(cursor: Any, batch: int, report: UndoReport) -> None:
    """Transactions of accounts always go: what was found in them is found anew, or not."""
    with pgtrigger.ignore("fund_supervision.AccountTransaction:no_deletion"):
        cursor.execute(
            f"DELETE FROM {AccountTransaction._meta.db_table} WHERE source_batch = %s", [batch]
        )
    _removed(report, "account_transactions", cursor.rowcount)
    if cursor.rowcount:
        TransactionRemoval.objects.create(batch=batch, rows=cursor.rowcount)


def _undo_events(cursor: Any, batch: int, report: UndoReport) -> None:
    """Events go unless a person has decided on them or another report was merged into them."""
    events = PublicEvent._meta.db_table
    cursor.execute(
        f"CREATE TEMPORARY TABLE leaving ON COMMIT DROP AS SELECT id FROM {events} e"
        f" WHERE source_batch = %s AND decided_by_id IS NULL AND NOT EXISTS"
        f" (SELECT FROM {events} r WHERE r.merged_into_id = e.id"
        f" AND (r.source_batch IS DISTINCT FROM %s OR r.decided_by_id IS NOT NULL))",
        [batch, batch],
    )
    for table, columns in (
        (MatchCandidate._meta.db_table, ("event_id",)),
        (Contradiction._meta.db_table, ("earlier_id", "later_id")),
        (events, ("id",)),
    ):
        where_leaving = " OR ".join(f"{column} IN (TABLE leaving)" for column in columns)
        cursor.execute(f"DELETE FROM {table} WHERE {where_leaving}")
    _removed(report, "events", cursor.rowcount)
    cursor.execute("DROP TABLE leaving")
    cursor.execute(f"SELECT count(*) FROM {events} WHERE source_batch = %s", [batch])
    report.keep("events", cursor.fetchone()[0], "已有人处理,或另有事件并入")


def _undo_loans(
    cursor: Any, batch: int, closed_through: dt.date | None, report: UndoReport
) -> None:
    """Loans on which nothing stands go with their plans; so do plan versions not yet used."""
    loans, plans = Loan._meta.db_table, PlanVersion._meta.db_table
    cursor.execute("DELETE FROM loan_book_happening WHERE source_batch = %s", [batch])
    _removed(report, "happenings", cursor.rowcount)
    free = " AND ".join(
        f"NOT EXISTS (SELECT FROM {table} x WHERE x.{column} = l.id{extra})"
        for table, column, extra in (
            (
                table,
                column,
                f" AND x.source_batch IS DISTINCT FROM {int(batch)}" if table == plans else "",
            )
            for _, table, column in _dependents(Loan)
        )
    )
    cursor.execute(
        f"CREATE TEMPORARY TABLE going ON COMMIT DROP AS"
        f" SELECT l.id FROM {loans} l WHERE l.source_batch = %s AND {free}",
        [batch],
    )
    cursor.execute(
        f"DELETE FROM {plans} WHERE source_batch = %s AND loan_id IN (TABLE going)", [batch]
    )
    _removed(report, "plans", cursor.rowcount)
    cursor.execute(f"DELETE FROM {loans} WHERE id IN (TABLE going)")
    _removed(report, "loans", cursor.rowcount)
    cursor.execute("DROP TABLE going")
    _keep_dependents(cursor, "loans", batch, report)
    cursor.execute(
        f"DELETE FROM {plans} p USING {loans} l WHERE p.loan_id = l.id AND p.source_batch = %s"
        f" AND l.source_batch IS DISTINCT FROM %s AND p.effective_from > %s"
        f" AND NOT EXISTS (SELECT FROM {plans} n WHERE n.loan_id = l.id AND n.version > p.version)",
        [batch, batch, closed_through or dt.date.min],
    )
    _removed(report, "plans", cursor.rowcount)
    cursor.execute(f"SELECT count(*) FROM {plans} WHERE source_batch = %s", [batch])
    report.keep("plans", cursor.fetchone()[0], "借据保留,或日终已按该计划计算,或已有后续版本")


def _restore_changes(cursor: Any, batch: int, report: UndoReport) -> None:
    changed = ImportBatch.objects.get(pk=batch).changes.values_list("table", flat=True).distinct()
    for table in list(changed):
        if table == "relations":
            cursor.execute(
                "DELETE FROM loan_book_customerrelation WHERE source_batch = %s", [batch]
            )
            _removed(report, table, cursor.rowcount)
            cursor.execute(
                "UPDATE loan_book_customerrelation SET known_to = NULL WHERE id IN"
                ' (SELECT row_id FROM feeds_importchange WHERE batch_id = %s AND "table" = %s)',
                [batch, table],
            )
            report.restored[table] = cursor.rowcount
            continue
        if table == "statements":
            continue  # its new versions go, and the ones before them count again
        back, moved_on = restore(cursor, table, batch)
        report.restored[table] = back
        report.keep(table, moved_on, "入库后又被改动,保留现值")


def _undo_table(cursor: Any, table: str, batch: int, report: UndoReport) -> None:
    store = STORES[table]
    free = " AND ".join(
        f"NOT EXISTS (SELECT FROM {other} x WHERE x.{column} = t.id)"
        for _, other, column in _dependents(store.model)
    )
    cursor.execute(
        f"DELETE FROM {store.db_table} t WHERE t.source_batch = %s AND {free or 'true'}", [batch]
    )
    _removed(report, table, cursor.rowcount)
    _keep_dependents(cursor, table, batch, report)


def _keep_dependents(cursor: Any, table: str, batch: int, report: UndoReport) -> None:
    """Say of the rows that stay what stands on them: the first thing found of each."""
    store = STORES[table]
    cursor.execute(f"SELECT count(*) FROM {store.db_table} WHERE source_batch = %s", [batch])
    if not cursor.fetchone()[0]:
        return
    dependents = list(_dependents(store.model))
    cases = " ".join(
        f"WHEN EXISTS (SELECT FROM {other} x WHERE x.{column} = t.id) THEN {number}"
        for number, (_, other, column) in enumerate(dependents)
    )
    cursor.execute(
        f"SELECT CASE {cases} END AS why, count(*) FROM {store.db_table} t"
        f" WHERE t.source_batch = %s GROUP BY why",
        [batch],
    )
    for number, count in cursor.fetchall():
        label = dependents[number][0]._meta.verbose_name if number is not None else "其他数据"
        report.keep(table, count, f"已被“{label}”引用")


def _dependents(model: type[models.Model]) -> Iterator[tuple[type[models.Model], str, str]]:
    """Every table and column that refers to a model (audit events are left out)."""
    for unchecked in AccountTransaction._meta.fields:  # many, and so without a constraint
        if unchecked.related_model is model:
            yield AccountTransaction, AccountTransaction._meta.db_table, str(unchecked.column)
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ForeignObjectRel) and not relation.many_to_many:
            column = relation.field
            if isinstance(column, models.ForeignKey) and getattr(column, "db_constraint", True):
                yield relation.related_model, relation.related_model._meta.db_table, column.column


def _removed(report: UndoReport, table: str, count: int) -> None:
    if count:
        report.removed[table] = report.removed.get(table, 0) + count
