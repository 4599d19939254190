"""The desks 参数, 机构与员工 and 审计: what they show and what they do."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

import openpyxl
import pytest
from axes.models import AccessLog
from django.test import Client

from daihou.audit.actions import seal_events
from daihou.audit.models import Disclosure
from daihou.daily_run.models import BusinessDay
from daihou.policy.actions import seed_calendar
from daihou.policy.models import ParameterVersion
from daihou.staff.models import Branch, Officer
from tests.cast import Cast
from tests.workbench.query_counts import check_query_count

AsOfficer = Callable[[Officer], Client]
CODE = "grade.technical_exception"
PROPOSAL = {
    "text": "5", "effective_from": "2099-01-01", "clause": "总行文件", "evidence": "TEXT",
    "reason": "收紧口径",
}  # fmt: skip


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


@pytest.mark.parametrize(
    "address",
    ["/parameters/", f"/parameters/{CODE}/", "/parameters/calendar/", "/staff/", "/staff/branches/",
     "/staff/1001/", "/audit/", "/audit/disclosures/", "/audit/logins/", "/audit/seals/"],
)  # fmt: skip
def test_query_counts(cast: Cast, as_officer: AsOfficer, address: str) -> None:
    check_query_count(address, as_officer(cast.wang), address)


def test_a_parameter_is_proposed_and_approved_by_two(cast: Cast, as_officer: AsOfficer) -> None:
    proposer, approver = as_officer(cast.zhao), as_officer(cast.qian)
    said = proposer.post(f"/parameters/{CODE}/", PROPOSAL, follow=True).content.decode()
    assert "待审批人或管理层复核后生效" in said
    version = ParameterVersion.objects.get()
    assert "复核通过" in text_of(approver, "/parameters/grade.technical_exception/")
    done = approver.post(
        f"/parameters/proposals/{version.pk}/", {"decision": "approve"}, follow=True
    )
    assert "自 2099-01-01 起生效" in done.content.decode()
    version.refresh_from_db()
    assert (version.status, version.approved_by) == ("approved", cast.qian)


def test_a_wrong_value_is_said_beside_its_entry(cast: Cast, as_officer: AsOfficer) -> None:
    answer = as_officer(cast.zhao).post(f"/parameters/{CODE}/", PROPOSAL | {"text": "七"})
    text = answer.content.decode()
    assert "“七”不是数字" in text
    assert 'aria-invalid="true"' in text
    assert "收紧口径" in text, "what was typed stays"
    assert not ParameterVersion.objects.exists()


def test_the_next_year_of_the_calendar(cast: Cast, as_officer: AsOfficer) -> None:
    seed_calendar([2026])
    client = as_officer(cast.zhao)
    assert "工作日 " in text_of(client, "/parameters/calendar/?year=2026")
    assert "2027 年的工作日历尚未录入" in text_of(client, "/parameters/calendar/?year=2027")
    form = {"year": "2027", "changes": "2027-01-01 元旦\n2027-13-01", "source": "通知"}
    assert (
        "第 2 行的日期 2027-13-01 不存在"
        in client.post("/parameters/calendar/", form).content.decode()
    )
    form["changes"] = "2027-01-01 元旦"
    said = client.post("/parameters/calendar/", form, follow=True).content.decode()
    assert "已录入 2027 年工作日历,共 365 天" in said


def test_filters_and_exports(cast: Cast, as_officer: AsOfficer) -> None:
    client = as_officer(cast.wang)
    assert "筛选" in text_of(client, "/parameters/?group=风险分类")
    assert "没有选项" in text_of(client, "/parameters/?group=没有这类")
    answer = client.get("/parameters/?group=风险分类&export=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    rows = list(book.active.values)  # type: ignore[union-attr]
    assert "导出人 王审计" in rows[0][0]
    assert {row[0] for row in rows[2:]} == {"风险分类"}
    csv = b"".join(client.get("/parameters/?export=csv").streaming_content)  # type: ignore[attr-defined]
    assert csv.startswith(b"\xef\xbb\xbf")
    assert "逾期罚息上浮下限" in csv.decode("utf-8-sig")


def test_an_administrator_keeps_staff(cast: Cast, as_officer: AsOfficer) -> None:
    client = as_officer(cast.zhou)
    new = {
        "staff_number": "1009", "name": "吴新人", "branch": "001", "roles": ["collector"],
        "password": "Cheng-nan-2026",
    }  # fmt: skip
    assert "已新增员工 1009" in client.post("/staff/new/", new, follow=True).content.decode()
    assert "工号 1009 已存在" in client.post("/staff/new/", new).content.decode()
    client.post("/staff/1009/", {"change": "roles", "roles-roles": ["auditor"]})
    client.post("/staff/1009/", {"change": "branch", "branch-branch": "002"})
    client.post("/staff/1009/", {"change": "stop"})
    person = Officer.objects.get(username="1009")
    assert (person.roles, str(person.branch), person.is_active) == (["auditor"], "城西支行", False)
    refused = client.post(
        "/staff/0004/", {"change": "roles", "roles-roles": ["auditor"]}, follow=True
    )
    assert "不能修改自己的角色" in refused.content.decode()
    said = client.post(
        "/staff/branches/", {"code": "003", "name": "城南支行", "parent": "000"}, follow=True
    )
    assert "已新增机构 003 城南支行" in said.content.decode()
    assert Branch.objects.get(code="003").path == "000/003"


def test_the_auditor_sees_what_changed_and_checks_the_chain(
    transactional_db: None, cast: Cast, as_officer: AsOfficer
) -> None:
    as_officer(cast.zhou).post("/staff/1002/", {"change": "roles", "roles-roles": ["auditor"]})
    client = as_officer(cast.wang)
    text = text_of(client, "/audit/?table=staff_officerevent&officer=0004")
    assert "修改" in text
    assert "周管理" in text
    event = text.split("/audit/events/")[1].split('"')[0]
    assert "催收员" in text_of(client, f"/audit/events/{event}")
    Disclosure.objects.create(officer=cast.sun, subject="客户 KH1", field="证件号码", reason="核对")
    assert "客户 KH1" in text_of(client, "/audit/disclosures/?subject=客户 KH1")
    AccessLog.objects.create(username="1001", ip_address="10.0.0.1", user_agent="x")
    assert "10.0.0.1" in text_of(client, "/audit/logins/?username=1001")
    assert seal_events() is not None
    assert "与封存时一致" in text_of(client, "/audit/seals/?check=1")


def test_a_branch_auditor_sees_the_changes_of_the_branch_tree_alone(
    cast: Cast, as_officer: AsOfficer
) -> None:
    as_officer(cast.zhou).post("/staff/1002/", {"change": "branch", "branch-branch": "002"})
    Officer.objects.filter(pk=cast.wang.pk).update(branch=cast.li.branch)
    client = as_officer(cast.wang)
    assert "周管理" not in text_of(client, "/audit/?table=staff_officerevent")
    assert client.get("/audit/events/staff_officerevent/1/").status_code == 404


def test_a_past_day_is_said_and_an_odd_one_too(cast: Cast, as_officer: AsOfficer) -> None:
    for day in (20, 21):
        BusinessDay.objects.create(day=dt.date(2026, 11, day), status="closed")
    client = as_officer(cast.zhao)
    assert "以下为 2026-11-20 当日情况" in text_of(client, "/parameters/?day=2026-11-20")
    assert "不是日期" in text_of(client, "/parameters/?day=abc")
    assert "2027-01-01 尚未日终" in text_of(client, "/parameters/?day=2027-01-01")
    assert "当日情况" not in text_of(client, "/parameters/?day=2026-11-21")
