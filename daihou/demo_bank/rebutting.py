"""The demo bank rebuts a few stages: one signed, one sent back, one that waits."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from daihou.provision.actions import decide_rebuttal, propose_rebuttal
from daihou.provision.choices import Because, RebuttalStatus
from daihou.provision.models import LoanStage, StageRebuttal
from daihou.staff.models import Officer

PROPOSED_ON = dt.date(2026, 11, 6)
DECIDED_ON = dt.date(2026, 11, 10)
_ONE_DAY = dt.timedelta(days=1)
_HOLDS = dt.timedelta(days=60)
_REASONS = (
    "财政补贴款已下达文件,预计本月底到账,到账即还;经营与担保均未变化",
    "主要买方已出具付款承诺函,货款在途,还款来源明确",
)


def rebut_stages(today: dt.date, last: dt.date) -> None:
    """What is proposed and decided on the evening of a day; nothing on most days."""
    on = today + _ONE_DAY
    if today == PROPOSED_ON:
        for row, reason in zip(_late_alone(), _REASONS, strict=False):
            _propose(row, reason, on)
    elif today == DECIDED_ON:
        waiting = StageRebuttal.objects.filter(status=RebuttalStatus.PROPOSED).order_by("pk")
        for n, rebuttal in enumerate(waiting):
            decide_rebuttal(
                rebuttal=rebuttal, approve=n == 0, by=_called("赵风险"), business_date=on,
                opinion="依据充分,同意" if n == 0 else "承诺函未见付款日期,请补充后再报",
            )  # fmt: skip
    elif today == last:
        for row in _late_alone()[:1]:
            _propose(row, _REASONS[1], on)


def _late_alone() -> QuerySet[LoanStage]:
    """Loans in stage 2 for their days past due and nothing else, not rebutted before."""
    rows = LoanStage.objects.filter(valid_to=None, stage=2, because=int(Because.OVERDUE))
    return rows.filter(loan__stage_rebuttals=None).select_related("loan").order_by("loan__number")


def _propose(row: LoanStage, reason: str, on: dt.date) -> None:
    propose_rebuttal(
        loan=row.loan, reason=reason, expires_on=on + _HOLDS, by=_called("孙贷后"),
        business_date=on,
    )  # fmt: skip


def _called(name: str) -> Officer:
    return Officer.objects.get(display_name=name)
