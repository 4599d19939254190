"""Finding equal rows by the million: repetitions in a file, rows that the book has already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from daihou.feeds.problems import Rows

ABSENT = -1


def positions_in(wanted: pa.Array, among: pa.Array) -> Rows:
    """Where each wanted text stands among others (the first place); -1 if nowhere or null."""
    found = pc.index_in(wanted, value_set=among, skip_nulls=True)
    return np.asarray(found.fill_null(ABSENT).to_numpy(zero_copy_only=False), dtype=np.int64)


def first_equal(columns: Sequence[Any]) -> Rows:
    """For each row the first row with the same values: itself, unless it is a repetition."""
    codes = _codes(columns)
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    begins = np.ones(len(order), np.bool_)
    begins[1:] = ordered[1:] != ordered[:-1]
    first = np.empty(len(order), np.int64)
    first[order] = order[begins][np.cumsum(begins) - 1]
    return first


def match_rows(wanted: Sequence[Any], among: Sequence[Any]) -> Rows:
    """For each wanted row the row with the same values among others; -1 if there is none."""
    count = len(wanted[0])
    both = [_stacked(left, right) for left, right in zip(wanted, among, strict=True)]
    codes = _codes(both)
    ours, theirs = codes[:count], codes[count:]
    if not len(theirs):
        return np.full(count, ABSENT, np.int64)
    order = np.argsort(theirs, kind="stable")
    at = np.minimum(np.searchsorted(theirs[order], ours), len(theirs) - 1)
    found = order[at]
    return np.where(theirs[found] == ours, found, ABSENT)


def _stacked(left: Any, right: Any) -> Any:
    if isinstance(left, np.ndarray):
        return np.concatenate([left, np.asarray(right, left.dtype)])
    return pa.concat_arrays([left.cast(pa.string()), right.cast(pa.string())])


def _codes(columns: Sequence[Any]) -> Rows:
    """One whole number per row, equal where all columns are equal (nulls are equal too)."""
    codes: Rows | None = None
    for column in columns:
        array = pa.array(column) if isinstance(column, np.ndarray) else column
        encoded = array.dictionary_encode("encode")
        part = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
        if codes is None:
            codes = part
            continue
        codes = codes * len(encoded.dictionary) + part
        if codes.size and codes.max() > 2**62 // max(2, codes.size):
            codes = np.unique(codes, return_inverse=True)[1].astype(np.int64)
    assert codes is not None
    return codes
