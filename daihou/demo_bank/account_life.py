"""What moves over the clients' accounts: ordinary life, what draws were spent on, some mischief.

Every seventh larger loan goes astray in one of the ways that the use of funds is checked for, and
some traders pay a large sum in parts; all others are spent on what was agreed, most with papers.
"""

from __future__ import annotations

import datetime as dt
import random
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from daihou.demo_bank.clients import Client
from daihou.demo_bank.files import Row, yuan_text
from daihou.demo_bank.lending import Lent
from daihou.demo_bank.payments import Life
from daihou.fund_supervision.choices import AccountKind, Channel, PayBy, VoucherKind
from daihou.fund_supervision.choices import TransactionKind as Kind
from daihou.loan_book.choices import CustomerKind
from loanmath.codes import EntryKind

_SUPPLIERS = (
    "通州棉纱有限公司", "宁河钢材贸易有限公司", "青浦饲料有限公司", "临江农资有限公司",
    "永康五金批发部", "海门粮油有限公司", "东阳木业有限公司", "嘉善包装材料厂",
)  # fmt: skip
_MONTHLY = {
    CustomerKind.ENTERPRISE: 30_000_000,
    CustomerKind.SOLE_TRADER: 4_000_000,
    CustomerKind.FARMER: 1_200_000,
    CustomerKind.CONSUMER: 900_000,
}
_SHARED_PAYEE = "临溪信达商务咨询部"
_FEE = 1_000
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Moved:
    """One movement on a client's account; `amount` is signed fen."""

    client: str
    day: dt.date
    amount: int
    other: str
    account: str
    kind: Kind
    purpose: str = ""
    is_cash: bool = False
    balance: int = 0


def account_of(name: str) -> str:
    """The account number of a client or of a stranger, the same every time."""
    return f"6228{zlib.crc32(name.encode()):012d}"


def opening_accounts(clients: Iterable[Client], opened: dt.date) -> list[Row]:
    """One account for each client."""
    return [
        {
            "number": account_of(client.number),
            "customer": client.number,
            "bank": "临溪农商银行",
            "is_ours": True,
            "kind": (AccountKind.BASIC if client.kind is CustomerKind.ENTERPRISE
                     else AccountKind.PERSONAL).label,
            "opened_on": opened,
        }
        for client in clients
    ]  # fmt: skip


def draw_tables(lives: Iterable[Life], watched: dt.date) -> dict[str, list[Row]]:
    """What was agreed on the use of new draws, and the papers handed in for them."""
    drawn = [life.lent for life in lives if life.lent.disbursed_on >= watched]
    uses: list[Row] = []
    payees: list[Row] = []
    papers: list[Row] = []
    for lent in drawn:
        entrusted = _is_entrusted(lent)
        uses.append(
            {"loan": lent.number, "use": lent.purpose or "生产经营周转",
             "pay_by": (PayBy.ENTRUSTED if entrusted else PayBy.SELF).label}
        )  # fmt: skip
        seller = _supplier(lent)
        payees.append(
            {"loan": lent.number, "name": seller, "account_number": account_of(seller),
             "trade_contract": f"GX{lent.number[2:]}" if entrusted else None}
        )  # fmt: skip
        if _mischief(lent) is None and random.Random(f"paper {lent.number}").random() < 0.8:
            papers.append(
                {"loan": lent.number, "kind": VoucherKind.INVOICE.label,
                 "number": f"2631{lent.number[2:]}", "issuer": seller,
                 "amount": lent.amount, "issued_on": lent.disbursed_on}
            )  # fmt: skip
    return {"draw_uses": uses, "agreed_payees": payees, "vouchers": papers}


def lives_of_accounts(
    lives: list[Life], clients: list[Client], first: dt.date, last: dt.date
) -> list[Moved]:
    """Everything that moves between the days, in order, with the balance after each movement."""
    names = {client.number: client.name for client in clients}
    moved = [row for client in clients for row in _ordinary(client, first, last)]
    for life in lives:
        moved += _of_loan(life, clients, names)
    by_client: defaultdict[str, list[Moved]] = defaultdict(list)
    for row in moved:
        if first <= row.day <= last:
            by_client[row.client].append(row)
    return [row for client in sorted(by_client) for row in _with_balances(by_client[client])]


