"""Splits the book by several of its headings in one pass, by grouping sets."""

from __future__ import annotations

from collections.abc import Iterable

from daihou.reports.choices import NO_INDUSTRY, NO_OFFICER, ScopeKind

_COLUMNS = {
    ScopeKind.BRANCH: "branch_id",
    ScopeKind.OFFICER: "officer_code",
    ScopeKind.PRODUCT: "product_id",
    ScopeKind.INDUSTRY: "industry_code",
}

# The table `book` with a code for loans without industry or client manager.
LOANS = (
    f"(SELECT *, coalesce(industry, '{NO_INDUSTRY}') AS industry_code,"
    f" coalesce(officer_id, {NO_OFFICER}) AS officer_code FROM book)"
)


def heading_sql(kinds: Iterable[ScopeKind]) -> str:
    """Two expressions: the heading of a row of the grouping sets, and its code as text.

    Each row has the column of one heading; the row of everything together has none, and no code.
    """
    columns = {kind: _COLUMNS[kind] for kind in kinds}
    headings = " ".join(f"WHEN grouping({c}) = 0 THEN '{k.value}'" for k, c in columns.items())
    codes = ", ".join(f"{column}::VARCHAR" for column in columns.values())
    return f"CASE {headings} ELSE '{ScopeKind.WHOLE.value}' END, coalesce({codes}, NULL)"


def sets_sql(kinds: Iterable[ScopeKind], *others: str, with_whole: bool) -> str:
    """GROUP BY each heading, and everything together where asked, each beside other columns."""
    firsts = [*([""] if with_whole else []), *(_COLUMNS[kind] for kind in kinds)]
    sets = (", ".join(name for name in (first, *others) if name) for first in firsts)
    return f"GROUP BY GROUPING SETS ({', '.join(f'({one})' for one in sets)})"
