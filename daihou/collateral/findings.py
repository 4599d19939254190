"""What collateral and guarantees say to the warning signals 91 to 96, loan by loan."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa

from daihou.collateral.assessing import Assessed
from daihou.collateral.limits import SignalLimits
from daihou.collateral.reading import Facts
from daihou.collateral.rules import UNKNOWN, Mask, Rows, fall
from daihou.policy.queries import ParametersOnDay
from daihou.storage.bulk import read_table

_OPEN = """
    SELECT customer_id::int8 AS customer, loan_id::int8 AS loan, signal::int8 AS signal,
           (since - DATE '1970-01-01')::int8 AS since, strength::int8 AS strength, id::int8
    FROM collateral_collateralfinding
    WHERE since <= DATE '{day}' AND (ceased_on IS NULL OR ceased_on > DATE '{day}')
    ORDER BY customer_id, loan_id, signal, id
"""
_JUDGED = """
    SELECT loan.customer_id::int8 AS customer,
           bool_or(standing.value IS NOT NULL AND standing.first_value IS NOT NULL) AS is_valued,
           bool_or(standing.ltv IS NOT NULL AND standing.approved_ltv IS NOT NULL) AS has_ltv,
           bool_or(piece.registered_until IS NOT NULL OR piece.insured_until IS NOT NULL)
               AS has_terms
    FROM collateral_collateralstanding standing
    JOIN collateral_collateral piece ON piece.id = standing.collateral_id
    JOIN collateral_collaterallink link ON link.collateral_id = piece.id
    JOIN loan_book_loan loan ON loan.contract_id = link.contract_id
    WHERE standing.valid_from <= DATE '{day}'
      AND (standing.valid_to IS NULL OR standing.valid_to > DATE '{day}')
      AND (piece.released_on IS NULL OR piece.released_on > DATE '{day}')
    GROUP BY loan.customer_id
