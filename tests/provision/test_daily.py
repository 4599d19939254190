"""The daily step: stages and allowances as intervals, rebuttals through two people."""

from __future__ import annotations

import datetime as dt

import pytest

from daihou.classification.daily import write_grades
from daihou.policy.actions import Refused
from daihou.policy.queries import parameters_on
from daihou.provision.actions import decide_rebuttal, propose_rebuttal
from daihou.provision.choices import Because
from daihou.provision.daily import write_provisions
from daihou.provision.models import Allowance, LoanStage
from daihou.provision.queries import (
    adequacy,
    allowances_visible_to,
    by_stage,
    explained_allowance,
    explained_stage,
)
from daihou.servicing.book_on_day import StepResult
from daihou.storage.history import holding_on
from tests.cast import Cast
from tests.small_book import SmallBook, cursor, day


@pytest.fixture
def book(cast: Cast) -> SmallBook:
    return SmallBook(cast)


def run(book: SmallBook, *days: str) -> StepResult:
    """Grade and provide on each day; the last day's result."""
    result = StepResult(0)
    for one in days:
        on, standing = parameters_on(day(one)), book.on(one)
        write_grades(standing, cursor(), on)
        result = write_provisions(standing, cursor(), on)
    return result


def history(number: str) -> list[tuple[int, str, str | None]]:
    rows = LoanStage.objects.filter(loan__number=number).order_by("valid_from")
    return [(r.stage, f"{r.valid_from:%m-%d}", r.valid_to and f"{r.valid_to:%m-%d}") for r in rows]


def open_allowance(number: str) -> Allowance:
    return Allowance.objects.get(loan__number=number, valid_to=None)


def test_a_loan_that_stops_paying_goes_through_the_stages(book: SmallBook) -> None:
    book.lend("甲", "客户甲")
    first = run(book, "01-20")
    assert first.figures["第一阶段"] == 1 and first.rows == 2
    assert run(book, "01-20").rows == 0  # done again
    run(book, "02-20", "03-12", "03-13", "05-11", "05-12")
    assert history("甲") == [
        (1, "01-20", "03-13"), (2, "03-13", "05-12"), (3, "05-12", None),
    ]  # fmt: skip
    loan = book.loans["甲"]
    for on, words in (("02-01", "第一阶段"), ("03-13", "超过30天"), ("05-12", "超过90天")):
        found = explained_stage(loan, day(on))
        assert found is not None and any(words in one["says"] for one in found.reasons)
        assert all(one["version"] and one["clause"] and one["rows"] for one in found.reasons)


def test_amounts_follow_stage_balance_and_scale(book: SmallBook, cast: Cast) -> None:
    book.lend("甲", "客户甲", retail=False)
    run(book, "01-20")
    row = open_allowance("甲")
    assert (row.stage, row.exposure, row.months) == (1, 10_000_00, 10)
    assert row.by_scale == 100_00
    # 1.5 % for a year, ten months of it, 45 % lost, weighed 0.6·1 + 0.15·0.85·0.95 + 0.25·1.4·1.15
    assert 58_00 < row.expected_loss < 66_00
    run(book, "05-12")
    row = open_allowance("甲")
    assert row.stage == 3 and row.exposure == 10_000_00 + 4 * 10_00
    assert row.by_scale == 2500_00
    expected = 10_040 * 0.45 * (0.6 + 0.15 * 0.95 + 0.25 * 1.15)
    assert row.expected_loss == pytest.approx(expected * 100, abs=1)
    found = explained_allowance(book.loans["甲"], day("05-12"))
    assert found is not None and "次级25%" in found[1][-1]["says"]
    rows = allowances_visible_to(cast.zhang).filter(holding_on(day("05-12")))
    told = adequacy(rows, parameters_on(day("05-12")))
    assert told.asked_of_loans == 250_00 and told.asked == 15_000_00 and told.binds_by_bad
    assert told.spare == row.expected_loss - 15_000_00
    assert [one.loans for one in by_stage(rows)] == [0, 0, 1]
    assert not allowances_visible_to(cast.chen).exists()


def test_a_rebuttal_takes_two_people_and_ends(book: SmallBook, cast: Cast) -> None:
    loan = book.lend("甲", "客户甲")
    run(book, "03-13")
    with pytest.raises(Refused, match="不超过90天"):
        propose_rebuttal(loan=loan, reason="回款在途,对手方已确认付款日期",
                         expires_on=day("09-01"), by=cast.zhang,
                         business_date=day("03-13"))  # fmt: skip
    made = propose_rebuttal(loan=loan, reason="回款在途,对手方已确认付款日期",
                            expires_on=day("03-20"), by=cast.zhang,
                            business_date=day("03-13"))  # fmt: skip
    run(book, "03-13")
    assert history("甲")[-1][0] == 2
    with pytest.raises(Refused, match="另一人"):
        decide_rebuttal(rebuttal=made, approve=True, opinion="", by=cast.zhang,
                        business_date=day("03-13"))  # fmt: skip
    decide_rebuttal(rebuttal=made, approve=True, opinion="同意", by=cast.zhao,
                    business_date=day("03-14"))  # fmt: skip
    run(book, "03-14", "03-20", "03-21")
    assert history("甲") == [
        (2, "03-13", "03-14"), (1, "03-14", "03-21"), (2, "03-21", None),
    ]  # fmt: skip
    row = LoanStage.objects.get(loan=loan, valid_from=day("03-14"))
    assert row.spoken == Because.REBUTTED
    found = explained_stage(loan, day("03-15"))
    assert found is not None and f"第{made.pk}号" in str(found.reasons[0]["inputs"])


def test_a_written_off_or_forgotten_loan_leaves(book: SmallBook) -> None:
    loan = book.lend("甲", "客户甲")
    book.lend("乙", "客户乙")
    run(book, "01-20")
    book.write_off("甲", "02-10", "10000")
    run(book, "02-10")
    assert Allowance.objects.filter(loan=loan).latest("valid_from").valid_to == day("02-10")
    assert not Allowance.objects.filter(loan=loan, valid_to=None).exists()
    book.forget("乙")
    run(book, "02-11")
    assert LoanStage.objects.count() == 1
    assert explained_stage(loan, dt.date(2026, 2, 11)) is None
