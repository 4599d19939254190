"""Entering statements: by hand, or from the workbook that the accountant sent."""

from __future__ import annotations

import datetime as dt
import zipfile
from typing import Any

import openpyxl
from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from openpyxl.utils.exceptions import InvalidFileException

from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.models import Customer
from daihou.loan_book.queries import customers_visible_to
from daihou.statements.accountants_sheets import NotUnderstood, PeriodSheets, read_sheets
from daihou.statements.actions import About, Figures, record_statement
from daihou.statements.checks import Result, failed, results
from daihou.statements.choices import Opinion, Scope, Severity, Source
from daihou.statements.items import ITEM_BY_KEY
from daihou.statements.models import Statement
from daihou.statements.panel import panel_of
from daihou.statements.queries import statements_of
from daihou.workbench.desks import STATEMENTS
from daihou.workbench.pieces.forms import show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.roles import HANDLERS
from daihou.workbench.statements.forms import AboutForm, LinesForm, WorkbookForm
from daihou.workbench.statements.sheet_lines import period_words

MOST_BYTES = 10 << 20
_SALT = "statements.workbook"


@desk(roles=STATEMENTS.roles, writers=HANDLERS)
def new(request: DeskRequest, number: str) -> HttpResponse:
    """Enter a statement by hand: look at the checks, then keep it."""
    customer = _customer(request, number)
    today = request.latest_day or request.business_date
    sent = request.POST if request.method == "POST" else None
    about, lines = AboutForm(sent, initial={"received_on": today}), LinesForm(sent)
    context: dict[str, Any] = {"checked": False, "wrong": []}
    if sent is not None and about.is_valid() and lines.is_valid():
        figures = Figures(lines.column("now"), lines.column("then"))
        end = about.cleaned_data["period_end"]
        wrong = _would_fail(customer, end, about.cleaned_data["scope"], figures, today)
        grave = [one for one in wrong if one.check.severity is Severity.ERROR]
        if "keep" in sent and (not grave or sent.get("despite")):
            try:
                kept = _keep(customer, about, figures, request, today)
            except NotAcceptable as problem:
                show_refusal(about, problem.field, str(problem))
            else:
                words = f"{period_words(kept.period_end)}报表已入册(第 {kept.version} 版)"
                messages.success(request, f"{words},下一次日终会用到")
                return redirect("client_statements", number=number)
        context = {"checked": True, "wrong": wrong, "grave": bool(grave)}
    context |= {"title": f"录入报表 {customer.name}", "customer": customer, "about": about,
                "lines": lines, "may_handle": _may(request)}  # fmt: skip
    status = 422 if about.errors or lines.errors else 200
    return page(request, "workbench/statements/new.html", context, status=status)


@desk(roles=STATEMENTS.roles, writers=HANDLERS)
def workbook(request: DeskRequest, number: str) -> HttpResponse:
    """Read the accountant's workbook, show what was understood, then keep the chosen periods."""
    customer = _customer(request, number)
    today = request.latest_day or request.business_date
    if request.method == "POST" and "payload" in request.POST:
        return _keep_periods(request, customer, today)
    sent = request.method == "POST"
    form = WorkbookForm(request.POST if sent else None, request.FILES if sent else None)
    context: dict[str, Any] = {}
    if sent and form.is_valid():
        try:
            context = _read(customer, form, today)
        except NotUnderstood as problem:
            show_refusal(form, "workbook", str(problem))
    context |= {"title": f"上传报表 {customer.name}", "customer": customer, "form": form,
                "may_handle": _may(request)}  # fmt: skip
    status = 422 if form.errors else 200
    return page(request, "workbench/statements/workbook.html", context, status=status)


