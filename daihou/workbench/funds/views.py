"""资金监管: where drawn money went, what is odd about it, and what moves over clients' accounts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from daihou.fund_supervision.actions import (
    DECIDERS,
    AlreadyDecided,
    confirm_finding,
    dismiss_finding,
    explain_finding,
    record_voucher,
)
from daihou.fund_supervision.choices import (
    LARGE_RULES,
    Evidence,
    FindingState,
    Pattern,
    VoucherKind,
)
from daihou.fund_supervision.explanations import explain_finding as why_finding
from daihou.fund_supervision.explanations import says_of
from daihou.fund_supervision.models import (
    Account,
    AccountTransaction,
    AgreedPayee,
    DrawStanding,
    Finding,
    TracedPayment,
    Voucher,
)
from daihou.fund_supervision.queries import (
    STILL_OPEN,
    accounts_visible_to,
    documents_visible_to,
    draws_visible_to,
    draws_with_share,
    findings_visible_to,
    notable_visible_to,
    paths_of,
    transactions_by_id,
    transactions_of,
)
from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.models import Loan
from daihou.loan_book.queries import loans_visible_to
from daihou.policy.queries import parameters_on
from daihou.workbench.funds.account_chart import balance_chart
from daihou.workbench.funds.flow_picture import flow_chart
from daihou.workbench.funds.forms import DecisionForm, VoucherForm
from daihou.workbench.funds.listing import (
    DRAWS,
    FINDINGS,
    NOTABLE,
    TRANSACTIONS,
    attach_transactions,
    share_of,
)
from daihou.workbench.pieces.figures import Figure
from daihou.workbench.pieces.forms import show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.roles import BUSINESS

_LARGE = [rule.value for rule in LARGE_RULES]


@desk(roles=BUSINESS)
def funds(request: DeskRequest) -> HttpResponseBase:
    """The draws by how well they are explained, under the figures and the findings by pattern."""
    rows = draws_with_share(_draws(request))
    listing = DRAWS.open(request, rows)
    if listing.is_export:
        return listing.download()
    context = {
        "title": "资金监管",
        "table": listing,
        "cards": _cards(request, rows),
        "patterns": _patterns(request),
    }
    return page(request, "workbench/funds/funds.html", context)


@desk(roles=BUSINESS)
def findings(request: DeskRequest) -> HttpResponseBase:
    """Every finding about the officer's clients, by pattern and state."""
    rows = _findings(request).select_related("loan")
    listing = FINDINGS.open(request, rows)
    if listing.is_export:
        return listing.download()
    context = {"title": "资金疑点", "table": listing, "state_is_latest": True}
    return page(request, "workbench/funds/list.html", context)


@desk(roles=BUSINESS)
def notable(request: DeskRequest) -> HttpResponseBase:
    """The lists of large and of abnormal transactions, each row with the rule that put it there."""
    rows = notable_visible_to(request.officer).filter(booked_on__lte=request.business_date)
    rows = rows.select_related("customer", "account").defer("customer__identity_number")
    listing = NOTABLE.open(request, rows, attach=attach_transactions)
    if listing.is_export:
        return listing.download()
    return page(request, "workbench/funds/list.html", {"title": "大额与异常交易", "table": listing})


@desk(roles=BUSINESS)
def draw(request: DeskRequest, number: str) -> HttpResponse:
    """One draw: what was agreed, the picture of its flow, payments with evidence, findings."""
    loan = _loan(request, number)
    standing = DrawStanding.objects.filter(loan=loan).first()
    steps = paths_of(loan)
    found = list(_findings(request).filter(loan=loan).prefetch_related("transactions"))
    suspicious = {
        row.transaction
        for one in found
        if one.state in STILL_OPEN
        for row in one.transactions.all()
    }
    moved = transactions_by_id((step.transaction, step.booked_on) for step in steps)
    payees = list(AgreedPayee.objects.filter(loan=loan).order_by("pk"))
    vouchers = list(Voucher.objects.filter(loan=loan).select_related("document").order_by("pk"))
    context = {
        "title": f"资金用途 {loan.number}",
        "loan": loan,
        "agreed": getattr(loan, "agreed_use", None),
        "standing": standing,
        "share": share_of(standing) if standing else None,
        "unexplained": standing.spent - standing.evidenced if standing else None,
        "chart": flow_chart(
            f"借据 {loan.number}", standing.arrived if standing else 0, steps, moved, suspicious
        ),
        "payments": _payment_lines(steps, moved, suspicious, payees, vouchers),
        "payees": payees,
        "vouchers": vouchers,
        "findings": [(one, says_of(one)) for one in found],
        "accounts": accounts_visible_to(request.officer).filter(customer=loan.customer_id),
        "may_write": _may_write(request),
    }
    return page(request, "workbench/funds/draw.html", context)


