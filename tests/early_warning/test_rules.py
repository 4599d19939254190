"""Signals 53-60 against the tables of `信号.md` and `变化.md`, and what must hold for any book."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daihou.early_warning.changes import KeptSignals, changes_of, colours_of
from daihou.early_warning.choices import Colour
from daihou.early_warning.explanations import Seen, explain
from daihou.early_warning.limits import signal_limits
from daihou.early_warning.rules import (
    NEVER,
    Rule,
    SignalFacts,
    known,
    levels_of,
    odd_payments,
)
from loanmath.dates import NO_DATE
from tests.shipped import shipped_parameters
from tests.story_tables import Row, tables_of

HERE = Path(__file__).parent
SIGNALS = tables_of(HERE / "信号.md")
STORIES = tables_of(HERE / "变化.md")
LIMITS = signal_limits(shipped_parameters())


def facts_of(rows: list[Row]) -> SignalFacts:
    def numbers(column: str, kind: type, nothing: int = 0) -> np.ndarray:
        return np.array([int(row.get(column) or nothing) for row in rows], kind)

    def says(column: str) -> np.ndarray:
        return np.array([row.get(column) in ("是", "有") for row in rows], bool)

    return SignalFacts(
        judged=~(says("不判定") | says("挂起")),
        set_aside=says("挂起"),
        days_past_due=numbers("逾期天数", np.int32),
        interest_days=numbers("欠息天数", np.int32),
        unpaid_instalments=numbers("连续未还期数", np.int16),
        late_instalments=numbers("近一年延迟期数", np.int16),
        grace_instalments=numbers("宽限期内还款期数", np.int16),
        last_payment_partial=says("部分还款"),
        technical_cause=says("技术原因"),
        days_since_refinanced=numbers("距借新还旧", np.int32, NEVER),
        days_since_hardship=numbers("距宣称无力", np.int32, NEVER),
        days_since_other_payer=numbers("距他人还款", np.int32, NEVER),
        payer_known=~says("付款人不详"),
        happenings_kept=says("有登记"),
    )


def seen_at(rule: Rule, at: int, facts: SignalFacts) -> Seen:
    days_since = {
        Rule.REFINANCED: facts.days_since_refinanced,
        Rule.ODD_PAYMENTS: facts.days_since_other_payer,
        Rule.HARDSHIP: facts.days_since_hardship,
    }
    return Seen(
        days_past_due=int(facts.days_past_due[at]),
        oldest_unpaid_due=20_000,
        overdue_amount=213_325,
        interest_days=int(facts.interest_days[at]),
        oldest_unpaid_interest_due=20_000,
        interest_overdue=13_325,
        unpaid_instalments=int(facts.unpaid_instalments[at]),
        late_instalments=int(facts.late_instalments[at]),
        grace_instalments=int(facts.grace_instalments[at]),
        days_since=int(days_since[rule][at]) if rule in days_since else NEVER,
        odd_payments=int(odd_payments(facts, LIMITS)[at]),
    )


@pytest.mark.parametrize("heading", SIGNALS)
def test_every_row_of_the_table(heading: str) -> None:
    rows = SIGNALS[heading]
    facts = facts_of(rows)
    levels = {rule: levels_of(rule, facts, LIMITS) for rule in Rule}
    for at, row in enumerate(rows):
        shown = [
            f"{rule.value}.{levels[rule][at]}" if rule is Rule.OVERDUE_DEEPER else f"{rule.value}"
            for rule in Rule
            if levels[rule][at]
        ]
        assert shown == row["应出现"].split(), row


def test_the_tables_show_every_signal() -> None:
    told = " ".join(row["应出现"] for rows in SIGNALS.values() for row in rows)
    assert {shown.split(".")[0] for shown in told.split()} == {str(rule.value) for rule in Rule}


@pytest.mark.parametrize("heading", STORIES)
def test_every_story_of_changes(heading: str) -> None:
    rule = Rule(int(heading.split()[0]))
    kept: list[dict[str, int]] = []
    for row in STORIES[heading]:
        day = int(row["日"])
        changes = changes_of(rule, facts_of([row]), LIMITS, _kept(kept), day)
        for number in changes.ended_rows:
            kept[number]["ceased_on"] = day
        assert ("是" if changes.ended_rows.size else "") == row["当天结束"], row
        written = ""
        if changes.opened.size:
            level, since = int(changes.level[0]), int(changes.episode_since[0])
            written = f"{level}({changes.previous_level[0]}) 自{since}"
            kept.append({"level": level, "episode_since": since, "ceased_on": NO_DATE})
        assert written == row["当天写入"], row


def _kept(rows: list[dict[str, int]]) -> KeptSignals:
    def column(name: str, kind: type) -> np.ndarray:
        return np.array([row[name] for row in rows], kind)

    return KeptSignals(
        row=np.arange(len(rows)),
        place=np.zeros(len(rows), np.int64),
        level=column("level", np.int8),
        episode_since=column("episode_since", np.int32),
        ceased_on=column("ceased_on", np.int32),
    )


def test_a_quiet_signal_is_counted_not_forgotten() -> None:
    facts = facts_of([{"逾期天数": "1"}])
    ceased = _kept([{"level": 1, "episode_since": 1, "ceased_on": 9}])
    changes = changes_of(Rule.OVERDUE, facts, LIMITS, ceased, 10)
    assert (changes.quiet, changes.opened.size) == (1, 0)


def test_a_higher_level_breaks_the_silence() -> None:
    limits = replace(LIMITS, cooldown={**LIMITS.cooldown, Rule.OVERDUE_DEEPER: 10})
    ceased = _kept([{"level": 1, "episode_since": 1, "ceased_on": 9}])
    for days, opened in (("40", 0), ("61", 1)):
        facts = facts_of([{"逾期天数": days}])
        changes = changes_of(Rule.OVERDUE_DEEPER, facts, limits, ceased, 10)
        assert changes.opened.size == opened


def test_unknown_is_not_seen_and_not_fine() -> None:
    silent, spoken = {"付款人不详": "是"}, {"有登记": "是"}
    facts = facts_of([silent, spoken])
    assert known(Rule.HARDSHIP, facts).tolist() == [False, True]
    assert known(Rule.REFINANCED, facts).tolist() == [False, True]
    assert known(Rule.ODD_PAYMENTS, facts).tolist() == [False, True]
    assert known(Rule.OVERDUE, facts).tolist() == [True, True]
    set_aside = facts_of([{"挂起": "是", "有登记": "是"}])
    assert not any(known(rule, set_aside)[0] for rule in Rule)


def test_colours_follow_the_levels() -> None:
    deeper = colours_of(LIMITS, Rule.OVERDUE_DEEPER, np.array([1, 2, 3, 4], np.int8))
    assert deeper.tolist() == [Colour.ORANGE, Colour.ORANGE, Colour.RED, Colour.RED]
    assert colours_of(LIMITS, Rule.OVERDUE, np.array([1], np.int8)).tolist() == [Colour.YELLOW]


def test_a_reason_says_what_it_saw() -> None:
    facts = facts_of([{"逾期天数": "61", "部分还款": "是", "距他人还款": "0"}])
    seen = seen_at(Rule.OVERDUE_DEEPER, 0, facts)
    (deeper,) = explain(Rule.OVERDUE_DEEPER, 2, seen, LIMITS, loan_number="J0")
    assert deeper["rule"] == "signal.54"
    assert deeper["says"] == "逾期61天,已超过60天"
    assert deeper["evidence"] == "PROPOSAL"
    assert deeper["inputs"] == {
        "逾期天数": 61,
        "最早未还应还日": "2024-10-04",
        "逾期本息": "2,133.25元",
        "本档起点天数": 61,
    }
    odd = seen_at(Rule.ODD_PAYMENTS, 0, facts)
    by_other, partial = explain(Rule.ODD_PAYMENTS, 1, odd, LIMITS, loan_number="J0", sources=[9])
    assert "他人代还" in by_other["says"] and "部分还款" in partial["says"]
    assert {"table": "ledger.ledgerentry", "id": "9"} in by_other["rows"]


def test_every_signal_of_the_tables_can_be_explained() -> None:
    explained = 0
    for rows in SIGNALS.values():
        facts = facts_of(rows)
        for rule in Rule:
            levels = levels_of(rule, facts, LIMITS)
            for at in np.flatnonzero(levels):
                seen = seen_at(rule, int(at), facts)
                reasons = explain(rule, int(levels[at]), seen, LIMITS, loan_number="J0")
                assert all(r["says"] and r["clause"] and r["rows"] for r in reasons) and reasons
                explained += 1
    assert explained > 25


days = st.integers(0, 400).map(str)
loan = st.fixed_dictionaries({"逾期天数": days, "欠息天数": days, "连续未还期数": days})


@given(st.lists(loan, min_size=1, max_size=8), st.integers(1, 100))
def test_longer_arrears_never_calm_a_signal(rows: list[Row], more: int) -> None:
    worse = [{name: str(int(value) + more) for name, value in row.items()} for row in rows]
    before, after = facts_of(rows), facts_of(worse)
    for rule in (Rule.OVERDUE, Rule.OVERDUE_DEEPER, Rule.UNPAID_IN_A_ROW, Rule.INTEREST_ARREARS):
        assert (levels_of(rule, after, LIMITS) >= levels_of(rule, before, LIMITS)).all()


@given(st.lists(loan, min_size=1, max_size=8))
def test_one_loan_alone_is_judged_as_within_the_book(rows: list[Row]) -> None:
    whole = facts_of(rows)
    for at, row in enumerate(rows):
        for rule in Rule:
            alone = levels_of(rule, facts_of([row]), LIMITS)[0]
            assert alone == levels_of(rule, whole, LIMITS)[at]


@given(st.lists(loan, min_size=1, max_size=6), st.integers(1, 10_000))
def test_what_was_written_today_changes_nothing_when_looked_at_again(
    rows: list[Row], day: int
) -> None:
    facts = facts_of(rows)
    nothing = _kept([])
    for rule in Rule:
        first = changes_of(rule, facts, LIMITS, nothing, day)
        written = KeptSignals(
            np.arange(first.opened.size), first.opened, first.level, first.episode_since,
            np.full(first.opened.size, NO_DATE, np.int32),
        )  # fmt: skip
        again = changes_of(rule, facts, LIMITS, written, day)
        assert again.opened.size == again.ended_rows.size == 0
