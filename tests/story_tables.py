"""Reads the tables in Chinese that say what a rule must do; a loan officer can check them."""

from __future__ import annotations

from pathlib import Path

Row = dict[str, str]


def tables_of(path: Path) -> dict[str, list[Row]]:
    """Every table of a Markdown page, by the heading above it; a row maps column to text."""
    tables: dict[str, list[Row]] = {}
    heading, columns = "", []
    for line in path.read_text().splitlines():
        if line.startswith("#"):
            heading, columns = line.lstrip("# ").strip(), []
        elif line.startswith("|"):
            cells = [cell.strip() for cell in line.strip()[1:-1].split("|")]
            if not columns:
                columns = cells  # the first line names them
            elif not set(line) <= set("|-: "):
                tables.setdefault(heading, []).append(dict(zip(columns, cells, strict=True)))
    return tables
