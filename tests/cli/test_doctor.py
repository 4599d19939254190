"""`daihou doctor` runs where hardly anything works, and ends with a code that a script can use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from daihou.storage.local_postgres import discard

CHECKOUT = Path(__file__).resolve().parents[2]


def doctor(home: Path, **environ: str) -> tuple[int, list[dict[str, Any]]]:
    done = subprocess.run(
        [sys.executable, "-m", "daihou", "doctor", "--json"],
        check=False,
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        env={**os.environ, "DAIHOU_HOME": str(home), **environ},
    )
    return done.returncode, json.loads(done.stdout)


def test_fresh_machine_lacks_only_the_tables(tmp_path: Path) -> None:
    try:
        code, findings = doctor(tmp_path / "home", DATABASE_URL="")
    finally:
        discard(tmp_path / "home")
    missing = [finding for finding in findings if finding["level"] == "缺少"]
    assert code == 1
    assert [finding["subject"] for finding in missing] == ["数据库结构"]
    assert missing[0]["remedy"] == "执行 daihou init。"


def test_miswritten_address_is_a_finding_and_not_a_crash(tmp_path: Path) -> None:
    code, findings = doctor(tmp_path / "home", DATABASE_URL="postgresql://u:geheim@[x")
    assert code == 1
    assert findings[0]["found"] == "环境变量 DATABASE_URL 的写法不对。"
    assert "geheim" not in str(findings)
