"""Making a backup: the database as one snapshot sees it, and the daily snapshots of the book."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection as django_connection
from django.db.migrations.recorder import MigrationRecorder

from daihou.backups.keys import copy_key, key_mark
from daihou.backups.manifest import (
    DATABASE,
    SNAPSHOTS,
    BackupRefused,
    Manifest,
    kept_files,
)
from daihou.backups.telling import Teller
from daihou.daily_run.models import BusinessDay, StepRecord
from daihou.servicing.snapshots import snapshot_path
from daihou.storage.dumping import Server, dump, one_snapshot, row_counts, table_names
from daihou.storage.whole_files import flush


@dataclass(frozen=True)
class Made:
    """A finished backup."""

    folder: Path
    manifest: Manifest

    @property
    def bytes(self) -> int:
        """How much room it takes."""
        return sum(file.bytes for file in self.manifest.files.values())


def make_backup(folder: Path, *, key_copy: Path | None, tell: Teller) -> Made:
    """Back up the whole installation into a new folder, while others go on working.

    Everything belongs to one moment: the database by one snapshot, and of the daily snapshots
    those of the days that this moment knows as done. Written under another name and renamed at
    the end: a folder of this name is whole. The key of personal data is never in it.
    """
    if folder.exists():
        raise BackupRefused(f"{folder} 已存在,没有覆盖;请另给一个名称(例如带上日期)")
    key = Path(settings.SEALING_KEY_FILE)
    if key_copy is not None:
        copy_key(key, key_copy, folder)
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    try:
        manifest = _fill(unfinished, key_mark(key), tell)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    flush(folder.parent)
    return Made(folder, manifest)


def _fill(folder: Path, key: str, tell: Teller) -> Manifest:
    django_connection.ensure_connection()
    server = Server(django_connection.connection.info)
    with one_snapshot(server) as (link, snapshot):
        tables = len(table_names(link))
        tell.begin("清点各表", tables)
        counts = row_counts(link, tell.step)
        tell.begin("导出数据库", tables)
        dump(server, snapshot, folder / DATABASE, tell.step)
        known = _known(link)
        _copy_snapshots(link, folder / SNAPSHOTS, tell)
    tell.begin("计算校验值", sum(path.is_file() for path in folder.rglob("*")))
    manifest = Manifest(key=key, tables=counts, files=kept_files(folder, tell.step), **known)
    manifest.write(folder)
    for path in (folder, *folder.rglob("*")):
        flush(path)
    return manifest


def _known(link: psycopg.Connection[Any]) -> dict[str, Any]:
    """What the snapshot says of itself: when, up to which closed day, by which migrations."""
    row = link.execute(
        "SELECT now()::text, (SELECT max(day)::text FROM"
        f" {BusinessDay._meta.db_table} WHERE status = 'closed')"
    ).fetchone()
    assert row is not None
    table = MigrationRecorder.Migration._meta.db_table
    migrations = link.execute(f"SELECT app, name FROM {table} ORDER BY app, name").fetchall()
    return {
        "made_at": row[0],
        "closed_through": row[1],
        "server_version": link.info.server_version,
        "migrations": [list(one) for one in migrations],
    }


def _copy_snapshots(link: psycopg.Connection[Any], target: Path, tell: Teller) -> None:
    """Copy the book of every day whose snapshot step is done; a later one is not of this moment."""
    days = link.execute(
        f"SELECT day_id FROM {StepRecord._meta.db_table} WHERE step = 'snapshot' ORDER BY day_id"
    ).fetchall()
    tell.begin("复制每日存档", len(days))
    target.mkdir()
    for (day,) in days:
        tell.step(day.isoformat())
        source = snapshot_path(Path(settings.SNAPSHOT_FOLDER), day)
        if not source.exists():
            raise BackupRefused(f"{day} 的存档 {source} 不见了,备份没有完成;请先找回该文件")
        copy = snapshot_path(target, day)
        copy.parent.mkdir(parents=True)
        shutil.copyfile(source, copy)