"""


def open_findings(
    connection: psycopg.Connection, day: dt.date, parameters: ParametersOnDay
) -> pa.Table:
    """The findings that show on a day: customer, loan, signal (91-96), since, strength, id.

    `since` is a day number. `strength` is a step: 91: 1 within the first span before the end, 2
    within the second, 3 past it; 92: 1 fallen, 2 fallen so far that security must be added; 93: 1;
    94 and 96: how many facts; 95: 1 registration, 2 insurance, 3 both. The parameters counted when
    the day's step ran; those given are taken so that all seams are asked alike.
    """
    return read_table(connection, _OPEN.format(day=day.isoformat()))


def judged_clients(connection: psycopg.Connection, day: dt.date) -> pa.Table:
    """The clients whose loans stand on collateral: customer, and what is known of some piece of it.

    `is_valued`: what it is and was worth; `has_ltv`: loan-to-value, now and as approved;
    `has_terms`: until when it is registered or insured.
    """
    return read_table(connection, _JUDGED.format(day=day.isoformat()))


@dataclass(frozen=True)
class Found:
    """What shows by piece of collateral (its place) or guarantee: signal and strength."""

    signal: int
    strength: Rows  # 0 where it does not show


def found_on_collateral(facts: Facts, now: Assessed, limits: SignalLimits, day: int) -> list[Found]:
    """Signals 92 to 96 of every piece of collateral."""
    pieces = facts.collateral
    fallen = fall(pieces["value"], pieces["first"])
    over = (now.ltv != UNKNOWN) & (now.approved != UNKNOWN)
    over &= now.ltv > now.approved + limits.ltv_over
    lapsed = _lapsed(pieces["registered_until"], limits, day) + 2 * _lapsed(
        pieces["insured_until"], limits, day
    )
    return [
        Found(92, (fallen > limits.fall).astype(np.int64) + (fallen >= limits.deeper)),
        Found(93, over.astype(np.int64)),
        Found(94, _facts_of(facts, now, 94)),
        Found(95, lapsed),
        Found(96, _facts_of(facts, now, 96)),
    ]


def found_on_guarantees(ends_on: Rows, limits: SignalLimits, day: int) -> Rows:
    """How near each guarantee is to its end: 0 far, a step for each span, one more past the end."""
    left = ends_on - day
    steps = [left <= days for days in limits.guarantee_days]
    return np.asarray(np.sum([*steps, left < 0], axis=0), np.int64)


def by_loan(facts: Facts, now: Assessed, limits: SignalLimits, day: int) -> dict[str, Any]:
    """All findings as columns, one row per live loan that stands on what gives them."""
    loans = facts.loans
    by_contract = loans["contract"]  # sorted
    parts: list[tuple[Rows, Rows, Rows, int, Rows]] = []
    for found in found_on_collateral(facts, now, limits, day):
        shows = np.flatnonzero(found.strength[now.link_at])
        at, loan = _loans_under(by_contract, facts.links["contract"][shows])
        piece = now.link_at[shows][at]
        parts.append((loan, facts.collateral["id"][piece], np.zeros(len(loan), np.int64),
                      found.signal, found.strength[piece]))  # fmt: skip
    ending = found_on_guarantees(facts.guarantees["ends_on"], limits, day)
    shows = np.flatnonzero(ending)
    at, loan = _loans_under(by_contract, facts.guarantees["contract"][shows])
    parts.append((loan, np.zeros(len(loan), np.int64), facts.guarantees["id"][shows][at], 91,
                  ending[shows][at]))  # fmt: skip
    loan = np.concatenate([part[0] for part in parts])
    live = now.loan_live[loan]
    signal = np.concatenate([np.full(len(part[0]), part[3], np.int64) for part in parts])
    return {
        "customer_id": loans["customer"][loan][live],
        "loan_id": loans["loan"][loan][live],
        "collateral_id": np.concatenate([part[1] for part in parts])[live],
        "guarantee_id": np.concatenate([part[2] for part in parts])[live],
        "signal": signal[live].astype(np.int16),
        "strength": np.concatenate([part[4] for part in parts])[live],
    }


def _lapsed(until: Rows, limits: SignalLimits, day: int) -> Rows:
    return np.asarray((until != UNKNOWN) & (day - until > limits.lapsed_days), np.int64)


def _facts_of(facts: Facts, now: Assessed, signal: int) -> Rows:
    """How many facts speak: incidents on record, and what others had registered."""
    ids = facts.collateral["id"]
    counts = np.zeros(len(ids), np.int64)
    told = facts.incidents["collateral"][facts.incidents["signal"] == signal]
    _count(counts, ids, told)
    liens = facts.liens
    speaks: Mask = liens["is_seizure"].astype(np.bool_)
    if signal == 94:  # pledged once more, after us and without asking us
        speaks = ~speaks & ~liens["is_agreed"].astype(np.bool_)
        at = np.searchsorted(ids, liens["collateral"])
        since = now.since[np.minimum(at, max(len(ids) - 1, 0))] if len(ids) else now.since
        speaks &= (since != UNKNOWN) & (liens["registered_on"] > since) if len(ids) else False
    _count(counts, ids, liens["collateral"][speaks])
    return counts


def _count(counts: Rows, ids: Rows, named: Rows) -> None:
    named = named[np.isin(named, ids)]
    np.add.at(counts, np.searchsorted(ids, named), 1)


def _loans_under(by_contract: Rows, contracts: Rows) -> tuple[Rows, Rows]:
    """Each loan under each of some contracts: the contract's place, and the loan's."""
    first = np.searchsorted(by_contract, contracts, "left")
    counts = np.searchsorted(by_contract, contracts, "right") - first
    at = np.repeat(np.arange(len(contracts)), counts)
    begin = np.repeat(np.cumsum(counts) - counts, counts)
    return at, np.repeat(first, counts) + np.arange(len(at)) - begin
