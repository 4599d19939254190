"""Locks between processes that the kernel releases by itself when a process dies.

They are `flock` locks on files in the database's folder. A lock belongs to the open file, so a
SIGKILLed process simply lets go, and nothing stale is ever left behind.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from daihou.storage.errors import LocalPostgresError
from daihou.storage.server_place import Owner, own

_PAUSE = 0.01


def open_lock_file(path: Path, owner: Owner) -> int:
    """Open (or make) a lock file that belongs to the owner of the server; never follow a link."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    own(descriptor, owner)
    return descriptor


def try_lock(descriptor: int, kind: int) -> bool:
    """Take the lock at once (`fcntl.LOCK_SH` or `LOCK_EX`), or say that somebody else has it."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_for_lock(descriptor: int, kind: int, patience: float, doing: str) -> None:
    """Take the lock within `patience` seconds; `doing` says in Chinese what the holder is at."""
    deadline = time.monotonic() + patience
    while not try_lock(descriptor, kind):
        if time.monotonic() > deadline:
            raise LocalPostgresError(
                f"等待另一个进程{doing}超过 {patience:.0f} 秒。",
                "稍后重试；若一直如此，用 ps 查看是否有停住的 daihou 进程，结束它再试。",
            )
        time.sleep(_PAUSE)


@contextmanager
def exclusive(path: Path, owner: Owner, patience: float, doing: str) -> Iterator[int]:
    """Hold a lock file alone for the length of a `with` block; gives the open file.

    A program that inherits the open file holds the lock with us, and after us if we are killed.
    """
    descriptor = open_lock_file(path, owner)
    try:
        wait_for_lock(descriptor, fcntl.LOCK_EX, patience, doing)
        yield descriptor
    finally:
        os.close(descriptor)
