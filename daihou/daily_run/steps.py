"""The business day, read from top to bottom: the only place that knows all its steps."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from django.conf import settings

from daihou.classification.daily import write_grades
from daihou.classification.queries import grades_held
from daihou.client_graph.daily import FromOthers, write_graph
from daihou.collateral.daily import assess_collateral
from daihou.collateral.reading import Exposures
from daihou.daily_run.business_day import RunDay, Step
from daihou.daily_run.corrections import correct_history
from daihou.daily_run.day_snapshot import write_day_snapshot
from daihou.daily_run.opening import close_day, open_day, take_in_feeds
from daihou.daily_run.setting_aside import keep_set_aside
from daihou.daily_run.work_rows import write_worklist
from daihou.early_warning.cases.daily import follow_signals
from daihou.early_warning.client_rules.daily import write_client_signals, write_day_indicators
from daihou.early_warning.daily import write_signals
from daihou.fund_supervision.daily import match_funds
from daihou.provision.daily import write_provisions
from daihou.public_events.daily import look_at_events
from daihou.public_events.findings import open_findings
from daihou.reports.daily import add_up_the_day
from daihou.risk_models.daily import write_scores
from daihou.servicing.book_on_day import StepResult
from daihou.servicing.daily import renew_positions
from daihou.servicing.rate_resets import reset_due_rates
from daihou.statements.daily import assess_statements
from daihou.statements.queries import net_assets_of


def reset_rates(run_day: RunDay) -> StepResult:
    """Set floating rates anew whose reset day has come; the day counts with the new ones.

    Before the rows of the day are pinned: who pins waits for others, and must not hold their loans.
    """
    quote_age = run_day.parameters.whole("interest.quote_age")
    return reset_due_rates(run_day.connection, run_day.day, quote_age)


def standing(run_day: RunDay) -> StepResult:
    """Work out where every loan stands, and set aside those that cannot be computed."""
    aside = keep_set_aside(run_day, run_day.book)
    return StepResult(sum(aside.values()), {"全部借据": run_day.book.size, **aside})


def positions(run_day: RunDay) -> StepResult:
    """Write down where loans stand that stood otherwise before."""
    return renew_positions(run_day.book, run_day.cursor)


def statements(run_day: RunDay) -> StepResult:
    """Assess every client's financial statements, and see who is late with them."""
    return assess_statements(run_day.cursor, run_day.day, run_day.parameters)


def indicators(run_day: RunDay) -> StepResult:
    """Work out every client's indicators from accounts, loans and what people recorded."""
    return write_day_indicators(run_day.book, run_day.cursor)


def fund_matching(run_day: RunDay) -> StepResult:
    """See where drawn money went, how well that is explained, and what is odd about it."""
    folder = Path(settings.TRANSACTION_FOLDER)
    return match_funds(run_day.connection, run_day.day, run_day.parameters, folder)


def public_events(run_day: RunDay) -> StepResult:
    """Match, merge and compare what was heard from outside; needs no standing of loans."""
    return look_at_events(run_day.day, run_day.parameters)


def client_graph(run_day: RunDay) -> StepResult:
    """Draw who guarantees whom, and see which failing may spread.

    After positions, which say who is failing, and statements, which say what guarantors own.
    """
    events = open_findings(run_day.connection, run_day.day, run_day.parameters)
    others = FromOthers(events, partial(net_assets_of, day=run_day.day))
    return write_graph(run_day.cursor, run_day.day, run_day.parameters, others)


def signals(run_day: RunDay) -> StepResult:
    """See which warning signals show on loans, and which no longer do."""
    return write_signals(run_day.book, run_day.cursor, run_day.parameters)


def client_signals(run_day: RunDay) -> StepResult:
    """See which warning signals show on clients as a whole, by indicators and findings."""
    return write_client_signals(run_day.book, run_day.cursor)


def cases(run_day: RunDay) -> StepResult:
    """Open and follow the cases in which people handle the signals."""
    return follow_signals(run_day.cursor, run_day.day, run_day.parameters)


def grades(run_day: RunDay) -> StepResult:
    """Propose the five grades."""
    return write_grades(run_day.book, run_day.cursor, run_day.parameters)


def collateral(run_day: RunDay) -> StepResult:
    """See what collateral is worth, how far it covers the loans, and what must be valued anew.

    After the grades of the day, since loans that are graded worse have theirs valued sooner.
    """
    owed = _exposures(run_day)
    written = assess_collateral(run_day.cursor, run_day.day, run_day.parameters, owed)
    return StepResult(written.rows, written.figures)


def _exposures(run_day: RunDay) -> Exposures:
    """The live loans with principal and grade, in order of their numbers."""
    book = run_day.book
    live = np.flatnonzero(book.is_live)
    order = live[np.argsort(book.loans["loan_id"][live], kind="stable")]
    loans = np.asarray(book.loans["loan_id"][order], np.int64)
    principal = np.asarray(book.positions.principal[order], np.int64)
    held = grades_held(run_day.connection, run_day.day)
    at = book.columnar.places.of(held["loan_id"])
    grade = np.zeros(book.size, np.int64)
    grade[at[at >= 0]] = held["grade"][at >= 0]
    return Exposures(loans, principal, grade[order])


def provision(run_day: RunDay) -> StepResult:
    """Put every loan into its stage, and measure what is to be set aside for it.

    After grades and collateral, and after the cases, which may put clients on the watch list.
    """
    return write_provisions(run_day.book, run_day.cursor, run_day.parameters)


def worklist(run_day: RunDay) -> StepResult:
    """Leave people their ranked work."""
    return write_worklist(run_day.book, run_day.cursor, run_day.parameters)


def risk_scores(run_day: RunDay) -> StepResult:
    """Score the book by the approved model, from the snapshot of the day and those before it."""
    return write_scores(run_day.day, run_day.cursor, run_day.parameters)


def totals(run_day: RunDay) -> StepResult:
    """Add up the snapshot of the day for the overview."""
    return add_up_the_day(run_day.cursor, run_day.day)


# One stage after the other. No step reads what another one of its stage writes, so that the steps
# of a stage may be done side by side.
STAGES: tuple[tuple[Step, ...], ...] = (
    (Step("open_day", "开启营业日", open_day),),
    (Step("reset_rates", "利率重定价", reset_rates),),
    (Step("take_in_feeds", "清点新数据", take_in_feeds),),
    (Step("corrections", "更正历史", correct_history),),
    (Step("standing", "计算借据状态", standing),),
    (
        Step("fund_matching", "资金用途核对", fund_matching),
        Step("public_events", "匹配外部事件", public_events),
    ),
    (
        Step("positions", "登记借据状态", positions),
        Step("grades", "五级分类", grades),
        Step("signals", "识别预警信号", signals),
        Step("statements", "评估财务报表", statements),
        Step("indicators", "计算客户指标", indicators),
    ),
    (
        Step("client_graph", "更新关联与担保圈", client_graph),
        Step("collateral", "评估押品", collateral),
    ),
    (Step("client_signals", "识别客户预警信号", client_signals),),
    # Takes up the signals; the work reads its cases.
    (Step("cases", "跟进预警处置", cases),),
    (
        Step("worklist", "排出今日工作", worklist),
        Step("snapshot", "存档全账", write_day_snapshot),
        Step("provision", "计提拨备", provision),
    ),
    (
        Step("totals", "汇总组合", totals),
        Step("risk_scores", "风险模型评分", risk_scores),
    ),
    (Step("close_day", "完成日终", close_day),),
)
STEPS: tuple[Step, ...] = tuple(step for stage in STAGES for step in stage)
