"""Lays out what the signals look at: the book's arrays, what people recorded, and who paid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import psycopg

from daihou.early_warning.happenings import (
    happenings_kept,
    last_happenings,
    technical_causes,
)
from daihou.early_warning.payers import payers_of
from daihou.early_warning.rules import NEVER, Bools, Days, Rule, SignalFacts, SignalLimits
from daihou.servicing.book_on_day import BookOnDay
from loanmath.dates import NO_DATE, day_number

SignalSources = Mapping[Rule, Mapping[int, tuple[int, ...]]]


def signal_facts(
    book: BookOnDay, connection: psycopg.Connection, limits: SignalLimits
) -> tuple[SignalFacts, SignalSources]:
    """The facts of every loan of the book, and the rows behind those that people recorded.

    The rows are ids by rule and place of the loan.
    """
    refinanced = last_happenings(book, connection, Rule.REFINANCED, limits.refinanced_window.value)
    hardship = last_happenings(book, connection, Rule.HARDSHIP, limits.hardship_window.value)
    payers = payers_of(book, connection, limits.other_payer_window.value)
    causes = technical_causes(book, connection, limits.technical_exception.value)
    facts = replace(
        ledger_facts(book, technical_cause=causes, days_since_other_payer=payers.days_since_other),
        days_since_refinanced=refinanced.days_since,
        days_since_hardship=hardship.days_since,
        payer_known=payers.known,
        happenings_kept=happenings_kept(book, connection, limits.hardship_window.value),
    )
    sources = {
        Rule.REFINANCED: refinanced.rows,
        Rule.ODD_PAYMENTS: payers.rows,
        Rule.HARDSHIP: hardship.rows,
    }
    return facts, sources


def ledger_facts(
    book: BookOnDay, *, technical_cause: Bools, days_since_other_payer: Days
) -> SignalFacts:
    """What the signals that look at the ledger need; nothing that people recorded is known."""
    position = book.positions
    oldest = position.oldest_unpaid_interest_due
    interest_days = np.where(oldest == NO_DATE, 0, day_number(book.day) - oldest.astype(np.int64))
    never = np.full(book.size, NEVER, np.int32)
    unknown = np.zeros(book.size, bool)
    return SignalFacts(
        judged=book.is_live,
        set_aside=book.is_set_aside,
        days_past_due=position.days_past_due,
        interest_days=interest_days.astype(np.int32),
        unpaid_instalments=position.overdue_instalments,
        late_instalments=position.late_instalments_12m,
        grace_instalments=position.grace_instalments_12m,
        last_payment_partial=position.last_payment_partial == 1,
        technical_cause=technical_cause,
        days_since_refinanced=never,
        days_since_hardship=never,
        days_since_other_payer=days_since_other_payer,
        payer_known=unknown,
        happenings_kept=unknown,
    )
