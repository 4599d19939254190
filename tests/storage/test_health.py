"""`daihou doctor` finds what is missing, and each finding says how to get it."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import SimpleNamespace

import pytest

from daihou.storage import health, server_place
from daihou.storage.health import CHECKS, Finding, Installation, Level, examine
from daihou.storage.local_postgres import leave
from daihou.storage.server_settings import GIB


@pytest.fixture
def installation(home: Path) -> Installation:
    return Installation(home, {}, home / "sealing.key")


def by_subject(installation: Installation) -> dict[str, Finding]:
    findings = list(examine(installation))
    assert len(findings) == len(CHECKS)
    return {finding.subject: finding for finding in findings}


def test_healthy_machine_has_nothing_missing(installation: Installation) -> None:
    installation.sealing_key.touch(mode=0o600)
    findings = by_subject(installation)
    assert not [found for found in findings.values() if found.level is Level.MISSING]
    assert findings["数据库"].found.startswith("PostgreSQL 18（要求 15 以上）")
    assert findings["PostgreSQL 程序"].found.startswith("postgres (PostgreSQL) 18")
    assert leave(installation.home)


def test_every_finding_that_is_not_good_says_what_to_do(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_name: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(health, "util", SimpleNamespace(find_spec=nothing))
    monkeypatch.setattr(server_place, "util", SimpleNamespace(find_spec=nothing))
    monkeypatch.setattr(health, "memory_seen", lambda: GIB)
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=0))
    monkeypatch.setattr(health.os, "access", lambda _path, _mode: False)
    findings = by_subject(installation)
    bad = {name for name, found in findings.items() if found.level is not Level.GOOD}
    assert bad == set(findings) - {"数据库位置"}
    assert all(findings[name].remedy for name in bad)
    assert findings["依赖库"].found.startswith("没有安装：django、")
    assert findings["磁盘"].level is Level.MISSING


def test_key_that_others_can_read_is_found(installation: Installation) -> None:
    installation.sealing_key.touch()
    installation.sealing_key.chmod(0o644)
    found = health.sealing_key_is_safe(installation)
    assert found.level is Level.MISSING
    assert "chmod 600" in found.remedy


def test_lost_key_beside_existing_data_is_found(installation: Installation) -> None:
    found = health.sealing_key_is_safe(installation)
    assert found.level is Level.NOTICE
    assert "从备份恢复密钥文件" in found.remedy
    fresh = Installation(Path("/nowhere/new"), {}, Path("/nowhere/new/sealing.key"))
    assert health.sealing_key_is_safe(fresh).level is Level.GOOD


def test_own_server_out_of_reach_is_found(installation: Installation) -> None:
    own = Installation(
        installation.home, {"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, installation.sealing_key
    )
    found = health.database_answers(own)
    assert found.level is Level.MISSING
    assert "DATABASE_URL" in found.found
    assert health.server_programs_run(own).level is Level.GOOD
