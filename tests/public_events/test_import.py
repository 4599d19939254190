"""Events come in from files, are matched and compared at once, and can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from daihou.feeds.undoing import undo_batch
from daihou.loan_book.models import Customer
from daihou.public_events.choices import EventState, MatchBasis, Quality
from daihou.public_events.models import Contradiction, PublicEvent
from tests.feeds.small_bank import DAY, load, problems_of, write_bank, write_table

pytestmark = pytest.mark.django_db
HEAD = [
    "事件编号", "来源", "事件类型", "当事人名称", "当事人证件号码", "涉及行业", "发生日",
    "案号或文号", "金额", "内容",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    load(write_bank(tmp_path / "bank"))
    return tmp_path


def bring(folder: Path, *rows: list[str]) -> object:
    write_table(folder / "外部事件.csv", [HEAD, *rows])
    return load(folder / "外部事件.csv")


def row(number: str, name: str, **more: str) -> list[str]:
    given = {
        "source": "court", "kind": "enforced", "paper": "", "industry": "", "on": f"{DAY}",
        "case": "", "amount": "", "text": "立案执行", **more,
    }  # fmt: skip
    return [
        number, given["source"], given["kind"], name, given["paper"], given["industry"],
        given["on"], given["case"], given["amount"], given["text"],
    ]  # fmt: skip


def test_events_are_matched_merged_and_compared_when_they_come_in(folder: Path) -> None:
    client = Customer.objects.get(number="C001")
    paper = client.identity_number
    batch = bring(
        folder,
        row("E1", client.name, paper=paper, case="执1", amount="100"),
        row("E2", client.name, paper=paper, case="执1", amount="100", source="news"),
        row("E3", client.name, paper=paper, case="执1", amount="200"),
        row("E4", "", industry="K", kind="", source="news", text="行业下行压力加大"),
    )
    assert problems_of(batch) == [] and batch.rows_loaded == 4
    first, again, other, of_industry = PublicEvent.objects.order_by("number")
    assert (first.customer, first.match_basis) == (client, MatchBasis.PAPER)
    assert (first.state, first.quality) == (EventState.TO_CONFIRM, Quality.PRIMARY)
    assert again.merged_into == first
    assert Contradiction.objects.get().later == other
    assert (of_industry.match_basis, of_industry.proposed_kind) == ("industry", "industry_down")
    assert bring(folder, row("E4", "", industry="K", kind="", source="news",
                             text="行业下行压力加大")).rows_unchanged == 1  # fmt: skip


def test_an_event_about_nobody_is_refused_and_undone_ones_go(folder: Path) -> None:
    assert len(problems_of(bring(folder, row("E1", "")))) == 1
    batch = bring(folder, row("E2", "远方有限公司"), row("E3", "远方有限公司", text="另一件事"))
    assert PublicEvent.objects.count() == 2
    undo_batch(number=batch.pk, business_date=DAY, closed_through=None, actor=None)
    assert not PublicEvent.objects.exists()
