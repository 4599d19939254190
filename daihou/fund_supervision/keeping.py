"""Writing what the daily step found: the paths, how each draw stands, and the findings."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
import pyarrow as pa

from daihou.fund_supervision.choices import Evidence, FindingState, Pattern
from daihou.fund_supervision.draws import EPOCH, Disbursed
from daihou.fund_supervision.rules import Draw, Found, Judged, Payment
from daihou.storage.bulk import copy_in

_FINDING = "fund_supervision_finding"
Key = tuple[int, int | None, int, int]
FoundOf = tuple[int, Draw | None, Found]  # the client, the draw if it is about one, what was seen


@dataclass(frozen=True)
class Seen:
    """All that was seen of one draw."""

    one: Disbursed
    arrived_on: int | None
    arrived: int
    payments: Sequence[Payment]
    judged: Sequence[Judged]


@dataclass(frozen=True)
class _Kept:
    """A finding as it was written before."""

    number: int
    state: str
    ended_on: dt.date | None
    other_side: str
    amount: int
    numbers: list[int]

    def says(self, hit: Found) -> bool:
        """Whether it shows and says the same already."""
        said = (self.other_side, self.amount, tuple(self.numbers))
        return self.ended_on is None and said == (hit.other_side, hit.amount, hit.numbers)


def keep_paths(cursor: psycopg.Cursor, seen: Sequence[Seen]) -> int:
    """Put the paths of the draws in place of those of before."""
    loans = [s.one.draw.loan for s in seen]
    cursor.execute("DELETE FROM fund_supervision_tracedpayment WHERE loan_id = ANY(%s)", (loans,))
    rows = []
    for s in seen:
        judged = {one.payment.number: one for one in s.judged}
        for p in s.payments:
            one = judged.get(p.number)
            rows.append(
                {
                    "loan_id": s.one.draw.loan, "number": p.number, "parent": p.parent,
                    "hop": p.hop, "transaction": p.transaction, "booked_on": _date(p.day),
                    "amount": p.amount, "evidence": int(one.evidence if one else Evidence.NONE),
                    "payee": (one.payee if one else 0) or None,
                    "voucher": (one.paper if one else 0) or None,
                }
            )  # fmt: skip
    return _copy(cursor, "fund_supervision_tracedpayment", rows)


def keep_standings(
    cursor: psycopg.Cursor, seen: Sequence[Seen], findings: Counter[int], day: dt.date
) -> None:
    """Put how each draw stands in place of what was known before."""
    loans = [s.one.draw.loan for s in seen]
    cursor.execute("DELETE FROM fund_supervision_drawstanding WHERE loan_id = ANY(%s)", (loans,))
    _copy(
        cursor,
        "fund_supervision_drawstanding",
        [
            {
                "loan_id": s.one.draw.loan, "checked_on": day,
                "arrived_on": None if s.arrived_on is None else _date(s.arrived_on),
                "arrived": s.arrived, "spent": sum(one.payment.amount for one in s.judged),
                "to_payees": sum(one.payment.amount for one in s.judged if one.payee),
                "evidenced": sum(one.payment.amount for one in s.judged
                                 if one.evidence >= Evidence.CONTRACT),
                "findings": findings[s.one.draw.loan],
            }
            for s in seen
        ],
    )  # fmt: skip


def keep_findings(
    cursor: psycopg.Cursor,
    found: Sequence[FoundOf],
    loans: Sequence[int],
    day: dt.date,
) -> tuple[int, int]:
    """Bring the findings up to what shows today; returns how many are new and how many are gone.

    One found again is the same: its decision stands unless a transaction has joined it. One that
    shows no longer goes if nobody has decided on it, and else is marked as ended.
    """
    now: dict[Key, Found] = {
        (customer, draw.loan if draw else None, int(hit.pattern), hit.other_key): hit
        for customer, draw, hit in found
    }
    cursor.execute(
        "SELECT customer_id, loan_id, pattern, other_key, id, state, ended_on, other_side, amount,"
        f" numbers FROM {_FINDING}"
        " WHERE loan_id = ANY(%s) OR pattern = %s",
        (list(loans), int(Pattern.SHARED_REPAYER)),
    )
    kept = {row[:4]: _Kept(*row[4:]) for row in cursor.fetchall()}
    gone = [kept[key] for key in kept if key not in now]
    undecided = [one.number for one in gone if one.state == FindingState.NEW]
    cursor.execute("DELETE FROM fund_supervision_findingtransaction WHERE finding_id = ANY(%s)",
                   (undecided,))  # fmt: skip
    cursor.execute(f"DELETE FROM {_FINDING} WHERE id = ANY(%s)", (undecided,))
    cursor.execute(
        f"UPDATE {_FINDING} SET ended_on = %s WHERE id = ANY(%s) AND ended_on IS NULL",
        (day, [one.number for one in gone if one.state != FindingState.NEW]),
    )
    before = _evidence(cursor, [one.number for one in kept.values()])
    fresh = 0
    for key, hit in now.items():
        if key not in kept:
            fresh += 1
            _write(cursor, _open(cursor, key, hit, day), hit)
        else:
            _refresh(cursor, kept[key], hit, before.get(kept[key].number, {}), day)
    return fresh, len(gone)


def _evidence(cursor: psycopg.Cursor, findings: list[int]) -> dict[int, dict[int, int]]:
    """The transactions of findings with the amounts, in one query."""
    cursor.execute(
        "SELECT finding_id, transaction, amount FROM fund_supervision_findingtransaction"
        " WHERE finding_id = ANY(%s)",
        (findings,),
    )
    found: dict[int, dict[int, int]] = {}
    for finding, transaction, amount in cursor.fetchall():
        found.setdefault(finding, {})[transaction] = amount
    return found


def _open(cursor: psycopg.Cursor, key: Key, hit: Found, day: dt.date) -> int:
    cursor.execute(
        f"INSERT INTO {_FINDING} (customer_id, loan_id, pattern, other_key, other_side, amount,"
        " numbers, first_found_on, last_found_on, state, note)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '') RETURNING id",
        (*key, hit.other_side, hit.amount, list(hit.numbers), day, day, FindingState.NEW.value),
    )
    row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def _refresh(
    cursor: psycopg.Cursor, kept: _Kept, hit: Found, before: dict[int, int], day: dt.date
) -> None:
    """Bring one finding up to date; one with a transaction that is new to it is open again."""
    now = {transaction: amount for transaction, _, amount in hit.payments}
    if before == now and kept.says(hit):
        return
    state = FindingState.NEW if now.keys() - before.keys() else kept.state
    cursor.execute(
        f"UPDATE {_FINDING} SET ended_on = NULL, other_side = %s, amount = %s, numbers = %s,"
        " last_found_on = %s, state = %s WHERE id = %s",
        (hit.other_side, hit.amount, list(hit.numbers), day, state, kept.number),
    )
    if before != now:
        cursor.execute(
            "DELETE FROM fund_supervision_findingtransaction WHERE finding_id = %s", (kept.number,)
        )
        _write(cursor, kept.number, hit)


def _write(cursor: psycopg.Cursor, number: int, hit: Found) -> None:
    rows = [
        {"finding_id": number, "transaction": t, "booked_on": _date(day), "amount": amount}
        for t, day, amount in hit.payments
    ]
    _copy(cursor, "fund_supervision_findingtransaction", rows)


def _copy(cursor: psycopg.Cursor, table: str, rows: list[dict[str, object]]) -> int:
    if not rows:
        return 0
    return copy_in(cursor, table, pa.Table.from_pylist(rows))


def _date(day: int) -> dt.date:
    return EPOCH + dt.timedelta(days=day)
