"""A small bank with a known book: two branches, six clients, eight loans, five days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from daihou.loan_book.choices import CustomerKind, IdentityKind, RepaymentMethod, SecurityKind
from daihou.loan_book.models import Customer, Loan, Product
from daihou.servicing.snapshots import SCHEMA, snapshot_table, write_snapshot
from daihou.staff.choices import Role
from daihou.staff.models import Branch, Officer
from daihou.storage.sealing import fingerprint

YEAR_END = dt.date(2025, 12, 31)
JANUARY = dt.date(2026, 1, 31)
FEBRUARY = dt.date(2026, 2, 28)
YESTERDAY = dt.date(2026, 3, 30)
TODAY = dt.date(2026, 3, 31)
DAYS = (YEAR_END, JANUARY, FEBRUARY, YESTERDAY, TODAY)
YUAN = 100

# number: client, product, industry, method, disbursed on, amount in yuan
LOANS = {
    "L1": ("江南纺织厂", "LD", "C", RepaymentMethod.BULLET, "2025-10-10", 1_000_000),
    "L2": ("江南纺织厂", "LD", "C", RepaymentMethod.LEVEL_PRINCIPAL, "2025-12-05", 500_000),
    "L3": ("王秀英", "XF", "Z", RepaymentMethod.LEVEL_PAYMENT, "2025-11-20", 120_000),
    "L4": ("赵大田", "NH", "A", RepaymentMethod.INTEREST_ONLY, "2025-11-03", 200_000),
    "L5": ("城西运输队", "LD", "G", RepaymentMethod.BULLET, "2025-12-20", 800_000),
    "L6": ("周小店", "LD", None, RepaymentMethod.LEVEL_PAYMENT, "2026-01-15", 300_000),
    "L7": ("王秀英", "XF", "Z", RepaymentMethod.LEVEL_PAYMENT, "2026-03-31", 50_000),
    "L8": ("海外客户", "LD", "F", RepaymentMethod.BULLET, "2025-12-01", 70_000),
}
# number: for each day (principal, overdue principal, days past due, grade), yuan; None: not there
STATES: dict[str, tuple[tuple[Any, ...] | None, ...]] = {
    "L1": ((1_000_000, 0, 0, 1), (1_000_000, 0, 0, 1), (1_000_000, 0, 10, 2),
           (1_000_000, 0, 40, 2), (1_000_000, 0, 41, 2)),
    "L2": ((500_000, 0, 0, 1), (450_000, 0, 0, 1), (400_000, 0, 0, 1), (400_000, 0, 0, 1),
           (350_000, 0, 0, 1)),
    "L3": ((110_000, 0, 0, 1), (110_000, 10_000, 12, 2), (110_000, 20_000, 40, 2),
           (110_000, 30_000, 70, 2), (110_000, 30_000, 71, 2)),
    "L4": ((200_000, 0, 30, 2), (200_000, 0, 61, 2), (200_000, 0, 89, 2), (200_000, 0, 119, 3),
           (200_000, 0, 120, 3)),
    "L5": ((800_000, 0, 95, 3), (800_000, 0, 126, 3), (800_000, 0, 154, 3), (600_000, 0, 184, 3),
           (0, 0, 0, 5)),
    "L6": (None, (300_000, 0, 0, 1), (250_000, 0, 0, 1), (0, 0, 0, 1), (0, 0, 0, 1)),
    "L7": (None, None, None, None, (50_000, 0, 0, None)),
    "L8": ((70_000, 0, 0, 1), (70_000, 0, 0, 1), (70_000, 0, 0, 1), (70_000, 0, 0, 1),
           (70_000, 0, 0, 1)),
}  # fmt: skip
CLIENTS = {
    "江南纺织厂": ("CD", "张经理"),
    "王秀英": ("CD", "张经理"),
    "赵大田": ("CD", None),
    "城西运输队": ("CX", "陈外支"),
    "周小店": ("CX", "陈外支"),
    "海外客户": ("ZH", None),
}
WRITTEN_OFF = {("L5", TODAY): 600_000}
PAID = {("L2", TODAY): 50_000, ("L6", YESTERDAY): 250_000, ("L5", YESTERDAY): 200_000}


@dataclass(frozen=True)
class Bank:
    """The bank's people, clients and loans by name, and the folder of its snapshots."""

    folder: Path
    officers: dict[str, Officer]
    branches: dict[str, Branch]
    products: dict[str, Product]
    loans: dict[str, Loan]


