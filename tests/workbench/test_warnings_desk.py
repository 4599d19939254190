"""预警: the queue, a case from signal to release through its forms, and who may take which step."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from html import unescape
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from daihou.early_warning.cases.actions import release_gone
from daihou.early_warning.cases.choices import CaseState
from daihou.early_warning.cases.models import CaseDocument, CaseStep, SignalCase, WatchEntry
from daihou.staff.models import Officer
from tests.cast import Branches, Cast
from tests.workbench.query_counts import check_query_count
from tests.workbench.small_bank import DAY, LONG_NAME, SmallBank, make_small_bank
from tests.workbench.small_cases import open_cases

AsOfficer = Callable[[Officer], Client]
ONE = dt.timedelta(days=1)


@pytest.fixture
def bank(cast: Cast, branches: Branches) -> SmallBank:
    made = make_small_bank(cast, branches)
    open_cases()
    return made


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def case_of(bank: SmallBank, key: str) -> SignalCase:
    return SignalCase.objects.get(customer=bank.customers[key])


def take(client: Client, case: SignalCase, step: str, **given: object) -> None:
    answer = client.post(f"/warnings/{case.pk}/steps/{step}/", given)
    assert answer.status_code == 302, answer.content.decode().split("data-panel-part")[-1]
    case.refresh_from_db()


def plan(officer: Officer) -> dict[str, object]:
    return {
        "plan": "下游回款慢,先落实月底回款", "measure_1": "contact", "text_1": "约见法定代表人",
        "assignee_1": officer.pk, "due_1": (DAY + 3 * ONE).isoformat(),
    }  # fmt: skip


def to_verified(bank: SmallBank, cast: Cast, by: Client, key: str) -> SignalCase:
    case = case_of(bank, key)
    take(by, case, "acknowledge")
    take(by, case, "plan", **plan(cast.zhang))
    task = case.tasks.get()
    take(by, case, "task-result", task=task.pk, result="已约见,月底回款 300 万元", done="done")
    take(by, case, "verify", is_effective="yes", text="已核对账户流水")
    assert case.state == CaseState.VERIFIED
    return case


def test_the_queue_shows_narrows_and_exports(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    sun = as_officer(cast.sun)
    page = text_of(sun, "/warnings/")
    assert "江南纺织厂" in page and "王秀英" in page and "待签收" in page
    assert "王秀英" not in text_of(sun, "/warnings/?colour=4")
    assert "江南纺织厂" in text_of(sun, "/warnings/?scope=turn")
    rows = load_workbook(BytesIO(b"".join(sun.get("/warnings/?export=xlsx")))).active.values  # type: ignore[union-attr]
    assert any(case_of(bank, "长名").number in row for row in rows)


def test_an_orange_case_is_released_by_two(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    sun, zhao = as_officer(cast.sun), as_officer(cast.zhao)
    case = to_verified(bank, cast, sun, "长名")
    take(sun, case, "release", outcome="cured", reason="逾期已还清", watch="on")
    assert case.state == CaseState.PROPOSED
    assert "提请人不能复核" not in text_of(zhao, f"/warnings/{case.pk}/")
    refused = sun.post(f"/warnings/{case.pk}/steps/decide/", {"decision": "approve"})
    assert refused.status_code == 422
    take(zhao, case, "decide", decision="approve", note="同意")
    assert (case.state, case.closed_by) == (CaseState.RELEASED, cast.zhao)
    assert WatchEntry.objects.filter(customer=case.customer).exists()
    page = text_of(sun, f"/warnings/{case.pk}/")
    assert "逾期已还清" in page and "复核" in page and "制定处置方案" in page


def test_a_refusal_keeps_what_was_entered(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    case, zhang = case_of(bank, "王秀英"), as_officer(cast.zhang)
    early = zhang.post(f"/warnings/{case.pk}/steps/plan/", plan(cast.zhang))
    assert early.status_code == 422 and "下游回款慢" in early.content.decode()
    take(zhang, case, "acknowledge", note="临时周转")
    half = {**plan(cast.zhang), "text_1": ""}
    answer = zhang.post(f"/warnings/{case.pk}/steps/plan/", half)
    assert answer.status_code == 422 and "第 1 项任务须写全" in answer.content.decode()
    assert zhang.post(f"/warnings/{case.pk}/steps/no-such/", {}).status_code == 404


def test_evidence_is_checked_kept_and_given_back(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    case, zhang = case_of(bank, "王秀英"), as_officer(cast.zhang)
    fake = SimpleUploadedFile("流水.pdf", b"MZ not a pdf")
    answer = zhang.post(f"/warnings/{case.pk}/steps/evidence/", {"file": fake})
    assert answer.status_code == 422 and "内容不是 pdf 文件" in answer.content.decode()
    take(zhang, case, "evidence", text="对账单", file=SimpleUploadedFile("流水.pdf", b"%PDF-1.7 x"))
    kept = CaseDocument.objects.get()
    assert "流水.pdf" in text_of(zhang, f"/warnings/{case.pk}/")
    file = zhang.get(f"/warnings/documents/{kept.pk}/")
    assert b"".join(file) == b"%PDF-1.7 x" and "attachment" in file["Content-Disposition"]
    assert as_officer(cast.chen).get(f"/warnings/documents/{kept.pk}/").status_code == 404


def test_other_branches_see_nothing_and_auditors_write_nothing(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    case = case_of(bank, "长名")
    chen, wang = as_officer(cast.chen), as_officer(cast.wang)
    assert "没有预警处置单" in text_of(chen, "/warnings/")
    assert chen.get(f"/warnings/{case.pk}/").status_code == 404
    assert chen.post(f"/warnings/{case.pk}/steps/acknowledge/").status_code == 404
    assert wang.post(f"/warnings/{case.pk}/steps/acknowledge/").status_code == 403
    assert "/steps/" not in text_of(wang, f"/warnings/{case.pk}/")
    assert not CaseStep.objects.filter(by__isnull=False).exists()


def test_a_past_day_shows_the_case_as_it_stood_and_takes_no_step(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    case = case_of(bank, "长名")
    SignalCase.objects.filter(pk=case.pk).update(opened_on=DAY - ONE)
    CaseStep.objects.filter(case=case).update(taken_on=DAY - ONE)
    sun = as_officer(cast.sun)
    take(sun, case, "acknowledge")
    page = text_of(sun, f"/warnings/{case.pk}/?day={DAY - ONE}")
    assert "待签收" in page and "/steps/" not in page
    assert "待签收" in text_of(sun, f"/warnings/?day={DAY - ONE}")


def test_light_cases_whose_signals_are_gone_are_released_together(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    case, zhang = case_of(bank, "王秀英"), as_officer(cast.zhang)
    assert "没有可以直接解除" in text_of(zhang, "/warnings/gone/")
    SignalCase.objects.filter(pk=case.pk).update(gone_on=DAY)
    assert "王秀英" in text_of(zhang, "/warnings/gone/")
    answer = zhang.post("/warnings/gone/", {"case": case.pk, "reason": "已还清,流水核对无误"})
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.state == CaseState.RELEASED
    assert release_gone(cases=[], reason="无", by=cast.zhang, business_date=DAY) == 0


def test_the_board_counts_what_the_queue_lists(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    page = text_of(as_officer(cast.sun), "/warnings/board/?scope=all")
    assert LONG_NAME in page and "colour=4" in page and "chart-warning-ageing" in page


def test_the_watch_list_and_leaving_it(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    sun = as_officer(cast.sun)
    entry = WatchEntry.objects.get(customer=bank.customers["纺织厂"])
    assert "江南纺织厂" in text_of(sun, "/warnings/watch/")
    early = sun.post(f"/warnings/watch/{entry.pk}/leave/", {"reason": "已平稳"})
    assert early.status_code == 422 and "还不符合移出条件" in early.content.decode()
    WatchEntry.objects.update(may_leave_since=DAY)
    assert sun.post(f"/warnings/watch/{entry.pk}/leave/", {"reason": "已平稳"}).status_code == 302
    assert "已平稳" in text_of(sun, "/warnings/watch/?state=left")


def test_today_and_the_client_lead_to_the_case(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang, case = as_officer(cast.zhang), case_of(bank, "长名")
    for address in (f"/work/{bank.work['长名'].pk}/", f"/customers/{case.customer.number}/"):
        assert f"/warnings/{case.pk}/" in text_of(zhang, address), address


@pytest.mark.parametrize("by", ["month", "colour", "rule", "branch", "owner"])
def test_results_open_the_cases_that_they_count(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer, by: str
) -> None:
    sun = as_officer(cast.sun)
    case = to_verified(bank, cast, sun, "王秀英")
    take(sun, case, "release", outcome="cured", reason="已还清")
    page = text_of(sun, f"/warnings/results/?by={by}")
    opened = re.findall(r'href="(/warnings/\?[^"]*)">([\d,]+)</a></td>', page)
    assert opened
    for address, count in opened:
        listed = text_of(sun, unescape(address))
        assert (f"共 {count} 单" if count != "0" else "没有符合筛选条件") in listed, address
    rows = load_workbook(BytesIO(b"".join(sun.get(f"/warnings/results/?by={by}&export=xlsx"))))
    assert rows.active is not None


def test_the_query_count_does_not_grow(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    sun = as_officer(cast.sun)
    check_query_count("warnings", sun, "/warnings/")
    check_query_count("warning_board", sun, "/warnings/board/")
    check_query_count("warning_results", sun, "/warnings/results/")
    check_query_count("warning_watch", sun, "/warnings/watch/")
    check_query_count("warning_case", sun, f"/warnings/{case_of(bank, '长名').pk}/")
