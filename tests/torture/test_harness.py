"""The harness can fail: what differs is named, and every kind of fault gets its turn."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.torture.bank import Expected, first_difference
from tests.torture.course import _budget
from tests.torture.faults import KINDS, Scene, Wrong, _hold
from tests.torture.home import Home


def test_a_difference_is_named() -> None:
    same = {"grades": ["(1,2)"], "book.parquet": "ab"}
    assert first_difference(same, dict(same)) == ""
    changed = first_difference(same, {**same, "grades": ["(1,3)"]})
    assert "grades" in changed and "(1,2)" in changed and "(1,3)" in changed
    assert "book.parquet" in first_difference(same, {**same, "book.parquet": "ac"})
    assert "grades" in first_difference(same, {"book.parquet": "ab"})


def test_what_does_not_hold_is_an_error() -> None:
    _hold(what="verify", holds=True)
    with pytest.raises(Wrong, match="verify: 1 difference"):
        _hold(what="verify", holds=False, detail="1 difference")


def test_every_kind_gets_its_share() -> None:
    left = _budget(Home(Path("/x"), is_own_disk=True), 200, None)
    assert left.keys() == KINDS.keys() and sum(left.values()) >= 200
    assert min(left.values()) >= 1
    without_disk = _budget(Home(Path("/x"), is_own_disk=False), 200, None)
    assert "disk-full" not in without_disk and sum(without_disk.values()) >= 200


def test_a_strike_is_counted_and_taken_off() -> None:
    left = {"run-killed": 3}
    scene = Scene(Home(Path("/x"), False), Expected(), random.Random(1), left=left)
    scene.strike("run-killed", cut_short=True)
    scene.strike("run-killed", cut_short=False)
    assert (scene.struck, scene.interrupted, scene.left) == (
        {"run-killed": 2}, {"run-killed": 1}, {"run-killed": 1},
    )  # fmt: skip
