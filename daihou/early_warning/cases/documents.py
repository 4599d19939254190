"""Files that prove something: what may be kept, told from the content and not from the name."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

MOST_BYTES = 10 << 20
_LONGEST_NAME = 120
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Ending: what the first bytes must be, and the type under which the file is given out again.
_KINDS = {
    ".pdf": (b"%PDF-", "application/pdf"),
    ".png": (b"\x89PNG\r\n\x1a\n", "image/png"),
    ".jpg": (b"\xff\xd8\xff", "image/jpeg"),
    ".jpeg": (b"\xff\xd8\xff", "image/jpeg"),
    ".docx": (b"PK\x03\x04", _WORD),
    ".xlsx": (b"PK\x03\x04", _EXCEL),
}
_PARTS = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml"}
ACCEPTED = "PDF、PNG、JPG、Word(docx)、Excel(xlsx)"


class FileRefused(Exception):
    """A file that is not kept; the message says why."""


@dataclass(frozen=True)
class CheckedFile:
    """A file whose content is what its name promises."""

    name: str
    content_type: str
    content: bytes
    sha256: str


def check_file(name: str, content: bytes) -> CheckedFile:
    """Check that a file is what it says and not too large; raises FileRefused."""
    plain = PurePosixPath(name.replace("\\", "/")).name
    ending = PurePosixPath(plain).suffix.lower()
    if not plain or plain.startswith(".") or not plain.isprintable():
        raise FileRefused("文件名无效")
    if ending not in _KINDS:
        raise FileRefused(f"{plain}:不支持的文件类型,可用 {ACCEPTED}")
    if not content:
        raise FileRefused(f"{plain}:文件是空的")
    if len(content) > MOST_BYTES:
        raise FileRefused(f"{plain}:超过 {MOST_BYTES >> 20} MB")
    start, content_type = _KINDS[ending]
    if not content.startswith(start) or not _holds_its_part(ending, content):
        raise FileRefused(f"{plain}:内容不是 {ending[1:]} 文件")
    shortened = (
        plain[: _LONGEST_NAME - len(ending)] + ending if len(plain) > _LONGEST_NAME else plain
    )
    return CheckedFile(shortened, content_type, content, hashlib.sha256(content).hexdigest())


def _holds_its_part(ending: str, content: bytes) -> bool:
    """Whether an office file really is one, without macros."""
    if ending not in _PARTS:
        return True
    try:
        names = zipfile.ZipFile(BytesIO(content)).namelist()
    except zipfile.BadZipFile:
        return False
    return _PARTS[ending] in names and not any("vbaProject" in name for name in names)
