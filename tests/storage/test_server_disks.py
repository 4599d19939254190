"""A disk that is full or read-only is told in Chinese, and harms no data."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.client import Client
from tests.storage.conftest import copy_home


class Disk:
    """A small disk in memory, mounted for one test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mount(self, options: str) -> None:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.folder]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"本机不允许挂载磁盘：{done.stderr.strip()}")

    def remount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", self.folder], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", self.folder], check=False, capture_output=True)


@pytest.fixture
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("挂载小磁盘需要 root")
    folder = Path("/tmp") / f"daihou-disk-{os.getpid()}"
    folder.mkdir(mode=0o755)
    small = Disk(folder)
    yield small
    small.unmount()
    folder.rmdir()


def test_disk_too_small_for_the_data_folder(disk: Disk) -> None:
    disk.mount("size=20m,mode=755")
    with Client(disk.folder) as client:
        answer = client.tell("join")
    assert "磁盘已满" in answer["happened"]
    assert "清理磁盘空间" in answer["remedy"]
    assert not list((disk.folder / "postgres").glob("data*"))


def test_disk_that_fills_up_and_is_cleared_again(disk: Disk, built_home: Path) -> None:
    disk.mount("size=300m,mode=755")
    copy_home(built_home, disk.folder)
    with Client(disk.folder) as client:
        client.rows("create table kept as select 7 as n")
        answer = client.tell(
            "run",
            "create table filler as select repeat(md5(g::text), 20) as t"
            " from generate_series(1, 2000000) as g",
        )
        assert "No space left" in answer["error"]
        client.quit()
    filler = disk.folder / "filler"
    with filler.open("wb") as file:
        try:
            while file.write(bytes(1 << 20)):
                pass
        except OSError:
            pass
    with Client(disk.folder) as client:
        answer = client.tell("join")
    assert "磁盘已满" in answer["happened"], answer
    filler.unlink()
    with Client(disk.folder) as client:
        assert client.rows("select n from kept") == [[7]]


def test_read_only_disk(disk: Disk, built_home: Path) -> None:
    disk.mount("size=300m,mode=755")
    copy_home(built_home, disk.folder)
    disk.remount("ro")
    with Client(disk.folder) as client:
        answer = client.tell("join")
    assert "所在磁盘为只读" in answer["happened"]
    assert "DAIHOU_HOME" in answer["remedy"]


def test_read_only_disk_without_any_data(disk: Disk) -> None:
    disk.mount("size=300m,mode=755,ro")
    with Client(disk.folder) as client:
        assert "所在磁盘为只读" in client.tell("join")["happened"]
