"""The scores of one day as a Parquet file: one row a scored loan, sorted by client.

Derived from the day's snapshots and the version in use, and rebuilt from them; never the truth.
`chance` is in millionths; `place` is 1 for the riskiest. `reasons` hold the strongest shares in the
log odds: the feature's place in the version's list, its share and the value it saw; none on loans
beyond the number that the parameters ask to explain.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from daihou.risk_models.measures import Floats
from daihou.storage.whole_files import written_whole

RAISING, LOWERING = 3, 1
_ROWS_PER_GROUP = 131_072
_SHARE = pa.struct([("feature", pa.int8()), ("share", pa.float32()), ("value", pa.float64())])
SCHEMA = pa.schema(
    [
        ("loan_id", pa.int64()),
        ("customer_id", pa.int64()),
        ("principal", pa.int64()),
        ("chance", pa.int32()),
        ("place", pa.int32()),
        ("reasons", pa.list_(_SHARE)),
    ]
)


def score_path(folder: Path, day: dt.date) -> Path:
    """Where the scores of the day lie."""
    return folder / f"day={day.isoformat()}" / "scores.parquet"


def score_days(folder: Path) -> list[dt.date]:
    """The days that were scored, in order."""
    return sorted(
        dt.date.fromisoformat(path.parent.name.removeprefix("day="))
        for path in folder.glob("day=*/scores.parquet")
    )


def write_score_file(folder: Path, day: dt.date, table: pa.Table, version_id: int) -> Path:
    """Write the scores of a day, whole or not at all, with the version that made them."""
    marked = table.replace_schema_metadata({b"version": str(version_id).encode()})
    path = score_path(folder, day)
    with written_whole(path) as unfinished:
        pq.write_table(marked, unfinished, compression="zstd", row_group_size=_ROWS_PER_GROUP)
    return path


def version_of(folder: Path, day: dt.date) -> int | None:
    """Which version made the scores of the day; None if the day was not scored."""
    path = score_path(folder, day)
    if not path.exists():
        return None
    return int(pq.read_schema(path).metadata[b"version"])


def scores_of_client(folder: Path, day: dt.date, customer_id: int) -> list[dict]:
    """The scores of one client's loans; empty if the day was not scored."""
    path = score_path(folder, day)
    if not path.exists():
        return []
    rows: list[dict] = pq.read_table(path, filters=[("customer_id", "=", customer_id)]).to_pylist()
    return rows


def riskiest(folder: Path, day: dt.date, count: int) -> list[dict]:
    """The rows with the highest scores, the riskiest first."""
    path = score_path(folder, day)
    if not path.exists():
        return []
    table = pq.read_table(path, filters=pc.field("place") <= count)
    rows: list[dict] = table.sort_by("place").to_pylist()
    return rows


def reasons_column(shares: Floats, table: Floats, rows: int) -> pa.Array:
    """The strongest shares of the explained rows; the rest of `rows` have none.

    `shares` and `table` hold the explained rows alone, which must come first.
    """
    if not shares.size:
        return pa.nulls(rows, pa.list_(_SHARE))
    up = np.argsort(-shares, axis=1, kind="stable")[:, :RAISING]
    down = np.argsort(shares, axis=1, kind="stable")[:, :LOWERING]
    chosen = np.concatenate([up, down], axis=1)
    line = np.arange(shares.shape[0])[:, None]
    share, value = shares[line, chosen], table[line, chosen]
    wanted = np.where(np.arange(chosen.shape[1]) < RAISING, share > 0.01, share < -0.01)
    parts = pa.StructArray.from_arrays(
        [
            pa.array(chosen[wanted].astype(np.int8)),
            pa.array(share[wanted].astype(np.float32)),
            pa.array(value[wanted], mask=np.isnan(value[wanted])),
        ],
        fields=list(_SHARE),
    )
    counts = np.r_[wanted.sum(axis=1), np.zeros(rows - shares.shape[0], int)]
    offsets = np.r_[0, np.cumsum(counts)].astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), parts)
