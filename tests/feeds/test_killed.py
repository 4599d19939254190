"""An import that is killed has not happened; run again, it has happened once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from daihou.feeds.choices import BatchStatus
from daihou.feeds.models import ImportBatch
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import Customer, Loan, PlanVersion
from tests.feeds.small_bank import ROWS, load, write_bank

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys, pathlib, datetime as dt, django
django.setup()
from daihou.feeds.actions import ImportRequest, import_files
request = ImportRequest(path=pathlib.Path(sys.argv[1]), format_name="standard",
                        business_date=dt.date(2026, 11, 23))
def tell(step):
    print(step, flush=True)
    sys.stdin.readline()
import_files(request=request, progress=tell)
print("loaded", flush=True)
"""


def _start(folder: Path) -> subprocess.Popen[str]:
    known = connection.settings_dict
    host, user, name = quote(known["HOST"], safe=""), known["USER"], known["NAME"]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": f"postgresql://{user}@/{name}?host={host}",
            "DJANGO_SETTINGS_MODULE": "daihou.settings",
        },
    )


def _kill_at(process: subprocess.Popen[str], step: str) -> None:
    assert process.stdin is not None and process.stdout is not None
    for line in process.stdout:
        if line.strip() == step:
            break
        process.stdin.write("\n")
        process.stdin.flush()
    else:
        pytest.fail(f"the import never came to {step}")
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_leaves_nothing_half_loaded(tmp_path: Path) -> None:
    write_bank(tmp_path)
    for step in ("核对借据", "写入借据", "生成还款计划", "写入流水", "写入事项"):
        _kill_at(_start(tmp_path), step)
        for model in (ImportBatch, Customer, Loan, PlanVersion, LedgerEntry):
            assert not model.objects.exists(), (step, model)
    batch = load(tmp_path)
    assert (batch.status, batch.rows_loaded) == (BatchStatus.LOADED, ROWS)
