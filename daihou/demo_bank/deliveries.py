"""What the demo bank delivers every month: new loans with their papers, and what was paid."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator, Mapping

from daihou.demo_bank.clients import Client
from daihou.demo_bank.files import Row, yuan_text
from daihou.demo_bank.floating import floating_rows
from daihou.demo_bank.graded_matters import FACTS, graded_rows
from daihou.demo_bank.late_knowledge import Late
from daihou.demo_bank.lending import Lent, add_months
from daihou.demo_bank.payments import PENALTY_UPLIFT_BPS, Life, Movement, day_count_of
from daihou.demo_bank.stories import Story
from daihou.ledger.choices import EntryKind
from daihou.loan_book.choices import CustomerKind, GuaranteeForm, HappeningKind, SecurityKind

_DAY_COUNT_WORDS = ("ACT/360", "ACT/365", "30/360", "30E/360", "ACT/ACT")


LateByLoan = Mapping[str, Mapping[int, Late]]  # by the loan's number and the movement's place


def month_tables(
    lives: list[Life],
    clients: list[Client],
    since: dt.date,
    until: dt.date,
    late: LateByLoan,
) -> dict[str, list[Row]]:
    """The tables for the days from `since` to `until`, both included.

    `since` is the day after the last delivery, so that nothing is delivered twice. `late` says
    which movements the bank learns of, or learns to be void, on a later day than their own.
    """
    new = [life for life in lives if since <= life.lent.disbursed_on <= until]
    return {
        "facilities": [row for life in new for row in _facility(life.lent)],
        "contracts": [_contract(life.lent) for life in new],
        "guarantees": [row for life in new for row in _guarantee(life.lent, clients)],
        "loans": [_loan(life.lent) for life in new],
        "floating_terms": list(floating_rows(life.lent for life in new)),
        "plans": [row for life in new for row in _plan(life)],
        "entries": list(_entries(lives, since, until, late)),
        "happenings": [*_happenings(lives, since, until), *graded_rows(lives, since, until)],
    }


def _facility(lent: Lent) -> Iterator[Row]:
    """Enterprises borrow under a facility, which is somewhat larger than the loan."""
    if lent.client.kind is CustomerKind.ENTERPRISE:
        yield {
            "number": f"SX{lent.number[2:]}",
            "customer": lent.client.number,
            "amount": lent.amount * 5 // 4,
            "starts_on": lent.disbursed_on - dt.timedelta(days=10),
            "ends_on": add_months(lent.matures_on, 1),
            "is_revolving": lent.offer.product == "LDZJ",
        }


def _contract(lent: Lent) -> Row:
    has_facility = lent.client.kind is CustomerKind.ENTERPRISE
    return {
        "number": f"HT{lent.number[2:]}",
        "customer": lent.client.number,
        "facility": f"SX{lent.number[2:]}" if has_facility else None,
        "amount": lent.amount,
        "signed_on": lent.disbursed_on - dt.timedelta(days=2),
        "purpose": lent.purpose,
    }


def _guarantee(lent: Lent, clients: list[Client]) -> Iterator[Row]:
    """A guaranteed loan has another client of the same kind and branch behind it."""
    if lent.security is not SecurityKind.GUARANTEE:
        return
    chance = random.Random(lent.number)
    peers = [
        other
        for other in clients
        if other.branch == lent.client.branch
        and other.kind is lent.client.kind
        and other.number != lent.client.number
    ]
    if peers:
        yield {
            "contract": f"HT{lent.number[2:]}",
            "guarantor": chance.choice(peers).number,
            "form": GuaranteeForm.JOINT.label,
            "amount": lent.amount,
            "ends_on": add_months(lent.matures_on, 36),
        }


def _loan(lent: Lent) -> Row:
    return {
        "number": lent.number,
        "customer": lent.client.number,
        "contract": f"HT{lent.number[2:]}",
        "product": lent.offer.product,
        "branch": lent.client.branch,
        "amount": lent.amount,
        "disbursed_on": lent.disbursed_on,
        "matures_on": lent.matures_on,
        "rate": f"{lent.rate // 100}.{lent.rate % 100:02d}",
        "method": lent.offer.method.label,
        "frequency_months": lent.offer.frequency,
        "day_count": _DAY_COUNT_WORDS[day_count_of(lent)],
        "penalty_uplift": PENALTY_UPLIFT_BPS // 100,
        "security": lent.security.label,
        "industry": lent.client.industry,
        "purpose": lent.purpose,
    }


def _plan(life: Life) -> Iterator[Row]:
    for row in life.plan:
        yield {
            "loan": life.lent.number,
            "no": row.no,
            "due": row.due,
            "principal": yuan_text(row.principal),
            "interest": yuan_text(row.interest),
        }


def _entries(
    lives: Iterable[Life], since: dt.date, until: dt.date, late: LateByLoan
) -> Iterator[Row]:
    for life in lives:
        learned = late.get(life.lent.number, {})
        for n, movement in enumerate(life.movements):
            known = learned.get(n, Late())
            row = _entry(life, n, movement, known.booked_on)
            if since <= (known.booked_on or movement.entry.date) <= until:
                yield row
            if known.undone_on is not None and since <= known.undone_on <= until:
                yield {
                    **row,
                    "kind": EntryKind.REVERSAL.label,
                    "booked_on": known.undone_on,
                    "reference": f"CZ{row['reference']}",
                    "reverses": row["reference"],
                    "payer_name": None,
                    "note": "代扣退票,款项未到账",
                }


def _entry(life: Life, n: int, movement: Movement, booked_on: dt.date | None) -> Row:
    """One movement as it stands in a file; the day of booking is given where it is another."""
    return {
        "loan": life.lent.number,
        "kind": EntryKind(movement.entry.kind).label,
        "amount": yuan_text(movement.entry.amount),
        "value_date": movement.entry.date,
        "booked_on": booked_on,
        "reference": f"{movement.entry.date:%Y%m%d}{life.lent.number[2:]}{n + 1:03d}",
        "reverses": None,
        "payer_name": movement.payer,
        "note": "柜面还款补录" if booked_on else None,
    }


def _happenings(lives: Iterable[Life], since: dt.date, until: dt.date) -> Iterator[Row]:
    for life in lives:
        told = _told(life)
        if told is not None and since <= told[0] <= until:
            day, kind, text = told
            yield {
                "customer": life.lent.client.number,
                "loan": life.lent.number,
                "kind": kind.label,
                "happened_on": day,
                "text": text,
                "recorded_by": life.lent.client.officer,
                **dict.fromkeys(FACTS),
            }


def _told(life: Life) -> tuple[dt.date, HappeningKind, str] | None:
    """What the account manager wrote down when the story turned."""
    turned = _first_trouble(life)
    if turned is None:
        return None
    if life.lent.story is Story.TECHNICAL:
        text = "代扣系统升级,当日批扣未成功,非客户原因"
        return turned, HappeningKind.TECHNICAL_DELAY, text
    if life.lent.story is Story.HARDSHIP:
        text = "客户称下游回款推迟,短期资金紧张,申请调整还款安排"
        return turned + dt.timedelta(days=4), HappeningKind.HARDSHIP_STATED, text
    return None


def _first_trouble(life: Life) -> dt.date | None:
    """The first due date on which nothing was paid although something was due."""
    paid = {movement.entry.date for movement in life.movements}
    last = max(paid)
    return next((row.due for row in life.plan if row.due not in paid and row.due <= last), None)
