"""Compiling the kernel ahead of time, so that no first click waits for it."""

import datetime as dt

from loanmath.codes import EntryKind
from loanmath.compiled import remove_old_versions
from loanmath.extension import Band, Limits, latest_maturity
from loanmath.loans import Entry, Loan, Terms
from loanmath.money import yuan
from loanmath.one_loan import position_of, timeline_of
from loanmath.plans import PlanRequest, Style, custom_plan, plan_for
from loanmath.rates import percent
from loanmath.replanning import reprice
from loanmath.schedule import Method
from loanmath.what_if import Keep, prepay


def warm_up() -> None:
    """Compile everything that screens and the daily run use, into numba's cache on disk.

    Takes a minute or so the first time after a change of the kernel, about a second afterwards.
    """
    start, amount, rate = dt.date(2026, 1, 1), yuan("1200"), percent("6")
    plan = tuple(plan_for(PlanRequest(Method.LEVEL_PAYMENT, amount, rate, start, instalments=3)))
    custom_plan(amount, rate, start, [(plan[-1].due, amount)])
    disbursed = Entry(start, EntryKind.DISBURSEMENT, amount)
    loan = Loan(Terms(amount, rate, start, plan[-1].due), plan, (disbursed,))
    position_of(loan, plan[0].due)
    timeline_of(loan, plan[0].due)
    style = Style(Method.LEVEL_PAYMENT)
    prepay(loan, plan[0].due, yuan("500"), style, Keep.TERM)
    reprice(loan, plan[0].due, percent("5"), style)
    latest_maturity(start, plan[-1].due, Limits((Band(None, share=(1, 2)),)))
    remove_old_versions()


if __name__ == "__main__":
    warm_up()
