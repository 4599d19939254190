"""Writes on the use of funds: people decide on findings and hand in papers."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from daihou.fund_supervision.choices import FindingState, VoucherKind
from daihou.fund_supervision.documents import Paper
from daihou.fund_supervision.models import Document, DocumentContent, Finding, Voucher
from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.models import Customer, Loan
from daihou.staff.choices import Role
from daihou.staff.models import Officer

DECIDERS = frozenset({Role.ACCOUNT_MANAGER, Role.POST_LOAN_OFFICER, Role.RISK_MANAGER})
LONGEST = 500


class AlreadyDecided(Exception):
    """Somebody else has decided on the finding in the meantime; nothing was written."""

    def __init__(self) -> None:
        super().__init__("该疑点已由他人处理,本次没有登记;请刷新后再看")


def confirm_finding(*, finding: Finding, note: str, by: Officer, business_date: dt.date) -> None:
    """Put on record that the suspicion is true; it stays open and speaks to the warning signals."""
    _decide(finding, FindingState.CONFIRMED, note, by, business_date, None)


@transaction.atomic
def explain_finding(
    *, finding: Finding, note: str, paper: Paper | None, by: Officer, business_date: dt.date
) -> None:
    """Put on record what explains the finding, with the paper that proves it."""
    if paper is None:
        raise NotAcceptable("paper", "“已解释”须附证明文件")
    document = keep_paper(
        paper=paper, customer=finding.customer, by=by, business_date=business_date
    )
    _decide(finding, FindingState.EXPLAINED, note, by, business_date, document)


def dismiss_finding(*, finding: Finding, note: str, by: Officer, business_date: dt.date) -> None:
    """Put on record that the finding means nothing, and why."""
    _decide(finding, FindingState.DISMISSED, note, by, business_date, None)


@transaction.atomic
def keep_paper(
    *, paper: Paper, customer: Customer, by: Officer, business_date: dt.date
) -> Document:
    """Keep a paper about a client."""
    document = Document.objects.create(
        name=paper.name,
        content_type=paper.content_type,
        digest=paper.digest,
        size=len(paper.data),
        uploaded_by=by,
        uploaded_on=business_date,
        customer=customer,
    )
    DocumentContent.objects.create(document=document, data=paper.data)
    return document


@transaction.atomic
def record_voucher(
    *,
    loan: Loan,
    kind: VoucherKind,
    number: str,
    issuer: str,
    amount: int,
    issued_on: dt.date | None,
    paper: Paper | None,
    by: Officer,
    business_date: dt.date,
) -> Voucher:
    """Enter a paper that proves the use of a draw; the next business day counts it as evidence."""
    _must_be_allowed(by)
    if amount <= 0:
        raise NotAcceptable("amount", "金额必须大于零")
    if issued_on is not None and issued_on > business_date:
        raise NotAcceptable("issued_on", "出具日晚于营业日")
    if Voucher.objects.filter(loan=loan, kind=kind, number=number).exists():
        raise NotAcceptable("number", "该借据已有同类同号的凭证")
    document = None
    if paper is not None:
        document = keep_paper(
            paper=paper, customer=loan.customer, by=by, business_date=business_date
        )
    return Voucher.objects.create(
        loan=loan,
        kind=kind,
        number=number,
        issuer=issuer,
        amount=amount,
        issued_on=issued_on,
        document=document,
        recorded_by=by,
    )


def _decide(
    finding: Finding,
    state: FindingState,
    note: str,
    by: Officer,
    business_date: dt.date,
    document: Document | None,
) -> None:
    _must_be_allowed(by)
    if len(note.strip()) < 4:
        raise NotAcceptable("note", "请写明核实经过与理由")
    done = Finding.objects.filter(pk=finding.pk, state=finding.state).update(
        state=state,
        note=note.strip()[:LONGEST],
        decided_by=by,
        decided_on=business_date,
        document=document,
    )
    if not done:
        raise AlreadyDecided
    finding.refresh_from_db()


def _must_be_allowed(by: Officer) -> None:
    if not by.has_role(*DECIDERS):
        raise NotAcceptable("note", "只有客户经理、贷后岗、风险经理可以处理资金疑点")
