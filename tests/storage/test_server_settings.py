"""The server's settings fit the machine: small machines, big ones, and containers with limits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from daihou.storage.server_settings import GIB, MIB, memory_seen, settings_text


def setting(text: str, name: str) -> str:
    found = re.findall(rf"^{name} = (\S+)", text, re.MULTILINE)
    assert len(found) == 1, name
    return str(found[0])


@pytest.mark.parametrize(
    ("memory", "shared_buffers", "work_mem"),
    [(1 * GIB, "64MB", "8MB"), (8 * GIB, "256MB", "16MB"), (256 * GIB, "512MB", "64MB")],
)
def test_memory_is_taken_modestly(memory: int, shared_buffers: str, work_mem: str) -> None:
    text = settings_text(memory, disk_free=100 * GIB)
    assert setting(text, "shared_buffers") == shared_buffers
    assert setting(text, "work_mem") == work_mem


def test_small_disk_keeps_a_shorter_log() -> None:
    assert setting(settings_text(8 * GIB, disk_free=10 * GIB), "max_wal_size") == "1GB"
    assert setting(settings_text(8 * GIB, disk_free=100 * GIB), "max_wal_size") == "4GB"


def test_container_with_little_shared_memory_uses_files() -> None:
    name = "dynamic_shared_memory_type"
    assert setting(settings_text(8 * GIB, GIB, shared_memory_free=64 * MIB), name) == "mmap"
    assert setting(settings_text(8 * GIB, GIB, shared_memory_free=4 * GIB), name) == "posix"


def test_limit_of_a_container_counts(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text(f"{512 * MIB}\n")
    assert memory_seen((limit, tmp_path / "absent")) == 512 * MIB
    limit.write_text("max\n")
    assert memory_seen((limit,)) == memory_seen(())
