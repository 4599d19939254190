"""A past day has two answers: 当时所知 as it was known then, 现在更正后 as it is true now.

A page that knows both puts `knowledge` into its context; the band over a past day then shows the
switch. The choice stands in the address (`known=then`), so a link shows a colleague the same.
"""

from __future__ import annotations

import datetime as dt

from daihou.daily_run.queries import knowledge_since
from daihou.loan_book.models import Loan
from daihou.servicing.queries import OneLoan, read_loan
from daihou.workbench.pieces.page import DeskRequest

_THEN = "then"


def is_then(request: DeskRequest) -> bool:
    """Whether the page is asked for as it was known on its business date."""
    return request.GET.get("known") == _THEN


def switch(request: DeskRequest) -> list[tuple[str, str, bool]]:
    """The two answers with their addresses, and which is shown."""
    choices = (("当时所知", _THEN), ("现在更正后", ""))
    links = []
    for name, value in choices:
        asked = request.GET.copy()
        asked.pop("known", None)
        if value:
            asked["known"] = value
        links.append((name, f"{request.path}?{asked.urlencode()}", is_then(request) == bool(value)))
    return links


def loan_as_known(loan: Loan, day: dt.date | None) -> OneLoan:
    """A loan as a business day knew it; None: as it is known now."""
    if day is None:
        return read_loan(loan)
    return read_loan(loan, known_on=day, knowledge=knowledge_since(loan.disbursed_on))
