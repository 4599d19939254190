"""The home folder that the faults happen in: a server of its own, and databases to start from.

Where root may mount, it is a small disk in memory, so that the disk can really be filled.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from daihou.storage.dumping import drop_database
from daihou.storage.errors import LocalPostgresError
from daihou.storage.local_postgres import discard, join
from daihou.storage.server_place import find_place
from daihou.storage.server_processes import running_postmaster, stop_postmaster

DISK_MIB = 900
WORKING = "daihou"
_DISCARD_TRIES = 10


@dataclass
class Home:
    """The folder, whether it is a disk of its own, and what stands in it."""

    folder: Path
    is_own_disk: bool

    @property
    def snapshots(self) -> Path:
        return self.folder / "snapshots"

    def postmaster(self) -> int | None:
        """The number of the server's first process, if it lives."""
        return running_postmaster(find_place(self.folder).data)

    def throw_away(self) -> None:
        connection.close()
        (self.folder / "filler").unlink(missing_ok=True)
        for _ in range(_DISCARD_TRIES - 1):
            with suppress(LocalPostgresError):  # a process that was killed may still be ending
                discard(self.folder)
                break
            time.sleep(1)
        else:
            discard(self.folder)
        if self.is_own_disk:
            subprocess.run(["umount", "--lazy", self.folder], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def make_home(*, small_disk: bool = True) -> Home:
    """A new home, named in the environment; to be called before Django is set up."""
    folder = Path(tempfile.mkdtemp(prefix="daihou-torture-"))
    folder.chmod(0o755)
    is_own_disk = small_disk and os.geteuid() == 0 and _mount(folder)
    os.environ["DAIHOU_HOME"] = str(folder)
    for name in ("DATABASE_URL", "DAIHOU_SEALING_KEY_FILE"):
        os.environ.pop(name, None)
    return Home(folder, is_own_disk)


def _mount(folder: Path) -> bool:
    options = f"size={DISK_MIB}m,mode=755"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def spare_the_disk(home: Home) -> None:
    """Keep the server's log small, so that the small disk is full only when it is filled."""
    join(home.folder)
    data = find_place(home.folder).data
    assert stop_postmaster(data, 60)
    with (data / "daihou.conf").open("a") as conf:
        conf.write("\nmin_wal_size = 32MB\nmax_wal_size = 64MB\n")
    join(home.folder)


def keep_as(home: Home, name: str) -> None:
    """Keep the working database, and the files beside it, to start from again."""
    _copy(home, name, WORKING)
    files = home.folder / "kept" / name
    shutil.rmtree(files, ignore_errors=True)
    if home.snapshots.exists():
        shutil.copytree(home.snapshots, files)


def start_from(home: Home, name: str | None) -> None:
    """Put a kept database, or an empty one, in the place of the working one, with its files."""
    _copy(home, WORKING, name or "template0")
    for derived in ("snapshots", "columnar_book"):
        shutil.rmtree(home.folder / derived, ignore_errors=True)
    files = home.folder / "kept" / str(name)
    if files.exists():
        shutil.copytree(files, home.snapshots)


def _copy(home: Home, name: str, source: str) -> None:
    """Make one database a copy of another; a plain copy of files, which is quickest here."""
    connection.close()
    text = "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy"
    copy = sql.SQL(text).format(sql.Identifier(name), sql.Identifier(source))
    with beside(join(home.folder)) as link:
        drop_database(link, name)
        link.execute(copy)


def beside(sockets: Path) -> psycopg.Connection[Any]:
    """A connection to the server that is not one to the book."""
    return psycopg.connect(host=str(sockets), user="daihou", dbname="postgres", autocommit=True)
