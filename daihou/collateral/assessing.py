"""Where every piece of collateral stands on a day, and how much of every loan it covers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from daihou.collateral.reading import Exposures, Facts
from daihou.collateral.rules import (
    UNKNOWN,
    Claims,
    Limits,
    Mask,
    Rows,
    after_haircut,
    due_days,
    haircuts,
    ltv,
    spread,
    staleness,
    waterfall,
)
from daihou.storage.packed_columns import places_among

_NO_RANK = 10_000


@dataclass(frozen=True)
class Assessed:
    """One place per piece of collateral, as in `Facts.collateral`; loans as in `Facts.loans`.

    `value`, `usable`, `ltv`, `approved` and `due` may be unknown. `link_at` and `lien_at` are the
    collateral's places for links and liens; `contracts` the contracts secured, sorted.
    """

    haircut: Rows
    stale: Rows
    prior: Rows
    usable: Rows
    owed: Rows
    covered: Rows
    ltv: Rows
    approved: Rows
    grade: Rows
    due: Rows
    link_at: Rows
    since: Rows  # the day on which it first secured anything
    loan_live: Mask
    loan_principal: Rows
    loan_covered: Rows
    loan_known: Mask  # whether a cover can be told: secured, and all in yuan


def assess(facts: Facts, exposures: Exposures, limits: Limits, day: int) -> Assessed:
    """Reckon the whole register: haircut, ranks, the split over contracts and loans, LTV."""
    pieces, links, liens, loans = facts.collateral, facts.links, facts.liens, facts.loans
    size = len(pieces["id"])
    link_at = np.searchsorted(pieces["id"], links["collateral"])
    lien_at, has_piece = _places(pieces["id"], liens["collateral"])
    live, principal, loan_grade = exposures.of(loans["loan"])
    contracts, contract_at = np.unique(links["contract"], return_inverse=True)
    loan_at, secured = _places(contracts, loans["contract"])
    owed_by = _sums(loan_at[secured], principal[secured], len(contracts))
    foreign = _sums(loan_at[secured], (live & ~loans["is_yuan"])[secured], len(contracts)) > 0

    worst = np.zeros(size, np.int64)
    contract_grade = np.zeros(len(contracts), np.int64)
    np.maximum.at(contract_grade, loan_at[secured], loan_grade[secured])
    np.maximum.at(worst, link_at, contract_grade[contract_at])
    due = due_days(pieces["valued_on"], pieces["next_due"], pieces["kind"], worst, limits)
    stale = staleness(due, day)
    cut = haircuts(pieces["kind"], stale, limits)
    value, is_known = np.maximum(pieces["value"], 0), pieces["value"] != UNKNOWN
    net = after_haircut(value, cut)

    own_rank = np.full(size, _NO_RANK)
    np.minimum.at(own_rank, link_at, links["rank"])
    ahead = has_piece & (liens["rank"] <= own_rank[lien_at])
    prior = _sums(lien_at[ahead], liens["amount"][ahead], size)
    lone = ~np.isin(np.arange(size), link_at)
    prior[lone] = _sums(lien_at[has_piece], liens["amount"][has_piece], size)[lone]

    claim = np.minimum(links["amount"], owed_by[contract_at])
    claims = Claims(
        np.r_[link_at, lien_at[has_piece]], np.r_[links["rank"], liens["rank"][has_piece]],
        np.r_[np.ones(len(link_at), np.bool_), np.zeros(has_piece.sum(), np.bool_)],
        np.r_[claim, liens["amount"][has_piece]],
    )  # fmt: skip
    got = waterfall(net, claims)[: len(link_at)]
    covered_by = np.minimum(_sums(contract_at, got, len(contracts)), owed_by)

    laid = _laid(contract_at, owed_by, np.maximum(value - prior, 0)[link_at] * is_known[link_at])
    owed = _sums(link_at, laid, size)
    blind = _sums(link_at, foreign[contract_at].astype(np.int64), size) > 0
    return Assessed(
        haircut=cut,
        stale=stale,
        prior=prior,
        usable=np.where(is_known, np.maximum(net - prior, 0), UNKNOWN),
        owed=owed,
        covered=_sums(link_at, got, size),
        ltv=ltv(owed + prior, np.where(is_known & ~blind, value, UNKNOWN)),
        approved=_least(link_at, links["approved"], size),
        grade=worst,
        due=due,
        link_at=link_at,
        since=_least(link_at, links["secured_on"], size),
        loan_live=live,
        loan_principal=principal,
        loan_covered=_over_loans(loan_at, secured, principal, covered_by),
        loan_known=live & secured & ~foreign[np.minimum(loan_at, max(len(foreign) - 1, 0))]
        if len(foreign)
        else np.zeros(len(live), np.bool_),
    )


def _laid(contract_at: Rows, owed_by: Rows, worth: Rows) -> Rows:
    """What each contract owes, laid on its collateral by what each is worth to us.

    Where nothing is known to be worth anything, it is laid on all alike.
    """
    order = np.argsort(contract_at, kind="stable")
    of = contract_at[order]
    weights = worth[order]
    some = _sums(of, weights, len(owed_by)) > 0
    parts = np.zeros(len(of), np.int64)
    parts[order] = spread(owed_by, np.where(some[of], weights, 1), of)
    return parts


def _over_loans(loan_at: Rows, secured: Mask, principal: Rows, covered_by: Rows) -> Rows:
    """What a contract is covered by, split over its loans; loans stand in order of contract."""
    covered = np.zeros(len(loan_at), np.int64)
    covered[secured] = spread(covered_by, principal[secured], loan_at[secured])
    return covered


def _places(sorted_ids: Rows, wanted: Rows) -> tuple[Rows, Mask]:
    """Where each wanted id stands, and whether it is there at all (the place is 0 where not)."""
    at = places_among(sorted_ids, wanted)
    return np.maximum(at, 0), at >= 0


def _sums(at: Rows, amounts: Rows, size: int) -> Rows:
    total = np.zeros(size, np.int64)
    np.add.at(total, at, amounts)
    return total


def _least(at: Rows, values: Rows, size: int) -> Rows:
    """The least of the known values at each place; unknown where there is none."""
    most = np.iinfo(np.int64).max
    least = np.full(size, most)
    known = values != UNKNOWN
    np.minimum.at(least, at[known], values[known])
    return np.where(least == most, UNKNOWN, least)
