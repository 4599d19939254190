"""Every story in this folder, told by the kernel."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from loanmath.annual_cost import annual_cost
from loanmath.irregular import balloon_plan, cycle_plan
from loanmath.loans import Entry, Instalment, Loan, PlanVersion, join_plan_versions
from loanmath.one_loan import position_of, timeline_of
from loanmath.plans import Style, plan_for
from loanmath.rates import format_percent
from loanmath.what_if import prepay
from tests.stories.reading import (
    AMOUNTS,
    KEEPS,
    KINDS,
    METHODS,
    NUMBERS,
    STATUSES,
    Row,
    Story,
    date,
    instalment,
    money,
    read_story,
)

STORIES = sorted(Path(__file__).parent.glob("*.md"))
EVENING = "日终"


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story(path: Path):
    story = read_story(path)
    assert story.title == path.stem
    plan = first_plan(story)
    assert {instalment(row) for row in story.plan} <= set(plan)
    loan = Loan(story.terms(plan[-1].due), plan)
    versions = [PlanVersion(loan.terms.start, plan)]
    checked = 0
    for row in story.happenings:
        if row["事项"] != EVENING:
            loan = happen(story, loan, versions, row)
        checked += check(loan, row)
    if story.new_plan:
        assert list(versions[-1].plan) == [instalment(row) for row in story.new_plan]
    assert checked > 0
    check_cost(story, plan)
    timeline_adds_up(loan, story)


def first_plan(story: Story) -> tuple[Instalment, ...]:
    method, holidays = story.contract["还款方式"], np.array(story.holidays(), dtype=np.int32)
    if method == "按计划还款":
        return tuple(instalment(row) for row in story.plan)
    if method == "按现金流周期还款":
        return tuple(cycle_plan(story.cycle(), holidays))
    if "期末尾款" in story.contract:
        return tuple(balloon_plan(story.request(), money(story.contract["期末尾款"]), holidays))
    return tuple(plan_for(story.request(), holidays))


def happen(story: Story, loan: Loan, versions: list[PlanVersion], row: Row) -> Loan:
    """Enter a line; a prepayment that keeps term or instalment makes a new plan version."""
    day, amount = date(row["日期"]), money(row["金额"])
    if row["事项"] in KEEPS:
        style = Style(METHODS[story.contract["还款方式"]])
        versions.append(prepay(loan, day, amount, style, KEEPS[row["事项"]]).plan)
        loan = replace(loan, plan=join_plan_versions(versions))
    return replace(loan, entries=(*loan.entries, Entry(day, KINDS[row["事项"]], amount)))


def check(loan: Loan, row: Row) -> int:
    """Compare the evening's position with the filled cells; how many there were."""
    position = position_of(loan, date(row["日期"]))
    assert position.problem == 0
    expected = {
        **{name: money(row[head]) for head, name in AMOUNTS.items() if row.get(head)},
        **{name: int(row[head]) for head, name in NUMBERS.items() if row.get(head)},
    }
    if row.get("状态"):
        expected["status"] = STATUSES[row["状态"]]
    found = {name: getattr(position, name) for name in expected}
    assert found == expected, f"{row['日期']} {row['事项']}"
    return len(expected)


def check_cost(story: Story, plan: tuple[Instalment, ...]) -> None:
    """Compare what the loan costs a year, paid as planned, with the last line of the table."""
    if not story.costs:
        return
    wanted, terms = story.costs[-1], story.terms(plan[-1].due)
    cost = annual_cost(terms.principal, terms.start, plan, story.fees())
    assert cost.total == money(wanted["成本合计"])
    assert format_percent(cost.simple_rate) == wanted["单利年化"]
    assert format_percent(cost.compound_rate) == wanted["复利年化"]


def timeline_adds_up(loan: Loan, story: Story) -> None:
    """The lines of the timeline, added up, are the position at the end of the story."""
    last = date(story.happenings[-1]["日期"])
    events, position = timeline_of(loan, last), position_of(loan, last)
    assert sum(event.principal for event in events) == position.paid_principal
    assert sum(event.interest for event in events) == position.paid_interest
    assert sum(event.penalty for event in events) == position.paid_penalty
    assert events[-1].balance == position.principal


def test_there_are_stories():
    assert len(STORIES) >= 40
