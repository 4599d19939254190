"""Following drawn money from account to account, yuan by yuan (see decision 0028).

Out of the borrower's own accounts a draw is spent before the borrower's own money, the earlier draw
first: what leaves after a draw is looked at as the draw's until the draw is used up. In every other
account money is spent in the order in which it came (先进先出), what lay there before first.
A payment is never counted beyond its amount, so the paths of a draw add up to what was spent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from loanmath.compiled import compiled

Longs = npt.NDArray[np.int64]
NOWHERE = -1


@dataclass(frozen=True)
class Flows:
    """Transactions in the order (account, day, id), amounts signed, as arrays of equal length.

    `mirror` is, for a payment to an account that we know, the place of the same money's arrival
    there; -1 where it is not seen.
    """

    account: Longs
    customer: Longs
    day: Longs
    amount: Longs
    before: Longs  # the account's balance before the transaction; 0 where unknown
    mirror: Longs

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self.account.size)


@dataclass(frozen=True)
class Arrivals:
    """Drawn money on its arrival in an account: whose draw, which transaction, how much of it."""

    draw: Longs
    at: Longs
    amount: Longs
    parent: Longs  # the step that brought it, -1 for the draw itself

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self.draw.size)


@dataclass(frozen=True)
class Steps:
    """Payments out of drawn money: whose draw, which transaction, how much, and from which step."""

    draw: Longs
    at: Longs
    amount: Longs
    parent: Longs
    hop: Longs

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self.draw.size)


def trace(
    flows: Flows,
    draws: Arrivals,
    borrowers: Longs,
    *,
    hops: int,
    within_days: int,
    least: int,
) -> Steps:
    """Every step of the drawn money, hop by hop, each hop in one pass over the accounts concerned.

    `borrowers` is the client of each draw. Amounts below `least` fen are not followed on, nor
    money that lay in an account for longer than `within_days`.
    """
    left = -np.minimum(flows.amount, 0)  # what of each payment is not yet accounted for
    parts: list[Steps] = []
    arrivals, known = draws, 0
    for hop in range(1, hops + 1):
        if not arrivals.size:
            break
        own = flows.customer[arrivals.at] == borrowers[arrivals.draw]
        which, at, amount = _spend_all(flows, arrivals, own, left, within_days)
        steps = Steps(
            arrivals.draw[which], at, amount, arrivals.parent[which], np.full(at.size, hop)
        )
        parts.append(steps)
        arrivals = _arrived(flows, steps, known, least)
        known += steps.size
    return Steps(*(np.concatenate([getattr(p, f) for p in parts] or [np.zeros(0, np.int64)])
                   for f in ("draw", "at", "amount", "parent", "hop")))  # fmt: skip


def _spend_all(
    flows: Flows, arrivals: Arrivals, own: npt.NDArray[np.bool_], left: Longs, within: int
) -> tuple[Longs, Longs, Longs]:
    order = np.argsort(arrivals.at, kind="stable")
    room = 4 * arrivals.size + 1024
    while True:
        which, at, amount = (np.empty(room, np.int64) for _ in range(3))
        trial = left.copy()
        count = _spend(
            flows.account, flows.day, flows.amount, flows.before, trial,
            arrivals.at[order], own[order], arrivals.amount[order], np.zeros(order.size, np.int64),
            within, which, at, amount,
        )  # fmt: skip
        if count <= room:
            left[:] = trial
            return order[which[:count]], at[:count], amount[:count]
        room = 2 * count


@compiled
def _spend(
    account: Any,
    day: Any,
    amount: Any,
    before: Any,
    left: Any,
    lot_at: Any,
    lot_own: Any,
    rest: Any,
    ahead: Any,
    within: int,
    out_lot: Any,
    out_at: Any,
    out_amount: Any,
) -> int:
    """Spend the lots of each account along its payments; returns how many parts there are.

    `rest` is the amount of each lot and is spent down; `ahead` is room for the other money that
    came before each. Lots come in the order of their arrival. Parts beyond the room given
    are counted, not kept.
    """
    count = 0
    begin = 0
    while begin < lot_at.size:
        this = account[lot_at[begin]]
        end = begin
        while end < lot_at.size and account[lot_at[end]] == this:
            end += 1
        other_in, other_out = max(before[lot_at[begin]], 0), 0  # other money: came, spent
        arrived = begin
        row = lot_at[begin]
        while row < amount.size and account[row] == this:
            if arrived == end and day[row] > day[lot_at[end - 1]] + within:
                break
            if amount[row] > 0:
                plain = amount[row]
                while arrived < end and lot_at[arrived] == row:
                    ahead[arrived] = other_in
                    plain -= rest[arrived]
                    arrived += 1
                other_in += max(plain, 0)
            for own in (True, False):  # own draws first, whatever else lies there
                for lot in range(begin, arrived):
                    if left[row] == 0:
                        break
                    if lot_own[lot] != own or rest[lot] == 0:
                        continue
                    timely = day[row] <= day[lot_at[lot]] + within
                    if own and not timely:
                        continue
                    if not own:
                        part = min(left[row], max(ahead[lot] - other_out, 0))
                        other_out += part
                        left[row] -= part
                    part = min(left[row], rest[lot])
                    rest[lot] -= part
                    left[row] -= part
                    if timely and part > 0:
                        if count < out_lot.size:
                            out_lot[count], out_at[count], out_amount[count] = lot, row, part
                        count += 1
            other_out += min(left[row], other_in - other_out)
            row += 1
        begin = end
    return count


def _arrived(flows: Flows, steps: Steps, known: int, least: int) -> Arrivals:
    """Where the money of the steps arrived, as far as that is seen and worth following."""
    mirror = flows.mirror[steps.at]
    on = np.flatnonzero((mirror != NOWHERE) & (steps.amount >= least))
    return Arrivals(steps.draw[on], mirror[on], steps.amount[on], known + on)


def mirrors(
    customer: Longs, other: Longs, day: Longs, amount: Longs, ids: Longs, later_by: int = 1
) -> Longs:
    """For each payment to a known client the place of its arrival: equal amount, both clients,
    the same day or at most `later_by` days on; each arrival serves one payment. -1 where unseen.
    """
    found = np.full(customer.size, NOWHERE, np.int64)
    free = np.flatnonzero((amount > 0) & (other > 0))
    wanting = np.flatnonzero((amount < 0) & (other > 0))
    for shift in range(later_by + 1):
        if not free.size or not wanting.size:
            break
        ours = np.stack(
            [customer[wanting], other[wanting], -amount[wanting], day[wanting] + shift], axis=1
        )
        theirs = np.stack([other[free], customer[free], amount[free], day[free]], axis=1)
        pairs = _pair_up(ours, theirs, ids[wanting], ids[free])
        hit = pairs != NOWHERE
        found[wanting[hit]] = free[pairs[hit]]
        taken = np.zeros(free.size, np.bool_)
        taken[pairs[hit]] = True
        wanting, free = wanting[~hit], free[~taken]
    return found


def _pair_up(ours: Longs, theirs: Longs, our_ids: Longs, their_ids: Longs) -> Longs:
    """For each of ours the one of theirs with the same key: the first with the first, and so on."""
    keys = np.concatenate([ours, theirs])
    _, code = np.unique(keys, axis=0, return_inverse=True)
    mine, its = code[: len(ours)].ravel(), code[len(ours) :].ravel()
    return _matched(_ranked(mine, our_ids), _ranked(its, their_ids))


def _ranked(code: Longs, ids: Longs) -> Longs:
    """Each row's code together with its rank among the rows of that code, by id."""
    order = np.lexsort((ids, code))
    sorted_code = code[order]
    starts = np.flatnonzero(np.r_[True, sorted_code[1:] != sorted_code[:-1]])
    lengths = np.diff(np.r_[starts, sorted_code.size])
    rank = np.arange(sorted_code.size) - np.repeat(starts, lengths)
    ranked = np.empty(code.size, np.int64)
    ranked[order] = (sorted_code << 20) + np.minimum(rank, (1 << 20) - 1)
    return ranked


def _matched(wanted: Longs, among: Longs) -> Longs:
    order = np.argsort(among)
    at = np.minimum(np.searchsorted(among[order], wanted), among.size - 1)
    return np.where(among[order[at]] == wanted, order[at], NOWHERE)
