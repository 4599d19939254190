"""The demo bank's people follow the rules of the product: months of evenings, no step refused."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from daihou.demo_bank.warning_cases import WORKED_ON, work_on_cases
from daihou.early_warning.cases.choices import CaseState, StepKind
from daihou.early_warning.cases.daily import follow_signals
from daihou.early_warning.cases.models import CaseStep, SignalCase, WatchEntry
from daihou.early_warning.daily import write_signals
from daihou.staff.choices import Role
from daihou.staff.models import Officer
from tests.cast import Cast
from tests.shipped import shipped_parameters
from tests.small_book import SmallBook, cursor, day

pytestmark = pytest.mark.django_db
CLIENTS = 12
MONTHS = ("02", "03", "04", "05", "06")


def test_cases_of_some_months_reach_every_end(cast: Cast) -> None:
    book = SmallBook(cast)
    Officer.objects.create(username="H0004", display_name="吴审批", branch=cast.zhao.branch,
                           roles=[Role.APPROVER])  # fmt: skip
    for number in range(CLIENTS):
        book.lend(f"J{number}", f"客户{number}")
        for month in MONTHS[: number % 3]:  # then late for a while, and some pay it all
            book.pay(f"J{number}", f"{month}-10")
        if number % 2:
            book.pay(f"J{number}", f"04-{10 + number}", "3200")
    today = day("02-10")
    while today < day("06-20"):
        if today.isoweekday() in WORKED_ON:
            parameters = shipped_parameters(today)
            write_signals(book.on(f"{today:%m-%d}"), cursor(), parameters)
            follow_signals(cursor(), today, parameters)
            work_on_cases(today, random.Random(str(today)))
        today += dt.timedelta(days=1)
    kinds = set(CaseStep.objects.values_list("kind", flat=True))
    assert kinds >= {
        StepKind.ACKNOWLEDGED, StepKind.PLANNED, StepKind.TASK_DONE, StepKind.VERIFIED,
        StepKind.PROPOSED, StepKind.RELEASED, StepKind.ESCALATED,
    }  # fmt: skip
    assert SignalCase.objects.filter(state=CaseState.RELEASED).count() >= 3
    assert WatchEntry.objects.exists()
