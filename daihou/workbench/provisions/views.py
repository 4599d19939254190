"""拨备: whether enough is set aside, what moved it, each loan's stage and why, and what if."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404

from daihou.loan_book.choices import HOME_CURRENCY
from daihou.loan_book.queries import loans_visible_to
from daihou.policy.queries import parameters_on
from daihou.provision.actions import PROPOSERS
from daihou.provision.choices import Cause
from daihou.provision.estimating import ENOUGH, Estimated, estimates
from daihou.provision.limits import SCENARIOS, measures_on
from daihou.provision.models import Allowance, LoanStage
from daihou.provision.movement import MOST_ROWS, moved_loans, movements
from daihou.provision.queries import (
    adequacy,
    allowances_visible_to,
    by_stage,
    explained_allowance,
    explained_stage,
)
from daihou.provision.whatif import Tried, tried
from daihou.storage.history import holding_on
from daihou.workbench.desks import PROVISIONS
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.tables import plain_table
from daihou.workbench.provisions.forms import PeriodForm, WhatIfForm
from daihou.workbench.provisions.listing import (
    MOVED,
    cards,
    loans_table,
    moved_columns,
    stage_badge,
    stage_chart,
)

_TRIED = (
    Column("阶段", lambda row: stage_badge(row.stage), Kind.HTML),
    Column("笔数", "loans", Kind.COUNT),
    Column("现拨备", "now", Kind.MONEY),
    Column("试算拨备", "then", Kind.MONEY),
    Column("变动", "change", Kind.MONEY),
)


def _held(request: DeskRequest) -> QuerySet[Allowance]:
    """What is set aside on the shown day, in the home currency, for loans that may be seen."""
    rows = allowances_visible_to(request.officer).filter(holding_on(request.business_date))
    return rows.filter(loan__currency=HOME_CURRENCY)


@desk(roles=PROVISIONS.roles)
def overview(request: DeskRequest) -> HttpResponseBase:
    """Whether enough is set aside, by stage, and how it came about since a chosen day."""
    day, rows = request.business_date, _held(request)
    told = adequacy(rows, parameters_on(day))
    period, since, until = _period(request)
    changes = movements(request.officer, since, until)
    context = {
        "title": "拨备",
        "figures": cards(told),
        "chart": stage_chart(by_stage(rows)),
        "period": period,
        "since": since,
        "until": until,
        "grid": plain_table(
            moved_columns(str(since), str(until)), [one for one in changes if one.loans]
        ),
        "opening": sum(one.opening for one in changes),
        "closing": sum(one.closing for one in changes),
        "empty": "期初与期末都没有拨备",
    }
    status = 422 if period.errors else 200
    return page(request, "workbench/provisions/overview.html", context, status=status)


def _period(request: DeskRequest) -> tuple[PeriodForm, dt.date, dt.date]:
    """The form, and the period it asks for: since the end of last month where it asks for none."""
    day = request.business_date
    usual = {"since": day.replace(day=1) - dt.timedelta(days=1), "until": day}
    form = PeriodForm(request.GET if "since" in request.GET else None, initial=usual)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else usual
    return form, chosen["since"], chosen["until"]


@desk(roles=PROVISIONS.roles)
def moved(request: DeskRequest, cause: str) -> HttpResponseBase:
    """The loans behind one line of the movement table."""
    if cause not in Cause.values:
        raise Http404
    _, since, until = _period(request)
    rows = moved_loans(request.officer, since, until, Cause(cause))
    listing = MOVED.open(request, rows)
    if listing.is_export:
        return listing.download()
    context = {
        "title": f"拨备变动:{Cause(cause).label}",
        "table": listing,
        "since": since,
        "until": until,
        "most": MOST_ROWS if len(rows) == MOST_ROWS else None,
    }
    return page(request, "workbench/provisions/moved.html", context)


@desk(roles=PROVISIONS.roles)
def loans(request: DeskRequest) -> HttpResponseBase:
    """Every loan with its stage and what is set aside for it on the shown day."""
    rows = allowances_visible_to(request.officer).filter(holding_on(request.business_date))
    shown = rows.select_related("loan__customer").defer("loan__customer__identity_number")
    listing = loans_table(request.officer).open(request, shown)
    if listing.is_export:
        return listing.download()
    return page(request, "workbench/provisions/list.html", {"title": "拨备明细", "table": listing})


@desk(roles=PROVISIONS.roles)
def loan(request: DeskRequest, number: str) -> HttpResponseBase:
    """One loan: its stage and amount on the shown day with reasons, its course, its rebuttals."""
    visible = loans_visible_to(request.officer).select_related("customer")
    found = get_object_or_404(visible.defer("customer__identity_number"), number=number)
    day = request.business_date
    measured = explained_allowance(found, day)
    stage = explained_stage(found, day)
    stages = LoanStage.objects.filter(loan=found, valid_from__lte=day).order_by("-valid_from")
    course = Allowance.objects.filter(loan=found, valid_from__lte=day).order_by("-valid_from")
    badges = [(one, stage_badge(one.stage)) for one in stages[:60]]
    rebuttals = found.stage_rebuttals.filter(proposed_on__lte=day)
    context = {
        "title": f"拨备 · {number}",
        "loan": found,
        "stage": stage,
        "badge": stage_badge(stage.stage) if stage else "",
        "allowance": measured[0] if measured else None,
        "reasons": measured[1] if measured else [],
        "stages": badges,
        "course": course[:60],
        "rebuttals": rebuttals.select_related("proposed_by", "decided_by"),
        "may_rebut": request.officer.has_role(*PROPOSERS) and not request.shows_past,
    }
    return page(request, "workbench/provisions/loan.html", context)


@desk(roles=PROVISIONS.roles)
def what_if(request: DeskRequest) -> HttpResponseBase:
    """The allowance under other numbers; nothing is written."""
    measures = measures_on(parameters_on(request.business_date))
    weights = dict(zip(SCENARIOS, (one.weight for one in measures.scenarios), strict=True))
    start = {
        "default_factor": 100_000_000, "loss_firm": measures.loss_firm,
        "loss_retail": measures.loss_retail, "loss_covered": measures.loss_covered, **weights,
    }  # fmt: skip
    form = WhatIfForm(request.GET if "default_factor" in request.GET else None, initial=start)
    found: list[Tried] = []
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        scenarios = tuple(
            one._replace(weight=given[name])
            for name, one in zip(SCENARIOS, measures.scenarios, strict=True)
        )
        changed = measures._replace(
            loss_firm=given["loss_firm"], loss_retail=given["loss_retail"],
            loss_covered=given["loss_covered"], scenarios=scenarios,
        )  # fmt: skip
        found = tried(_held(request), changed, given["default_factor"])
    context = {
        "title": "拨备试算",
        "form": form,
        "grid": plain_table(_TRIED, found) if found else None,
        "now": sum(one.now for one in found),
        "then": sum(one.then for one in found),
        "change": sum(one.change for one in found),
    }
    status = 422 if form.errors else 200
    return page(request, "workbench/provisions/what_if.html", context, status=status)


@desk(roles=PROVISIONS.roles)
def estimated(request: DeskRequest) -> HttpResponseBase:
    """How loans moved between stages by the whole bank's history, beside the parameters."""
    found = estimates(request.business_date)
    context = {
        "title": "迁徙估计",
        "found": found,
        "enough": ENOUGH,
        "blocks": [
            (name, _lines(one), _chances(one))
            for name, one in (("队列法", found.cohort), ("久期法", found.duration))
            if one is not None
        ],
    }
    return page(request, "workbench/provisions/estimates.html", context)


def _lines(one: Estimated) -> list[tuple[str, list[str]]]:
    names = ("第一阶段", "第二阶段", "第三阶段")
    return [(name, [_share(value) for value in one.matrix[n]]) for n, name in enumerate(names)]


def _chances(one: Estimated) -> list[tuple[str, str]]:
    names = ("第一阶段", "第二阶段")
    shares = ("未知" if value is None else _share(value) for value in one.to_three)
    return list(zip(names, shares, strict=True))


def _share(value: float) -> str:
    return "未知" if value != value else f"{value * 100:.2f}%"
