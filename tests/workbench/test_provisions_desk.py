"""拨备: the overview, what moved, a loan and why on a past day, what if, rebuttals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from daihou.classification.daily import write_grades
from daihou.daily_run.choices import DayStatus
from daihou.daily_run.models import BusinessDay
from daihou.policy.queries import parameters_on
from daihou.provision.daily import write_provisions
from daihou.provision.models import StageRebuttal
from daihou.staff.models import Officer
from tests.cast import Branches, Cast
from tests.small_book import SmallBook, cursor, day
from tests.workbench.query_counts import check_query_count

_EVENING = dt.datetime(2026, 3, 13, 13, 5, tzinfo=dt.UTC)
AsOfficer = Callable[[Officer], Client]


@pytest.fixture
def book(cast: Cast, branches: Branches) -> SmallBook:
    return fill(cast)


def fill(cast: Cast) -> SmallBook:
    """Two loans, in stage 1 on the last of February and in stage 2 on 13 March."""
    made = SmallBook(cast)
    made.lend("甲", "客户甲")
    made.lend("乙", "客户乙", retail=False)
    for one in ("02-28", "03-13"):
        on, standing = parameters_on(day(one)), made.on(one)
        write_grades(standing, cursor(), on)
        write_provisions(standing, cursor(), on)
        BusinessDay.objects.create(day=day(one), status=DayStatus.CLOSED, closed_at=_EVENING)
    return made


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_the_overview_adds_up_and_leads_to_its_rows(
    book: SmallBook, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang = as_officer(cast.zhang)
    shown = text_of(zhang, "/provisions/")
    for words in ("拨备覆盖率", "拨贷比", "监管标准", "阶段上迁", "/provisions/moved/worse/"):
        assert words in shown, words
    moved = text_of(zhang, "/provisions/moved/worse/?since=2026-02-28&until=2026-03-13")
    assert "客户甲" in moved and "第二阶段" in moved
    assert zhang.get("/provisions/?since=2026-03-13&until=2026-02-28").status_code == 422
    assert "第二阶段" in text_of(zhang, "/provisions/loans/?stage=2")
    assert zhang.get("/provisions/loans/?export=csv").status_code == 200
    assert zhang.get("/provisions/moved/worse/?export=xlsx").status_code == 200
    assert "客户甲" not in text_of(as_officer(cast.chen), "/provisions/loans/")
    assert "还不能估计" in text_of(zhang, "/provisions/estimates/")
    check_query_count("provisions", zhang, "/provisions/")
    check_query_count("provision_loans", zhang, "/provisions/loans/")


def test_a_loan_says_why_on_any_day(book: SmallBook, cast: Cast, as_officer: AsOfficer) -> None:
    zhang = as_officer(cast.zhang)
    shown = text_of(zhang, "/provisions/loans/甲/")
    assert "超过30天且未经反驳" in shown and "出厂值" in shown and "三十日可反驳推定" in shown
    past = text_of(zhang, "/provisions/loans/甲/?day=2026-02-28")
    assert "列入第一阶段" in past and "超过30天且未经反驳" not in past
    assert as_officer(cast.chen).get("/provisions/loans/甲/").status_code == 404
    check_query_count("provision_loan", zhang, "/provisions/loans/甲/")


def test_what_if_changes_nothing_but_the_answer(
    book: SmallBook, cast: Cast, as_officer: AsOfficer
) -> None:
    zhao = as_officer(cast.zhao)
    same = {"default_factor": "100", "loss_firm": "45", "loss_retail": "60", "loss_covered": "5",
            "base": "60", "up": "15", "down": "25"}  # fmt: skip
    shown = zhao.get("/provisions/what-if/", same)
    assert shown.status_code == 200 and shown.context["change"] == 0
    worse = zhao.get("/provisions/what-if/", {**same, "default_factor": "200"})
    assert worse.context["then"] > worse.context["now"] > 0
    none = zhao.get("/provisions/what-if/", {**same, "base": "0", "up": "0", "down": "0"})
    assert none.status_code == 422


def test_a_rebuttal_is_proposed_and_signed(
    book: SmallBook, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang, zhao = as_officer(cast.zhang), as_officer(cast.zhao)
    assert zhang.post("/provisions/loans/甲/rebut/", {"reason": "短"}).status_code == 422
    given = {"reason": "货款在途,买方已出具付款承诺函", "expires_on": "2026-04-10"}
    zhang.post("/provisions/loans/甲/rebut/", given)
    made = StageRebuttal.objects.get()
    address = f"/provisions/rebuttals/{made.pk}/"
    assert "复核通过" not in text_of(zhang, address) and "复核通过" in text_of(zhao, address)
    assert zhang.post(address, {"decision": "approve"}).status_code == 403
    zhao.post(address, {"decision": "approve", "opinion": "同意"})
    made.refresh_from_db()
    assert made.status == "approved" and made.decided_by == cast.zhao
    assert "货款在途" in text_of(zhang, "/provisions/rebuttals/")
    assert "货款在途" in text_of(zhang, "/provisions/loans/甲/")
