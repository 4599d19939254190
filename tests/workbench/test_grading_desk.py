"""分类认定: a batch from its beginning to its determination, who sees it, and what it shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from daihou.classification.choices import BatchStatus, Grade
from daihou.classification.models import Determination, GradingBatch
from daihou.loan_book.choices import HappeningKind
from daihou.loan_book.models import Happening
from daihou.staff.models import Officer
from tests.cast import Branches, Cast
from tests.workbench.query_counts import check_query_count
from tests.workbench.small_bank import DAY, SmallBank, make_small_bank

AsOfficer = Callable[[Officer], Client]


@pytest.fixture
def bank(cast: Cast, branches: Branches) -> SmallBank:
    return make_small_bank(cast, branches)


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def new_batch(cast: Cast, as_officer: AsOfficer) -> GradingBatch:
    sent = {"branch": cast.sun.branch_id, "note": "四季度"}
    assert as_officer(cast.sun).post("/grading/new/", sent).status_code == 302
    return GradingBatch.objects.latest("pk")


def test_three_people_determine_a_batch(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    batch = new_batch(cast, as_officer)
    sun, zhao, qian = (as_officer(one) for one in (cast.sun, cast.zhao, cast.qian))
    address = f"/grading/{batch.pk}/"
    page = text_of(sun, address)
    assert "提交复核" in page and "复核通过" not in page
    row = batch.rows.filter(machine=Grade.NORMAL).first() or batch.rows.first()
    assert row is not None
    lower = {"grade": Grade.LOSS, "reason": "客户失联", "lift": ""}
    assert (
        "须写明理由"
        in sun.post(f"/grading/rows/{row.pk}/", {**lower, "reason": ""}).content.decode()
    )
    assert sun.post(f"/grading/rows/{row.pk}/", lower).status_code == 302
    page = text_of(sun, address)
    assert "初分与机器不同" in page and "客户失联" in page
    assert sun.post(address, {"decision": "submit"}).status_code == 302
    assert "1 批待我办理" in text_of(zhao, "/grading/")
    assert "退回须写明理由" in zhao.post(address, {"decision": "return"}).content.decode()
    assert zhao.post(address, {"decision": "review", "opinion": "同意"}).status_code == 302
    assert qian.post(address, {"decision": "determine"}).status_code == 302
    batch.refresh_from_db()
    assert batch.status == BatchStatus.DETERMINED
    assert batch.determined_on == DAY + dt.timedelta(days=1)
    assert "已认定" in text_of(as_officer(cast.wang), address)


def test_why_above_the_floor_is_refused_is_said_beside_the_entry(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    batch = new_batch(cast, as_officer)
    row = batch.rows.filter(machine__gt=Grade.NORMAL).order_by("-machine").first()
    assert row is not None
    sun, address = as_officer(cast.sun), f"/grading/rows/{row.pk}/"
    sent = {"grade": Grade.NORMAL, "reason": "有抵押", "lift": ""}
    assert "没有例外只能维持或下调" in sun.post(address, sent).content.decode()
    assert "机器为什么这样建议" in text_of(sun, address)
    assert Determination.objects.get(pk=row.pk).grade == row.machine


def test_the_batch_is_exported_with_its_exceptions(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    batch = new_batch(cast, as_officer)
    file = as_officer(cast.wang).get(f"/grading/{batch.pk}/?export=xlsx")
    cells = [cell for row in load_workbook(BytesIO(b"".join(file))).active.values for cell in row]  # type: ignore[union-attr]
    assert "机器建议" in cells and batch.rows.first().loan.number in cells  # type: ignore[union-attr]


def test_other_branches_and_other_roles_do_not_get_in(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    batch = new_batch(cast, as_officer)
    row = batch.rows.filter(loan__customer__branch=cast.sun.branch).first()
    assert row is not None
    chen = as_officer(cast.chen)
    assert chen.get(f"/grading/rows/{row.pk}/").status_code == 404
    assert (
        as_officer(cast.wang).post(f"/grading/{batch.pk}/", {"decision": "submit"}).status_code
        == 403
    )
    earlier = f"/grading/{batch.pk}/?day={DAY - dt.timedelta(days=1)}"
    assert as_officer(cast.sun).get(earlier).status_code == 404


def test_nothing_yet_says_what_to_do(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    assert "还没有分类批次" in text_of(as_officer(cast.sun), "/grading/")
    assert "新建批次" not in text_of(as_officer(cast.qian), "/grading/")


def test_the_query_count_does_not_grow(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    batch = new_batch(cast, as_officer)
    zhao = as_officer(cast.zhao)
    check_query_count("grading", zhao, "/grading/")
    check_query_count("grading_batch", zhao, f"/grading/{batch.pk}/")
    check_query_count("grading_row", zhao, f"/grading/rows/{batch.rows.first().pk}/")  # type: ignore[union-attr]


def test_what_the_grades_need_is_entered_with_the_matter(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    customer = bank.customers["王秀英"]
    sun, address = as_officer(cast.sun), f"/customers/{customer.number}/happenings/new/"
    sent = {
        "kind": HappeningKind.ALL_BANK_DEBTS.value, "happened_on": str(DAY), "text": "征信报告",
        "debts": "30,000.00", "overdue_90": "6000", "bad": "", "ecl_share": "12",
    }  # fmt: skip
    assert "登记这一事项须填写" in sun.post(address, sent).content.decode()
    assert sun.post(address, {**sent, "bad": "0"}).status_code == 302
    kept = Happening.objects.get(kind=HappeningKind.ALL_BANK_DEBTS)
    assert kept.facts == {"debts": 3_000_000, "overdue_90": 600_000, "bad": 0}
