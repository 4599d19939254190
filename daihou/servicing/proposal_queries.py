"""Reads of proposed changes of terms: the door, what waits for whom, what has moved since."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from daihou.loan_book.choices import TermChangeKind
from daihou.loan_book.queries import loans_visible_to
from daihou.servicing.actions import NewTerm
from daihou.servicing.choices import ProposalStatus
from daihou.servicing.models import TermProposal
from daihou.servicing.queries import OneLoan
from daihou.servicing.simulating import Answer, coming
from daihou.servicing.wishes import Wish
from daihou.staff.models import Officer
from loanmath.loans import Instalment, terms_on
from loanmath.money import Money, format_yuan
from loanmath.rates import Rate


def proposals_visible_to(officer: Officer) -> QuerySet[TermProposal]:
    """Proposals about the loans that the person may see."""
    return TermProposal.objects.filter(loan__in=loans_visible_to(officer))


def waiting_for(officer: Officer) -> QuerySet[TermProposal]:
    """Proposals that wait for a second person, whom the officer may be: not the own ones."""
    waiting = proposals_visible_to(officer).filter(status=ProposalStatus.PROPOSED)
    return waiting.exclude(proposed_by=officer)


def returned_to(officer: Officer) -> QuerySet[TermProposal]:
    """The officer's own proposals that were sent back to be changed."""
    own = proposals_visible_to(officer).filter(status=ProposalStatus.RETURNED)
    return own.filter(proposed_by=officer)


def wish_of(proposal: TermProposal) -> Wish:
    """What a proposal asks for."""
    return Wish.kept(proposal.kind, proposal.effective_from, proposal.asked)


@dataclass(frozen=True)
class Figures:
    """What was simulated when a proposal was made, read back: both plans, rates, cost, arrears."""

    principal: Money
    arrears: Money
    days_past_due: int
    late_before: int  # on the day after, if nothing changes and nothing is paid
    late_after: int
    rate_before: Rate
    rate_after: Rate
    interest_added: int
    old: list[Instalment]
    new: list[Instalment]
    changes: list[NewTerm]

    @property
    def interest_saved(self) -> int:
        """What the client pays less than under the plan in force, in fen; negative if more."""
        return -self.interest_added


def figures_kept(one: OneLoan, wish: Wish, answer: Answer, late_before: int) -> dict[str, Any]:
    """The figures of a simulation as they are kept with a proposal."""
    now = one.position(wish.on)
    return {
        "principal": now.principal,
        "arrears": now.total_due,
        "days_past_due": now.days_past_due,
        "late_before": late_before,
        "late_after": answer.late_after,
        "rate_before": terms_on(one.kernel_loan, wish.on).rate,
        "rate_after": answer.rate_after,
        "interest_added": answer.interest_added,
        "old": [_row_kept(row) for row in coming(one, wish.on)],
        "new": [_row_kept(row) for row in answer.rows],
        "changes": [
            [int(one_.kind), one_.on.isoformat(), one_.rate, one_.amount] for one_ in answer.changes
        ],
    }


def figures_of(proposal: TermProposal) -> Figures:
    """The figures that a proposal was made on."""
    return figures_read(proposal.figures)


def figures_read(kept: dict[str, Any]) -> Figures:
    """The figures of a simulation out of the form in which they are kept."""
    plain = {name: kept[name] for name in _PLAIN}
    return Figures(
        **plain,
        old=_rows(kept["old"]),
        new=_rows(kept["new"]),
        changes=[
            NewTerm(TermChangeKind(kind), dt.date.fromisoformat(on), rate, amount)
            for kind, on, rate, amount in kept["changes"]
        ],
    )


_PLAIN = (
    "principal",
    "arrears",
    "days_past_due",
    "late_before",
    "late_after",
    "rate_before",
    "rate_after",
    "interest_added",
)


def facts_of(one: OneLoan) -> dict[str, int]:
    """Which rows of a loan an answer rests on: the last of each sort."""
    return {
        "plan": one.plan_versions[-1].version if one.plan_versions else 0,
        "entry": max((entry.pk for entry in one.entries), default=0),
        "change": max((change.pk for change in one.term_changes), default=0),
    }


def moved_since(proposal: TermProposal, one: OneLoan) -> list[str]:
    """What has been recorded about the loan since the figures were worked out, in words."""
    seen, said = proposal.facts, []
    entries = [entry for entry in one.entries if entry.pk > seen["entry"]]
    if entries:
        last = max(entries, key=lambda entry: entry.pk)
        amount = format_yuan(Money(last.amount))
        said.append(
            f"新增流水 {len(entries)} 笔,最近一笔 {last.value_date}"
            f" {last.get_kind_display()} {amount} 元"
        )
    versions = [version for version in one.plan_versions if version.version > seen["plan"]]
    if versions:
        newest = versions[-1]
        said.append(f"还款计划已是第 {newest.version} 版({newest.get_reason_display()})")
    changes = [change for change in one.term_changes if change.pk > seen["change"]]
    said += [f"新登记条款变更:{change.get_kind_display()}" for change in changes]
    return said


def _row_kept(row: Instalment) -> list[Any]:
    return [row.due.isoformat(), row.principal, row.interest]


def _rows(kept: list[list[Any]]) -> list[Instalment]:
    return [
        Instalment(number, dt.date.fromisoformat(due), Money(principal), Money(interest))
        for number, (due, principal, interest) in enumerate(kept, start=1)
    ]
