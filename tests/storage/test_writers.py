"""Who wants the end of a table waits for those who write, and holds up nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from daihou.servicing.marks import take_marks
from daihou.storage.writers import StillWriting, wait_for_writers
from tests.cast import Cast, branches, cast
from tests.small_book import SmallBook

__all__ = ["branches", "cast"]

pytestmark = pytest.mark.django_db(transaction=True)
Link = psycopg.Connection[Any]


def _another() -> Link:
    connection.ensure_connection()
    return psycopg.connect(connection.connection.info.dsn)


@pytest.fixture
def writer() -> Iterator[Link]:
    with _another() as link:
        yield link
        link.rollback()


def _book_payment(link: Link, loan_id: int) -> int:
    row = link.execute(
        "INSERT INTO ledger_ledgerentry (loan_id, kind, amount, value_date, booked_on, reference,"
        " repeat, note) SELECT loan_id, 2, 100, value_date, booked_on, '', 0, ''"
        " FROM ledger_ledgerentry WHERE loan_id = %s LIMIT 1 RETURNING id",
        (loan_id,),
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_mark_is_taken_only_when_nothing_below_it_is_open(cast: Cast, writer: Link) -> None:
    loan = SmallBook(cast).lend("L1", "甲厂")
    early = _book_payment(writer, loan.pk)  # drawn first, committed last
    with _another() as quick:
        late = _book_payment(quick, loan.pk)
        quick.commit()
        taken: list[int] = []
        with _another() as run:
            waiting = threading.Thread(target=lambda: taken.append(take_marks(run).entry))
            waiting.start()
            waiting.join(0.3)
            assert waiting.is_alive(), "it did not wait for the open payment"
            quick.execute("SET lock_timeout = '100ms'")
            later = _book_payment(quick, loan.pk)  # an officer is not held up meanwhile
            quick.commit()
            writer.commit()
            waiting.join(10)
    assert early < late < later
    assert taken == [late]


def test_reading_is_not_writing(cast: Cast, writer: Link) -> None:
    writer.execute("SELECT count(*) FROM ledger_ledgerentry")
    wait_for_writers(connection.connection, ["ledger_ledgerentry"], patience=0)


def test_patience_ends(cast: Cast, writer: Link) -> None:
    _book_payment(writer, SmallBook(cast).lend("L1", "甲厂").pk)
    with pytest.raises(StillWriting, match="没有继续"):
        wait_for_writers(connection.connection, ["ledger_ledgerentry"], patience=0.1)