def build_bank(folder: Path) -> Bank:
    """Make the bank in the database and write the snapshots of its five days."""
    branches, officers = _branches(), {}
    for name, (branch, role) in {
        "张经理": ("CD", Role.ACCOUNT_MANAGER),
        "孙贷后": ("CD", Role.POST_LOAN_OFFICER),
        "陈外支": ("CX", Role.ACCOUNT_MANAGER),
        "赵风险": ("ZH", Role.RISK_MANAGER),
        "钱行长": ("ZH", Role.MANAGEMENT),
        "周管理": ("ZH", Role.ADMINISTRATOR),
    }.items():
        officers[name] = Officer.objects.create(
            username=f"U{len(officers):03d}", display_name=name, branch=branches[branch],
            roles=[role], must_use_second_factor=False,
        )  # fmt: skip
    products = {
        code: Product.objects.create(code=code, name=name, is_retail=code != "LD")
        for code, name in {"LD": "流动资金贷款", "XF": "个人消费贷款", "NH": "农户贷款"}.items()
    }
    bank = Bank(folder, officers, branches, products, _loans(branches, officers, products))
    for place, day in enumerate(DAYS):
        write_day(bank, place, day)
    return bank


def write_day(bank: Bank, place: int, day: dt.date) -> None:
    """Write the snapshot of one day from the states in that place."""
    there = [(n, s[place]) for n, s in STATES.items() if s[place] is not None]
    rows = [_row(bank.loans[number], number, state, day) for number, state in there]
    columns = {field.name: [row.get(field.name, 0) for row in rows] for field in SCHEMA}
    write_snapshot(bank.folder, day, snapshot_table(columns))


def snapshot_of(rows: list[dict[str, Any]]) -> pa.Table:
    """A snapshot of given columns, the others ordinary."""
    ordinary = {
        "currency": "CNY", "security": "credit", "industry": "C", "is_retail": False,
        "disbursed_on": YEAR_END, "matures_on": TODAY, "method": 1, "grade": 1, "status": 1,
    }  # fmt: skip
    return snapshot_table({f.name: [(ordinary | r).get(f.name, 0) for r in rows] for f in SCHEMA})


def _branches() -> dict[str, Branch]:
    head = Branch.objects.create(code="ZH", name="总行", path="ZH")
    return {"ZH": head} | {
        code: Branch.objects.create(code=code, name=name, path=f"ZH/{code}", parent=head)
        for code, name in {"CD": "城东支行", "CX": "城西支行"}.items()
    }


def _loans(
    branches: dict[str, Branch], officers: dict[str, Officer], products: dict[str, Product]
) -> dict[str, Loan]:
    clients = {
        name: Customer.objects.create(
            number=f"KH{place:03d}", name=name, kind=CustomerKind.ENTERPRISE,
            identity_kind=IdentityKind.OTHER, identity_number=f"P{place}",
            identity_index=fingerprint(f"P{place}"), branch=branches[branch],
            officer=officers[manager] if manager else None,
        )
        for place, (name, (branch, manager)) in enumerate(CLIENTS.items())
    }  # fmt: skip
    return {
        number: Loan.objects.create(
            number=number, customer=clients[client], product=products[product],
            branch=clients[client].branch, currency="USD" if number == "L8" else "CNY",
            amount=yuan * YUAN, disbursed_on=dt.date.fromisoformat(day),
            matures_on=dt.date(2027, 12, 31), rate=4_350_000, method=method, day_count=1,
            penalty_uplift_bps=5000, allocation=0, allocation_impaired=0,
            security=SecurityKind.CREDIT, industry=industry,
        )
        for number, (client, product, industry, method, day, yuan) in LOANS.items()
    }  # fmt: skip


def _row(loan: Loan, number: str, state: tuple[Any, ...], day: dt.date) -> dict[str, Any]:
    principal, overdue, days, grade = state
    return {
        "loan_id": loan.pk, "customer_id": loan.customer_id, "branch_id": loan.branch_id,
        "officer_id": loan.customer.officer_id, "product_id": loan.product_id,
        "is_retail": loan.product.is_retail, "industry": loan.industry,
        "currency": loan.currency, "security": loan.security, "method": int(loan.method),
        "disbursed_on": loan.disbursed_on, "matures_on": loan.matures_on,
        "amount": loan.amount, "status": 1, "principal": principal * YUAN,
        "principal_overdue": overdue * YUAN, "days_past_due": days, "grade": grade,
        "paid_today": PAID.get((number, day), 0) * YUAN,
        "written_off_principal": WRITTEN_OFF.get((number, day), 0) * YUAN,
    }  # fmt: skip
