"""The work of the daily run done one loan at a time by Django's ORM, for comparison."""

from __future__ import annotations

import datetime as dt
import random
import time

from django.db import transaction

from daihou.classification.models import LoanGrade
from daihou.early_warning.models import Signal
from daihou.loan_book.models import Loan
from daihou.servicing.models import LoanPosition
from daihou.servicing.queries import read_loan
from loanmath.one_loan import Position

_SEED = 1


def seconds_per_loan(sample: int, day: dt.date) -> float:
    """Seconds for one loan, one process, commit per loan; the kernel's share is in it.

    The loop reads the loan with client, product, plan and entries, works out its position, and
    writes position, grade and signals back. Grades and signals are the ones that are there: judging
    them would make the loop slower still.
    """
    ids = list(Loan.objects.order_by("pk").values_list("pk", flat=True))
    chosen = random.Random(_SEED).sample(ids, sample)
    _one(chosen[0], day)  # the first one loads code
    started = time.perf_counter()
    for loan_id in chosen:
        _one(loan_id, day)
    return (time.perf_counter() - started) / len(chosen)


@transaction.atomic
def _one(loan_id: int, day: dt.date) -> None:
    loan = Loan.objects.select_related("customer", "product").get(pk=loan_id)
    position = read_loan(loan, known_on=day).position(day)
    LoanPosition.objects.update_or_create(loan_id=loan_id, defaults=_values(position, day))
    for grade in LoanGrade.objects.filter(loan_id=loan_id, valid_to=None, known_to=None):
        grade.save()
    for signal in Signal.objects.filter(loan_id=loan_id, ceased_on=None):
        signal.save()


def _values(position: Position, day: dt.date) -> dict[str, object]:
    return {
        "changed_on": day,
        "status": position.status,
        "principal": position.principal,
        "principal_overdue": position.principal_overdue,
        "interest_overdue": position.interest_overdue,
        "credit": position.credit,
        "oldest_unpaid_due": position.oldest_unpaid_due,
        "late_since": position.late_since,
        "oldest_unpaid_interest_due": position.oldest_unpaid_interest_due,
        "unpaid_instalments": position.unpaid_instalments,
        "next_due": position.next_due,
        "next_due_amount": position.next_due_amount,
        "last_payment_on": position.last_payment_date,
        "settled_on": position.settled_on,
    }
