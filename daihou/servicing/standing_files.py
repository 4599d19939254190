"""What the table of positions says, kept in a file beside the columnar book.

A day compares where every loan stands with what the table says; read from here that costs a tenth.
The file is derived and may be lost at any time. It counts only while the table was last written by
the step that wrote the file: both carry the same token, the table's in the same transaction.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import psycopg
from django.conf import settings

from daihou.storage.packed_columns import Columns
from daihou.storage.whole_files import written_whole

_TOKEN_BITS = 63


@dataclass(frozen=True)
class StandingFile:
    """The file in the folder of the columnar book."""

    folder: Path

    @classmethod
    def of_installation(cls) -> StandingFile:
        """The file in the installation's folder."""
        return cls(Path(settings.COLUMNAR_BOOK_FOLDER))

    def read(self, connection: psycopg.Connection) -> Columns | None:
        """The columns as last written to the table; None where only the table can say."""
        row = connection.execute("SELECT token FROM servicing_positionswritten").fetchone()
        if row is None:
            return None
        try:
            with np.load(self._path(row[0]), allow_pickle=False) as columns:
                return dict(columns)
        except (OSError, ValueError, BadZipFile):
            return None  # derived: whatever is wrong with it, the table is read

    def write(self, connection: psycopg.Connection, columns: Columns) -> None:
        """Write what the table says at the end of this transaction, under a new token."""
        token = secrets.randbits(_TOKEN_BITS)
        connection.execute(
            "INSERT INTO servicing_positionswritten (id, token) VALUES (1, %s)"
            " ON CONFLICT (id) DO UPDATE SET token = excluded.token",
            (token,),
        )
        before = list(self.folder.glob("standing-*.npz"))
        for left in self.folder.glob(".standing-*.unfinished"):  # by a run that was killed
            left.unlink()
        with written_whole(self._path(token)) as unfinished, unfinished.open("wb") as file:
            np.savez(file, **columns)  # type: ignore[arg-type]
        # The one before counts again if this transaction fails; older ones never do.
        for old in sorted(before, key=lambda path: path.stat().st_mtime)[:-1]:
            old.unlink()

    def _path(self, token: int) -> Path:
        return self.folder / f"standing-{token}.npz"
