"""Fingerprints and seals of a whole column of personal texts."""

from __future__ import annotations

import pyarrow as pa

from daihou.feeds.staging import Staged
from daihou.storage import sealing


def fingerprints_of(staged: Staged, name: str) -> pa.Array:
    """The search key of each personal text; kept with the table, null where the cell is empty."""
    kept = f"{name}#fingerprint"
    if kept not in staged.values:
        texts = [text or "" for text in staged.texts(name).to_pylist()]
        prints = sealing.fingerprint_all(texts)
        staged.values[kept] = pa.array(prints, pa.string(), mask=staged.missing[name])
    found: pa.Array = staged.values[kept]
    return found
