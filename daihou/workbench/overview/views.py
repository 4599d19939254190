"""组合总览: the book of a day in figures, each a door to the loans behind it."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpResponseBadRequest, HttpResponseBase

from daihou.loan_book.choices import Industry
from daihou.reports.book_reader import NoSnapshot
from daihou.reports.cells import COUNTED_NAMES, BadCell, cell_from
from daihou.reports.choices import NO_INDUSTRY
from daihou.reports.differences import AnswerGap
from daihou.workbench.desks import OVERVIEW
from daihou.workbench.overview.asked import CURRENCY_NAMES, Asked, read_asked
from daihou.workbench.overview.gathering import Gathering
from daihou.workbench.overview.rows_behind import RowsBehind, named, rows_table
from daihou.workbench.overview.words import cell_name, scope_name
from daihou.workbench.pieces.exports import Sheet, as_xlsx
from daihou.workbench.pieces.knowledge import BothAnswers, both_answers
from daihou.workbench.pieces.page import DeskRequest, desk, page


@desk(roles=OVERVIEW.roles)
def overview(request: DeskRequest) -> HttpResponseBase:
    """The whole page: movements, figures, and the blocks in their order."""
    asked = read_asked(request)
    if asked is None:
        return page(request, "workbench/overview/no_snapshot.html", {"title": "组合总览"})
    gathered = _gathered(request, asked)
    context = {
        "title": "组合总览",
        "asked": asked,
        "scope": scope_name(asked.scope, asked.names),
        "choosers": _choosers(asked),
        "currencies": [(code, CURRENCY_NAMES.get(code, code)) for code in asked.currencies],
        "other_day": asked.day if asked.day != request.business_date else None,
        "knowledge": _both_answers(request, asked, gathered.gap()) if request.shows_past else None,
        "is_empty": gathered.is_empty,
        "leave_address": asked.overview(branch="", officer="", product="", industry=""),
    }
    if not gathered.is_empty:
        base, moves = gathered.movements()
        context |= {
            "moved_since": base,
            "movements": moves,
            "figures": gathered.figures(),
            "unknown": gathered.totals[asked.day].unknown,
            "blocks": [
                (block, _export_address(request, block.name)) for block in gathered.blocks()
            ],
        }
    return page(request, "workbench/overview/overview.html", context)


@desk(roles=OVERVIEW.roles)
def overview_rows(request: DeskRequest) -> HttpResponseBase:
    """The loans behind one figure."""
    try:
        cell = cell_from(request.GET.dict())
    except BadCell as wrong:
        return HttpResponseBadRequest(f"地址有误:{wrong}")
    asked = read_asked(request, exact_day=True)
    try:
        rows = None if asked is None else RowsBehind(asked, cell)
    except NoSnapshot as missing:
        raise Http404(f"没有 {missing} 的快照") from missing
    if asked is None or rows is None:
        return page(request, "workbench/overview/no_snapshot.html", {"title": "借据明细"})
    listing = rows_table(cell).open(
        request, rows, attach=lambda some: named(asked.officer, asked.names, some)
    )
    if listing.is_export:
        return listing.download(
            cell_name(cell, asked.day, asked.definitions), str(asked.answer.label)
        )
    context = {
        "knowledge": _both_answers(request, asked, rows.gap()) if request.shows_past else None,
        "title": cell_name(cell, asked.day, asked.definitions),
        "scope": scope_name(asked.scope, asked.names),
        "counted": COUNTED_NAMES[cell.counted],
        "sum": rows.sum,
        "table": listing,
        "back": asked.overview(),
    }
    return page(request, "workbench/overview/rows.html", context)


@desk(roles=OVERVIEW.roles)
def overview_export(request: DeskRequest, name: str) -> HttpResponseBase:
    """One block's table as an Excel file."""
    asked = read_asked(request)
    block = _gathered(request, asked).block(name) if asked else None
    if asked is None or block is None:
        raise Http404("没有这张表")
    title = f"{block.heading.split('(')[0]} {scope_name(asked.scope, asked.names)}"
    answer = str(asked.answer.label)
    sheet = Sheet(title, block.columns, block.rows, asked.day, str(request.officer), answer)
    file, content_type, ending = as_xlsx(sheet)
    filename = f"{title}_{asked.day:%Y%m%d}_{answer}.{ending}"
    return FileResponse(file, as_attachment=True, filename=filename, content_type=content_type)


def _both_answers(request: DeskRequest, asked: Asked, gap: AnswerGap) -> BothAnswers:
    """The switch with the difference in the chosen part of the book."""
    amounts = {"余额": gap.principal, "逾期贷款": gap.overdue, "不良贷款": gap.non_performing}
    return both_answers(request, asked.answer, day=asked.day, loans=gap.loans, differences=amounts)


def _gathered(request: DeskRequest, asked: Asked) -> Gathering:
    return Gathering(asked, base=request.GET.get("base", ""), late_over=request.GET.get("late", ""))


def _export_address(request: DeskRequest, name: str) -> str:
    query = request.META.get("QUERY_STRING", "")
    return f"{request.path}export/{name}/{'?' + query if query else ''}"


def _choosers(asked: Asked) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    """The selectors of the scope as (parameter, name, options, chosen), where there is a choice."""
    branches = [(str(pk), one.name) for pk, one in asked.names.branches.items()]
    officers = [(str(pk), name) for pk, name in asked.names.officers.items()]
    products = [(str(pk), name) for pk, name in asked.names.products.items()]
    industries = [(code, str(label)) for code, label in Industry.choices]
    choosers = [
        ("branch", "机构", branches),
        ("officer", "客户经理", officers),
        ("product", "产品", products),
        ("industry", "行业", [*industries, (NO_INDUSTRY, "未填行业")]),
    ]
    chosen = [(code, name, some, asked.chosen.get(code, "")) for code, name, some in choosers]
    return [chooser for chooser in chosen if len(chooser[2]) > 1]
