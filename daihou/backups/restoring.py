"""Restoring a backup: checked first, built beside the book, put in its place in one moment."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection as django_connection
from django.db.migrations.loader import MigrationLoader

from daihou.backups.keys import provide_key
from daihou.backups.manifest import (
    DATABASE,
    SNAPSHOTS,
    BackupRefused,
    Manifest,
    check_files,
    read_manifest,
)
from daihou.backups.telling import Teller
from daihou.daily_run.models import BusinessDay
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import Customer, Loan
from daihou.staff.models import Officer
from daihou.storage.dumping import (
    Server,
    drop,
    load,
    make_empty,
    others_connected,
    row_counts,
    swap_in,
)

# A book is empty as long as none of these has a row; the calendar and the parameters' first
# versions are there from the start.
_BOOK = (Customer, Loan, LedgerEntry, BusinessDay, Officer)


@dataclass(frozen=True)
class Restored:
    """A restored book: what it was made from, and whether tables wait for `daihou init`."""

    manifest: Manifest
    needs_upgrade: bool


def restore_backup(
    folder: Path, *, replace: bool, key: Path | None, without_key: bool, tell: Teller
) -> Restored:
    """Put a backup in the place of the book.

    Everything is checked before anything is touched: whose backup it is, every checksum, the key,
    that the book here is empty (or is to be replaced) and that nobody works on it. The backup is
    loaded into a database beside the book and its rows are counted; only then do the two change
    places, in one transaction. The columnar book is dropped and built anew by the next run.
    """
    manifest = read_manifest(folder)
    needs_upgrade = _fits_this_version(manifest)
    tell.begin("核对备份文件", len(manifest.files))
    check_files(folder, manifest.files, tell.step)
    server = _server()
    _refuse_a_book_in_use(server, replace)
    provide_key(Path(settings.SEALING_KEY_FILE), key, manifest.key, without_key=without_key)
    fresh, replaced = f"{server.database}_restoring", f"{server.database}_replaced"
    snapshots = Path(settings.SNAPSHOT_FOLDER)
    try:
        _build(server, fresh, folder, manifest, tell)
        beside = snapshots.with_name(f"{snapshots.name}.restoring")
        shutil.rmtree(beside, ignore_errors=True)
        shutil.copytree(folder / SNAPSHOTS, beside)
        _put_in_place(server, fresh, replaced)
    except BaseException:
        drop(server, fresh)
        raise
    shutil.rmtree(snapshots, ignore_errors=True)
    beside.rename(snapshots)
    shutil.rmtree(settings.COLUMNAR_BOOK_FOLDER, ignore_errors=True)
    drop(server, replaced)
    return Restored(manifest, needs_upgrade)


def _fits_this_version(manifest: Manifest) -> bool:
    """Whether `daihou init` has to bring the tables up to date; refuses a backup of the future."""
    known = MigrationLoader(None).disk_migrations.keys()
    held = {(app, name) for app, name in manifest.migrations}
    strange = sorted(name for app, name in held - known if app in _our_apps())
    if strange:
        raise BackupRefused(
            f"备份由更新的版本做成(有本版本不认得的结构更新 {strange[-1]}),请先升级程序再恢复"
        )
    return bool(known - held)


def _our_apps() -> set[str]:
    return {name.rpartition(".")[2] for name in settings.INSTALLED_APPS if "daihou." in name}


def _server() -> Server:
    """The server of the book; our own session is closed, since it would be in the way."""
    django_connection.ensure_connection()
    server = Server(django_connection.connection.info)
    django_connection.close()
    return server


def _refuse_a_book_in_use(server: Server, replace: bool) -> None:
    if not replace:
        with server.connect(server.database) as link:
            held = [model._meta.verbose_name for model in _BOOK if _has_rows(link, model)]
        if held:
            raise BackupRefused(
                f"这里已有数据({'、'.join(map(str, held))}),没有恢复;确要以备份取代它,加 --replace"
            )
    if count := others_connected(server):
        raise BackupRefused(
            f"还有 {count} 个会话在使用数据库。请先停掉工作台、后台任务和正在运行的命令,再恢复"
        )


def _has_rows(link: psycopg.Connection, model: type) -> bool:
    table = model._meta.db_table  # type: ignore[attr-defined]
    row = link.execute("SELECT to_regclass(%s) IS NOT NULL", [table]).fetchone()
    if row is None or not row[0]:
        return False
    return link.execute(f"SELECT FROM {table} LIMIT 1").fetchone() is not None


def _build(server: Server, fresh: str, folder: Path, manifest: Manifest, tell: Teller) -> None:
    """Load the backup into a database of its own and count every row of it."""
    try:
        make_empty(server, fresh)
    except psycopg.errors.InsufficientPrivilege:
        raise BackupRefused(
            "数据库用户不能新建数据库。请由数据库管理员执行 ALTER ROLE … CREATEDB 后重试"
        ) from None
    tell.begin("载入数据库", len(manifest.tables))
    load(server, fresh, folder / DATABASE, tell.step)
    tell.begin("核对行数", len(manifest.tables))
    with server.connect(fresh, autocommit=True) as link:
        counts = row_counts(link, tell.step)
        link.execute("ANALYZE")
    for table in sorted(counts.keys() | manifest.tables.keys()):
        expected, found = manifest.tables.get(table), counts.get(table)
        if expected != found:
            raise BackupRefused(f"载入后表 {table} 有 {found} 行,备份时有 {expected} 行,没有恢复")


def _put_in_place(server: Server, fresh: str, replaced: str) -> None:
    try:
        swap_in(server, fresh, replaced)
    except psycopg.errors.ObjectInUse:
        raise BackupRefused("恢复期间有人连接了数据库,没有恢复;请停掉工作台后重试") from None
