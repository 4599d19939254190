"""The rules on the use of drawn money: facts in, a judgement out. No database here."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from daihou.fund_supervision.choices import Evidence, Pattern, PayBy, TransactionKind


@dataclass(frozen=True)
class Payment:
    """A step of drawn money as the rules see it; `day` counts from 1970, amounts are fen."""

    number: int
    parent: int
    hop: int
    transaction: int
    day: int
    amount: int  # of the draw
    whole: int  # of the transaction
    payer: int
    payee_customer: int  # 0: not known to us
    payee_key: int
    payee_name: str
    payee_account: str
    purpose: str
    kind: int
    is_cash: bool
    leaves: bool  # out of the borrower's own accounts, before anybody else had the money


@dataclass(frozen=True)
class Payee:
    """Somebody whom a draw was agreed to be paid to."""

    id: int
    name: str
    account: str
    contract: str


@dataclass(frozen=True)
class Paper:
    """A voucher: who issued it, over how much."""

    id: int
    issuer: str
    amount: int
    is_contract: bool


@dataclass(frozen=True)
class Draw:
    """A draw with what was agreed about it."""

    loan: int
    customer: int
    name: str
    amount: int
    is_retail: bool
    is_business: bool  # an enterprise, a trader or a farmer borrows
    pay_by: str  # "" where nothing was agreed
    payees: tuple[Payee, ...]
    papers: tuple[Paper, ...]
    related: Mapping[int, str]  # clients related to the borrower, and how


@dataclass(frozen=True)
class Judged:
    """A payment out of the draw and how well it is explained."""

    payment: Payment
    evidence: Evidence
    payee: int = 0
    paper: int = 0


@dataclass(frozen=True)
class Found:
    """A pattern that shows: the other side, and the payments by which it does."""

    pattern: Pattern
    other_key: int
    other_side: str
    payments: tuple[tuple[int, int, int], ...]  # transaction, day, amount
    numbers: tuple[int, ...]

    @property
    def amount(self) -> int:
        """How much money it concerns."""
        return sum(amount for _, _, amount in self.payments)


@dataclass(frozen=True)
class FundLimits:
    """The limits of the rules, as they count on a day; amounts in fen."""

    entrust_single: int
    entrust_retail_business: int
    entrust_retail_other: int
    split_times: int
    split_days: int
    split_share: int  # per cent of the threshold from which on a payment counts as just below
    least: int
    cash_least: int
    shared_borrowers: int
    shared_days: int
    shared_share: int  # per cent of what the other side moves with all clients of ours
    repaid_days: int
    repaid_margin: int  # per cent of the repayment
    fast_days: int
    fast_before: int
    fast_after: int
    fast_share: int  # per cent of the draw
    words: Mapping[Pattern, tuple[str, ...]]


WORDED = (Pattern.SECURITIES, Pattern.REAL_ESTATE, Pattern.WEALTH, Pattern.OTHER_LOAN)
_KINDS = {
    TransactionKind.SECURITIES: Pattern.SECURITIES,
    TransactionKind.WEALTH: Pattern.WEALTH,
    TransactionKind.LOAN_REPAYMENT: Pattern.OTHER_LOAN,
}
# Payments that many clients make to the same place in the ordinary course of life.
EVERYDAY = frozenset(
    {
        TransactionKind.WAGES, TransactionKind.TAX, TransactionKind.SOCIAL_SECURITY,
        TransactionKind.PENSION, TransactionKind.INTEREST, TransactionKind.FEE,
        TransactionKind.INSURANCE, TransactionKind.HOUSEHOLD,
    }
)  # fmt: skip
_NOISE = re.compile(r"[\s()()·.,,。\-]")


def plain_name(name: str) -> str:
    """A name as it is compared: one width of letters, no spaces, no brackets."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", name)).lower()


def judge_payments(draw: Draw, payments: Iterable[Payment]) -> list[Judged]:
    """How well each payment out of the draw is explained; a voucher serves up to its amount.

    Best is a voucher of the payee that covers the payment, then an agreed payee with a contract,
    then an agreed payee alone.
    """
    left = {paper.id: paper.amount for paper in draw.papers}
    return [_judge(draw, payment, left) for payment in payments if payment.leaves]


