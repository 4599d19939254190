"""What a backup says about itself: what is in it, how many rows, and the checksum of every file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

PRODUCT = "daihou"
FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database"
SNAPSHOTS = "snapshots"
_BLOCK = 1 << 20


class BackupRefused(Exception):
    """The backup cannot be made or used; the message says why, and what to do."""


@dataclass(frozen=True)
class KeptFile:
    """One file of the backup."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The contents of a backup: the day it stands at, rows per table, migrations, files.

    `key` recognises the key of personal data without revealing it; empty if there was none.
    """

    made_at: str
    closed_through: str | None
    server_version: int
    key: str
    migrations: list[list[str]]
    tables: dict[str, int]
    files: dict[str, KeptFile]

    def write(self, folder: Path) -> None:
        """Put the manifest beside the files, with a checksum of its own."""
        plain = {"product": PRODUCT, "format": FORMAT, **asdict(self)}
        text = json.dumps({**plain, "digest": _digest(plain)}, ensure_ascii=False, indent=1)
        with (folder / MANIFEST).open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup; refuses what is none of ours, too new, or damaged."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise BackupRefused(f"{folder} 不是本系统的备份:其中没有 {MANIFEST}") from None
    except ValueError:
        raise BackupRefused(f"备份已损坏:{MANIFEST} 无法读取") from None
    if not isinstance(found, dict) or found.get("product") != PRODUCT:
        raise BackupRefused(f"{folder} 不是本系统的备份")
    if found.get("format") != FORMAT:
        raise BackupRefused(
            f"备份的格式是第 {found.get('format')} 版,本版本只认得第 {FORMAT} 版;请换用相应版本"
        )
    digest = found.pop("digest", "")
    if digest != _digest(found):
        raise BackupRefused(f"备份已损坏或被改动:{MANIFEST} 与其校验值不符")
    files = {name: KeptFile(**kept) for name, kept in found["files"].items()}
    known = {name: found[name] for name in Manifest.__dataclass_fields__}
    return Manifest(**{**known, "files": files})


def kept_files(folder: Path, told: Callable[[str], None]) -> dict[str, KeptFile]:
    """Every file of the backup with its size and SHA-256, read from the disk."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / MANIFEST:
            name = path.relative_to(folder).as_posix()
            told(name)
            found[name] = KeptFile(path.stat().st_size, _sha256(path))
    return found


def check_files(
    folder: Path, expected: Mapping[str, KeptFile], told: Callable[[str], None]
) -> None:
    """Refuse a backup in which a file is missing, was changed or slipped in."""
    found = kept_files(folder, told)
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            raise BackupRefused(f"备份不完整:缺少文件 {name}")
        if name not in expected:
            raise BackupRefused(f"备份中有不属于它的文件 {name}")
        if found[name] != expected[name]:
            raise BackupRefused(f"备份已损坏:文件 {name} 与其校验值不符")


def _sha256(path: Path) -> str:
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            hashed.update(block)
    return hashed.hexdigest()


def _digest(plain: Mapping[str, object]) -> str:
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
