"""The key of personal data: never in a backup, recognised by it, copied only somewhere else."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from daihou.backups.manifest import BackupRefused
from daihou.storage.secrets import create_secret_file

_LABEL = b"daihou backup: which key is this"


def key_mark(key: Path) -> str:
    """What recognises a key without revealing it; empty if there is no key."""
    if not key.exists():
        return ""
    return hmac.digest(key.read_bytes(), _LABEL, hashlib.sha256).hex()


def copy_key(key: Path, target: Path, backup: Path) -> None:
    """Copy the key to a place of its own; refuses one beside the backup, where it protects nothing.

    Whoever finds both can read every identity number, whoever finds one of them cannot.
    """
    beside = backup.resolve().parent
    if target.resolve().is_relative_to(beside):
        raise BackupRefused(f"密钥不能与备份放在一起:请把密钥复制到 {beside} 以外的地方,另行保管")
    if not key.exists():
        raise BackupRefused(f"还没有密钥:{key} 不存在(录入第一位客户时生成)")
    if target.exists() and target.read_bytes() != key.read_bytes():
        raise BackupRefused(f"{target} 已存在且是另一把密钥,没有覆盖")
    create_secret_file(target, key.read_bytes())


def provide_key(key: Path, given: Path | None, expected: str, *, without_key: bool) -> None:
    """Make sure that the key of the backup's personal data is here before anything is restored."""
    if given is not None:
        if key_mark(given) != expected:
            raise BackupRefused(f"{given} 不是这份备份的密钥")
        if key.exists() and key_mark(key) != expected:
            raise BackupRefused(f"{key} 是另一把密钥,没有覆盖;请先把它移走并妥善保管")
        create_secret_file(key, given.read_bytes())
    if not expected or without_key or key_mark(key) == expected:
        return
    here = "是另一把密钥" if key.exists() else "不存在"
    raise BackupRefused(
        f"没有这份备份的密钥({key} {here}),证件号码和电话将无法解密。"
        "请用 --key 给出另行保管的密钥文件;密钥确已丢失的,用 --without-key 恢复其余数据"
    )
