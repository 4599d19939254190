"""Settings of the local PostgreSQL, fitted to one machine and written once.

The lender may edit `daihou.conf` in the data folder afterwards; it is never written again.
"""

import os
from pathlib import Path

MIB = 1024 * 1024
GIB = 1024 * MIB

# cgroup v2 and v1: a container often sees the memory of its host but may use far less
_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_SHARED_MEMORY_FOLDER = Path("/dev/shm")


def memory_seen(limit_files: tuple[Path, ...] = _CGROUP_LIMITS) -> int:
    """How much memory this machine (or container) lets us use, in bytes."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *_cgroup_limits(limit_files)])


def _cgroup_limits(limit_files: tuple[Path, ...]) -> list[int]:
    limits = []
    for file in limit_files:
        try:
            text = file.read_text(encoding="utf-8").strip()
        except OSError:
            continue
        if text.isdigit():  # "max" means no limit
            limits.append(int(text))
    return limits


def _free_bytes(folder: Path) -> int:
    try:
        usage = os.statvfs(folder)
    except OSError:
        return 0
    return usage.f_bavail * usage.f_frsize


def _share(memory: int, divisor: int, at_least: int, at_most: int) -> str:
    return f"{max(at_least, min(memory // divisor, at_most)) // MIB}MB"


def settings_text(memory: int, disk_free: int, shared_memory_free: int | None = None) -> str:
    """The text of `daihou.conf` for a machine with this much memory and free disk (bytes)."""
    if shared_memory_free is None:
        shared_memory_free = _free_bytes(_SHARED_MEMORY_FOLDER)
    # Docker gives /dev/shm 64 MB, where a parallel hash join dies; files in the data folder do not
    shared_memory = "posix" if shared_memory_free >= 256 * MIB else "mmap"
    wal_gib = 4 if disk_free >= 40 * GIB else 1
    return f"""\
# Written once by daihou for a machine with {memory // MIB} MB of memory. Edit freely.
listen_addresses = ''                   # Unix socket only, in a folder with mode 0700
max_connections = 100

# memory: modest, because the kernel and DuckDB work beside it
shared_buffers = {_share(memory, 32, 64 * MIB, 512 * MIB)}
work_mem = {_share(memory, 512, 8 * MIB, 64 * MIB)}
maintenance_work_mem = {_share(memory, 64, 64 * MIB, 512 * MIB)}
effective_cache_size = {_share(memory, 2, 128 * MIB, 64 * GIB)}
dynamic_shared_memory_type = {shared_memory}

# durable: a commit that was reported is on the disk
fsync = on
synchronous_commit = on
full_page_writes = on
wal_level = minimal                     # no replica here; a table filled in the transaction that
max_wal_senders = 0                     # makes it is synced as a file and not logged twice
wal_compression = off                   # pglz would take ten times as long as writing whole pages
max_wal_size = {wal_gib}GB
min_wal_size = 256MB
checkpoint_timeout = 15min

# planner: disks of today; compiling a query costs more than our queries take
random_page_cost = 1.1
jit = off

# the bank's time, and messages that the launcher and support can search
timezone = 'Asia/Shanghai'
log_timezone = 'Asia/Shanghai'
lc_messages = 'C'
log_line_prefix = '%m [%p] %u@%d '
log_checkpoints = off

# one log file per weekday, overwritten a week later: never fills the disk
logging_collector = on
log_directory = '../log'
log_filename = 'postgresql-%a.log'
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_file_mode = 0600
"""
