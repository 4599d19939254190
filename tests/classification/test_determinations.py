"""People determine grades in three steps; above a floor only by a named exception."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from daihou.classification.actions import (
    change_grade,
    determine,
    open_batch,
    review,
    send_back,
    submit,
    withdraw,
)
from daihou.classification.choices import BatchStatus, Exceptional, Grade, Lift
from daihou.classification.codes import Because
from daihou.classification.daily import write_grades
from daihou.classification.lifting import best_grade
from daihou.classification.limits import grade_limits
from daihou.classification.models import Determination, GradingBatch
from daihou.classification.queries import (
    batches_visible_to,
    determination_of,
    determinations_visible_to,
    moves_of,
    standing_grade,
)
from daihou.loan_book.choices import HappeningKind
from daihou.policy.actions import Refused
from daihou.servicing.daily import renew_positions
from tests.cast import Cast, branches, cast  # noqa: F401 - fixtures
from tests.shipped import shipped_parameters
from tests.small_book import SmallBook, cursor, day

pytestmark = pytest.mark.django_db
AS_OF, TODAY = day("02-12"), day("02-13")
LIMITS = grade_limits(shipped_parameters())


@pytest.fixture
def book(cast: Cast) -> SmallBook:  # noqa: F811
    """J1 is late, J2 is refinanced, J3 is sound."""
    book = SmallBook(cast)
    for number in ("J1", "J2", "J3"):
        book.lend(number, f"客户{number}")
    book.pay("J2", "02-10")
    book.pay("J3", "02-10")
    book.happen(HappeningKind.REFINANCED, "02-05", "J2")
    grade(book, "02-12")
    return book


def grade(book: SmallBook, on: str) -> None:
    then = book.on(on)
    renew_positions(then, cursor())
    write_grades(then, cursor(), shipped_parameters(day(on)))


def batch_of(cast: Cast, as_of: dt.date = AS_OF) -> GradingBatch:  # noqa: F811
    return open_batch(
        branch=cast.zhang.branch, by=cast.zhang, as_of=as_of,
        business_date=as_of + dt.timedelta(days=1),
    )  # fmt: skip


def row(batch: GradingBatch, number: str) -> Determination:
    return batch.rows.get(loan__number=number)


def carry_through(batch: GradingBatch, cast: Cast, on: dt.date = TODAY) -> None:  # noqa: F811
    submit(batch=batch, by=cast.zhang)
    review(batch=GradingBatch.objects.get(pk=batch.pk), by=cast.zhao, business_date=on)
    determine(batch=GradingBatch.objects.get(pk=batch.pk), by=cast.qian, business_date=on)


def test_a_batch_takes_the_machines_proposals_and_counts_once_determined(
    book: SmallBook,
    cast: Cast,  # noqa: F811
) -> None:
    batch = batch_of(cast)
    machine = dict(batch.rows.values_list("loan__number", "machine"))
    assert machine == {"J1": 2, "J2": 2, "J3": 1}
    change_grade(row=row(batch, "J3"), grade=Grade.SUBSTANDARD, reason="停产", by=cast.zhang,
                 business_date=TODAY)  # fmt: skip
    changed = row(batch, "J3")
    assert changed.exceptions & Exceptional.OVERRIDDEN
    assert changed.expires_on == TODAY + dt.timedelta(days=92)
    assert determination_of(book.loans["J3"], on=TODAY) is None
    carry_through(batch, cast)
    held = determination_of(book.loans["J3"], on=TODAY)
    assert held is not None and held.grade == Grade.SUBSTANDARD
    assert determination_of(book.loans["J3"], on=AS_OF) is None
    assert determination_of(book.loans["J3"], on=changed.expires_on) is None
    assert GradingBatch.objects.get().status == BatchStatus.DETERMINED


def test_the_next_batch_shows_what_moved(book: SmallBook, cast: Cast) -> None:  # noqa: F811
    first = batch_of(cast)
    change_grade(row=row(first, "J3"), grade=Grade.SUBSTANDARD, reason="停产", by=cast.zhang,
                 business_date=TODAY)  # fmt: skip
    carry_through(first, cast)
    grade(book, "05-09")
    second = batch_of(cast, day("05-09"))
    found = {n: Exceptional(row(second, n).exceptions) for n in ("J1", "J2", "J3")}
    assert found["J1"] == Exceptional.NEAR_FLOOR  # 88 days
    assert found["J3"] == Exceptional.DIFFERS
    assert (3, 2, 1) in moves_of(second.rows.all())


def test_above_the_floor_only_by_the_exception_that_takes_it_away(
    book: SmallBook,
    cast: Cast,  # noqa: F811
) -> None:
    batch = batch_of(cast)
    late, refinanced = row(batch, "J1"), row(batch, "J2")
    values = {"grade": Grade.NORMAL, "reason": "符合条件", "by": cast.zhang, "business_date": TODAY}
    for one, lift in (
        (refinanced, Lift.NONE), (refinanced, Lift.TECHNICAL), (late, Lift.QUALIFYING_RENEWAL),
    ):  # fmt: skip
        with pytest.raises(Refused):
            change_grade(row=one, lift=lift, **values)
    change_grade(row=refinanced, lift=Lift.QUALIFYING_RENEWAL, **values)
    change_grade(row=late, lift=Lift.TECHNICAL, **values)  # two days late
    assert set(batch.rows.values_list("grade", flat=True)) == {Grade.NORMAL}
    with pytest.raises(IntegrityError), transaction.atomic():
        Determination.objects.filter(pk=late.pk).update(lift="")


BEST = [
    (2, Because.OVERDUE_AT_ALL, Lift.TECHNICAL, 7, 1),
    (2, Because.OVERDUE_AT_ALL, Lift.TECHNICAL, 8, 2),
    (2, Because.OVERDUE_AT_ALL | Because.MISUSED, Lift.TECHNICAL, 7, 2),
    (3, Because.DEBTOR_MOSTLY_BAD, Lift.ENHANCED, 0, 1),
    (3, Because.DEBTOR_MOSTLY_BAD | Because.REFINANCED, Lift.ENHANCED, 0, 2),
    (3, Because.OVERDUE_LONG, Lift.ENHANCED, 91, 3),
    (3, Because.TABLE_BAD | Because.OVERDUE_AT_ALL, Lift.TECHNICAL, 5, 3),
]


@pytest.mark.parametrize(("machine", "spoken", "lift", "days", "best"), BEST)
def test_an_exception_takes_away_its_own_floors_and_no_other(
    machine: int, spoken: Because, lift: Lift, days: int, best: int
) -> None:
    assert best_grade(machine, spoken, lift, days, LIMITS) == best


def test_three_steps_are_three_people(book: SmallBook, cast: Cast) -> None:  # noqa: F811
    batch = batch_of(cast)
    for step in (
        lambda: review(batch=batch, by=cast.zhao, business_date=TODAY),  # not submitted yet
        lambda: submit(batch=batch, by=cast.sun),  # not the own one
        lambda: open_batch(branch=cast.zhang.branch, by=cast.wang, as_of=AS_OF,
                           business_date=TODAY),
        lambda: batch_of(cast),  # every loan is in the open batch
    ):  # fmt: skip
        with pytest.raises(Refused), transaction.atomic():
            step()
    submit(batch=batch, by=cast.zhang)
    with pytest.raises(Refused):
        review(batch=batch, by=cast.zhang, business_date=TODAY)
    with pytest.raises(Refused, match="理由"):
        send_back(batch=GradingBatch.objects.get(), by=cast.zhao, opinion=" ")
    send_back(batch=GradingBatch.objects.get(), by=cast.zhao, opinion="补充理由")
    assert GradingBatch.objects.get().status == BatchStatus.DRAFT
    withdraw(batch=batch, by=cast.zhang, business_date=TODAY)
    assert batch_of(cast).rows.count() == 3


STANDING = [
    # determined, machine then, machine now, what counts
    (3, 2, 2, 3),
    (3, 2, 4, 4),
    (1, 2, 2, 1),  # above the floor by an exception
    (1, 2, 3, 3),  # the machine has got worse since
    (2, 2, 1, 2),
]


@pytest.mark.parametrize(("grade", "then", "now", "counts"), STANDING)
def test_what_people_said_counts_until_the_machine_says_worse(
    grade: int, then: int, now: int, counts: int
) -> None:
    assert standing_grade(now, Determination(grade=grade, machine=then)) == counts
    assert standing_grade(now, None) == now


def test_other_branches_see_nothing_of_it(book: SmallBook, cast: Cast) -> None:  # noqa: F811
    batch_of(cast)
    assert not batches_visible_to(cast.chen).exists()
    assert not determinations_visible_to(cast.chen).exists()
    assert batches_visible_to(cast.wang).count() == 1
