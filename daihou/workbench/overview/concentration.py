"""Blocks on concentration: the scope by branch, product and industry, and its largest clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from django.utils.html import format_html
from django.utils.safestring import SafeString

from daihou.reports.cells import Cell, Counted
from daihou.reports.choices import ScopeKind
from daihou.reports.queries import Part
from daihou.reports.ratios import share
from daihou.workbench.overview.asked import Asked
from daihou.workbench.overview.blocks import Block, Line, Lines, count, money, percent, ratio
from daihou.workbench.pieces.columns import Column, Kind

HEADINGS = {
    ScopeKind.BRANCH: ("branches", "机构集中度", "机构"),
    ScopeKind.PRODUCT: ("products", "产品集中度", "产品"),
    ScopeKind.INDUSTRY: ("industries", "行业集中度", "投向行业"),
    ScopeKind.OFFICER: ("officers", "客户经理", "客户经理"),
}


def part_name(asked: Asked, kind: ScopeKind, code: int | str | None) -> str:
    """A branch, officer, product or industry by its name."""
    namers: dict[ScopeKind, Callable[[int | str | None], str]] = {
        ScopeKind.BRANCH: asked.names.branch,
        ScopeKind.PRODUCT: asked.names.product,
        ScopeKind.INDUSTRY: asked.names.industry,
        ScopeKind.OFFICER: asked.names.officer,
    }
    return namers[kind](code)


def part_cell(kind: ScopeKind, code: int | str | None) -> Cell:
    """The loans of one branch (without those under it), officer, product or industry."""
    if kind is ScopeKind.INDUSTRY:
        return Cell(at_industry=str(code))
    number = int(code) if code is not None else None
    if kind is ScopeKind.OFFICER:
        return Cell(at_officer=number)
    return Cell(at_branch=number) if kind is ScopeKind.BRANCH else Cell(at_product=number)


def concentration_block(asked: Asked, kind: ScopeKind, parts: Sequence[Part]) -> Block:
    """One table of parts, the largest balance first, with what is bad in each."""
    name, heading, first = HEADINGS[kind]
    whole = sum(part.principal for part in parts)
    rows = Lines(parts, lambda part: _line(asked, kind, part, whole))
    finding = "没有贷款"
    if rows:
        finding = f"{rows[0]['name']}最大,占 {percent(rows[0]['share'])}"
    return Block(
        name,
        heading,
        finding,
        (
            Column(first, "name"),
            money("余额", "principal"),
            ratio("占比", "share"),
            count("户数", "clients"),
            ratio("不良率", "npl"),
            ratio("逾期率", "overdue"),
        ),
        rows,
        span=6,
    )


def clients_block(
    asked: Asked,
    parts: Sequence[Part],
    whole: int,
    names: Mapping[int, tuple[str, str]],
) -> Block:
    """The clients who owe most; `names` maps a client to number and name, where visible today."""
    rows = []
    for part in parts:
        number, name = names.get(int(part.code or 0), ("", "已移交其他机构的客户"))
        rows.append(
            {
                "name": name,
                "number": number,
                "principal": part.principal,
                "share": share(part.principal, whole),
                "loans": part.loans,
                "overdue": part.overdue,
            }
        )
    together = share(sum(part.principal for part in parts), whole)
    finding = f"前 {len(parts)} 大客户合计占 {percent(together)}" if parts else "没有贷款"
    return Block(
        "clients",
        "最大客户",
        finding,
        (
            Column("客户", _client_name, Kind.HTML, exported=lambda row: row["name"]),
            Column("余额", "principal", Kind.MONEY),
            ratio("占比", "share"),
            count("借据", "loans"),
            Column("逾期贷款", "overdue", Kind.MONEY),
        ),
        rows,
        span=6,
    )


def _client_name(row: Line) -> SafeString | str:
    """The client's name, leading to the client where the person may still see it."""
    if not row["number"]:
        return str(row["name"])
    return format_html(
        '<a class="cut" href="/customers/{0}/" title="{1}">{1}</a>', row["number"], row["name"]
    )


def _line(asked: Asked, kind: ScopeKind, part: Part, whole: int) -> Line:
    cell = part_cell(kind, part.code)
    return {
        "name": part_name(asked, kind, part.code),
        "principal": part.principal,
        "principal_link": asked.rows(cell),
        "share": share(part.principal, whole),
        "clients": part.clients,
        "npl": share(part.non_performing, part.principal),
        "npl_link": asked.rows(replace(cell, npl=True)),
        "overdue": share(part.overdue, part.principal),
        "overdue_link": asked.rows(replace(cell, counted=Counted.OVERDUE)),
    }
