"""Which encoding a text file has, decided by what its bytes allow and never by a guess."""

from __future__ import annotations

import re
import unicodedata

from daihou.feeds.problems import UnreadableFile

UTF8_BOM = b"\xef\xbb\xbf"
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_SAMPLE = 200_000
_UNUSUAL = re.compile("[^\u0000-\u007f\u3400-\u9fff\u3000-\u303f\uff00-\uffef\u2000-\u22ff·×÷°]")


def to_utf8(content: bytes, file: str) -> tuple[bytes, str]:
    """The file's text as UTF-8 without mark, and the name of the encoding it had.

    Accepts UTF-8 with or without mark, and GB18030 (which contains GBK and GB2312). Bytes that
    are neither, or that GB18030 turns into characters nobody writes, raise `UnreadableFile`.
    """
    if content.startswith(UTF16_BOMS):
        raise UnreadableFile(file, "文件编码为 UTF-16,请另存为 UTF-8 或 GB18030(CSV)")
    if b"\x00" in content[:_SAMPLE]:
        raise UnreadableFile(file, "文件不是文本文件(含空字节),请确认选对了文件")
    if content.startswith(UTF8_BOM):
        return _checked_utf8(content[len(UTF8_BOM) :], file), "UTF-8(带 BOM)"
    if _is_utf8(content):
        return content, "UTF-8"
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(
            file, f"编码无法识别:第 {line} 行既不是 UTF-8 也不是 GB18030,请另存为 UTF-8 后重试"
        ) from None
    _refuse_nonsense(text, file)
    return text.encode(), "GB18030"


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _checked_utf8(content: bytes, file: str) -> bytes:
    if not _is_utf8(content):
        raise UnreadableFile(file, "文件带有 UTF-8 标记,内容却不是 UTF-8,文件可能已损坏")
    return content


def _refuse_nonsense(text: str, file: str) -> None:
    """GB18030 accepts almost any pairs of bytes: refuse text that no Chinese file contains."""
    unusual = _UNUSUAL.findall(text[:_SAMPLE])
    nonsense = [c for c in unusual if unicodedata.category(c) in {"Co", "Cn", "Cc"}]
    chinese = sum("\u4e00" <= character <= "\u9fff" for character in text[:_SAMPLE])
    rare = [c for c in text[:_SAMPLE] if "\u4e00" <= c <= "\u9fff" and not _is_common(c)]
    if nonsense or len(unusual) > max(2, chinese // 10) or 3 * len(rare) > chinese:
        shown = "".join((unusual + rare)[:5])
        raise UnreadableFile(
            file,
            "编码无法确认:按 GB18030 读出的文字不像中文,请另存为 UTF-8 后重试",
            value=shown,
        )


def _is_common(character: str) -> bool:
    """Whether a character is among the 6763 of GB 2312, as nearly all of a Chinese text are."""
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
