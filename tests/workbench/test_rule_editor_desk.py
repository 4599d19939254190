"""预警规则: the editor says what is wrong, shows yesterday's book, tries out, and asks a second."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Page

from daihou.early_warning.choices import RuleStatus, TrialStatus
from daihou.early_warning.client_rules.models import RuleTrial, RuleVersion
from daihou.early_warning.client_rules.trials import run_trial
from daihou.staff.models import Officer
from tests.cast import Branches, Cast, make_branches, make_cast
from tests.early_warning.kept_days import keep_day
from tests.workbench.conftest import SignIn
from tests.workbench.query_counts import check_query_count
from tests.workbench.small_bank import DAY, SmallBank, make_small_bank

AsOfficer = Callable[[Officer], Client]
Picture = Callable[[Page, str], None]
CASH = 38
EDIT = f"/signal-rules/{CASH}/edit/"
FORM = {
    "is_on": "yes", "segment": "all", "cooldown": "7", "merge": "30", "source": "本行风险管理部",
    "evidence": "PROPOSAL", "reason": "现金占比 70% 误报偏多", "effective_from": "2026-12-01",
    "when_1": "cash_inflow_share_90d > 85%", "colour_1": "3", "colour_2": "3", "colour_3": "3",
}  # fmt: skip


def keep_history(bank: SmallBank, home: Any, folder: Path) -> None:
    """Forty kept days: cash is 90% of what 纺织厂 takes in, 75% of 恒达; the former turns bad."""
    home.INDICATOR_FOLDER, home.SNAPSHOT_FOLDER = folder / "indicators", folder / "snapshots"
    ids = {name: one.pk for name, one in bank.customers.items()}
    officers = {one.pk: one.officer_id for one in bank.customers.values() if one.officer_id}
    for back in range(40, -1, -1):
        shares = dict.fromkeys(ids.values(), 1000)
        if back < 35:
            shares |= {ids["纺织厂"]: 9000, ids["恒达"]: 7500}
        keep_day(
            home, DAY - dt.timedelta(days=back), {"cash_inflow_share_90d": shares},
            officers=officers, grades={ids["纺织厂"]: 3} if back < 5 else {},
        )  # fmt: skip


@pytest.fixture
def bank(cast: Cast, branches: Branches, settings: Any, tmp_path: Path) -> SmallBank:
    made = make_small_bank(cast, branches)
    keep_history(made, settings, tmp_path)
    return made


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def drafted(client: Client, **changes: str) -> RuleVersion:
    answer = client.post(EDIT, {**FORM, **changes})
    assert answer.status_code == 302, answer.content.decode()
    return RuleVersion.objects.latest("pk")


def tried(client: Client, version: RuleVersion) -> RuleTrial:
    span = {"since": "2026-10-15", "until": "2026-11-23", "horizon": "30"}
    assert client.post(f"/signal-rules/versions/{version.pk}/trials/", span).status_code == 302
    trial = RuleTrial.objects.latest("pk")
    run_trial(trial.pk)
    return trial


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"when_1": "cash_share > 85%"}, "指标目录里没有“cash_share”"),
        ({"when_1": "cash_inflow_share_90d > 85"}, "要带单位%"),
        ({"when_1": "inflow_30d / inflow_90d < 20%"}, "可能为 0"),
        ({"when_1": "cash_inflow_share_90d > 99%"}, "没有一户符合"),
        ({"when_1": "cash_inflow_share_90d > 1%"}, "全部符合"),
        ({"when_3": "cash_inflow_share_90d > 95%"}, "第3档有条件,第2档不能空着"),
        ({"effective_from": "2026-11-23"}, "生效日须晚于营业日"),
    ],
)
def test_the_editor_catches_each_bad_rule(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer, changes: dict[str, str], words: str
) -> None:
    answer = as_officer(cast.zhao).post(EDIT, {**FORM, **changes})
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not RuleVersion.objects.exists()


def test_preview_shows_who_and_stays_within_ones_branch(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhao = as_officer(cast.zhao)
    version = drafted(zhao)
    page = text_of(zhao, f"/signal-rules/versions/{version.pk}/")
    assert "昨日账面预览" in page and "张经理" in page and "超上限暂缓" in page
    address = f"/signal-rules/versions/{version.pk}/clients/"
    page = text_of(zhao, address)
    assert "江南纺织厂" in page and "恒达机械" in page and "近90天现金流入占比 90.00%" in page
    assert "恒达机械" not in text_of(zhao, f"{address}?side=new")
    assert "江南纺织厂" in text_of(as_officer(cast.sun), address)
    cast.sun.branch = cast.chen.branch
    cast.sun.save()
    assert "江南纺织厂" not in text_of(as_officer(cast.sun), address)
    check_query_count("rule_version", zhao, f"/signal-rules/versions/{version.pk}/")
    check_query_count("rule_clients", zhao, address)
    check_query_count("signal_rule_edit", zhao, EDIT)


def test_a_backtest_tells_both_rules_side_by_side(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhao = as_officer(cast.zhao)
    version = drafted(zhao)
    trial = tried(zhao, version)
    trial.refresh_from_db()
    assert trial.status == TrialStatus.DONE
    page = text_of(zhao, f"/signal-rules/trials/{trial.pk}/")
    assert "1 户成为不良:对照提前发现 1 户,本版 1 户" in page
    assert "江南纺织厂" in page and "30 天" in page
    assert "回测 1 次" in text_of(zhao, f"/signal-rules/versions/{version.pk}/")
    check_query_count("rule_trial", zhao, f"/signal-rules/trials/{trial.pk}/")
    check_query_count("rule_trials", zhao, f"/signal-rules/versions/{version.pk}/trials/")


def test_nothing_is_done_under_an_earlier_day(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhao = as_officer(cast.zhao)
    zhao.post(f"{EDIT}?day={DAY - dt.timedelta(days=1)}", FORM)
    assert not RuleVersion.objects.exists()


def test_a_signal_of_loans_has_no_editor(bank: SmallBank, cast: Cast, as_officer: Any) -> None:
    assert as_officer(cast.zhao).get("/signal-rules/54/edit/").status_code == 404


@pytest.fixture
def people(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[Cast]:
    branches = make_branches()
    cast = make_cast(branches)
    keep_history(make_small_bank(cast, branches), settings, tmp_path)
    yield cast
    with connection.cursor() as cursor:  # Django empties its own tables only
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


@pytest.mark.screens
@pytest.mark.django_db(transaction=True)
def test_from_edit_over_backtest_to_approval(
    people: Cast, sign_in: SignIn, picture: Picture
) -> None:
    page = sign_in(people.zhao)
    home = page.url.split("?")[0].rstrip("/")
    page.goto(f"{home}/signal-rules/{CASH}/")
    page.get_by_role("link", name="调整规则").click()
    page.get_by_label("第 1 档", exact=True).fill("")
    page.get_by_role("button", name="cash_inflow_share_90d").click()
    page.keyboard.type(" > 85%")
    page.get_by_label("生效日").fill("2026-12-01")
    page.get_by_label("调整理由").fill("现金占比 70% 误报偏多")
    picture(page, "rule-editor")
    page.get_by_role("button", name="保存草稿并预览").click()
    page.get_by_role("heading", name="昨日账面预览").wait_for()
    picture(page, "rule-preview")
    version = page.url
    page.get_by_role("link", name="回测").first.click()
    page.get_by_label("起始日").fill("2026-10-15")
    page.get_by_label("观察天数").select_option("30")
    page.get_by_role("button", name="开始回测").click()
    page.get_by_text("等待后台服务接手").wait_for()
    run_trial(RuleTrial.objects.get().pk)
    page.get_by_role("heading", name="两版对照").wait_for()
    picture(page, "rule-backtest")
    page.goto(version)
    page.get_by_role("button", name="提请审批").click()
    page.get_by_text("已提请审批").wait_for()
    page.context.clear_cookies()
    page = sign_in(people.qian)
    page.goto(f"{home}/signal-rules/")
    page.get_by_role("link", name="现金收入占比过高 第").click()
    page.get_by_label("审批意见").fill("回测误报减少,不良无遗漏,同意")
    page.get_by_role("button", name="批准").click()
    page.get_by_text("已批准").first.wait_for()
    assert RuleVersion.objects.get().status == RuleStatus.APPROVED
