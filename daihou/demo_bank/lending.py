"""The bank's loans: about nine hundred, of every product, method and age."""

from __future__ import annotations

import calendar
import datetime as dt
import random
from dataclasses import dataclass

from daihou.demo_bank.clients import Client
from daihou.demo_bank.stories import WEIGHTS, Story
from daihou.loan_book.choices import CustomerKind, RepaymentMethod, SecurityKind

LOANS = 900
BIG_LOAN = 1_000_000  # yuan; the bank knows these clients well, so few of them fail
_SAFE_STORIES = (Story.PUNCTUAL, Story.NOW_AND_THEN_LATE, Story.CURED, Story.PREPAID)


@dataclass(frozen=True)
class Offer:
    """What a product is usually like: amounts in yuan, rates in hundredths of a percent."""

    product: str
    method: RepaymentMethod
    terms: tuple[int, ...]
    frequency: int
    amounts: tuple[int, int]
    step: int
    rates: tuple[int, int]
    securities: tuple[SecurityKind, ...]
    purposes: tuple[str, ...]


_M, _S = RepaymentMethod, SecurityKind
OFFERS: dict[CustomerKind, tuple[Offer, ...]] = {
    CustomerKind.ENTERPRISE: (
        Offer("LDZJ", _M.INTEREST_ONLY, (12,), 1, (500_000, 9_000_000), 100_000, (385, 520),
              (_S.GUARANTEE, _S.MORTGAGE), ("采购原材料", "支付货款", "补充经营周转")),
        Offer("LDZJ", _M.INTEREST_ONLY, (12, 24), 3, (800_000, 6_000_000), 100_000, (385, 500),
              (_S.MORTGAGE,), ("采购原材料", "支付加工费")),
        Offer("GDZC", _M.LEVEL_PRINCIPAL, (36, 60), 3, (2_000_000, 15_000_000), 100_000, (410, 500),
              (_S.MORTGAGE,), ("新建厂房", "购置生产设备", "技术改造")),
    ),
    CustomerKind.SOLE_TRADER: (
        Offer("GTJY", _M.LEVEL_PAYMENT, (12, 24, 36), 1, (50_000, 600_000), 10_000, (450, 650),
              (_S.CREDIT, _S.GUARANTEE), ("店面装修", "进货", "扩大经营")),
        Offer("GTJY", _M.INTEREST_ONLY, (12,), 1, (100_000, 800_000), 10_000, (450, 620),
              (_S.MORTGAGE, _S.GUARANTEE), ("进货", "支付租金")),
    ),
    CustomerKind.FARMER: (
        Offer("NHXE", _M.BULLET, (6, 10, 12), 1, (20_000, 150_000), 5_000, (500, 680),
              (_S.CREDIT,), ("购买种苗化肥", "水产养殖", "养猪饲料")),
        Offer("NHXE", _M.INTEREST_ONLY, (12, 24), 3, (50_000, 300_000), 10_000, (500, 720),
              (_S.CREDIT, _S.GUARANTEE), ("大棚建设", "购买农机", "茶园管护")),
        Offer("NHXE", _M.CUSTOM, (12,), 3, (40_000, 200_000), 10_000, (500, 680),
              (_S.CREDIT,), ("水稻种植", "柑橘种植", "早春大棚蔬菜")),
    ),
    CustomerKind.CONSUMER: (
        Offer("XFDK", _M.LEVEL_PAYMENT, (12, 24, 36), 1, (10_000, 200_000), 5_000, (550, 900),
              (_S.CREDIT,), ("装修", "购车", "教育")),
        Offer("ZFDK", _M.LEVEL_PAYMENT, (120, 240, 300), 1, (300_000, 1_200_000), 10_000,
              (310, 410), (_S.MORTGAGE,), ("购买自住住房",)),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Lent:
    """One loan as paid out, and the story of how it will be paid."""

    number: str
    client: Client
    offer: Offer
    amount: int
    disbursed_on: dt.date
    matures_on: dt.date
    first_due_on: dt.date
    rate: int
    security: SecurityKind
    purpose: str
    story: Story


def lend(clients: list[Client], first: dt.date, last: dt.date, chance: random.Random) -> list[Lent]:
    """Loans for the clients, each alive for some part of the days `first` to `last`."""
    borrowers = clients + chance.choices(clients, k=LOANS - len(clients))
    drawn = [_loan(client, first, last, chance) for client in borrowers]
    drawn.sort(key=lambda loan: (loan.disbursed_on, loan.client.number))
    return [_numbered(loan, n) for n, loan in enumerate(drawn, 1)]


def _numbered(loan: Lent, n: int) -> Lent:
    fields = {**vars(loan), "number": f"JJ{loan.disbursed_on:%Y%m}{n:05d}"}
    return Lent(**fields)


def _loan(client: Client, first: dt.date, last: dt.date, chance: random.Random) -> Lent:
    offer = chance.choice(OFFERS[client.kind])
    months = chance.choice(offer.terms)
    low, high = offer.amounts
    # small loans are many, large ones few
    amount = int(low + (high - low) * chance.random() ** 2.2) // offer.step * offer.step
    earliest = max(add_months(first, 1 - months), dt.date(2018, 1, 1))
    latest = last - dt.timedelta(days=20)
    disbursed = earliest + dt.timedelta(days=chance.randrange((latest - earliest).days))
    return Lent(
        number="",
        client=client,
        offer=offer,
        amount=amount,
        disbursed_on=disbursed,
        matures_on=add_months(disbursed, months),
        first_due_on=add_months(disbursed, offer.frequency),
        rate=chance.randrange(*offer.rates),
        security=chance.choice(offer.securities),
        purpose=chance.choice(offer.purposes),
        story=_story(amount, chance),
    )


def _story(amount: int, chance: random.Random) -> Story:
    stories = _SAFE_STORIES if amount >= BIG_LOAN and chance.random() < 0.96 else tuple(Story)
    return chance.choices(stories, weights=[WEIGHTS[story] for story in stories])[0]


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of the month, that many months on; the last of the month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
