"""Recomputes a closed business day from the ledger alone and says where the stored state differs.

Neither the columnar book's files nor the snapshots nor any stored state is used: loans, plans and
entries are read from PostgreSQL up to the marks of the day into files of their own, the kernel goes
through them volume by volume as the daily run does, the rules judge again, and what comes out is
laid beside what is stored. Nothing is changed.

Not recomputed: assessments of financial statements and of collateral. What they rest on
(statements, valuations, plans by the day they take effect) carries no marks, so that a closed day
cannot be told from what was entered since.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection as django_connection
from django.db import transaction

from daihou.audit.verification import verify_chain
from daihou.classification.codes import NOT_GRADED
from daihou.classification.daily import grade_whole_book
from daihou.classification.limits import grade_limits
from daihou.classification.queries import grades_held
from daihou.daily_run.choices import DayStatus
from daihou.daily_run.day_snapshot import day_table
from daihou.daily_run.models import BusinessDay
from daihou.early_warning.cases.daily import follow_signals
from daihou.early_warning.daily import write_signals
from daihou.policy.queries import ParametersOnDay, parameters_as_recorded
from daihou.provision.daily import write_provisions
from daihou.reports.daily import add_up_the_day
from daihou.servicing.book_on_day import BookOnDay, in_threads
from daihou.servicing.columnar import ColumnarBook
from daihou.servicing.columnar_files import built_aside
from daihou.servicing.daily import STORED, read_stored
from daihou.servicing.marks import BookMarks
from daihou.servicing.snapshots import snapshot_path
from loanmath.codes import Status
from loanmath.positions import Positions

WHOLE_BOOK = 0  # a difference that belongs to no single loan


@dataclass(frozen=True)
class Difference:
    """One place where what is stored is not what the ledger says."""

    part: str  # 借据状态, 五级分类, ...
    loan_id: int
    field: str
    stored: str
    computed: str


@dataclass(frozen=True)
class Verification:
    """What was compared, and every difference found."""

    day: dt.date
    loans: int
    parts: list[str]
    differences: list[Difference]


@dataclass(frozen=True)
class Checked:
    """A day computed again, as each check is given it; `is_last` tells the current state's day."""

    book: BookOnDay
    parameters: ParametersOnDay
    connection: psycopg.Connection
    is_last: bool


class NothingToVerify(Exception):
    """The day asked for was not closed; the message says so."""


# Hears what is being done, and how many of how many parts are done.
Watcher = Callable[[str, int, int], None]


def _nobody(_part: str, _done: int, _total: int) -> None:
    """A watcher that does not look."""


def verify_day(day: dt.date | None = None, tell: Watcher = _nobody) -> Verification:
    """Compute a closed day again (the last one if none is named) and compare all that is stored.

    What is kept only as it stands now (positions, open signals, spans set aside) can be compared
    for the last day; grades, snapshots and totals for any day. Raises `NothingToVerify`.
    """
    closed = BusinessDay.objects.filter(status=DayStatus.CLOSED)
    last = closed.order_by("-day").first()
    found = last if day is None else closed.filter(day=day).first()
    if found is None or last is None:
        raise NothingToVerify("还没有已日终的营业日" if day is None else f"{day} 没有完成日终")
    django_connection.ensure_connection()
    connection, marks = django_connection.connection, BookMarks(**found.inputs["marks"])
    differences: list[Difference] = []
    tell("由流水重新建账", 0, 0)
    with transaction.atomic(), built_aside(connection, marks) as columnar:
        checked = _computed_again(found, connection, columnar, tell, is_last=found.day == last.day)
        for number, (part, check) in enumerate(CHECKS.items()):
            tell(f"核对{part}", number, len(CHECKS))
            differences.extend(check(checked))
    return Verification(found.day, checked.book.size, list(CHECKS), differences)


def _computed_again(
    found: BusinessDay,
    connection: psycopg.Connection,
    columnar: ColumnarBook,
    tell: Watcher,
    *,
    is_last: bool,
) -> Checked:
    def engine(book: ColumnarBook, day: dt.date) -> Positions:
        return in_threads(book, day, lambda done: tell("重新计算", done, len(book.volumes)))

    parameters = parameters_as_recorded(found.day, found.inputs["parameters"])
    return Checked(BookOnDay.of(columnar, found.day, engine), parameters, connection, is_last)


def positions(checked: Checked) -> Iterator[Difference]:
    """Every stored standing against the kernel's."""
    if not checked.is_last:
        return
    book, stored = checked.book, read_stored(checked.book, checked.connection)
    ids = book.loans["loan_id"]
    for loan_id in stored.strangers:
        yield Difference("借据状态", loan_id, "借据", "有", "账上没有")
    missing = ~stored.is_stored & (book.positions.status != Status.NOT_STARTED)
    for place in np.flatnonzero(missing & ~book.is_set_aside).tolist():
        yield Difference("借据状态", int(ids[place]), "借据", "没有", "应有")
    comparable = stored.is_stored & ~book.is_set_aside
    for name, (field, _) in STORED.items():
        computed = getattr(book.positions, field)
        for place in np.flatnonzero(comparable & (stored.columns[name] != computed)).tolist():
            was, now = stored.columns[name][place], computed[place]
            yield Difference("借据状态", int(ids[place]), name, str(was), str(now))


