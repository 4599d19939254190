"""A backup restored into an empty home is the same book; a damaged or foreign one is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection

from daihou.backups.making import make_backup
from daihou.backups.manifest import MANIFEST, BackupRefused
from daihou.backups.restoring import restore_backup
from daihou.backups.telling import Teller
from daihou.cli.bench_book import DAY, fill
from daihou.daily_run.runner import run_days
from daihou.storage.dumping import Server, one_snapshot, row_counts
from tests.storage.conftest import empty_home

__all__ = ["empty_home"]

ROOT = Path(__file__).resolve().parents[2]
LOANS = 200

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def installation(tmp_path: Path, settings: Any, transactional_db: None) -> Path:
    """A small book after one business day, its files in a folder of their own."""
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshots"
    settings.COLUMNAR_BOOK_FOLDER = tmp_path / "columnar_book"
    settings.SEALING_KEY_FILE = tmp_path / "keys" / "sealing.key"
    shutil.copytree(Path(django_settings.DAIHOU_HOME), tmp_path / "keys", ignore=_only_the_key)
    connection.ensure_connection()
    _send_others_away()
    fill(connection.connection, LOANS)
    run_days([DAY])
    return tmp_path


def _send_others_away() -> None:
    """A restore wants the database to itself; servers of earlier tests may not have let go yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database() AND backend_type = 'client backend'"
        )


def _only_the_key(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name != "sealing.key"]


@pytest.fixture
def backup(installation: Path) -> Path:
    make_backup(installation / "backup", key_copy=None, tell=Teller())
    return installation / "backup"


@pytest.fixture
def elsewhere(empty_home: Path) -> Iterator[Any]:
    """Runs daihou in an empty home, as on a new machine."""
    environment = {**os.environ, "DAIHOU_HOME": str(empty_home)}
    for name in ("DATABASE_URL", "DAIHOU_SEALING_KEY_FILE"):
        environment.pop(name, None)

    def run(*arguments: object) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-m", "daihou", *map(str, arguments), "--json"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    yield run


def _counts() -> dict[str, int]:
    connection.ensure_connection()
    with one_snapshot(Server(connection.connection.info)) as (link, _):
        return row_counts(link, lambda _: None)


def _refused(folder: Path, **changes: Any) -> str:
    usual: dict[str, Any] = {"replace": True, "key": None, "without_key": False}
    with pytest.raises(BackupRefused) as refusal:
        restore_backup(folder, **{**usual, **changes}, tell=Teller())
    return str(refusal.value)


def test_restored_into_an_empty_home_it_is_the_same_book(
    backup: Path, elsewhere: Any, settings: Any
) -> None:
    expected = _counts()
    code, told = elsewhere("restore", backup)
    assert (code, "没有这份备份的密钥" in told["error"]) == (2, True)
    code, told = elsewhere("restore", backup, "--key", settings.SEALING_KEY_FILE)
    assert code == 0, told
    assert told == {
        "rows": sum(expected.values()),
        "closed_through": DAY.isoformat(),
        "needs_init": False,
        "differences": 0,
    }
    code, verified = elsewhere("verify")
    assert (code, verified["loans"], verified["differences"]) == (0, LOANS, [])
    code, told = elsewhere("restore", backup)
    assert code == 2 and "这里已有数据(客户、借据、流水、营业日)" in told["error"]
    assert elsewhere("restore", backup, "--replace", "--no-verify")[0] == 0
    assert elsewhere("verify")[0] == 0
    code, told = elsewhere("run-day")  # the columnar book is built anew, the day goes on
    assert code == 0 and len(told["days"]) == 1


def test_backup_while_others_write_belongs_to_one_moment(installation: Path) -> None:
    before = _counts()

    def write(what: str, _pieces: int) -> None:
        if what == "导出数据库":  # rows are counted, the dump has not begun
            with Server(connection.connection.info).connect(
                connection.settings_dict["NAME"]
            ) as link:
                link.execute("DELETE FROM daily_run_workitem")

    made = make_backup(installation / "b", key_copy=None, tell=Teller(begin=write))
    assert made.manifest.tables == before
    assert _counts()["daily_run_workitem"] == 0 < before["daily_run_workitem"]

    restore_backup(installation / "b", replace=True, key=None, without_key=False, tell=Teller())
    assert _counts() == before


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda b: next((b / "database").glob("*.dat.gz")).write_bytes(b"x"), "已损坏"),
        (lambda b: (b / "database" / "toc.dat").unlink(), "缺少文件 database/toc.dat"),
        (lambda b: (b / "snapshots" / "more").write_text("x"), "不属于它的文件 snapshots/more"),
        (lambda b: (b / MANIFEST).write_text("{"), "无法读取"),
        (lambda b: (b / MANIFEST).unlink(), "不是本系统的备份"),
        (lambda b: (b / MANIFEST).write_text('{"product": "other"}'), "不是本系统的备份"),
        (
            lambda b: (b / MANIFEST).write_text(
                (b / MANIFEST).read_text().replace('"bytes": ', '"bytes": 1')
            ),
            "与其校验值不符",
        ),
    ],
)
def test_damaged_or_foreign_is_refused_and_nothing_touched(
    backup: Path, damage: Any, words: str
) -> None:
    before = _counts()
    damage(backup)
    assert words in _refused(backup)
    assert _counts() == before


def test_a_restore_waits_for_nobody_and_disturbs_nobody(backup: Path) -> None:
    with Server(connection.connection.info).connect(connection.settings_dict["NAME"]):
        assert "还有 1 个会话在使用数据库" in _refused(backup)


def test_the_key_never_lies_beside_the_backup(installation: Path, settings: Any) -> None:
    with pytest.raises(BackupRefused, match="不能与备份放在一起"):
        make_backup(installation / "b", key_copy=installation / "b.key", tell=Teller())
    safe = installation / "keys" / "copy.key"
    with pytest.raises(BackupRefused, match="不能与备份放在一起"):
        make_backup(installation / "b", key_copy=safe, tell=Teller())
    assert not (installation / "b").exists()
    deeper = installation / "backups" / "b"
    make_backup(deeper, key_copy=safe, tell=Teller())
    key = Path(settings.SEALING_KEY_FILE).read_bytes()
    assert safe.read_bytes() == key and safe.stat().st_mode & 0o077 == 0
    everything = b"".join(p.read_bytes() for p in deeper.rglob("*") if p.is_file())
    assert key not in everything and key[:32] not in everything


def test_a_backup_is_not_overwritten(backup: Path) -> None:
    with pytest.raises(BackupRefused, match="已存在"):
        make_backup(backup, key_copy=None, tell=Teller())


def test_another_key_is_refused(backup: Path, settings: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    other.write_bytes(os.urandom(64))
    assert "不是这份备份的密钥" in _refused(backup, key=other)
    settings.SEALING_KEY_FILE = other
    assert "是另一把密钥" in _refused(backup)
