"""The demo bank determines grades: a quarter's batch through all three people, another one open."""

from __future__ import annotations

import datetime as dt

from daihou.classification.actions import (
    change_grade,
    determine,
    open_batch,
    review,
    submit,
)
from daihou.classification.choices import Grade
from daihou.classification.models import GradingBatch
from daihou.staff.models import Branch, Officer

QUARTER_END = dt.date(2026, 9, 30)
_ONE_DAY = dt.timedelta(days=1)


def determine_grades(today: dt.date, last: dt.date) -> None:
    """What is graded by people on the evening of a day; nothing on most days."""
    if today not in (QUARTER_END, last) or GradingBatch.objects.filter(as_of=today).exists():
        return
    zhang, sun = _called("张经理"), _called("孙贷后")
    zhao, qian = _called("赵风险"), _called("钱行长")
    branch = Branch.objects.get(code="0101")
    on = today + _ONE_DAY
    mine = open_batch(
        branch=branch, by=zhang, as_of=today, business_date=on, note="张经理管户,季度分类"
    )
    _say_otherwise(mine, zhang, on)
    submit(batch=mine, by=zhang)
    rest = open_batch(
        branch=branch, by=sun, as_of=today, business_date=on, note="城东支行其余借据,季度分类"
    )
    if today == last:
        return  # one waits for its reviewer, the other is being worked on
    submit(batch=rest, by=sun)
    for batch in (mine, rest):
        review(batch=batch, by=zhao, business_date=on, opinion="例外逐笔看过,同意")
        determine(batch=batch, by=qian, business_date=on)


def _say_otherwise(batch: GradingBatch, by: Officer, on: dt.date) -> None:
    """A few loans are put below what the machine says; one above a floor, by its exception."""
    doubtful = batch.rows.filter(machine=Grade.SPECIAL_MENTION).order_by("loan__number")
    for row in doubtful[:2]:
        change_grade(
            row=row, grade=Grade.SUBSTANDARD, by=by, business_date=on,
            reason="经营现金流连续三季为负,第二还款来源不足,审慎下调",
        )  # fmt: skip
    sound = batch.rows.filter(machine=Grade.NORMAL).order_by("loan__number").first()
    if sound is not None:
        change_grade(
            row=sound, grade=Grade.SPECIAL_MENTION, by=by, business_date=on,
            reason="实际控制人涉诉,金额较大,判决前列入关注",
        )  # fmt: skip


def _called(name: str) -> Officer:
    return Officer.objects.get(display_name=name)
