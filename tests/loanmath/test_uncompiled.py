"""The kernel uncompiled gives the same results, for whoever wants to step through it."""

import os
import subprocess
import sys

PROGRAM = """
import datetime as dt
from loanmath.one_loan import position_of, timeline_of
from tests.loanmath.test_first_loan import LOAN
day = dt.date(2025, 9, 30)
print(repr(position_of(LOAN, day)))
print(repr(timeline_of(LOAN, day)))
"""


def run(disable: str) -> str:
    environment = {**os.environ, "NUMBA_DISABLE_JIT": disable}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_compiled_and_uncompiled_agree():
    compiled = run("0")
    assert "penalty_due" in compiled
    assert compiled == run("1")
