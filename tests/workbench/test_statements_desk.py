"""财务报表: who sees what, what a client's page says, entering by hand and by workbook."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from daihou.demo_bank.company_accounts import Course
from daihou.policy.queries import parameters_on
from daihou.staff.models import Officer
from daihou.statements.daily import assess_statements
from daihou.statements.items import ITEM_BY_KEY
from daihou.statements.models import Statement, StatementFinding
from tests.cast import Branches, Cast
from tests.small_book import cursor
from tests.statements.company import give_statements, sheets
from tests.workbench.query_counts import check_query_count
from tests.workbench.small_bank import DAY, SmallBank, make_small_bank

AsOfficer = Callable[[Officer], Client]
TEXTILE = "/statements/KH000001/"


@pytest.fixture
def bank(cast: Cast, branches: Branches, tmp_path: Path, settings: Any) -> SmallBank:
    settings.STATEMENT_FOLDER = tmp_path
    made = make_small_bank(cast, branches)
    give_statements(made.customers["纺织厂"], cast.zhang, Course.SLIDING, owed=20_000_000)
    give_statements(made.customers["恒达"], cast.zhang, Course.STEADY)
    assess_statements(cursor(), DAY, parameters_on(DAY))
    return made


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_the_list_groups_clients_and_exports(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang = as_officer(cast.zhang)
    page = text_of(zhang, "/statements/")
    assert "江南纺织厂" in page and "从未报送" in page and "城西鑫源" not in page
    assert "恒达机械" not in text_of(zhang, "/statements/?state=found&q=恒达")
    assert "江南纺织厂" in text_of(zhang, "/statements/?state=found")
    assert zhang.get("/statements/?export=csv").status_code == 200
    check_query_count("statements", zhang, "/statements/")


def test_a_clients_page_says_what_its_statements_say(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang = as_officer(cast.zhang)
    page = text_of(zhang, TEXTILE)
    for words in ("2026 三季", "销售持续下降", "流动比率", "现金", "资产负债表", "本年累计"):
        assert words in page
    check_query_count("client_statements", zhang, TEXTILE)
    assert "还没有收到" in text_of(zhang, "/statements/KH000003/")
    assert as_officer(cast.chen).get(TEXTILE).status_code == 404
    assert "录入报表" not in text_of(as_officer(cast.wang), TEXTILE)
    assert "2025 年报" in text_of(zhang, f"{TEXTILE}?rhythm=year")


def entered(now: dict[str, int], then: dict[str, int], **about: str) -> dict[str, str]:
    """A filled-in form."""
    lines = {f"now-{key}": f"{fen / 100:.2f}" for key, fen in now.items()}
    lines |= {f"then-{key}": f"{fen / 100:.2f}" for key, fen in then.items()}
    return {"period_end": "2026-09-30", "scope": "1", "opinion": "none",
            "received_on": "2026-11-20", **lines, **about}  # fmt: skip


def test_by_hand_the_checks_come_before_the_keeping(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang, address = as_officer(cast.zhang), "/statements/KH000003/new/"
    now, then = sheets()[-1]
    wrong = {**now, "cash": now["cash"] + 100_00}
    page = zhang.post(address, entered(wrong, then, keep="1")).content.decode()
    assert "流动资产合计等于各项之和" in page and "照录入册" in page
    assert not Statement.objects.filter(customer=bank.customers["长名"]).exists()
    assert "全部相符" in zhang.post(address, entered(now, then, check="1")).content.decode()
    assert zhang.post(address, entered(now, then, keep="1")).status_code == 302
    kept = Statement.objects.get(customer=bank.customers["长名"])
    assert (kept.entered_by, kept.version) == (cast.zhang, 1)
    assert zhang.post(address, entered(wrong, then, keep="1", despite="1")).status_code == 422
    again = entered(wrong, then, keep="1", despite="1", note="客户重报")
    assert zhang.post(address, again).status_code == 302
    assert Statement.objects.filter(customer=bank.customers["长名"]).count() == 2


def as_workbook(*columns: dict[str, int]) -> SimpleUploadedFile:
    """An accountant's workbook with one sheet: names down, September and June across."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["项目", "2026年9月30日", "2026年6月30日"])
    for key in columns[0]:
        sheet.append([ITEM_BY_KEY[key].name, *[column[key] / 100 for column in columns]])
    file = BytesIO()
    book.save(file)
    return SimpleUploadedFile("报表.xlsx", file.getvalue())


def test_a_workbook_is_shown_first_and_kept_when_chosen(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    zhang, address = as_officer(cast.zhang), "/statements/KH000003/workbook/"
    september, june = sheets()[-1][0], sheets()[-2][0]
    answer = zhang.post(address, {"workbook": as_workbook(september, june)})
    page = answer.content.decode()
    assert "2026 三季" in page and "2026 半年" in page
    assert not Statement.objects.filter(customer=bank.customers["长名"]).exists()
    payload = answer.context["payload"]
    zhang.post(address, {"payload": payload, "period": ["2026-09-30"]})
    kept = Statement.objects.get(customer=bank.customers["长名"])
    assert len(kept.items) == len(september) and kept.source == "sheet"
    other = zhang.post("/statements/KH000006/workbook/", {"payload": payload, "period": ["x"]})
    assert other.status_code == 302, "a payload counts for the client it was read for"
    bad = zhang.post(address, {"workbook": SimpleUploadedFile("x.xlsx", b"no book")})
    assert bad.status_code == 422 and "不是可读的 Excel" in bad.content.decode()


def test_a_finding_is_judged_on_the_page(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    finding = StatementFinding.objects.get(customer=bank.customers["纺织厂"], signal=15)
    address = f"/statements/findings/{finding.pk}/"
    assert as_officer(cast.wang).post(address, {}).status_code == 403
    assert as_officer(cast.chen).get(address).status_code == 404
    said = {"state": "explained", "note": "淡季停产检修,有排产表"}
    assert as_officer(cast.zhang).post(address, said).status_code == 302
    assert "淡季停产检修" in text_of(as_officer(cast.zhang), TEXTILE)
