"""From the headings of a file to the columns of a table."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from daihou.feeds.problems import EmptyFile, UnreadableFile
from daihou.feeds.standard import Table
from daihou.feeds.standard.columns import heading_index


def columns_of(headings: Sequence[str], table: Table, file: str) -> list[str]:
    """The column that each heading means; raises `UnreadableFile` naming what is wrong.

    Headings are Chinese or code names in any order; columns that are not required may be left
    out. An unknown heading is refused, not skipped: it may be a misspelt column.
    """
    if not any(heading.strip() for heading in headings):
        raise EmptyFile(file, "文件为空:没有表头")
    index = heading_index(table.columns)
    found = []
    for heading in headings:
        name = index.get(_plain(heading))
        if name is None:
            raise UnreadableFile(file, _unknown(heading, table), field=heading, value=heading)
        if name in found:
            again = table.column(name).heading
            raise UnreadableFile(file, f"列“{again}”出现了两次", field=heading, value=heading)
        found.append(name)
    absent = [c.heading for c in table.columns if c.required and c.name not in found]
    if absent:
        raise UnreadableFile(file, f"缺少必填列:{'、'.join(absent)}", field=absent[0])
    return found


def _plain(heading: str) -> str:
    return heading.strip().strip("*").strip().lower()


def _unknown(heading: str, table: Table) -> str:
    if not heading.strip():
        return "有一列没有表头"
    known = list(heading_index(table.columns))
    near = difflib.get_close_matches(_plain(heading), known, n=1, cutoff=0.5)
    wanted = f",是否应为“{near[0]}”?" if near else f";{table.heading}表的列见格式说明"
    return f"表头“{heading.strip()}”不是{table.heading}表的列{wanted}"