def _read(customer: Customer, form: WorkbookForm, today: dt.date) -> dict[str, Any]:
    file = form.cleaned_data["workbook"]
    if file.size > MOST_BYTES:
        raise NotUnderstood("文件超过 10 MB,不像是报表")
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError):
        raise NotUnderstood("不是可读的 Excel(xlsx)文件;旧版 xls 请另存为 xlsx") from None
    grids = [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]
    reading = read_sheets(grids, form.cleaned_data["period_end"])
    known = {(one.period_end, one.scope) for one in statements_of(customer, until=today)}
    return {
        "read": [
            {
                "end": one.period_end,
                "words": period_words(one.period_end),
                "count": len(one.now),
                "wrong": _would_fail(
                    customer, one.period_end, Scope.SINGLE, Figures(one.now, one.earlier), today
                ),
                "is_known": (one.period_end, Scope.SINGLE) in known,
            }
            for one in reading.periods
        ],
        "unknown": reading.unknown,
        "payload": signing.dumps(
            [[str(o.period_end), o.now, o.earlier] for o in reading.periods],
            salt=f"{_SALT}.{customer.pk}",
            compress=True,
        ),
        "today": today,
    }


def _keep_periods(request: DeskRequest, customer: Customer, today: dt.date) -> HttpResponse:
    """Keep the chosen periods of a workbook that was read before."""
    try:
        read = signing.loads(
            request.POST["payload"], salt=f"{_SALT}.{customer.pk}", max_age=24 * 3600
        )
    except signing.BadSignature:
        messages.error(request, "上传内容已过期,请重新上传")
        return redirect("statement_workbook", number=customer.number)
    chosen = set(request.POST.getlist("period"))
    periods = [
        PeriodSheets(dt.date.fromisoformat(end), now, earlier)
        for end, now, earlier in read
        if end in chosen
    ]
    kept = []
    for one in periods:
        about = About(
            one.period_end, today, source=Source.SHEET, note=request.POST.get("note", "")[:300]
        )
        try:
            record_statement(
                customer=customer,
                about=about,
                figures=Figures(one.now, one.earlier),
                by=request.officer,
                business_date=today,
            )
        except NotAcceptable as problem:
            messages.error(request, f"{period_words(one.period_end)}未入册:{problem}")
        else:
            kept.append(period_words(one.period_end))
    if kept:
        messages.success(request, f"已入册:{'、'.join(kept)};下一次日终会用到")
    elif not periods:
        messages.warning(request, "没有选择报表期")
    return redirect("client_statements", number=customer.number)


def _keep(
    customer: Customer, about: AboutForm, figures: Figures, request: DeskRequest, today: dt.date
) -> Statement:
    said = about.cleaned_data
    return record_statement(
        customer=customer,
        about=About(
            period_end=said["period_end"],
            received_on=said["received_on"],
            scope=Scope(said["scope"]),
            opinion=Opinion(said["opinion"]),
            auditor=said["auditor"],
            note=said["note"],
        ),
        figures=figures,
        by=request.officer,
        business_date=today,
    )


def _would_fail(
    customer: Customer, end: dt.date, scope: int, figures: Figures, today: dt.date
) -> list[Result]:
    """The checks that a statement would fail beside those that are on record."""
    others = [
        one
        for one in statements_of(customer, until=today, scope=Scope(scope))
        if one.period_end != end
    ]
    drafted = Statement(
        customer=customer,
        period_end=end,
        months=end.month,
        scope=scope,
        items=[ITEM_BY_KEY[key].code for key in figures.now],
        amounts=list(figures.now.values()),
        earlier_items=[ITEM_BY_KEY[key].code for key in figures.earlier],
        earlier_amounts=list(figures.earlier.values()),
    )
    return failed(results(panel_of([*others, drafted]))[-1])


def _customer(request: DeskRequest, number: str) -> Customer:
    visible = customers_visible_to(request.officer).defer("identity_number")
    return get_object_or_404(visible, number=number)


def _may(request: DeskRequest) -> bool:
    return request.officer.has_role(*HANDLERS) and not request.shows_past