@desk(roles=BUSINESS, writers=DECIDERS)
def voucher(request: DeskRequest, number: str) -> HttpResponse:
    """Enter a voucher for a draw; the next business day matches it."""
    loan = _loan(request, number)
    form = VoucherForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        given["kind"] = VoucherKind(given["kind"])
        try:
            record_voucher(loan=loan, by=request.officer, business_date=_today(request), **given)
        except NotAcceptable as problem:
            show_refusal(form, problem.field, str(problem))
        else:
            messages.success(
                request, f"已登记{given['kind'].label} {given['number']},下一次日终核对时计入证据"
            )
            return redirect("fund_draw", loan.number)
    context = {"title": f"登记用途凭证 {loan.number}", "loan": loan, "form": form}
    status = 422 if form.errors else 200
    return page(request, "workbench/funds/voucher.html", context, status=status)


@desk(roles=BUSINESS, writers=DECIDERS)
def finding(request: DeskRequest, number: int) -> HttpResponse:
    """One finding: what was seen, in which transactions, and what people make of it."""
    rows = _findings(request).select_related("loan", "decided_by", "document")
    found = get_object_or_404(rows, pk=number)
    form = DecisionForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            _decide(request, found, form.cleaned_data)
        except NotAcceptable as problem:
            show_refusal(form, problem.field, str(problem))
        except AlreadyDecided as problem:
            messages.warning(request, str(problem))
            return redirect("fund_finding", found.pk)
        else:
            messages.success(
                request, f"疑点“{found.get_pattern_display()}”:{found.get_state_display()}"
            )
            return redirect("fund_finding", found.pk)
    lines = list(found.transactions.order_by("booked_on", "transaction"))
    moved = transactions_by_id((line.transaction, line.booked_on) for line in lines)
    references = [row.reference for row in moved.values()]
    context = {
        "title": f"{found.get_pattern_display()} · {found.customer.name}",
        "finding": found,
        "says": says_of(found),
        "reasons": [why_finding(found, parameters_on(found.last_found_on), references)],
        "lines": [(line, moved.get(line.transaction)) for line in lines],
        "form": form if _may_write(request) else None,
    }
    status = 422 if form.errors else 200
    return page(request, "workbench/funds/finding.html", context, status=status)


@desk(roles=BUSINESS)
def account(request: DeskRequest, number: str) -> HttpResponseBase:
    """One account: its balance over the last year, and what moved over it."""
    rows = accounts_visible_to(request.officer).select_related("customer")
    found: Account = get_object_or_404(rows.defer("customer__identity_number"), number=number)
    moved = transactions_of(found).filter(booked_on__lte=request.business_date)
    listing = TRANSACTIONS.open(request, moved)
    if listing.is_export:
        return listing.download()
    context = {
        "title": f"账户 {found.number}",
        "account": found,
        "state": found.states.valid_on(request.business_date).first(),
        "table": listing,
        "chart": balance_chart(found, request.business_date),
    }
    return page(request, "workbench/funds/account.html", context)


@desk(roles=BUSINESS)
def document(request: DeskRequest, number: int) -> HttpResponse:
    """A paper that was handed in, as an attachment."""
    rows = documents_visible_to(request.officer).select_related("content")
    found = get_object_or_404(rows, pk=number)
    answer = HttpResponse(bytes(found.content.data), content_type=found.content_type)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{_quoted(found.name)}"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _decide(request: DeskRequest, found: Finding, given: dict[str, Any]) -> None:
    who = {"by": request.officer, "business_date": _today(request), "note": given["note"]}
    match FindingState(given["state"]):
        case FindingState.EXPLAINED:
            explain_finding(finding=found, paper=given["paper"], **who)
        case FindingState.DISMISSED:
            dismiss_finding(finding=found, **who)
        case _:
            confirm_finding(finding=found, **who)


