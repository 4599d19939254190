"""Which processes belong to a data folder: its postmaster, and what a killed one left behind.

A process number alone proves nothing, since numbers are reused. Every PostgreSQL process stands in
its data folder (it is its working directory), and that is what is compared. Linux only (/proc).
"""

import os
import signal
import time
from pathlib import Path

_PROGRAM = "postgres"


def recorded_pid(data: Path) -> int | None:
    """The process number that the data folder names as its postmaster, alive or not."""
    try:
        first_line = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0]
        return int(first_line)
    except (FileNotFoundError, IndexError, ValueError):
        return None


def running_postmaster(data: Path) -> int | None:
    """The process number of the live postmaster of this data folder, or None."""
    pid = recorded_pid(data)
    return pid if pid is not None and works_in(pid, data) else None


def works_in(pid: int, data: Path) -> bool:
    """Whether this process is a live PostgreSQL process of this very data folder."""
    process = Path("/proc") / str(pid)
    try:
        if (process / "comm").read_text(encoding="utf-8").strip() != _PROGRAM:
            return False
        # a zombie has no working directory any more: the kernel answers "no such file"
        return (process / "cwd").samefile(data)
    except OSError:
        return False


def orphans(data: Path) -> list[int]:
    """Processes of this data folder whose postmaster is gone; they block the next start."""
    numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in numbers if works_in(pid, data)]


def end_orphans(data: Path, patience: float) -> None:
    """Let orphans leave by themselves (they notice within a moment); after that, kill them.

    Killing is safe and right here: without a postmaster no commit of theirs can be acknowledged,
    and recovery replays the log. Call it only with the start lock held and no postmaster running.
    """
    deadline = time.monotonic() + patience
    while left := orphans(data):
        if time.monotonic() > deadline:
            for pid in left:
                _signal(pid, signal.SIGKILL)
        time.sleep(0.02)


def stop_postmaster(data: Path, patience: float) -> bool:
    """Ask the postmaster for a fast shutdown (clients are rolled back); True once it is gone."""
    pid = running_postmaster(data)
    if pid is None:
        return True
    _signal(pid, signal.SIGINT)
    deadline = time.monotonic() + patience
    while works_in(pid, data):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # gone in the meantime, which is what was wanted
