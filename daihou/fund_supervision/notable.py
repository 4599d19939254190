"""The lists of large and of abnormal transactions (大额与异常清单): new rows by rule, once each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import psycopg

from daihou.fund_supervision.choices import NotableRule, TransactionKind
from daihou.fund_supervision.partitions import TABLE
from daihou.loan_book.choices import CustomerKind
from daihou.policy.queries import ParametersOnDay

_NIGHT_ENDS = 5 * 60
_ROUND = 1_000_000  # fen: whole ten thousands of yuan
# What each rule asks of a transaction, and from which amount on.
_RULES: Mapping[NotableRule, tuple[str, str]] = {
    NotableRule.LARGE_CASH: ("t.is_cash", "%(large_cash)s"),
    NotableRule.LARGE_TRANSFER: (
        "NOT t.is_cash AND t.kind <> %(draw)s",
        "CASE WHEN c.kind = %(firm)s THEN %(large_firm)s::bigint ELSE %(large_person)s::bigint END",
    ),
    NotableRule.AT_NIGHT: ("NOT t.is_inflow AND t.minute < %(night)s", "%(night_amount)s"),
    NotableRule.ROUND_CASH: (
        "t.is_cash AND NOT t.is_inflow AND t.amount %% %(round)s = 0",
        "%(cash)s",
    ),
    NotableRule.EMPTIED: (
        "NOT t.is_inflow AND t.balance_after * 20 < t.amount AND t.kind <> %(repay)s",
        "%(emptied)s",
    ),
}
_ASKED = ", ".join(
    f"({rule.value}, {condition}, ({floor})::bigint)" for rule, (condition, floor) in _RULES.items()
)
# The days that have come since are in few months; rows of earlier days are found by their number.
_COME = "t.booked_on > %(through)s AND t.booked_on <= %(day)s"
_IMPORTED = "t.id > %(last)s AND t.booked_on <= %(through)s"
_NOTED = f"""
    INSERT INTO fund_supervision_notabletransaction
        (transaction, customer_id, account_id, booked_on, rule, amount, floor)
    SELECT t.id, t.customer_id, t.account_id, t.booked_on, r.rule, t.amount, r.floor
    FROM {TABLE} t JOIN loan_book_customer c ON c.id = t.customer_id
    CROSS JOIN LATERAL (VALUES {_ASKED}) AS r (rule, holds, floor)
    WHERE {{}} AND r.holds AND t.amount >= r.floor ORDER BY t.booked_on, t.id, r.rule
    ON CONFLICT (transaction, rule) DO NOTHING"""


def note_transactions(
    connection: psycopg.Connection,
    day: dt.date,
    parameters: ParametersOnDay,
    before: Mapping[str, object] | None,
    removals: int,
) -> int:
    """Note what came in since the last time, by import or because its day has come."""
    if before is not None and before["removals"] != removals:
        connection.execute(
            "DELETE FROM fund_supervision_notabletransaction n WHERE NOT EXISTS"
            f" (SELECT FROM {TABLE} t WHERE t.id = n.transaction AND t.booked_on = n.booked_on)"
        )
    values = {
        "day": day, "last": before["last"] if before else 0,
        "through": (before["through"] if before else "") or "0001-01-01",
        "firm": CustomerKind.ENTERPRISE.value, "draw": int(TransactionKind.LOAN_DRAW),
        "repay": int(TransactionKind.LOAN_REPAYMENT), "night": _NIGHT_ENDS, "round": _ROUND,
        "large_cash": parameters.whole("fund.large_cash"),
        "large_firm": parameters.whole("fund.large_transfer_firm"),
        "large_person": parameters.whole("fund.large_transfer_person"),
        "night_amount": parameters.whole("fund.night_amount"),
        "cash": parameters.whole("fund.cash_amount"),
        "emptied": parameters.whole("fund.emptied_amount"),
    }  # fmt: skip
    come = connection.execute(_NOTED.format(_COME).encode(), values).rowcount
    return come + connection.execute(_NOTED.format(_IMPORTED).encode(), values).rowcount
