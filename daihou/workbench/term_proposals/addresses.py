"""The address at which a simulated wish can be put forward; the wish stands in it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from daihou.loan_book.models import Loan
from daihou.servicing.wishes import Wish


def proposal_address(loan: Loan, wish: Wish) -> str:
    """Where the wish is proposed for the loan."""
    kept = wish.as_kept
    if "weights" in kept:
        kept["weights"] = ",".join(str(weight) for weight in kept["weights"])
    asked = {"kind": wish.kind.value, "on": wish.on.isoformat(), **kept}
    return f"{reverse('term_proposal_new', args=[loan.number])}?{urlencode(asked)}"