def set_asides(checked: Checked) -> Iterator[Difference]:
    """The loans noted as set aside against those that the kernel refuses."""
    if not checked.is_last:
        return
    book = checked.book
    places = np.flatnonzero(book.is_set_aside)
    ids, problems = book.loans["loan_id"][places], book.positions.problem[places]
    computed = dict(zip(ids.tolist(), problems.tolist(), strict=True))
    rows = checked.connection.execute(
        "SELECT loan_id, problem FROM daily_run_setaside WHERE until IS NULL"
    ).fetchall()
    yield from _unequal("挂起借据", "原因代码", dict(rows), computed)


def grades(checked: Checked) -> Iterator[Difference]:
    """Every grade that held on the day against the rules, and intervals that overlap."""
    book, limits = checked.book, grade_limits(checked.parameters)
    computed = grade_whole_book(book, checked.connection, limits, None).grades.grade
    read = grades_held(checked.connection, book.day)
    at = book.columnar.places.of(read["loan_id"])
    stored = np.full(book.size, NOT_GRADED, np.int8)
    stored[at[at >= 0]] = read["grade"][at >= 0]
    ids = book.loans["loan_id"]
    wrong = np.flatnonzero((stored != computed) & ~book.is_set_aside)  # those keep what they had
    for place in wrong.tolist():
        was, now = _grade_told(stored[place]), _grade_told(computed[place])
        yield Difference("五级分类", int(ids[place]), "分类", was, now)
    strangers = np.flatnonzero(at < 0).tolist()
    for row in strangers:
        loan_id, was = int(read["loan_id"][row]), _grade_told(read["grade"][row])
        yield Difference("五级分类", loan_id, "分类", was, "没有")
    for loan_id, first, second in checked.connection.execute(_OVERLAPPING).fetchall():
        yield Difference("五级分类", loan_id, "区间重叠", f"{first} 起与 {second} 起", "不重叠")


def _grade_told(grade: int) -> str:
    return "没有" if grade == NOT_GRADED else str(grade)


_OVERLAPPING = (
    "SELECT loan_id, valid_from, next_from FROM (SELECT loan_id, valid_from, valid_to,"
    " lead(valid_from) OVER (PARTITION BY loan_id ORDER BY valid_from, id) AS next_from"
    " FROM classification_loangrade WHERE known_to IS NULL) AS held"
    " WHERE next_from < coalesce(valid_to, 'infinity') ORDER BY loan_id, valid_from"
)


def signals(checked: Checked) -> Iterator[Difference]:
    """The step of the signals done once more finds nothing to open and nothing to end."""
    if not checked.is_last:
        return
    connection = checked.connection
    connection.execute("DROP TABLE IF EXISTS held_signal")
    connection.execute(f"CREATE TEMP TABLE held_signal ON COMMIT DROP AS {_OPEN_SIGNALS}")
    with transaction.atomic():
        with psycopg.Cursor(connection) as cursor:
            write_signals(checked.book, cursor, checked.parameters)
        gone, new = (
            connection.execute(f"{one} EXCEPT {other} ORDER BY 1, 2, 3").fetchall()
            for one, other in ((_HELD_SIGNALS, _OPEN_SIGNALS), (_OPEN_SIGNALS, _HELD_SIGNALS))
        )
        transaction.set_rollback(True)
    for loan_id, rule, level in gone:
        yield Difference("预警信号", loan_id, f"信号 {rule}", f"第 {level} 档", "不应有")
    for loan_id, rule, level in new:
        yield Difference("预警信号", loan_id, f"信号 {rule}", "没有", f"第 {level} 档")


_OPEN_SIGNALS = (
    "SELECT loan_id, rule, level FROM early_warning_signal"
    " WHERE ceased_on IS NULL AND loan_id IS NOT NULL"
)
_HELD_SIGNALS = "SELECT loan_id, rule, level FROM held_signal"


def cases(checked: Checked) -> Iterator[Difference]:
    """The step of the cases done once more finds nothing to open, to mark or to escalate."""
    if not checked.is_last:
        return
    with transaction.atomic():
        with psycopg.Cursor(checked.connection) as cursor:
            again = follow_signals(cursor, checked.book.day, checked.parameters)
        transaction.set_rollback(True)
    for name, count in again.figures.items():
        if count:
            yield Difference("预警处置", WHOLE_BOOK, name, "0", str(count))


