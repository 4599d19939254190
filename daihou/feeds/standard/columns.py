"""What a table and a column of the standard format are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from django.db.models import Choices


class Kind(Enum):
    """What may stand in a column; the value is how a person calls it."""

    TEXT = "文本"
    MONEY = "金额(元)"
    DATE = "日期"
    RATE = "利率(%)"
    WHOLE = "整数"
    CHOICE = "选项"
    CHOICES = "选项(可多个,以、分隔)"
    YES_NO = "是/否"


@dataclass(frozen=True)
class Word:
    """One allowed value: the code kept in the book, its English and its Chinese name."""

    code: str | int
    english: str
    chinese: str


YES = Word(1, "yes", "是")
NO = Word(0, "no", "否")


def words_of(choices: Iterable[Choices]) -> tuple[Word, ...]:
    """The allowed values of a column, from the choices of the book."""
    return tuple(Word(member.value, member.name.lower(), str(member.label)) for member in choices)


@dataclass(frozen=True)
class Column:
    """One column of the standard format.

    `references` names the table whose key the column holds; `changeable` says whether a later
    import may change it; `stored` is False for a column that serves the reading only.
    `default` and `example` are written as they would stand in a file.
    """

    name: str
    heading: str
    kind: Kind
    meaning: str
    example: str = ""
    required: bool = False
    default: str = ""
    words: tuple[Word, ...] = ()
    references: str | None = None
    changeable: bool = False
    max_length: int = 200
    personal: bool = False
    stored: bool = True


@dataclass(frozen=True)
class Table:
    """One table of the standard format: what it holds, its columns and what identifies a row."""

    name: str
    heading: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """The column of a code name; raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The code names of the columns, in order."""
        return tuple(column.name for column in self.columns)


def heading_index(columns: Iterable[Column]) -> dict[str, str]:
    """Every accepted heading (Chinese or code name, lower case) and the column it means."""
    index: dict[str, str] = {}
    for column in columns:
        index[column.heading.lower()] = column.name
        index[column.name.lower()] = column.name
    return index
