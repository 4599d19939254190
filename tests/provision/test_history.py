"""What moved the allowance, what our own history would say, and what other numbers would do."""

from __future__ import annotations

import pytest

from daihou.policy.queries import parameters_on
from daihou.provision.choices import Cause
from daihou.provision.estimating import estimates
from daihou.provision.limits import measures_on
from daihou.provision.movement import moved_loans, movements
from daihou.provision.queries import adequacy, allowances_visible_to
from daihou.provision.whatif import tried
from daihou.storage.history import holding_on
from loanmath.rates import PER_ONE
from tests.cast import Cast
from tests.provision.test_daily import run
from tests.small_book import SmallBook, day


@pytest.fixture
def book(cast: Cast) -> SmallBook:
    made = SmallBook(cast)
    for number in "甲乙丙丁":
        made.lend(number, f"客户{number}")
    run(made, "01-31")
    for number, months in (("乙", (2, 3, 4)), ("丙", (2,))):
        for month in months:
            made.pay(number, f"{month:02d}-10")
    made.write_off("丁", "03-01", "10000")
    run(made, "02-28", "03-31", "04-30")
    return made


def test_the_movement_has_a_cause_for_everything_and_adds_up(book: SmallBook, cast: Cast) -> None:
    for since, until in (("01-20", "01-31"), ("01-31", "04-30"), ("02-28", "03-31")):
        found = movements(cast.zhang, day(since), day(until))
        rows = allowances_visible_to(cast.zhang)
        for on, total in (
            (since, sum(one.opening for one in found)),
            (until, sum(one.closing for one in found)),
        ):
            held = adequacy(rows.filter(holding_on(day(on))), parameters_on(day(on)))
            assert held.allowance == total, (since, until)
    by_cause = {one.cause: one for one in movements(cast.zhang, day("01-31"), day("04-30"))}
    assert by_cause[Cause.WRITTEN_OFF].loans == 1
    assert by_cause[Cause.WORSE].loans == 2 and by_cause[Cause.WORSE].change > 0
    assert by_cause[Cause.BALANCE].loans == 1
    lines = moved_loans(cast.zhang, day("01-31"), day("04-30"), Cause.WORSE)
    assert {one.number for one in lines} == {"甲", "丙"}
    assert sum(one.change for one in lines) == by_cause[Cause.WORSE].change
    assert not any(one.loans for one in movements(cast.chen, day("01-31"), day("04-30")))
    assert not any(one.loans for one in movements(cast.zhou, day("01-31"), day("04-30")))


def test_history_gives_matrices_and_says_how_long_it_is(book: SmallBook) -> None:
    assert estimates(day("02-01")).cohort is None
    found = estimates(day("04-30"))
    assert (found.months, found.is_enough) == (3, False)
    assert found.cohort is not None and found.duration is not None
    # by month's end: stage 1 four, three (丁 is gone by March) ...; nobody comes back
    assert found.cohort.matrix[0].sum() == pytest.approx(1)
    assert found.cohort.matrix[0, 3] > 0 and found.cohort.matrix[1, 0] == 0
    assert found.cohort.to_three[0] == 0  # nobody has come to stage 3 yet
    run(book, "05-31")
    later = estimates(day("05-31")).cohort
    assert later is not None and later.to_three[0] is not None and 0 < later.to_three[0] < 1
    assert found.duration.matrix.sum(axis=1) == pytest.approx(1)


def test_other_numbers_are_tried_and_the_own_ones_change_nothing(
    book: SmallBook, cast: Cast
) -> None:
    rows = allowances_visible_to(cast.zhang).filter(holding_on(day("04-30")))
    measures = measures_on(parameters_on(day("04-30")))
    assert all(one.change == 0 for one in tried(rows, measures, PER_ONE))
    doubled = tried(rows, measures, 2 * PER_ONE)
    assert doubled[0].change > 0 and doubled[2].change == 0
    assert tried(rows.none(), measures, PER_ONE)[0].loans == 0
