"""Checks of branches."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from daihou.feeds.checks.intake import Check, Intake, where
from daihou.feeds.problems import Refusal
from daihou.feeds.staging import Staged


def parents_make_a_tree(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """No branch may stand above itself."""
    parent = staged.references["parent"].copy()
    for _ in range(len(staged)):
        inside = parent < 0
        if not inside.any():
            return
        parent[inside] = staged.references["parent"][-parent[inside] - 1]
    yield Refusal(where(parent < 0), "parent", "上级机构成环:该机构是自己的上级")


def codes_have_no_slash(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """The path of a branch is written with slashes between codes."""
    codes = staged.texts("code").to_pylist()
    wrong = np.fromiter((bool(code) and "/" in code for code in codes), np.bool_, len(codes))
    yield Refusal(where(wrong), "code", "机构号不能含有“/”")


BRANCH_CHECKS: tuple[Check, ...] = (codes_have_no_slash, parents_make_a_tree)
