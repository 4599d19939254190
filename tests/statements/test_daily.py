"""The daily step: who is late, what shows, what ceases, and the columnar file beside it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from daihou.demo_bank.company_accounts import Course
from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.models import Customer
from daihou.policy.queries import parameters_on
from daihou.servicing.book_on_day import StepResult
from daihou.statements.actions import About, Figures, judge_finding, record_statement
from daihou.statements.choices import FindingState
from daihou.statements.daily import assess_statements
from daihou.statements.models import Statement, StatementFinding, StatementStanding
from daihou.statements.queries import current, peers_of
from tests.cast import Branches, Cast
from tests.small_book import cursor
from tests.statements.company import give_statements, sheets
from tests.workbench.small_bank import DAY, SmallBank, make_small_bank

ONE = dt.timedelta(days=1)


@pytest.fixture
def bank(cast: Cast, branches: Branches) -> SmallBank:
    return make_small_bank(cast, branches)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: object) -> Path:
    settings.STATEMENT_FOLDER = tmp_path  # type: ignore[attr-defined]
    return tmp_path


def assess(day: dt.date = DAY) -> StepResult:
    return assess_statements(cursor(), day, parameters_on(day))


def standing(customer: Customer) -> StatementStanding:
    return StatementStanding.objects.get(customer=customer)


def open_signals(customer: Customer) -> set[int]:
    rows = StatementFinding.objects.filter(customer=customer, ceased_on=None)
    return set(rows.values_list("signal", flat=True))


def test_every_client_is_assessed_at_once(bank: SmallBank, cast: Cast) -> None:
    good, sliding = bank.customers["恒达"], bank.customers["纺织厂"]
    give_statements(good, cast.zhang, Course.STEADY)
    give_statements(sliding, cast.zhang, Course.SLIDING, owed=20_000_000)
    result = assess()
    assert result.figures["有报表客户"] == 2
    assert standing(good).period_end == dt.date(2026, 9, 30)
    assert (standing(good).errors, standing(good).findings) == (0, 0)
    assert standing(sliding).awaited == dt.date(2026, 12, 31)
    assert standing(sliding).awaited_by == dt.date(2027, 4, 30)
    assert open_signals(sliding) >= {3, 15}
    base = standing(sliding).cash_months_base
    assert base is not None and base < 120, "the bullet of February is more than it has"
    assert assess().rows == 0, "done again it writes nothing"


def test_who_owes_a_statement_is_late_after_its_time(bank: SmallBank, cast: Cast) -> None:
    textile = bank.customers["纺织厂"]
    give_statements(textile, cast.zhang, Course.STEADY, last=10)  # to June
    assess()
    assert standing(textile).awaited == dt.date(2026, 9, 30)
    assert standing(textile).awaited_by == dt.date(2026, 10, 30)
    assert 22 in open_signals(textile), "24 days late"
    never = standing(bank.customers["长名"])
    assert never.statement is None and never.errors is None
    assert never.awaited == dt.date(2026, 9, 30)
    now, then = sheets()[10]
    record_statement(
        customer=textile, about=About(dt.date(2026, 9, 30), DAY), figures=Figures(now, then),
        by=cast.zhang, business_date=DAY,
    )  # fmt: skip
    assess(DAY + ONE)
    assert 22 not in open_signals(textile)
    assert StatementFinding.objects.get(customer=textile, signal=22).ceased_on == DAY + ONE


def test_the_file_has_a_row_per_client_and_says_what_is_unknown(
    bank: SmallBank, cast: Cast, home: Path
) -> None:
    give_statements(bank.customers["纺织厂"], cast.zhang, Course.SLIDING, owed=20_000_000)
    assess()
    rows = pq.read_table(home / "latest.parquet").to_pylist()
    by_client = {row["customer"]: row for row in rows}
    textile = by_client[bank.customers["纺织厂"].pk]
    assert textile["shows_15"] is True and textile["shows_2"] is None
    assert textile["revenue_q0"] < textile["revenue"]
    assert 0 < textile["debt_ratio"] < 1 and textile["largest_receivable"] is None
    other = by_client[bank.customers["长名"].pk]
    assert (
        other["revenue"] is None
        and other["shows_15"] is None
        and other["awaited_by"] == dt.date(2026, 10, 30)
    )


def test_an_industry_is_compared_only_when_enough_report(bank: SmallBank, cast: Cast) -> None:
    for name, course in (("纺织厂", Course.STEADY), ("恒达", Course.GROWING)):
        give_statements(bank.customers[name], cast.zhang, course)
    assess()
    assert peers_of("C", at_least=3) == {}
    peers = peers_of("C", at_least=2)["debt_ratio"]
    assert peers.count == 2 and peers.low <= peers.median <= peers.high
    assert peers_of(None, at_least=1) == {}


def test_a_correction_is_the_next_version_and_says_why(bank: SmallBank, cast: Cast) -> None:
    textile = bank.customers["纺织厂"]
    first = give_statements(textile, cast.zhang, Course.STEADY)[-1]
    now, then = sheets()[-1]
    about = About(first.period_end, DAY)
    with pytest.raises(NotAcceptable, match="更正须写明原因"):
        record_statement(customer=textile, about=about, figures=Figures(now, then), by=cast.zhang,
                         business_date=DAY)  # fmt: skip
    second = record_statement(
        customer=textile, about=About(first.period_end, DAY, note="客户补报存货盘点"),
        figures=Figures({**now, "inventory": 1}, then), by=cast.li, business_date=DAY,
    )  # fmt: skip
    assert (second.version, second.entered_by) == (2, cast.li)
    first.refresh_from_db()
    assert first.amounts != second.amounts
    mine = Statement.objects.filter(customer=textile, period_end=first.period_end)
    assert list(current(mine, until=DAY)) == [second]
    assert list(current(mine, until=DAY - ONE)) == [first], "what was known the day before"


def test_a_finding_is_judged_once_with_a_reason(bank: SmallBank, cast: Cast) -> None:
    give_statements(bank.customers["纺织厂"], cast.zhang, Course.SLIDING, owed=20_000_000)
    assess()
    finding = StatementFinding.objects.get(customer=bank.customers["纺织厂"], signal=15)
    with pytest.raises(NotAcceptable):
        judge_finding(finding=finding, state=FindingState.EXPLAINED, note=" ", by=cast.zhang)
    stale = StatementFinding.objects.get(pk=finding.pk)
    judge_finding(finding=finding, state=FindingState.EXPLAINED, note="停产检修", by=cast.zhang)
    assert (finding.state, finding.handled_by) == (FindingState.EXPLAINED, cast.zhang)
    with pytest.raises(NotAcceptable, match="他人处理"):
        judge_finding(finding=stale, state=FindingState.CONFIRMED, note="属实", by=cast.sun)
