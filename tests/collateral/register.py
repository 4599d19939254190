"""Collateral for the clients of the small bank, and where it stands after a day's step."""

from __future__ import annotations

import datetime as dt

import numpy as np

from daihou.classification.models import LoanGrade
from daihou.collateral.actions import About, Worth, record_valuation, register, secure
from daihou.collateral.choices import CollateralKind, ValueSource
from daihou.collateral.daily import Written, assess_collateral
from daihou.collateral.models import Collateral, PriceIndex
from daihou.collateral.reading import Exposures
from daihou.loan_book.models import Contract
from daihou.policy.queries import parameters_on
from daihou.servicing.models import LoanPosition
from daihou.staff.models import Officer
from loanmath.codes import Status
from tests.small_book import cursor
from tests.workbench.small_bank import DAY

PERCENT = 1_000_000
WAN = 10_000_00  # fen
REGION = "临溪市"


def give(
    number: str,
    contract: Contract,
    by: Officer,
    *,
    value: int | None,
    kind: CollateralKind = CollateralKind.PLANT,
    amount: int | None = None,
    rank: int = 1,
    approved: int | None = 60 * PERCENT,
    valued_on: dt.date = dt.date(2026, 6, 30),
    **about: object,
) -> Collateral:
    """A piece of collateral that secures a contract since it was signed."""
    piece = register(
        number=number, customer=contract.customer,
        about=About(kind=kind, name=f"{kind.label}{number}", owner=contract.customer.name,
                    region=REGION, registration=f"不动产证明{number}", **about),  # type: ignore[arg-type]
    )  # fmt: skip
    secure(piece=piece, contract=contract, amount=amount or contract.amount, rank=rank,
           approved_ltv=approved, secured_on=contract.signed_on, business_date=DAY)  # fmt: skip
    if value is not None:
        worth = Worth(valued_on, value, ValueSource.APPRAISER, appraiser="诚信评估")
        record_valuation(piece=piece, worth=worth, by=by, business_date=valued_on)
    return piece


def quote(points: dict[str, int], kind: CollateralKind = CollateralKind.PLANT) -> None:
    """A market's index: month → points."""
    for month, value in points.items():
        PriceIndex.objects.create(region=REGION, kind=kind, points=value * PERCENT,
                                  month=dt.date.fromisoformat(f"{month}-01"))  # fmt: skip


def exposures() -> Exposures:
    """The live loans of the small bank as its positions have them."""
    rows = list(
        LoanPosition.objects.filter(status=Status.LIVE)
        .order_by("loan_id")
        .values_list("loan_id", "principal")
    )
    grades = dict(LoanGrade.objects.filter(valid_to=None).values_list("loan_id", "grade"))
    return Exposures(
        np.array([loan for loan, _ in rows], np.int64),
        np.array([principal for _, principal in rows], np.int64),
        np.array([grades.get(loan, 0) for loan, _ in rows], np.int64),
    )


def assess(day: dt.date = DAY, owed: Exposures | None = None) -> Written:
    """Run the step of a day."""
    return assess_collateral(cursor(), day, parameters_on(day), owed or exposures())
