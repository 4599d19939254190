"""The cast walk through their desks in a real browser; the pictures are the README's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from playwright.sync_api import Page

from daihou.daily_run.choices import WorkStatus
from daihou.servicing.queries import read_loan
from tests.cast import Cast, make_branches, make_cast
from tests.workbench.conftest import SignIn
from tests.workbench.late_knowledge import correct, give_marks, regrade
from tests.workbench.small_bank import DAY, LONG_NAME, SmallBank, make_small_bank

pytestmark = [pytest.mark.screens, pytest.mark.django_db(transaction=True)]
Picture = Callable[[Page, str], None]


@pytest.fixture
def people(transactional_db: None) -> Iterator[Cast]:
    branches = make_branches()
    cast = make_cast(branches)
    people.bank = make_small_bank(cast, branches)  # type: ignore[attr-defined]
    yield cast
    with connection.cursor() as cursor:  # Django empties its own tables only
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def _bank() -> SmallBank:
    return people.bank  # type: ignore[attr-defined, no-any-return]


def test_zhang_works_through_the_day_by_keyboard(
    people: Cast, sign_in: SignIn, picture: Picture
) -> None:
    page = sign_in(people.zhang)
    picture(page, "today")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("e")
    panel = page.locator("#side-panel")
    panel.get_by_role("columnheader", name="逾期本息").wait_for()
    assert LONG_NAME in (panel.locator("h2").first.text_content() or "")
    picture(page, "today-panel")
    panel.get_by_text("承诺还款").click()
    panel.get_by_label("承诺金额(元)").fill("50,000")
    panel.get_by_label("承诺日期").fill("2026-11-30")
    panel.get_by_role("button", name="登记结果").click()
    page.get_by_role("status").filter(has_text="办结").wait_for()
    work = _bank().work["长名"]
    work.refresh_from_db()
    assert work.status == WorkStatus.DONE
    page.keyboard.press("?")
    page.get_by_role("heading", name="快捷键").wait_for()


def test_zhang_opens_a_loan_and_a_client(people: Cast, sign_in: SignIn, picture: Picture) -> None:
    page = sign_in(people.zhang)
    page.goto(page.url + "loans/?overdue=any")
    picture(page, "loans")
    page.get_by_role("link", name="JJ2026000003").click()
    page.get_by_text("未还,逾期 3 天").wait_for()
    picture(page, "loan-plan")
    for tab, name in (("状态", "standing"), ("时间轴", "timeline"), ("试算", "trial")):
        page.get_by_role("tab", name=tab).click()
        picture(page, f"loan-{name}")
    page.get_by_label("提前还款(元)").fill("50000")
    page.get_by_role("button", name="试算").click()
    page.get_by_text("每期不变,缩短期限").wait_for()
    picture(page, "loan-trial-result")
    page.get_by_role("link", name="客户全景").last.click()
    page.get_by_text("下一步:首次联系客户").wait_for()
    picture(page, "customer")
    page.get_by_role("tab", name="基本信息与联系方式").click()
    page.get_by_role("link", name="查看").first.click()
    page.get_by_label("理由").fill("核对合同原件")
    page.get_by_role("button", name="查看").click()
    page.get_by_text("320502198001010002").wait_for()


def test_ctrl_k_finds_two_characters_of_a_name(people: Cast, sign_in: SignIn) -> None:
    page = sign_in(people.zhang)
    page.keyboard.press("Control+k")
    page.keyboard.type("纺织")
    page.locator("#palette").get_by_text("江南纺织厂").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="江南纺织厂").wait_for()


def test_zhao_starts_a_run_in_the_dark(people: Cast, sign_in: SignIn, picture: Picture) -> None:
    page = sign_in(people.zhao)
    page.emulate_media(color_scheme="dark")
    page.goto(page.url + "business-days/2026-11-21/")
    picture(page, "business-day-dark")
    page.get_by_role("link", name="日终").first.click()
    page.get_by_label("运行至").fill("2026-11-24")
    page.get_by_role("button", name="开始日终").click()
    page.get_by_text("排队中").or_(page.get_by_text("确认运行晚于今天")).first.wait_for()
    picture(page, "business-days-dark")


def test_zhang_signs_a_correction_and_sees_both_answers(
    people: Cast, sign_in: SignIn, picture: Picture
) -> None:
    give_marks()
    correct(_bank(), "王秀英")
    correct(_bank(), "李建国", is_material=False)
    regrade(_bank().loans["王秀英"])
    page = sign_in(people.zhang)
    page.get_by_role("link", name="更正", exact=True).click()
    page.get_by_text("1 笔待阅").wait_for()
    picture(page, "corrections")
    page.get_by_role("link", name="JJ2026000003").click()
    panel = page.locator("#side-panel")
    panel.get_by_text("改变了什么").wait_for()
    picture(page, "correction-panel")
    panel.get_by_label("阅后说明").fill("柜面补录,已核对凭证")
    panel.get_by_role("button", name="已阅").click()
    page.get_by_role("status").filter(has_text="已签阅").wait_for()
    page.get_by_text("已阅 张经理").wait_for()
    page.goto(page.url.split("/corrections/")[0] + "/loans/JJ2026000003/?day=2026-11-22#judged")
    band = page.locator(".band-past")
    band.get_by_role("link", name="当时所知").click()
    page.locator(".loan-head").get_by_text("2 天").wait_for()
    picture(page, "loan-known-then")
    band.get_by_role("link", name="现在更正后").click()
    page.locator(".loan-head").get_by_text("未逾期").wait_for()
    band.get_by_role("link", name="回到最近营业日").click()
    page.get_by_role("tab", name="分类与信号").click()
    page.get_by_role("heading", name="两种口径逐段对照").wait_for()
    picture(page, "loan-corrected")


def test_zhang_proposes_new_terms_and_zhao_agrees(
    people: Cast, sign_in: SignIn, picture: Picture
) -> None:
    page = sign_in(people.zhang)
    root = page.url
    page.goto(root + "loans/JJ2026000005/#trial")
    page.get_by_role("tab", name="试算").click()
    page.get_by_label("有收入的月份").fill("1月2、10月3")
    page.get_by_role("button", name="试算").click()
    page.get_by_role("link", name="提交申请").click()
    page.get_by_role("heading", name="逐期对照").wait_for()
    page.get_by_label("申请理由").fill("旺季收入占全年七成,按旺季归还本金")
    page.get_by_label("证明材料").fill("近两年收单流水")
    page.get_by_role("button", name="提交复核").click()
    page.get_by_role("status").filter(has_text="待风险经理或审批人复核").wait_for()
    loan = _bank().loans["李建国"]
    assert loan.plans.count() == 1
    page.context.clear_cookies()
    page = sign_in(people.zhao)
    page.get_by_role("link", name="待复核条款变更 1 件").click()
    page.get_by_role("link", name="JJ2026000005").click()
    page.get_by_label("复核意见").fill("同意")
    picture(page, "term-proposal")
    page.get_by_role("button", name="复核通过").click()
    page.get_by_role("status").filter(has_text="还款计划第 2 版自 2026-11-24 日终起执行").wait_for()
    page.get_by_role("link", name="还款计划第 2 版").click()
    page.get_by_role("heading", name="第 2 版还款计划").wait_for()
    after = read_loan(loan).kernel_loan.plan
    assert {row.due.month for row in after if row.due > DAY and row.principal} == {1, 10}


def test_zhang_grades_his_loans_with_the_exceptions_first(
    people: Cast, sign_in: SignIn, picture: Picture
) -> None:
    page = sign_in(people.zhang)
    page.get_by_role("link", name="分类认定", exact=True).click()
    page.get_by_role("link", name="新建批次").click()
    page.get_by_label("说明").fill("2026年四季度分类")
    page.get_by_role("button", name="建立批次").click()
    page.get_by_role("status").filter(has_text="已建立第").wait_for()
    page.get_by_role("link", name="JJ2026000003").click()
    panel = page.locator("#side-panel")
    panel.get_by_text("机器为什么这样建议").wait_for()
    panel.get_by_label("初分").select_option(label="次级")
    panel.get_by_label("理由").fill("主要设备已转让")
    picture(page, "grading-row")
    panel.get_by_role("button", name="保存初分").click()
    page.get_by_role("status").filter(has_text="初分为次级").wait_for()
    page.get_by_text("初分与机器不同").first.wait_for()
    picture(page, "grading-batch")
    page.get_by_role("button", name="提交复核").click()
    page.get_by_role("status").filter(has_text="待风险经理复核").wait_for()
