"""今日工作, 贷款 and 客户全景: what each of the cast sees there, and what is written."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.test import Client

from daihou.audit.models import Disclosure
from daihou.daily_run.choices import WorkStatus
from daihou.daily_run.models import WorkItem
from daihou.loan_book.choices import TermChangeKind
from daihou.loan_book.models import Happening, Loan
from daihou.policy.models import ParameterVersion
from daihou.servicing.actions import change_terms
from daihou.staff.models import Officer
from loanmath.rates import percent
from tests.cast import Branches, Cast
from tests.workbench.query_counts import check_query_count
from tests.workbench.small_bank import DAY, LONG_NAME, SmallBank, make_small_bank

AsOfficer = Callable[[Officer], Client]
MILL = "/customers/KH000001/"
WIDOW = "/customers/KH000002/"


@pytest.fixture
def bank(cast: Cast, branches: Branches) -> SmallBank:
    return make_small_bank(cast, branches)


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("today", "/"),
        ("today_team", "/?scope=team"),
        ("loans", "/loans/"),
        ("loans_filtered", "/loans/?overdue=any&grade=2&status=1"),
        ("loans_searched", "/loans/?q=纺织"),
        ("loan", "/loans/JJ2026000001/"),
        ("customers", "/customers/"),
        ("customer", MILL),
    ],
)
def test_query_counts(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer, name: str, address: str
) -> None:
    check_query_count(name, as_officer(cast.sun), address)


def test_the_most_pressing_client_comes_first(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    page = text_of(as_officer(cast.zhang), "/")
    places = [
        page.index(f'data-panel-title="{name}"') for name in ("江南纺织厂", LONG_NAME, "王秀英")
    ]
    assert places == sorted(places)
    assert "应办 4 户,已办结 1 户" in page


def test_the_other_branch_sees_nothing(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    chen = as_officer(cast.chen)
    assert "还没有待办" in text_of(chen, "/")
    assert "江南纺织厂" not in text_of(chen, "/loans/")
    assert "城西鑫源商贸有限公司" in text_of(chen, "/customers/")
    work = bank.work["纺织厂"].pk
    hidden = (
        MILL, "/loans/JJ2026000001/", f"/work/{work}/", f"{MILL}disclose/identity/",
        f"{MILL}happenings/new/",
    )  # fmt: skip
    for address in hidden:
        assert chen.get(address).status_code == 404, address


def test_a_result_closes_the_work_and_stays_on_record(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    work = bank.work["王秀英"]
    answer = as_officer(cast.zhang).post(
        f"/work/{work.pk}/outcome/",
        {
            "outcome": "promised",
            "promised_amount": "5574.35",
            "promised_on": "2026-11-26",
            "note": "工资 25 日到账",
            "next": "/?part=todo",
        },
    )
    assert answer.status_code == 302 and answer.headers["Location"] == "/?part=todo"
    work.refresh_from_db()
    assert (work.status, work.closed_on, work.closed_by) == (WorkStatus.DONE, DAY, cast.zhang)
    told = Happening.objects.get(customer=work.customer)
    assert told.facts == {
        "outcome": "promised",
        "promised_amount": 557435,
        "promised_on": "2026-11-26",
    }
    assert "承诺还款:工资 25 日到账" in text_of(as_officer(cast.zhang), WIDOW)


def test_who_was_not_reached_is_still_to_be_reached(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    work = bank.work["王秀英"]
    as_officer(cast.zhang).post(f"/work/{work.pk}/outcome/", {"outcome": "unreachable"})
    work.refresh_from_db()
    assert work.status == WorkStatus.OPEN
    assert Happening.objects.filter(customer=work.customer).count() == 1


@pytest.mark.parametrize(
    ("path", "entered", "problem"),
    [
        ("outcome", {}, "请选择结果"),
        ("outcome", {"outcome": "promised"}, "登记承诺还款须写明金额和日期"),
        ("outcome", {"outcome": "disputed"}, "请写明异议内容"),
        (
            "outcome",
            {"outcome": "promised", "promised_amount": "10", "promised_on": "2026-11-22"},
            "承诺日期不能早于营业日",
        ),
        ("defer", {"until": "2026-11-30"}, "延后须写明理由"),
        ("defer", {"until": "2026-11-23", "reason": "客户出差"}, "延后日期须晚于营业日"),
        ("defer", {"until": "2027-03-01", "reason": "客户出差"}, "最多延后 30 天"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    bank: SmallBank,
    cast: Cast,
    as_officer: AsOfficer,
    path: str,
    entered: dict[str, str],
    problem: str,
) -> None:
    work = bank.work["王秀英"]
    answer = as_officer(cast.zhang).post(f"/work/{work.pk}/{path}/", entered)
    assert answer.status_code == 422
    assert problem in answer.content.decode()
    work.refresh_from_db()
    assert work.status == WorkStatus.OPEN
    assert not Happening.objects.filter(customer=work.customer).exists()


def test_deferred_work_leaves_the_list_and_comes_back(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    work, zhang = bank.work["李建国"], as_officer(cast.zhang)
    zhang.post(f"/work/{work.pk}/defer/", {"until": "2026-11-27", "reason": "客户出差"})
    assert "已延后至 2026-11-27" in text_of(zhang, "/")
    assert "李建国" not in text_of(zhang, "/")
    assert "李建国" in text_of(zhang, "/?part=deferred")
    WorkItem.objects.filter(pk=work.pk).update(deferred_until=DAY)
    assert "李建国" in text_of(zhang, "/")


def test_work_that_is_gone_is_not_handled_twice(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    work = bank.work["王秀英"]
    WorkItem.objects.filter(pk=work.pk).update(status=WorkStatus.DONE, closed_on=DAY)
    answer = as_officer(cast.zhang).post(
        f"/work/{work.pk}/outcome/", {"outcome": "reached"}, follow=True
    )
    assert "已由他人办结" in answer.content.decode()
    assert not Happening.objects.filter(customer=work.customer).exists()


def test_numbers_are_masked_until_a_reason_is_given(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang = as_officer(cast.zhang)
    whole = "320502198001010002"
    assert whole not in text_of(zhang, WIDOW)
    assert zhang.post(f"{WIDOW}disclose/identity/", {"reason": "看"}).status_code == 422
    assert not Disclosure.objects.exists()
    shown = zhang.post(f"{WIDOW}disclose/identity/", {"reason": "核对贷款合同"})
    assert whole in shown.content.decode()
    assert Disclosure.objects.get().officer == cast.zhang


def test_a_matter_is_put_on_record(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    zhang = as_officer(cast.zhang)
    entered = {
        "kind": "hardship_stated",
        "happened_on": "2026-11-23",
        "loan": "JJ2026000003",
        "text": "本人电话称失业,无力按期还款",
    }
    assert zhang.post(f"{WIDOW}happenings/new/", entered).status_code == 302
    assert Happening.objects.get(kind="hardship_stated").loan == bank.loans["王秀英"]
    late = {**entered, "happened_on": "2026-11-24"}
    answer = zhang.post(f"{WIDOW}happenings/new/", late)
    assert answer.status_code == 422 and "不能晚于营业日" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("q=纺织", {1, 2}),
        ("q=王秀", {3}),
        ("q=JJ2026000003", {3}),
        ("q=320502198001010002", {3}),
        ("q=13812340004", {5}),
        ("overdue=any", {1, 3, 4}),
        ("overdue=2", {1}),
        ("grade=3", {4}),
        ("status=set_aside", {8}),
        ("status=unknown", {8}),
        ("status=2", {7}),
        ("method=4", {6}),
        ("matures_from=2026-12-01&matures_to=2026-12-31", {6}),
        ("sort=-position__principal&overdue=any", {1, 3, 4}),
    ],
)
def test_filters_and_search(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer, query: str, numbers: set[int]
) -> None:
    page = text_of(as_officer(cast.zhang), f"/loans/?{query}")
    assert {n for n in range(1, 10) if f"/loans/JJ2026{n:06d}/" in page} == numbers


def test_the_loan_page_tells_plan_from_payment(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    page = text_of(as_officer(cast.zhang), "/loans/JJ2026000003/")
    assert "共 36 期,已还清 16 期" in page
    assert "未还,逾期 3 天" in page
    earlier = text_of(as_officer(cast.zhang), "/loans/JJ2026000003/?on=2026-11-19")
    assert "2026-11-19 日终应收" in earlier and "未逾期" in earlier


def test_the_loan_page_shows_how_the_terms_changed(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    loan = Loan.objects.get(number="JJ2026000003")
    assert "<h2>条款变更</h2>" not in text_of(as_officer(cast.zhang), "/loans/JJ2026000003/")
    for kind, rate in ((TermChangeKind.RATE, percent("3.9")), (TermChangeKind.CALLED_IN, None)):
        change_terms(
            loan=loan,
            kind=kind,
            effective_from=DAY,
            business_date=DAY,
            reason="贷审会决议",
            rate=rate,
        )
    page = text_of(as_officer(cast.zhang), "/loans/JJ2026000003/")
    assert "条款变更" in page and "贷审会决议" in page
    assert "3.9%" in page and "签约" in page
    assert "共 18 期" in page  # 16 paid, one overdue, one for all that was called in
    assert "调整利率,年利率 3.9%" in page and "提前到期" in page


def test_a_trial_extension_beyond_the_limit_says_so(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    address = "/loans/JJ2026000003/?extend_to={}"
    near = text_of(as_officer(cast.zhang), address.format("2028-12-20"))
    far = text_of(as_officer(cast.zhang), address.format("2040-01-20"))
    assert "累计展期超过期限" not in near
    assert "累计展期超过期限" in far


def test_a_loan_that_cannot_be_computed_says_so(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    page = text_of(as_officer(cast.zhang), "/loans/JJ2026000008/")
    assert "放款之前已有还款" in page
    assert "未知" in page


def test_the_client_page_says_in_a_sentence_how_things_are(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    page = text_of(as_officer(cast.zhang), MILL)
    assert "在贷 2 笔" in page and "1 笔逾期,最长 34 天" in page
    assert "下一步:核实红色预警,拟定处置方案(今天)" in page
    assert "名下没有借据" in text_of(as_officer(cast.zhang), "/customers/KH000007/")


def test_an_earlier_day_allows_no_writing(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    day = (DAY - dt.timedelta(days=1)).isoformat()
    page = text_of(as_officer(cast.zhang), f"/?day={day}")
    assert 'data-act="handle"' not in page


def test_those_who_only_look_get_no_buttons(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    for officer in (cast.wang, cast.qian):
        assert 'data-act="handle"' not in text_of(as_officer(officer), "/?scope=team")
    assert 'data-act="handle"' in text_of(as_officer(cast.sun), "/?scope=team")


def test_a_trial_puts_plans_side_by_side(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang = as_officer(cast.zhang)
    page = text_of(
        zhang, "/loans/JJ2026000005/?prepay=100,000&extend_to=2028-11-28&extend_rate=6.8"
    )
    for words in ("期限不变,少还每期", "每期不变,缩短期限", "展期至 2028-11-28", "节省 ", "多付 "):
        assert words in page
    assert "须大于零" in text_of(zhang, "/loans/JJ2026000005/?prepay=-1")
    assert "不足以提前归还本金" in text_of(zhang, "/loans/JJ2026000003/?prepay=100")
    assert "展期须晚于" in text_of(zhang, "/loans/JJ2026000005/?extend_to=2026-12-01")


def test_a_trial_shows_another_rate_a_restructuring_and_a_call_in(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang = as_officer(cast.zhang)
    page = text_of(
        zhang, "/loans/JJ2026000003/?reprice_rate=3.1&restructure=12&capitalise=on&call_in=on"
    )
    head, days = page.split("前后对照")[1], page.split("次日逾期(若未还款)")[1]
    for name in ("重定价", "重组", "提前到期"):
        assert f'<th class="num">{name}</th>' in head
    assert "12 期" in head and "节省 " in head
    late = re.findall(r">(\d+) 天<", days.split("</tr>")[0])
    assert len(late) == 4 and late[0] == late[1] == late[3] != "0" and late[2] == "0"
    for odd in (
        "reprice_rate=999999999",
        "restructure=600",
        "restructure=0",
        "restructure=abc",
        "reprice_rate=-1",
        "extend_rate=999999999",
    ):
        assert zhang.get(f"/loans/JJ2026000003/?{odd}").status_code == 200
    assert "次日逾期" not in text_of(zhang, "/loans/JJ2026000003/?capitalise=on")


def test_a_trial_follows_the_client_s_cash_cycle(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang = as_officer(cast.zhang)
    page = text_of(zhang, "/loans/JJ2026000005/?cycle=6月2、10月3")
    assert "按现金流周期还款" in page
    assert "其余月份只还利息" in page
    for wrong in ("13月2", "62", "六月", "6月0"):
        assert "按现金流周期还款" not in text_of(zhang, f"/loans/JJ2026000005/?cycle={wrong}")
    assert "请按“6月2、10月3”填写" in text_of(zhang, "/loans/JJ2026000005/?cycle=13月2")
    assert "至少有一个月份的占比大于零" in text_of(zhang, "/loans/JJ2026000005/?cycle=6月0")


def test_a_loan_shows_what_it_costs_a_year(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    page = text_of(as_officer(cast.zhang), "/loans/JJ2026000005/")
    assert "年化成本" in page
    assert "复利,内部收益率" in page
    assert "<small>单利</small>" in page


@pytest.mark.parametrize(
    "query",
    [
        "cycle=2月1", "cycle=12月999&trial_on=2199-12-31",
        "on=9999-12-31", "on=abc", "trial_on=2199-12-31&prepay=1e18", "trial_on=9999-01-01",
        "extend_to=9999-12-31", "prepay=0.001", "strand=no", "known=then", "on=1899-01-01",
        "trial_on=2027-12-01&prepay=999999999",
    ],
)  # fmt: skip
def test_odd_addresses_do_no_harm(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer, query: str
) -> None:
    for number in range(1, 9):
        text_of(as_officer(cast.zhang), f"/loans/JJ2026{number:06d}/?{query}")


def test_what_is_beyond_the_budget_waits_but_red_does_not(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    ParameterVersion.objects.create(
        code="worklist.budget",
        value=1,
        effective_from=DAY,
        clause="",
        evidence="PROPOSAL",
        status="approved",
        approved_by=cast.qian,
    )
    WorkItem.objects.filter(pk=bank.work["李建国"].pk).update(rank_score=10_000)
    zhang = as_officer(cast.zhang)
    shown, held = text_of(zhang, "/"), text_of(zhang, "/?part=held")
    assert "另有 3 户暂缓提示" in shown
    for name in ("李建国", "江南纺织厂"):
        assert f'data-panel-title="{name}"' in shown and name not in held
    for name in ("王秀英", "恒达机械有限公司"):
        assert f'data-panel-title="{name}"' in held and f'data-panel-title="{name}"' not in shown


def test_every_matter_of_a_client_says_why(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    page = text_of(as_officer(cast.zhang), f"/work/{bank.work['纺织厂'].pk}/")
    assert page.count("规则 worklist.rank · 版本 出厂值") == 1
    assert page.count("规则 worklist.signal · 版本 出厂值") == 1
    assert "没有记录依据" not in page
