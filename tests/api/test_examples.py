"""The examples of docs/operations/api.md, run as they stand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from daihou.servicing.snapshots import write_snapshot
from tests.api.conftest import System
from tests.reports.bank import snapshot_of
from tests.workbench.small_bank import DAY, SmallBank

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations" / "api.md"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_examples_work(
    live_server: LiveServer, core: System, bank: SmallBank, tmp_path: Path, settings: Any
) -> None:
    loan = bank.loans["王秀英"]
    settings.SNAPSHOT_FOLDER = tmp_path
    write_snapshot(tmp_path, DAY, snapshot_of([{"loan_id": loan.pk}]))
    given = {
        "BASE": live_server.url, "TOKEN": core.token, "LOAN": loan.number, "DAY": str(DAY),
        "CUSTOMER": loan.customer.number,
    }  # fmt: skip
    examples = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.S)
    assert len(examples) >= 7
    for example in examples:
        run = subprocess.run(
            ["bash", "-ec", example], env={**os.environ, **given}, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip
        assert run.returncode == 0, (example, run.stdout, run.stderr)
        assert json.loads(run.stdout)