def provisions(checked: Checked) -> Iterator[Difference]:
    """The step of provisions done once more finds no loan in another stage or at another amount."""
    if not checked.is_last:
        return
    with transaction.atomic():
        with psycopg.Cursor(checked.connection) as cursor:
            again = write_provisions(checked.book, cursor, checked.parameters)
        transaction.set_rollback(True)
    for name in ("阶段变化", "拨备变化"):
        if again.figures[name]:
            yield Difference("拨备", WHOLE_BOOK, name, "0", str(again.figures[name]))


def totals(checked: Checked) -> Iterator[Difference]:
    """The day's totals against those of the snapshot, which is compared on its own."""
    if not snapshot_path(Path(settings.SNAPSHOT_FOLDER), checked.book.day).exists():
        return
    stored = _totals_of(checked)
    with transaction.atomic():
        with psycopg.Cursor(checked.connection) as cursor:
            add_up_the_day(cursor, checked.book.day)
        computed = _totals_of(checked)
        transaction.set_rollback(True)
    for line in sorted(stored - computed):
        yield Difference("日汇总", WHOLE_BOOK, "汇总行", line, "没有")
    for line in sorted(computed - stored):
        yield Difference("日汇总", WHOLE_BOOK, "汇总行", "没有", line)


def _totals_of(checked: Checked) -> set[str]:
    rows = checked.connection.execute(
        "SELECT to_jsonb(total)::text FROM reports_daytotal AS total WHERE day = %s",
        (checked.book.day,),
    ).fetchall()
    return {row[0] for row in rows}


def snapshot(checked: Checked) -> Iterator[Difference]:
    """The snapshot on the disk against the day computed again, column by column.

    Who manages a client may have changed since; on earlier days only what the day itself made is
    compared.
    """
    path = snapshot_path(Path(settings.SNAPSHOT_FOLDER), checked.book.day)
    if not path.exists():
        yield Difference("全账存档", WHOLE_BOOK, "文件", "没有", str(path.name))
        return
    computed = day_table(checked.book, checked.connection)
    file = pq.ParquetFile(path)
    ids = computed["loan_id"].to_numpy()
    stored_ids = file.read(columns=["loan_id"])["loan_id"].to_numpy()
    for loan_id in np.setdiff1d(ids, stored_ids).tolist():
        yield Difference("全账存档", loan_id, "借据", "没有", "应有")
    for loan_id in np.setdiff1d(stored_ids, ids).tolist():
        yield Difference("全账存档", loan_id, "借据", "有", "账上没有")
    both, here, there = np.intersect1d(ids, stored_ids, return_indices=True)
    for name in computed.column_names:
        if checked.is_last or name not in _MAY_CHANGE_LATER:
            stored = file.read(columns=[name])[name]  # one at a time: the file is as large as ours
            ours, theirs = computed[name].take(pa.array(here)), stored.take(pa.array(there))
            yield from _cells("全账存档", name, both, theirs, ours)


_MAY_CHANGE_LATER = frozenset({"branch_id", "officer_id", "product_id", "is_retail", "industry"})


def _cells(
    part: str,
    name: str,
    loan_ids: npt.NDArray[np.int64],
    stored: pa.ChunkedArray,
    computed: pa.ChunkedArray,
) -> Iterator[Difference]:
    if pa.types.is_dictionary(computed.type):
        stored, computed = stored.cast(pa.string()), computed.cast(pa.string())
    alike = pc.fill_null(pc.equal(stored, computed), False)
    both_unknown = pc.and_(pc.is_null(stored), pc.is_null(computed))
    for place in np.flatnonzero(~pc.or_(alike, both_unknown).to_numpy(False)).tolist():
        was, now = stored[place].as_py(), computed[place].as_py()
        yield Difference(part, int(loan_ids[place]), name, str(was), str(now))


def audit_trail(checked: Checked) -> Iterator[Difference]:
    """The hash chain over the audit trail."""
    for broken in verify_chain().breaks:
        yield Difference("审计链", WHOLE_BOOK, broken.table, f"第 {broken.seal} 段", broken.text)


def _unequal(
    part: str, field: str, stored: dict[int, int], computed: dict[int, int]
) -> Iterator[Difference]:
    """Loans whose value is not the same in both, or missing in one."""
    for loan_id in sorted(stored.keys() | computed.keys()):
        was, now = stored.get(loan_id), computed.get(loan_id)
        if was != now:
            texts = ("没有" if value is None else str(value) for value in (was, now))
            yield Difference(part, loan_id, field, *texts)


CHECKS: dict[str, Callable[[Checked], Iterator[Difference]]] = {
    "借据状态": positions,
    "挂起借据": set_asides,
    "预警信号": signals,
    "预警处置": cases,
    "五级分类": grades,
    "拨备": provisions,
    "全账存档": snapshot,
    "日汇总": totals,
    "审计链": audit_trail,
}
