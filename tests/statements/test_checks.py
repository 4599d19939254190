"""Plausibility checks, ratios, warnings and the forecast, on sheets that hang together and not."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from daihou.demo_bank.company_accounts import Course, cook
from daihou.policy.catalogue import CATALOGUE
from daihou.policy.choices import Evidence
from daihou.policy.queries import ParametersOnDay, ParameterValue
from daihou.statements.amounts import Amounts
from daihou.statements.checks import CHECKS, Result, count_failures, failed, results
from daihou.statements.choices import Severity
from daihou.statements.forecast import MONTHS, forecast, monthly_flows, months_of_cash
from daihou.statements.items import ITEM_BY_CODE, ITEMS, TOTALS
from daihou.statements.models import Statement
from daihou.statements.panel import panel_of
from daihou.statements.ratios import RATIO_BY_KEY, all_ratios
from daihou.statements.warnings import WARNING_BY_SIGNAL, WARNINGS, in_words, judged
from tests.statements.company import ENDS, company, sheets, unsaved

SHIPPED = ParametersOnDay(
    dt.date(2026, 11, 23),
    {
        code: ParameterValue(
            code, one.default, 0, one.clause, Evidence.PROPOSAL, dt.date(2023, 7, 1)
        )
        for code, one in CATALOGUE.items()
    },
)


def last_results(statements: list[Statement]) -> dict[str, Result]:
    return {one.check.code: one for one in results(panel_of(statements))[-1]}


def with_line(statements: list[Statement], key: str, change: int) -> list[Statement]:
    """The same statements with one line of the last one moved."""
    last = statements[-1]
    at = [ITEM_BY_CODE[code].key for code in last.items].index(key)
    last.amounts[at] = last.amounts[at] + change
    return statements


def without(statements: list[Statement], *keys: str) -> list[Statement]:
    last = statements[-1]
    kept = [
        (code, fen)
        for code, fen in zip(last.items, last.amounts, strict=True)
        if ITEM_BY_CODE[code].key not in keys
    ]
    last.items, last.amounts = [code for code, _ in kept], [fen for _, fen in kept]
    return statements


def test_the_catalogue_is_sound() -> None:
    assert len({item.code for item in ITEMS}) == len({item.key for item in ITEMS}) == len(ITEMS)
    names = [name for item in ITEMS for name in (item.name, *item.other_names)]
    assert len(set(names)) == len(names)
    assert len({check.code for check in CHECKS}) == len(CHECKS)
    assert len(TOTALS) >= 20
    assert set(WARNING_BY_SIGNAL) == set(range(1, 22))


@pytest.mark.parametrize("course", list(Course))
def test_sheets_that_hang_together_pass_every_check_of_arithmetic(course: Course) -> None:
    for of_one in results(panel_of(company(course))):
        assert [r.check.code for r in failed(of_one) if r.severity is not Severity.NOTICE] == []
    known = [one for one in last_results(company(course)).values() if one.holds]
    assert len(known) > 50


@pytest.mark.parametrize(
    ("key", "codes"),
    [
        ("cash", {"sum.current_assets", "cash.change"}),
        ("total_assets", {"balance", "sum.total_assets"}),
        ("retained_earnings", {"sum.parent_equity", "profit.kept"}),
        ("cash_at_end", {"sum.cash_at_end", "cash.end"}),
        ("net_profit", {"sum.net_profit"}),
        ("total_liabilities", {"balance", "sum.total_liabilities", "sum.liabilities_and_equity"}),
    ],
)
def test_a_moved_line_is_caught_with_both_figures(key: str, codes: set[str]) -> None:
    by = 1_000_000_00
    found = failed(list(last_results(with_line(company(), key, by)).values()))
    assert codes <= {one.check.code for one in found}
    assert all(abs(one.difference or 0) > 0 for one in found)


def test_a_cooked_sheet_is_found_out() -> None:
    statements = company()
    now, then = sheets()[-1]
    statements[-1] = unsaved(cook(now), then, ENDS[-1])
    found = {one.check.code for one in failed(list(last_results(statements).values()))}
    assert {"sum.current_assets", "profit.kept"} <= found


def test_an_opening_that_differs_from_last_years_closing_is_named() -> None:
    statements = company()
    last = statements[-1]
    at = [ITEM_BY_CODE[code].key for code in last.earlier_items].index("receivables")
    last.earlier_amounts[at] = last.earlier_amounts[at] + 500_000_00
    one = last_results(statements)["opening.receivables"]
    assert one.holds is False and one.difference == 500_000_00


def test_a_missing_line_is_unknown_and_named_not_wrong() -> None:
    found = last_results(without(company(), "total_liabilities", "net_profit"))
    assert found["balance"].holds is None and found["balance"].missing == ("负债合计",)
    assert found["profit.kept"].holds is None
    panel = panel_of(without(company(), "inventory"))
    ratios = all_ratios(panel)
    assert np.isnan(ratios["quick_ratio"][-1]) and not np.isnan(ratios["current_ratio"][-1])
    assert not judged(WARNING_BY_SIGNAL[3], panel, SHIPPED).known[-1]


def test_negative_stock_is_an_error() -> None:
    statements = company()
    inventory = dict(zip(statements[-1].items, statements[-1].amounts, strict=True))[107]
    found = last_results(with_line(statements, "inventory", -inventory - 100))
    assert found["sign.inventory"].severity is Severity.ERROR


def test_ratios_by_hand() -> None:
    end = dt.date(2025, 12, 31)
    lines = {"current_assets": 300_00, "current_liabilities": 200_00, "total_assets": 1000_00,
             "total_liabilities": 600_00, "revenue": 800_00, "cost": 600_00, "receivables": 120_00,
             "profit_before_tax": 50_00, "interest_expense": 20_00}  # fmt: skip
    panel = panel_of([unsaved(lines, {"receivables": 80_00, "revenue": 640_00}, end)])
    ratios = {key: float(values[0]) for key, values in all_ratios(panel).items()}
    assert ratios["current_ratio"] == 1.5
    assert ratios["debt_ratio"] == 0.6
    assert ratios["gross_margin"] == 0.25
    assert ratios["interest_cover"] == 3.5
    assert ratios["receivable_days"] == 45.0
    assert ratios["revenue_growth"] == 0.25
    assert np.isnan(ratios["quick_ratio"])
    assert RATIO_BY_KEY["debt_ratio"].shown(0.6) == "60.00%"


def test_quarters_and_twelve_months_come_from_what_the_year_has() -> None:
    panel = panel_of(company())
    revenue = panel["revenue"]
    september, june, december = 10, 9, 7
    assert panel.quarter("revenue").at(september) == (
        int(revenue.fen[september]) - int(revenue.fen[june])
    )
    year_ago = int(revenue.fen[6])
    expected = int(revenue.fen[september]) + int(revenue.fen[december]) - year_ago
    assert panel.trailing_year("revenue").at(september) == expected


def test_many_clients_at_once_give_what_each_gives_alone() -> None:
    one, other = company(Course.SLIDING), company(Course.LOSS)
    for statement in other:
        statement.customer_id = 2
    both = panel_of([*one, *other])
    alone = panel_of(other)
    together, apart = all_ratios(both), all_ratios(alone)
    for key, values in apart.items():
        assert np.array_equal(values, together[key][len(one) :], equal_nan=True), key
    counted = count_failures(both).errors[len(one) :]
    assert counted.tolist() == count_failures(alone).errors.tolist()
    assert both.latest.tolist() == [len(one) - 1, len(one) + len(other) - 1]


def test_the_slide_is_seen_and_says_with_which_figures() -> None:
    panel = panel_of(company(Course.SLIDING))
    shown = [w.signal for w in WARNINGS if judged(w, panel, SHIPPED).shows[-1]]
    assert {3, 15} <= set(shown)
    words = in_words(WARNING_BY_SIGNAL[15], panel, len(panel) - 1, SHIPPED)
    assert "营业收入同比 −" in words and "连续两季下降 10%" in words
    healthy = panel_of(company())
    assert not [w.signal for w in WARNINGS if judged(w, healthy, SHIPPED).shows[-1]]


def test_the_forecast_says_in_which_month_the_cash_is_gone() -> None:
    dues = [0, 0, 50_00, 0, 0, 0, 200_00, 0, 0, 0, 0, 0]
    found = forecast(cash=100_00, base=-10_00, low=-40_00, dues=dues, debt_elsewhere=None)
    assert found is not None and found.low is not None
    assert (found.base.break_month, found.low.break_month) == (6, 3)
    assert found.base.cash[:3] == (90_00, 80_00, 20_00)
    lasts = forecast(cash=1000_00, base=10_00, low=None, dues=dues, debt_elsewhere=None)
    assert lasts is not None and lasts.base.break_month is None and lasts.low is None
    assert forecast(cash=None, base=1, low=1, dues=dues, debt_elsewhere=None) is None


def test_many_forecasts_agree_with_one() -> None:
    chance = np.random.default_rng(3)
    dues = chance.integers(0, 90_00, (MONTHS, 40))
    cash, monthly = chance.integers(0, 400_00, 40), chance.integers(-60_00, 60_00, 40)
    everyone = np.ones(40, np.bool_)
    many = months_of_cash(Amounts(cash, everyone), Amounts(monthly, everyone), dues)
    for n in range(40):
        one = forecast(cash=int(cash[n]), base=int(monthly[n]), low=None,
                       dues=dues[:, n].tolist(), debt_elsewhere=None)  # fmt: skip
        assert one is not None
        alone = np.inf if one.base.months_left is None else one.base.months_left
        assert many[n] == pytest.approx(alone)


def test_the_worst_quarter_is_the_low_course() -> None:
    base, low = monthly_flows(panel_of(company(Course.SLIDING)))
    assert low.known[-1] and low.fen[-1] < base.fen[-1]
    assert not monthly_flows(panel_of(company()[:3]))[1].known[-1]
