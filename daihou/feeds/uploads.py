"""Files that came through the browser: checked by content, kept until they are loaded."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from daihou.feeds.reading.files import READABLE

MOST_BYTES = 500 << 20
MOST_FILES = 20
KEPT_SECONDS = 7 * 24 * 3600
_START = {".xlsx": b"PK\x03\x04", ".parquet": b"PAR1"}


class UploadRefused(Exception):
    """A file that is not taken; the message says why, in Chinese."""


def keep_upload(files: Sequence[UploadedFile]) -> str:
    """Check the files and keep them in a folder of their own; returns its name.

    Raises UploadRefused. What an extension promises must be what the first bytes say.
    """
    _check(files)
    forget_old_uploads()
    name = secrets.token_hex(16)
    folder = upload_folder(name)
    folder.mkdir(parents=True, mode=0o700)
    for file in files:
        with (folder / _plain_name(file)).open("wb") as kept:
            for chunk in file.chunks():
                kept.write(chunk)
    return name


def upload_folder(name: str) -> Path:
    """Where the files of an upload are."""
    return Path(settings.UPLOAD_FOLDER) / name


def forget_upload(name: str) -> None:
    """Delete the files of an upload: they hold personal data, and the book has what it needs."""
    if name:
        shutil.rmtree(upload_folder(name), ignore_errors=True)


def forget_old_uploads() -> None:
    """Delete uploads that nobody has loaded for a week."""
    folder = Path(settings.UPLOAD_FOLDER)
    for old in folder.iterdir() if folder.exists() else ():
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)


def _check(files: Sequence[UploadedFile]) -> None:
    if not files:
        raise UploadRefused("请选择要导入的文件")
    if len(files) > MOST_FILES:
        raise UploadRefused(f"一次最多 {MOST_FILES} 个文件")
    if sum(file.size or 0 for file in files) > MOST_BYTES:
        raise UploadRefused(f"文件合计超过 {MOST_BYTES >> 20} MB,请在服务器上用 daihou import 导入")
    names = [_plain_name(file) for file in files]
    if len(set(names)) != len(names):
        raise UploadRefused("有同名文件")
    for file, name in zip(files, names, strict=True):
        _check_content(file, name)


def _check_content(file: UploadedFile, name: str) -> None:
    ending = Path(name).suffix.lower()
    if ending not in READABLE:
        raise UploadRefused(f"{name}:不支持的文件类型,可用 csv、xlsx、parquet")
    start = file.read(4096)
    file.seek(0)
    expected = _START.get(ending)
    if expected is not None and not start.startswith(expected):
        raise UploadRefused(f"{name}:内容不是 {ending[1:]} 文件")
    if expected is None and (b"\x00" in start or start.startswith(tuple(_START.values()))):
        raise UploadRefused(f"{name}:内容不是文本文件")


def _plain_name(file: UploadedFile) -> str:
    name = Path((file.name or "").replace("\\", "/")).name
    if not name or name.startswith("."):
        raise UploadRefused("文件名无效")
    return name
