"""Every story in this folder, told by the kernel."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from loanmath.annual_cost import annual_cost
from loanmath.codes import ChangeKind
from loanmath.irregular import balloon_plan, cycle_plan
from loanmath.loans import Change, Entry, Instalment, Loan, PlanVersion, join_plan_versions
from loanmath.one_loan import position_of, timeline_of
from loanmath.plans import Style, plan_for
from loanmath.rates import format_percent
from loanmath.replanning import Replanning, reprice, restructure
from loanmath.schedule import Method
from loanmath.what_if import extend, prepay
from tests.stories.reading import (
    AMOUNTS,
    CHANGES,
    KEEPS,
    KINDS,
    METHODS,
    NUMBERS,
    RATE_CHANGES,
    RESTRUCTURINGS,
    STATUSES,
    Row,
    Story,
    date,
    instalment,
    money,
    rate,
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
    changes = story.floating_changes(date(story.happenings[-1]["日期"]))
    loan = Loan(story.terms(plan[-1].due), plan, changes=changes)
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
    if "结息日" in story.contract:
        return tuple(story.plan_with_interest_days())
    if method == "按计划还款":
        return tuple(instalment(row) for row in story.plan)
    if method == "按现金流周期还款":
        return tuple(cycle_plan(story.cycle(), holidays))
    if "期末尾款" in story.contract:
        return tuple(balloon_plan(story.request(), money(story.contract["期末尾款"]), holidays))
    return tuple(plan_for(story.request(), holidays))


def happen(story: Story, loan: Loan, versions: list[PlanVersion], row: Row) -> Loan:
    """Enter a line, or change the terms; what asks for a new plan makes a new version."""
    day, what = date(row["日期"]), row["事项"]
    if what in CHANGES:
        return with_changes(loan, Change(day, *CHANGES[what]))
    if what in RATE_CHANGES:
        return with_changes(loan, Change(day, RATE_CHANGES[what], rate(row["利率"])))
    if what == "展期":
        extended = extend(loan, day, date(row["新到期日"]), style_of(story), loan.terms.rate)
        return with_plan(loan, versions, extended.plan)
    if what == "重定价" or what in RESTRUCTURINGS:
        made = replanned(story, loan, row)
        return with_plan(with_changes(loan, *made.changes), versions, made.plan)
    amount = money(row["金额"])
    if what == "退票冲正":
        undone = next(entry for entry in reversed(loan.entries) if entry.amount == amount)
        return replace(loan, entries=tuple(e for e in loan.entries if e is not undone))
    if what in KEEPS:
        new = prepay(loan, day, amount, style_of(story), KEEPS[what]).plan
        loan = with_plan(loan, versions, new)
    return replace(loan, entries=(*loan.entries, Entry(day, KINDS[what], amount)))


def style_of(story: Story) -> Style:
    """How a new plan is made; a custom plan goes on in equal parts of principal."""
    return Style(METHODS.get(story.contract["还款方式"], Method.LEVEL_PRINCIPAL))


def replanned(story: Story, loan: Loan, row: Row) -> Replanning:
    """The new plan that a repricing or a restructuring leads to."""
    day = date(row["日期"])
    if row["事项"] == "重定价":
        return reprice(loan, day, rate(row["利率"]), style_of(story), story.uplifts())
    dues = [date(line["到期日"]) for line in story.new_plan]
    return restructure(loan, day, dues, style_of(story), *RESTRUCTURINGS[row["事项"]])


def with_changes(loan: Loan, *changes: Change) -> Loan:
    return replace(loan, changes=(*loan.changes, *changes))


def with_plan(loan: Loan, versions: list[PlanVersion], plan: PlanVersion) -> Loan:
    """The loan with a new plan version; its maturity is that of the plan."""
    versions.append(plan)
    terms = replace(loan.terms, maturity=plan.plan[-1].due)
    changes = (*loan.changes, Change(plan.effective_from, ChangeKind.NEW_PLAN))
    return replace(loan, terms=terms, plan=join_plan_versions(versions), changes=changes)


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
