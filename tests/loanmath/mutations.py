"""Whether the slow reckoning looks: `python -m tests.loanmath.mutations` plants errors one by one.

Each planted error is one change in a copy of the kernel, which then runs uncompiled against
`oracle.py` on random loans. One that no loan shows is a gap in the tests, and the command fails.
It takes a minute or two, and is therefore no part of the suite.
"""

import os
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, ignore_patterns
from tempfile import TemporaryDirectory

CHECKOUT = Path(__file__).resolve().parents[2]
LOANS = 3000  # at most so many for each error


@dataclass(frozen=True)
class Mutation:
    """One planted error: in which file which text becomes which."""

    what: str
    file: str
    text: str
    becomes: str


MUTATIONS = (
    Mutation("penalty on all that is due, also within grace", "running.py",
             "add_penalty(s, s.penal_principal,", "add_penalty(s, s.due_principal,"),
    Mutation("compound interest on all interest that is due", "running.py",
             "add_compound(s, s.penal_interest,", "add_compound(s, s.due_interest,"),
    Mutation("contract interest on overdue principal although it bears penalty", "running.py",
             "base = s.ahead\n", "base = s.balance\n"),
    Mutation("a day of a pause counts as past due", "running.py",
             "days -= max(0, last", "days -= 0 * max(0, last"),
    Mutation("penalty from the day after the end of grace", "walk.py",
             "end = s.due[i] + s.grace_days\n", "end = s.due[i] + s.grace_days + 1\n"),
    Mutation("penalty from the due date although agreed from the end of grace", "walk.py",
             "since = s.due[i] if s.penalty_from == PenaltyFrom.DUE_DATE else end",
             "since = s.due[i]"),
    Mutation("penalty from the day after the due date", "walk.py",
             "since = s.due[i] if", "since = s.due[i] + 1 if"),
    Mutation("fractions of a fen dropped", "accrual.py",
             "whole + (1 if 2 * part >= RATE_UNIT * basis else 0)", "whole"),
    Mutation("any fraction of a fen rounded up", "accrual.py",
             "2 * part >= RATE_UNIT * basis", "part > 0"),
    Mutation("fractions of a fen dropped at every event", "running.py",
             "s.interest_part, base, s.rate, weight, s.basis", "0, base, s.rate, weight, s.basis"),
    Mutation("leap years and others change places", "day_count.py",
             "365 if is_leap(year) else 366", "366 if is_leap(year) else 365"),
    Mutation("30/360 measured from the event instead of the period's beginning", "day_count.py",
             "return days_30_360(anchor, end) - days_30_360(anchor, start)",
             "return days_30_360(start, end)"),
    Mutation("29 February counts in NL/365", "day_count.py",
             "return end - leap_days_until(end) - start + leap_days_until(start)",
             "return end - start"),
    Mutation("principal of an instalment before its interest", "settle.py",
             "if step == Item.INTEREST or step == Item.INSTALMENTS_INTEREST_FIRST:",
             "if step == Item.INTEREST:"),
    Mutation("penalty and compound interest change places in the order", "settle.py",
             "if step == Item.PENALTY:\n        taken = min(penalty_due(s), left)",
             "if step == Item.PENALTY and compound_due(s) == 0:\n"
             "        taken = min(penalty_due(s), left)"),
    Mutation("the other order a day early", "settle.py",
             "days_late(s, day) > s.impaired_after_days",
             "days_late(s, day) >= s.impaired_after_days"),
    Mutation("a prepayment leaves credit where it is", "walk.py",
             "        money += s.credit\n        s.credit = 0\n", "        money += 0\n"),
    Mutation("a prepayment pays no interest to date", "settle.py",
             "interest = min(accrued_interest(s), amount)", "interest = 0"),
    Mutation("what was prepaid of the interest is asked for again", "walk.py",
             "return max(0, planned - s.interest_charged)", "return planned"),
    Mutation("a plan made anew does not begin a new period", "settle.py",
             "if principal > 0 and made_anew(s, day):", "if False:"),
    Mutation("a day of principal alone begins a new period of interest", "walk.py",
             "if planned_interest == 0 and interest_to_come(s):", "if False:"),
    Mutation("a waiver takes more than there is", "walk.py",
             "s.waived += amount - left", "s.waived += amount"),
    Mutation("compound interest runs on after a whole write-off", "walk.py",
             "        s.unpaid_interest_rate = 0\n", ""),
    Mutation("overdue and misused: both rates", "changes.py",
             "max(s.penalty_rate, s.misuse_rate)", "s.penalty_rate + s.misuse_rate"),
    Mutation("a changed rate holds for the nights before it", "changes.py",
             "        return\n    accrue_interest(s, day)\n", "        return\n"),
    Mutation("a pause of penalty does not stop compound interest", "changes.py",
             "s.surplus_rate = s.overdue_rate = s.unpaid_interest_rate = 0",
             "s.surplus_rate = s.overdue_rate = 0"),
    Mutation("calling in leaves interest to date uncharged", "changes.py",
             "s.planned_principal[s.fallen], s.planned_interest[s.fallen] = s.ahead, interest\n",
             "interest = 0\n"),
    Mutation("interest that ran up is capitalised before what is due", "changes.py",
             "left = settle_instalments(s, amount, Item.INTEREST)\n    if left > accrued",
             "left = amount\n    if left > accrued"),
    Mutation("a restructuring keeps arrears overdue", "changes.py",
             "    settle_instalments(s, principal, Item.PRINCIPAL)\n", ""),
    Mutation("a later restructuring makes interest due before it", "settle.py",
             "(s.ahead > 0 or s.due[s.fallen] <= s.replan_on)",
             "s.due[s.fallen] <= s.replan_on"),
)  # fmt: skip


def survivors() -> list[str]:
    """Plant every error in turn; those that no loan showed."""
    missed = []
    for mutation in MUTATIONS:
        loan = loan_that_shows(mutation)
        print(f"{loan if loan else 'missed':>8}  {mutation.what}", flush=True)
        if not loan:
            missed.append(mutation.what)
    return missed


def loan_that_shows(mutation: Mutation) -> int:
    """The number of the first random loan on which a mutated kernel and the reckoning differ."""
    with TemporaryDirectory() as folder:
        kernel = Path(folder) / "loanmath"
        copytree(CHECKOUT / "loanmath", kernel, ignore=ignore_patterns("__pycache__"))
        source = (kernel / mutation.file).read_text(encoding="utf-8")
        if source.count(mutation.text) != 1:
            raise ValueError(f"{mutation.file} does not hold just once: {mutation.text}")
        mutated = source.replace(mutation.text, mutation.becomes)
        (kernel / mutation.file).write_text(mutated, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "tests.loanmath.mutations", "--compare"],
            cwd=folder,
            env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": f"{folder}:{CHECKOUT}"},
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
    return int(done.stdout)


def first_difference() -> int:
    """Compare random loans one after the other; the number of the first that differs, or 0."""
    from tests.loanmath.contracts import LATER_KINDS, Chooser, make_changed_loan, make_loan
    from tests.loanmath.test_against_oracle import agree

    for number in range(1, LOANS + 1):
        choose = Chooser(random.Random(number).getrandbits(64))
        loan = make_changed_loan(choose) if number % 2 else make_loan(choose, LATER_KINDS)
        try:
            agree(loan, choose.whole(30, 330))
        except AssertionError:
            return number
    return 0


if __name__ == "__main__":
    if "--compare" in sys.argv:
        print(first_difference())
    else:
        sys.exit(1 if survivors() else 0)
