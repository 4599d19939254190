"""The page of evidence is what the command prints; rules over missing figures are unknown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from daihou.cli.bench_early_warning import as_markdown
from daihou.risk_models.evidence import (
    KINDS,
    Report,
    TriedRule,
    evidence,
    tally,
    tried_rules,
    warned,
)
from tests.house_rules.source import ROOT

PAGE = ROOT / "docs" / "early-warning-evidence.md"
LATE = TriedRule("late", "迟延", "payment", 53, "status = 'B'")


def _data() -> Path | None:
    """The public mortgages, where somebody has put them beside the checkout or named the folder."""
    named = os.environ.get("DAIHOU_MORTGAGES")
    beside = [ROOT.parents[n] / "shared" / "data" / "commercial_mortgages" for n in (0, 1)]
    places = [Path(named)] if named else beside
    return next((one for one in places if (one / "loan_monthly.parquet").exists()), None)


def _loan(statuses: str, says: list[bool | None]) -> list[Report]:
    return [
        Report("L", n, f"m{n}", None if status == "-" else status, {"late": said})
        for n, (status, said) in enumerate(zip(statuses, says, strict=True))
    ]


def test_the_page_is_what_the_command_prints() -> None:
    folder = _data()
    if folder is None:
        pytest.skip("commercial_mortgages is not beside the checkout; set DAIHOU_MORTGAGES")
    assert PAGE.read_text() == "\n".join(as_markdown(evidence(folder))) + "\n"


def test_the_lead_counts_unbroken_months_up_to_the_event() -> None:
    loan = _loan("00000B23", [True, False, None, True, True, True, True, True])
    (found,) = warned([loan], [LATE])
    assert (found.watched, found.lead["payment"], found.lead["covenant"]) == (6, 3, 0)
    assert found.spoke == ["迟延"]


def test_a_signal_over_a_year_before_the_event_is_false_and_unknown_is_neither() -> None:
    months = 20
    says: list[bool | None] = [None, True] + [False] * (months - 3) + [True, True]
    counted = tally([_loan("0" * months + "2", says)], "迟延", ["late"])
    assert (counted.known, counted.standing, counted.false) == (19, 2, 1)
    assert (counted.raised, counted.false_raised) == (2, 1)


def test_months_after_the_event_or_without_a_status_are_not_watched() -> None:
    counted = tally([_loan("0-2000", [True] * 6)], "迟延", ["late"])
    assert (counted.known, counted.false) == (1, 0)
    quiet = tally([_loan("000", [None] * 3)], "迟延", ["late"])
    assert quiet.false_per_hundred is None


def test_every_rule_of_the_file_has_a_kind_and_a_name_of_its_own() -> None:
    rules = tried_rules()
    assert len({rule.code for rule in rules}) == len(rules) > 8
    assert {rule.kind for rule in rules} == set(KINDS)
