"""The kernel uncompiled gives the same results, for whoever wants to step through it."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stdout

PROGRAM = """
import datetime as dt
from loanmath.one_loan import position_of, timeline_of
from tests.loanmath.test_first_loan import LOAN
day = dt.date(2025, 9, 30)
print(repr(position_of(LOAN, day)))
print(repr(timeline_of(LOAN, day)))
"""


def uncompiled() -> str:
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_compiled_and_uncompiled_agree():
    told = io.StringIO()
    with redirect_stdout(told):
        exec(PROGRAM, {})
    compiled = told.getvalue()
    assert "penalty_due" in compiled
    assert compiled == uncompiled()