def _judge(draw: Draw, payment: Payment, left: dict[int, int]) -> Judged:
    name = plain_name(payment.payee_name)
    payee = next((p for p in draw.payees if _is_payee(p, payment, name)), None)
    payee_id = payee.id if payee else 0
    issuers = {name} | ({plain_name(payee.name)} if payee else set())
    covering = [
        paper
        for paper in draw.papers
        if plain_name(paper.issuer) in issuers - {""} and left[paper.id] >= payment.amount
    ]
    for paper in sorted(covering, key=lambda paper: (paper.is_contract, left[paper.id])):
        left[paper.id] -= payment.amount
        kind = Evidence.CONTRACT if paper.is_contract else Evidence.VOUCHER
        return Judged(payment, kind, payee_id, paper.id)
    if payee is None:
        return Judged(payment, Evidence.NONE)
    return Judged(payment, Evidence.CONTRACT if payee.contract else Evidence.PAYEE, payee_id)


def _is_payee(payee: Payee, payment: Payment, name: str) -> bool:
    if payee.account and payment.payee_account:
        return payee.account == payment.payee_account
    return bool(name) and plain_name(payee.name) == name


def entrusting_threshold(draw: Draw, limits: FundLimits) -> int:
    """The single payment above which the lender itself must pay the seller (fen).

    2024 measures: above 10 million to one counterparty for enterprises; for natural persons always,
    but for draws of at most 500,000 (business) or 300,000 (payee not fixed).
    """
    if not draw.is_retail:
        return limits.entrust_single
    return limits.entrust_retail_business if draw.is_business else limits.entrust_retail_other


def patterns_of(
    draw: Draw, payments: Sequence[Payment], judged: Sequence[Judged], limits: FundLimits
) -> list[Found]:
    """Every pattern that the steps of one draw show."""
    return [
        *_returned(draw, payments, limits),
        *_worded(draw, payments, limits),
        *_not_entrusted(draw, payments, limits),
        *_split(draw, judged, limits),
        *_cash(payments, limits),
    ]


def _returned(draw: Draw, payments: Sequence[Payment], limits: FundLimits) -> list[Found]:
    """Money that comes to the borrower again through others, or to somebody related."""
    by_receiver: dict[int, list[Payment]] = defaultdict(list)
    for payment in payments:
        to = payment.payee_customer
        back = to == draw.customer and payment.payer != draw.customer
        aside = to in draw.related and payment.payer != to
        if back or aside:
            by_receiver[to].append(payment)
    agreed = {plain_name(payee.name) for payee in draw.payees}
    found = []
    for receiver, hits in sorted(by_receiver.items()):
        hits = [p for p in hits if not (p.leaves and plain_name(p.payee_name) in agreed)]
        if sum(p.amount for p in hits) >= limits.least:
            hop = max(p.hop for p in hits)
            found.append(
                _found(Pattern.RETURNED, receiver, hits, hop, int(receiver == draw.customer))
            )
    return found


def _worded(draw: Draw, payments: Sequence[Payment], limits: FundLimits) -> list[Found]:
    """Money that goes where loan money must not go, by the bank's kind or the words."""
    hits: dict[Pattern, list[Payment]] = defaultdict(list)
    for payment in payments:
        pattern = _category(payment, limits)
        if pattern is not None:
            hits[pattern].append(payment)
    return [
        _found(pattern, pattern.value, rows, max(p.hop for p in rows))
        for pattern, rows in sorted(hits.items())
        if sum(p.amount for p in rows) >= limits.least
    ]


def _category(payment: Payment, limits: FundLimits) -> Pattern | None:
    by_kind = _KINDS.get(TransactionKind(payment.kind))
    if by_kind is not None:
        return by_kind
    text = plain_name(payment.payee_name + payment.purpose)
    for pattern in WORDED:
        if any(word in text for word in limits.words[pattern]):
            return pattern
    return None


def _not_entrusted(draw: Draw, payments: Sequence[Payment], limits: FundLimits) -> list[Found]:
    """A payment that the lender should have made, and the borrower made."""
    if draw.pay_by == PayBy.ENTRUSTED:
        return []
    threshold = entrusting_threshold(draw, limits)
    if draw.is_retail and draw.amount <= threshold:
        return []
    hits = [
        p for p in payments
        if p.leaves and not p.is_cash
        and (p.amount > threshold or draw.is_retail)
        and _KINDS.get(TransactionKind(p.kind)) is None
    ]  # fmt: skip
    if sum(p.amount for p in hits) < limits.least:
        return []
    return [_found(Pattern.NOT_ENTRUSTED, Pattern.NOT_ENTRUSTED.value, hits, threshold)]


