"""The documentation pages of the standard format, written from its declaration."""

from daihou.feeds.standard import TABLE_BY_NAME, TABLES, Column, Table

NOTICE = "<!-- 本页由格式声明生成,请勿手工修改;更新:make golden -->\n\n"
HEADINGS = "| 列名 | 代码名 | 类型 | 必填 | 默认 | 含义 | 示例 |\n|---|---|---|---|---|---|---|\n"


def table_page(table: Table) -> str:
    """The page of one table: what it holds, what identifies a row, and every column."""
    keys = "、".join(table.column(name).heading for name in table.key)
    lines = [
        NOTICE,
        f"# {table.heading}(`{table.name}`)\n\n{table.meaning}\n\n",
        f"文件名:`{table.heading}.csv` 或 `{table.name}.csv`(也可为 xlsx、parquet)。"
        f"识别一行的列:{keys}。\n\n",
        HEADINGS,
        *(_column_line(column) for column in table.columns),
        *(_words_section(column) for column in table.columns if column.words),
    ]
    return "".join(lines)


def index_page() -> str:
    """The page that lists all tables in the order in which they are loaded."""
    rows = "".join(
        f"| [{table.heading}]({table.name}.md) | `{table.name}` | {table.meaning} |\n"
        for table in TABLES
    )
    return (
        f"{NOTICE}# 标准格式\n\n"
        "每张表一个文件,放在同一文件夹中一起导入,也可单独导入。"
        "CSV(UTF-8、带 BOM 的 UTF-8、GB18030)、Excel(xlsx)与 Parquet 均可;"
        "首行为列名,中文列名与代码名任选,列的先后不限,非必填列可以省略。"
        "金额以元为单位,日期写作 2026-11-23。\n\n"
        "| 表 | 代码名 | 内容 |\n|---|---|---|\n"
        f"{rows}\n导入:`daihou import 文件夹 --format standard --dry-run`(先试算),"
        "去掉 `--dry-run` 即入库。\n"
    )


def all_pages() -> dict[str, str]:
    """File name and text of every generated page."""
    pages = {f"{table.name}.md": table_page(table) for table in TABLES}
    pages["README.md"] = index_page()
    return pages


def _column_line(column: Column) -> str:
    meaning = column.meaning
    if column.references:
        meaning += f";须已在[{TABLE_BY_NAME[column.references].heading}]({column.references}.md)中"
    if column.changeable:
        meaning += ";可由再次导入更新"
    kind = column.kind.value
    cells = (
        column.heading,
        f"`{column.name}`",
        kind,
        "是" if column.required else "",
        column.default,
        meaning,
        column.example,
    )
    return f"| {' | '.join(cells)} |\n"


def _words_section(column: Column) -> str:
    rows = "".join(
        f"| {word.chinese} | `{word.english}` | `{word.code}` |\n" for word in column.words
    )
    return (
        f"\n## {column.heading}的取值\n\n中文、英文、代码均可填写。\n\n"
        f"| 中文 | 英文 | 代码 |\n|---|---|---|\n{rows}"
    )