def _payment_lines(
    steps: list[TracedPayment],
    moved: dict[int, AccountTransaction],
    suspicious: set[int],
    payees: list[AgreedPayee],
    vouchers: list[Voucher],
) -> list[dict[str, Any]]:
    payee_names = {payee.pk: payee.name for payee in payees}
    papers = {paper.pk: f"{paper.get_kind_display()} {paper.number}" for paper in vouchers}
    return [
        {
            "step": step,
            "row": moved.get(step.transaction),
            "is_suspicious": step.transaction in suspicious,
            "tone": "ok" if step.evidence >= Evidence.CONTRACT else "warn",
            "because": papers.get(step.voucher or 0) or payee_names.get(step.payee or 0, ""),
            "is_judged": step.hop == 1,
        }
        for step in steps
    ]


def _draws(request: DeskRequest) -> QuerySet[DrawStanding]:
    rows = draws_visible_to(request.officer).select_related("loan__customer")
    return rows.filter(loan__disbursed_on__lte=request.business_date).defer(
        "loan__customer__identity_number"
    )


def _findings(request: DeskRequest) -> QuerySet[Finding]:
    rows = findings_visible_to(request.officer).filter(first_found_on__lte=request.business_date)
    return rows.select_related("customer").defer("customer__identity_number")


def _loan(request: DeskRequest, number: str) -> Loan:
    rows = loans_visible_to(request.officer).select_related("customer", "agreed_use", "product")
    return get_object_or_404(rows.defer("customer__identity_number"), number=number)


def _cards(request: DeskRequest, rows: QuerySet[DrawStanding]) -> list[Figure]:
    sums = rows.aggregate(Sum("arrived"), Sum("spent"), Sum("evidenced"), Count("pk"))
    arrived, evidenced = sums["arrived__sum"] or 0, sums["evidenced__sum"] or 0
    open_ones = _findings(request).filter(state__in=STILL_OPEN, ended_on=None)
    new = open_ones.filter(state=FindingState.NEW).count()
    lately = notable_visible_to(request.officer).filter(booked_on=request.business_date)
    counts = lately.aggregate(
        large=Count("pk", filter=Q(rule__in=_LARGE)), odd=Count("pk", filter=~Q(rule__in=_LARGE))
    )
    here, day = reverse("fund_notable"), request.business_date
    return [
        Figure("有证据用途占比", f"{evidenced / arrived:.1%}" if arrived else "—",
               change=f"核查 {sums['pk__count']:,} 笔提款",
               hint="有合同或凭证支持的支付 ÷ 到账金额"),
        Figure("无证据支付", fen=(sums["spent__sum"] or 0) - evidenced, link="?share=low"),
        Figure("待处理疑点", f"{new:,}", "项", tone="bad" if new else "",
               change=f"另有已确认 {open_ones.count() - new:,} 项",
               link=reverse("fund_findings") + "?state=new"),
        Figure("当日大额交易", f"{counts['large']:,}", "笔",
               link=f"{here}?list=large&from={day}&to={day}"),
        Figure("当日异常交易", f"{counts['odd']:,}", "笔", tone="warn" if counts["odd"] else "",
               link=f"{here}?list=abnormal&from={day}&to={day}"),
    ]  # fmt: skip


def _patterns(request: DeskRequest) -> list[tuple[str, int, int, int]]:
    """Each pattern with its open findings, their amount, and its number."""
    rows = _findings(request).filter(state__in=STILL_OPEN, ended_on=None).order_by()
    found = {
        row["pattern"]: row
        for row in rows.values("pattern").annotate(many=Count("pk"), amount=Sum("amount"))
    }
    return [
        (pattern.label, found[pattern]["many"], found[pattern]["amount"], pattern.value)
        for pattern in Pattern
        if pattern in found
    ]


def _today(request: DeskRequest) -> Any:
    return request.latest_day or request.business_date


def _may_write(request: DeskRequest) -> bool:
    return request.officer.has_role(*DECIDERS) and not request.shows_past


def _quoted(name: str) -> str:
    return "".join(f"%{byte:02X}" for byte in name.encode())
