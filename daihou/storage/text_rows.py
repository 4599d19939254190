"""Writes rows with texts and JSON into PostgreSQL by COPY, without work per field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg

_ROWS_PER_BLOCK = 20_000
_ENCODER = json.JSONEncoder(ensure_ascii=False)
NULL = "\\N"


def copy_json(value: Any) -> str:
    """A value as JSON, as one field of COPY's text format; JSON has no bare tab or line end."""
    return _ENCODER.encode(value).replace("\\", "\\\\")


def write_lines(
    connection: psycopg.Connection, table: str, columns: Sequence[str], lines: Iterable[str]
) -> int:
    """COPY lines into a table; fields are joined by tabs and already escaped. Returns the rows."""
    rows, block = 0, []
    with (
        psycopg.Cursor(connection) as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for line in lines:
            block.append(line)
            rows += 1
            if len(block) == _ROWS_PER_BLOCK:
                copy.write("\n".join(block) + "\n")
                block.clear()
        if block:
            copy.write("\n".join(block) + "\n")
    return rows