def _split(draw: Draw, judged: Sequence[Judged], limits: FundLimits) -> list[Found]:
    """Several payments to one payee within days, each below the threshold, together above it."""
    if draw.pay_by == PayBy.ENTRUSTED:
        return []
    threshold = entrusting_threshold(draw, limits)
    by_payee: dict[int, list[Payment]] = defaultdict(list)
    for one in judged:
        if one.payment.payee_key and not one.payment.is_cash:
            by_payee[one.payment.payee_key].append(one.payment)
    found = []
    for key, rows in sorted(by_payee.items()):
        hits = _run_of(rows, threshold, limits)
        if hits:
            found.append(_found(Pattern.SPLIT, key, hits, threshold, limits.split_days))
    return found


def _run_of(rows: Sequence[Payment], threshold: int, limits: FundLimits) -> list[Payment]:
    """The longest run of payments just below the threshold within the days, if it is one."""
    floor = threshold * limits.split_share // 100
    small = sorted(
        (p for p in rows if floor <= p.whole <= threshold), key=lambda p: (p.day, p.transaction)
    )
    best: list[Payment] = []
    for begin, first in enumerate(small):
        run = [p for p in small[begin:] if p.day < first.day + limits.split_days]
        if len(run) > len(best):
            best = run
    enough = len(best) >= limits.split_times and sum(p.whole for p in best) > threshold
    return best if enough else []


def _cash(payments: Sequence[Payment], limits: FundLimits) -> list[Found]:
    """Drawn money taken out in cash."""
    hits = [p for p in payments if p.is_cash and p.amount >= limits.cash_least]
    return [_found(Pattern.CASH, Pattern.CASH.value, hits, limits.cash_least)] if hits else []


def _found(pattern: Pattern, key: int, payments: Sequence[Payment], *numbers: int) -> Found:
    names = dict.fromkeys(p.payee_name for p in payments if p.payee_name)
    merged: dict[int, tuple[int, int, int]] = {}
    for p in payments:
        before = merged.get(p.transaction, (p.transaction, p.day, 0))[2]
        merged[p.transaction] = (p.transaction, p.day, before + p.amount)
    return Found(
        pattern, key, "、".join(list(names)[:3])[:200], tuple(merged.values()), tuple(numbers)
    )


def shared_payees(
    first_steps: Iterable[tuple[Draw, Judged]],
    paid_by_all: Mapping[int, int],
    day: int,
    limits: FundLimits,
) -> list[tuple[Draw, Found]]:
    """Payees to whom several borrowers' draws went within days without contract or voucher.

    `paid_by_all` says what all our clients paid to each payee in those days. One whom they mostly
    pay out of other money is a shop or a supplier like others; only one who lives on drawn money
    counts. One finding per draw.
    """
    by_payee: dict[int, list[tuple[Draw, Judged]]] = defaultdict(list)
    for draw, one in first_steps:
        payment = one.payment
        explained = one.evidence >= Evidence.CONTRACT or payment.kind in EVERYDAY
        ends = _category(payment, limits) is not None
        late = payment.day <= day - limits.shared_days
        if payment.payee_key and not (explained or ends or late or payment.is_cash):
            by_payee[payment.payee_key].append((draw, one))
    found = []
    for key, rows in sorted(by_payee.items()):
        borrowers = {draw.customer for draw, _ in rows}
        total = sum(one.payment.amount for _, one in rows)
        mostly_drawn = total * 100 >= paid_by_all.get(key, 0) * limits.shared_share
        if len(borrowers) < limits.shared_borrowers or not mostly_drawn:
            continue
        for draw in {draw.loan: draw for draw, _ in rows}.values():
            own = [one.payment for other, one in rows if other.loan == draw.loan]
            if sum(p.amount for p in own) >= limits.least:
                hit = _found(Pattern.SHARED_PAYEE, key, own, len(borrowers), total)
                found.append((draw, hit))
    return found
