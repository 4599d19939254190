"""Entering things about collateral: a new piece, a correction, a value, a lien, an incident."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from daihou.collateral.actions import (
    About,
    Held,
    Worth,
    correct,
    end_incident,
    end_lien,
    record_incident,
    record_lien,
    record_valuation,
    register,
    secure,
)
from daihou.collateral.choices import CollateralKind, IncidentKind, LienKind, ValueSource
from daihou.collateral.models import Collateral
from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.models import Contract
from daihou.loan_book.queries import customers_visible_to
from daihou.workbench.collateral.forms import (
    AboutForm,
    CorrectionForm,
    EndForm,
    IncidentForm,
    LienForm,
    LinkForm,
    NewForm,
    ValuationForm,
)
from daihou.workbench.collateral.views import may_handle, piece_or_404
from daihou.workbench.desks import COLLATERAL
from daihou.workbench.pieces.forms import DeskForm, show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.roles import HANDLERS

Given = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One thing that can be entered: its title, its form, what is done and what is then said."""

    title: str
    form: Callable[[DeskRequest, Collateral], DeskForm]
    carry_out: Callable[[Collateral, Given, DeskRequest, dt.date], object]
    said: str


@desk(roles=COLLATERAL.roles, writers=HANDLERS)
def new(request: DeskRequest, customer: str) -> HttpResponse:
    """Put a piece of collateral of a client on the register."""
    visible = customers_visible_to(request.officer).defer("identity_number")
    client = get_object_or_404(visible, number=customer)
    form = NewForm(_sent(request), initial={"owner": client.name, "region": client.region})
    if form.is_valid() and may_handle(request):
        given = form.cleaned_data
        try:
            made = register(number=given["number"], customer=client, about=_about(given))
        except NotAcceptable as problem:
            show_refusal(form, problem.field, str(problem))
        else:
            messages.success(request, f"押品 {made.number} 已登记,请接着登记担保关系与估值")
            return redirect("collateral", number=made.number)
    return _page(request, f"登记押品 {client.name}", form, {"customer": client})


@desk(roles=COLLATERAL.roles, writers=HANDLERS)
def enter(request: DeskRequest, number: str, what: str) -> HttpResponse:
    """Enter something about a piece: correction, link, valuation, lien, incident."""
    found = piece_or_404(request, number)
    entry = ENTRIES.get(what)
    if entry is None:
        raise Http404
    form = entry.form(request, found)
    if form.is_valid() and may_handle(request):
        try:
            entry.carry_out(found, form.cleaned_data, request, _today(request))
        except NotAcceptable as problem:
            show_refusal(form, problem.field, str(problem))
        else:
            messages.success(request, f"{entry.said},下一次日终会用到")
            return redirect("collateral", number=found.number)
    return _page(request, f"{entry.title} {found.name}", form, {"piece": found})


@desk(roles=COLLATERAL.roles, writers=HANDLERS)
def end(request: DeskRequest, number: str, what: str, row: int) -> HttpResponse:
    """Say that a lien or an incident is over."""
    found = piece_or_404(request, number)
    today = _today(request)
    form = EndForm(_sent(request), initial={"ended_on": today})
    steps: dict[str, Callable[[dt.date], None]] = {
        "lien": lambda on: end_lien(
            lien=get_object_or_404(found.liens, pk=row), ended_on=on, business_date=today
        ),
        "incident": lambda on: end_incident(
            incident=get_object_or_404(found.incidents, pk=row), ended_on=on, business_date=today
        ),
    }
    if what not in steps:
        raise Http404
    if form.is_valid() and may_handle(request):
        try:
            steps[what](form.cleaned_data["ended_on"])
        except NotAcceptable as problem:
            show_refusal(form, problem.field, str(problem))
        else:
            messages.success(request, "已登记消灭或解除,下一次日终会用到")
            return redirect("collateral", number=found.number)
    return _page(request, f"登记解除 {found.name}", form, {"piece": found})


def _page(request: DeskRequest, title: str, form: forms.Form, context: Given) -> HttpResponse:
    shown = {"title": title, "form": form, "may_handle": may_handle(request), **context}
    status = 422 if form.errors else 200
    return page(request, "workbench/collateral/entry.html", shown, status=status)


def _sent(request: DeskRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _today(request: DeskRequest) -> dt.date:
    return request.latest_day or request.business_date


def _about(given: Given) -> About:
    names = ("name", "owner", "region", "place", "registration", "registered_until",
             "insured_until")  # fmt: skip
    return About(kind=CollateralKind(given["kind"]), **{name: given[name] for name in names})


def _correction_form(request: DeskRequest, piece: Collateral) -> DeskForm:
    names = [*AboutForm.base_fields, "released_on"]
    return CorrectionForm(_sent(request), initial={name: getattr(piece, name) for name in names})


def _link_form(request: DeskRequest, piece: Collateral) -> DeskForm:
    linked = piece.links.values("contract")
    contracts = Contract.objects.filter(customer=piece.customer_id).exclude(pk__in=linked)
    return LinkForm(_sent(request), contracts=contracts.order_by("-signed_on"))


def _secure(piece: Collateral, given: Given, request: DeskRequest, today: dt.date) -> object:
    return secure(piece=piece, business_date=today, **given)


def _valued(piece: Collateral, given: Given, request: DeskRequest, today: dt.date) -> object:
    worth = Worth(**{**given, "source": ValueSource(given["source"])})
    return record_valuation(piece=piece, worth=worth, by=request.officer, business_date=today)


def _held(piece: Collateral, given: Given, request: DeskRequest, today: dt.date) -> object:
    held = Held(**{**given, "kind": LienKind(given["kind"])})
    return record_lien(piece=piece, held=held, business_date=today)


def _incident(piece: Collateral, given: Given, request: DeskRequest, today: dt.date) -> object:
    return record_incident(
        piece=piece, kind=IncidentKind(given["kind"]), happened_on=given["happened_on"],
        text=given["text"], by=request.officer, business_date=today,
    )  # fmt: skip


ENTRIES: dict[str, Entry] = {
    "correct": Entry(
        "更正押品",
        _correction_form,
        lambda piece, given, request, today: correct(
            piece=piece, about=_about(given), released_on=given["released_on"]
        ),
        "押品资料已更正",
    ),
    "link": Entry("登记担保关系", _link_form, _secure, "担保关系已登记"),
    "valuation": Entry(
        "登记估值", lambda request, piece: ValuationForm(_sent(request)), _valued, "估值已入册"
    ),
    "lien": Entry(
        "登记他人权利", lambda request, piece: LienForm(_sent(request)), _held, "他人权利已登记"
    ),
    "incident": Entry(
        "登记押品异常", lambda request, piece: IncidentForm(_sent(request)), _incident,
        "押品异常已登记",
    ),
}  # fmt: skip
