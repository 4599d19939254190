"""The small bank, its snapshots in a folder of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reports.bank import Bank, build_bank


@pytest.fixture
def bank(db: None, tmp_path: Path) -> Bank:
    return build_bank(tmp_path)
