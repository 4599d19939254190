"""Papers handed in: checked by what is in them, limited in size, kept as they are."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

MOST_BYTES = 10 << 20
# ending: (content type, what the file begins with)
_KINDS = {
    ".pdf": ("application/pdf", b"%PDF-"),
    ".jpg": ("image/jpeg", b"\xff\xd8\xff"),
    ".jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    ".png": ("image/png", b"\x89PNG\r\n\x1a\n"),
}
_NAME = re.compile(r"[\x00-\x1f<>:\"/\\|?*]")


class PaperRefused(Exception):
    """A file that is not taken; the message says why, in Chinese."""


@dataclass(frozen=True)
class Paper:
    """A file that was looked at and may be kept."""

    name: str
    content_type: str
    data: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of the content."""
        return hashlib.sha256(self.data).hexdigest()


def checked_paper(name: str, data: bytes) -> Paper:
    """The file, if its content is what its name promises; raises `PaperRefused`."""
    plain = _NAME.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")[-200:]
    ending = "." + plain.rsplit(".", 1)[-1].lower() if "." in plain else ""
    if ending not in _KINDS:
        raise PaperRefused("只接受 PDF、JPG、PNG 文件")
    if not data or len(data) > MOST_BYTES:
        raise PaperRefused(f"文件须在 {MOST_BYTES >> 20} MB 以内且不为空")
    content_type, start = _KINDS[ending]
    if not data.startswith(start):
        raise PaperRefused(f"内容不是 {ending[1:].upper()} 文件")
    return Paper(plain, content_type, data)
