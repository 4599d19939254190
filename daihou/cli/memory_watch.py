"""The most memory that this process and the database server used together."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

_EVERY_SECONDS = 0.25


class MemoryWatch:
    """Watches this process, its children and a local PostgreSQL; `peak` is in bytes.

    Shared memory counts once: each process is charged its proportional share (PSS), which also
    holds the pages of mapped files that are in use. A server on another machine is not seen.
    """

    HOW = "本进程及子进程与本机 PostgreSQL 全部进程的 PSS 之和,每 0.25 秒取样"

    def __init__(self, postmaster: int | None) -> None:
        self._roots = [os.getpid(), *([postmaster] if postmaster else [])]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            self.peak = max(self.peak, sum(_pss(pid) for pid in _with_children(self._roots)))


def _with_children(roots: list[int]) -> set[int]:
    """The processes and all their descendants."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
        parents[int(text.split()[0])] = int(text.rpartition(")")[2].split()[1])
    found = set(roots)
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return found


def _pss(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    [line] = [line for line in text.splitlines() if line.startswith("Pss:")] or ["Pss: 0 kB"]
    return int(line.split()[1]) * 1024
