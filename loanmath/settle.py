"""Settling claims: which instalment and which item a sum of money, or a waiver, goes to."""

from loanmath.codes import ALLOCATION_STEPS, ExcessMode, InterestMode, Item
from loanmath.compiled import compiled
from loanmath.dates import NEVER, NO_DATE
from loanmath.running import (
    accrue_interest,
    accrued_interest,
    compound_due,
    days_late,
    move_ahead,
    penalty_due,
    restart_period,
)
from loanmath.state import State


@compiled
def take_principal(s: State, i: int, left: int) -> int:
    """Settle due principal of instalment `i` from `left`; what remains of the money."""
    taken: int = min(s.unpaid_principal[i], left)
    s.unpaid_principal[i] -= taken
    s.due_principal -= taken
    s.balance -= taken
    if i < s.graced:
        s.penal_principal -= taken
    return left - taken


@compiled
def take_interest(s: State, i: int, left: int) -> int:
    """Settle due interest of instalment `i` from `left`; what remains of the money."""
    taken: int = min(s.unpaid_interest[i], left)
    s.unpaid_interest[i] -= taken
    s.due_interest -= taken
    if i < s.graced:
        s.penal_interest -= taken
    return left - taken


@compiled
def settle_instalments(s: State, left: int, step: int) -> int:
    """Settle fallen instalments, oldest first: their interest, their principal, or both."""
    for i in range(s.cleared, s.fallen):
        if left == 0:
            break
        if step == Item.INTEREST or step == Item.INSTALMENTS_INTEREST_FIRST:
            left = take_interest(s, i, left)
        if step != Item.INTEREST:
            left = take_principal(s, i, left)
        if step == Item.INSTALMENTS_PRINCIPAL_FIRST:
            left = take_interest(s, i, left)
    return left


@compiled
def settle_item(s: State, left: int, step: int) -> int:
    """Settle one step of an allocation order; what remains of the money."""
    if step == Item.FEES:
        taken = min(s.fees, left)
        s.fees -= taken
        return left - taken
    if step == Item.PENALTY:
        taken = min(penalty_due(s), left)
        s.penalty_settled += taken
        return left - taken
    if step == Item.COMPOUND:
        taken = min(compound_due(s), left)
        s.compound_settled += taken
        return left - taken
    if step == Item.NOTHING:
        return left
    return settle_instalments(s, left, step)


@compiled
def choose_order(s: State, day: int) -> None:
    """Choose the allocation order of a day: another one once the loan is long overdue.

    It is chosen in the morning and holds all day, so that a payment in two parts does what it does
    in one, even if the first part pays the oldest arrears.
    """
    s.order = s.allocation
    if s.impaired_after_days > 0 and days_late(s, day) > s.impaired_after_days:
        s.order = s.allocation_impaired


@compiled
def pay_what_is_due(s: State, day: int, amount: int) -> int:
    """Settle what is due in the order that holds on the day; what remains of the money."""
    principal, interest, fees = s.due_principal, s.due_interest, s.fees
    penalty, compound = s.penalty_settled, s.compound_settled
    left = amount
    for step in ALLOCATION_STEPS[s.order]:
        if left == 0:
            break
        left = settle_item(s, left, step)
    s.paid_principal += principal - s.due_principal
    s.paid_interest += interest - s.due_interest
    s.paid_fees += fees - s.fees
    s.paid_penalty += s.penalty_settled - penalty
    s.paid_compound += s.compound_settled - compound
    mark_cleared(s, day)
    return left


@compiled
def make_due(s: State, day: int, principal: int, interest: int) -> None:
    """The next instalment is due with so much principal and interest."""
    i = s.fallen
    s.unpaid_principal[i], s.unpaid_interest[i] = principal, interest
    s.cleared_on[i] = NO_DATE
    s.ahead -= principal
    s.due_principal += principal
    s.due_interest += interest
    s.fallen += 1
    mark_cleared(s, day)


@compiled
def mark_cleared(s: State, day: int) -> None:
    """Note the day on which instalments came to be fully paid, and move past the first of them."""
    for i in range(s.cleared, s.fallen):
        paid = s.unpaid_principal[i] == 0 and s.unpaid_interest[i] == 0
        if paid and s.cleared_on[i] == NO_DATE:
            s.cleared_on[i] = day
        if paid and i == s.cleared:
            s.cleared += 1


@compiled
def left_in_plan(s: State) -> int:
    """Principal that the plan in force has still to call in; a plan that follows it has its own."""
    if s.replan_on == NEVER:
        return s.plan_left
    left = 0
    for i in range(s.fallen, s.instalments):
        if s.due[i] > s.replan_on:
            break
        left += s.planned_principal[i]
    return left


@compiled
def made_anew(s: State, day: int) -> bool:
    """Whether interest goes by a plan that was made anew on a day for what is left then.

    What it still has to come is just what is still to pay. If the loan says on which days its plan
    was made anew, the day must be one of them: a later version would look the same from here. Of a
    plan that is replaced later (and the loan says so) only what falls due until then is still seen.
    """
    said = s.new_plans == 0 or s.new_plan_on == day
    if not said or s.interest_mode != InterestMode.BY_PLAN or s.ahead == 0:
        return False
    left = left_in_plan(s)
    return left == s.ahead or (s.replan_on != NEVER and left < s.ahead)


@compiled
def pay_ahead(s: State, day: int, amount: int) -> int:
    """Prepay: interest run up to the day, then principal not yet due; what remains of the money.

    Where interest goes by plan, a plan that was made anew for this prepayment (what it still has to
    come is just what is still to pay) charges interest from this day on. If the old plan goes on,
    the interest paid here is set against its next instalment and the last instalments fall away.
    """
    accrue_interest(s, day)
    interest = min(accrued_interest(s), amount)
    s.interest_charged += interest
    s.paid_interest += interest
    principal = min(s.ahead, amount - interest)
    move_ahead(s, day, -principal)
    s.paid_principal += principal
    if principal > 0 and made_anew(s, day):
        restart_period(s, day)
    return amount - interest - principal


@compiled
def place_excess(s: State, day: int, amount: int, mode: int) -> None:
    """Put money beyond what is due where the loan's excess mode wants it."""
    left = amount
    if mode == ExcessMode.PAYS_INTEREST_THEN_PRINCIPAL:
        left = pay_ahead(s, day, left)
    elif mode == ExcessMode.REDUCES_PRINCIPAL:
        principal = min(s.ahead, left)
        move_ahead(s, day, -principal)
        s.paid_principal += principal
        left -= principal
    s.credit += left


@compiled
def use_credit(s: State, day: int) -> None:
    """Settle what has just become due from money held as credit (溢缴款抵扣)."""
    if s.credit > 0:
        s.credit = pay_what_is_due(s, day, s.credit)


@compiled
def charge_after_last_due(s: State) -> None:
    """Interest of the days after the last due date is due at once, with the last instalment.

    A plan that is replaced later stood to its end until then: as long as principal is not yet due,
    it had more to come, which the new plan has swallowed.
    """
    to_come = s.fallen < s.instalments and (s.ahead > 0 or s.due[s.fallen] <= s.replan_on)
    if s.interest_mode == InterestMode.BY_PLAN or to_come or s.fallen == 0:
        return
    interest = accrued_interest(s)
    if interest == 0:
        return
    last = s.fallen - 1
    s.unpaid_interest[last] += interest
    s.cleared_on[last] = NO_DATE
    s.cleared = min(s.cleared, last)
    s.due_interest += interest
    s.interest_charged += interest
    if last < s.graced:
        s.penal_interest += interest