def transaction_rows(moved: Iterable[Moved], since: dt.date, until: dt.date) -> list[Row]:
    """The movements of some days as they stand in a file."""
    return [
        {
            "account": account_of(row.client), "booked_on": row.day,
            "is_inflow": "收入" if row.amount > 0 else "支出",
            "amount": yuan_text(abs(row.amount)), "balance_after": yuan_text(row.balance),
            "counterparty_name": row.other, "counterparty_account": row.account,
            "channel": (Channel.COUNTER if row.is_cash else Channel.ONLINE).label,
            "is_cash": row.is_cash, "kind": row.kind.label, "purpose": row.purpose,
            "reference": f"{row.day:%Y%m%d}{n:07d}",
        }
        for n, row in enumerate(moved)
        if since <= row.day <= until
    ]  # fmt: skip


def _with_balances(rows: list[Moved]) -> Iterator[Moved]:
    """In order of day; income of before fills what would else run below zero."""
    balance = 2_000_000
    for row in sorted(rows, key=lambda one: one.day):
        if balance + row.amount < 0:
            short = (-(balance + row.amount) // 100_000 + 2) * 100_000
            balance += short
            yield Moved(row.client, row.day, short, "零散客户", account_of("零散客户"), Kind.GOODS,
                        "货款", balance=balance)  # fmt: skip
        balance += row.amount
        yield replace(row, balance=balance)


def _ordinary(client: Client, first: dt.date, last: dt.date) -> Iterator[Moved]:
    """Wages or sales come in every month, and something is bought."""
    chance = random.Random(f"life {client.number}")
    size = _MONTHLY[client.kind]
    wages = client.kind is CustomerKind.CONSUMER
    payer = "临溪市第一中学" if wages else "嘉禾商贸有限公司"
    seller = chance.choice(_SUPPLIERS)
    month = first.replace(day=1)
    while month <= last:
        income = int(size * chance.uniform(0.7, 1.3)) // 100 * 100
        yield Moved(client.number, month + dt.timedelta(days=chance.randint(4, 12)), income, payer,
                    account_of(payer), Kind.WAGES if wages else Kind.GOODS,
                    "工资" if wages else "货款")  # fmt: skip
        spent = int(income * chance.uniform(0.5, 0.8)) // 100 * 100
        yield Moved(client.number, month + dt.timedelta(days=chance.randint(13, 26)), -spent,
                    "云上超市" if wages else seller, account_of("云上超市" if wages else seller),
                    Kind.CARD if wages else Kind.GOODS, "消费" if wages else "进货")  # fmt: skip
        month = (month + dt.timedelta(days=31)).replace(day=1)


def _of_loan(life: Life, clients: list[Client], names: dict[str, str]) -> Iterator[Moved]:
    lent, owner = life.lent, life.lent.client.number
    for movement in life.movements:
        entry = movement.entry
        if entry.kind == EntryKind.DISBURSEMENT:
            yield Moved(owner, entry.date, entry.amount, "临溪农商银行", "", Kind.LOAN_DRAW,
                        f"放款 {lent.number}")  # fmt: skip
        elif entry.kind == EntryKind.REPAYMENT:
            stranger = movement.payer and movement.payer != names[owner]
            if stranger:
                yield Moved(owner, entry.date, entry.amount, str(movement.payer),
                            account_of(str(movement.payer)), Kind.TRANSFER, "往来款")  # fmt: skip
            yield Moved(owner, entry.date, -entry.amount, "临溪农商银行", "", Kind.LOAN_REPAYMENT,
                        f"归还 {lent.number}")  # fmt: skip
    yield from _spent(lent, clients)


def _spent(lent: Lent, clients: list[Client]) -> Iterator[Moved]:
    """What became of the draw in the days after it."""
    seller, way = _supplier(lent), _mischief(lent)
    day, owner = lent.disbursed_on + _ONE_DAY, lent.client.number
    whole = lent.amount * 100  # fen
    part = whole // 2 // 100 * 100

    def pay(
        amount: int, to: str, kind: Kind = Kind.GOODS, purpose: str = "货款", after: int = 0,
        is_cash: bool = False,
    ) -> Moved:  # fmt: skip
        account = "" if is_cash else account_of(to)
        when = day + dt.timedelta(days=after)
        return Moved(owner, when, -amount, to, account, kind, purpose, is_cash)

    if way is None:
        yield pay(whole - _FEE, seller)
    elif way == "returned":
        yield from _round_trip(lent, clients, day)
    elif way == "fast":
        bridge = "临溪恒通投资咨询部"
        yield pay(whole - _FEE, seller)
        yield Moved(owner, day + 2 * _ONE_DAY, part, bridge, account_of(bridge), Kind.TRANSFER,
                    "借款")  # fmt: skip
        yield pay(part - _FEE, "临溪汇丰源商贸行", Kind.TRANSFER, "往来", 3)
    elif way == "split":
        for n in range(_PARTS):
            yield pay(whole // _PARTS - _FEE, seller, after=n)
    elif way == "cash":
        yield pay(part // 1_000_000 * 1_000_000 or part, "", Kind.CASH, "提现", is_cash=True)
        yield pay(part // 2, seller, after=1)
    else:
        to, kind, purpose = _ASTRAY[way]
        yield pay(part, to, kind, purpose)
        yield pay(part - _FEE, seller, after=2)


def _round_trip(lent: Lent, clients: list[Client], day: dt.date) -> Iterator[Moved]:
    """Out to another client of the branch, and back the day after."""
    owner, whole = lent.client, lent.amount * 100
    other = next(c for c in clients if c.branch == owner.branch and c.number != owner.number)
    for amount, on, payer, payee in (
        (whole - _FEE, day, owner, other),
        (whole // 10 * 9, day + _ONE_DAY, other, owner),
    ):
        to, back = account_of(payee.number), account_of(payer.number)
        yield Moved(payer.number, on, -amount, payee.name, to, Kind.GOODS, "货款")
        yield Moved(payee.number, on, amount, payer.name, back, Kind.GOODS, "货款")


_ASTRAY = {
    "securities": ("东海证券有限责任公司", Kind.SECURITIES, "银证转账"),
    "house": ("临溪绿城置业有限公司", Kind.TRANSFER, "购房首付款"),
    "wealth": ("安泰资产管理有限公司", Kind.WEALTH, "理财认购"),
    "other_loan": ("临江小额贷款有限公司", Kind.TRANSFER, "归还借款"),
    "shared": (_SHARED_PAYEE, Kind.TRANSFER, "服务费"),
}
_WAYS = ("fast", "shared", "cash", "shared", "securities", "house", "shared", "returned",
         "other_loan", "wealth")  # fmt: skip
_WORTH_IT = 80_000  # yuan: smaller draws are spent as agreed
_TRADERS_THRESHOLD = 500_000  # yuan: above it the bank itself has to pay the seller
_PARTS = 3


def _mischief(lent: Lent) -> str | None:
    """In which way the draw goes astray, if it does."""
    n = int(lent.number[-5:])
    is_trader = lent.client.kind is CustomerKind.SOLE_TRADER
    if is_trader and lent.amount > _TRADERS_THRESHOLD and n % 2 == 0:
        return "split"
    return _WAYS[n // 7 % len(_WAYS)] if n % 7 == 0 and lent.amount >= _WORTH_IT else None


def _is_entrusted(lent: Lent) -> bool:
    """Persons' larger draws are paid out by the bank itself, unless they go astray."""
    firm = lent.client.kind is CustomerKind.ENTERPRISE
    return _mischief(lent) is None and not firm and lent.amount > 300_000


def _supplier(lent: Lent) -> str:
    return random.Random(f"seller {lent.number}").choice(_SUPPLIERS)
