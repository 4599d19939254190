"""Parquet files: typed columns stay typed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from daihou.feeds.problems import EmptyFile, RawTable, UnreadableFile
from daihou.feeds.reading.headings import columns_of
from daihou.feeds.standard import Table


def read_parquet(path: Path, table: Table, file: str) -> RawTable:
    """Read one Parquet file. Raises `UnreadableFile`."""
    try:
        data = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableFile(file, f"不是可读的 Parquet 文件:{error}") from None
    names = columns_of(data.column_names, table, file)
    if data.num_rows == 0:
        raise EmptyFile(file, "文件为空:没有数据行")
    columns: dict[str, object] = {
        name: data.column(at).combine_chunks() for at, name in enumerate(names)
    }
    rows = np.arange(2, 2 + data.num_rows, dtype=np.int64)
    return RawTable(table.name, file, columns, rows, "Parquet")
