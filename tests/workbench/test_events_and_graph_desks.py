"""外部事件 and 关联图谱: hearing, deciding, circles, what follows, and who may see it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from django.db import transaction
from django.test import Client
from playwright.sync_api import Page

from daihou.client_graph.daily import FromOthers, write_graph
from daihou.client_graph.findings import open_findings as graph_findings
from daihou.client_graph.models import Circle, GraphFinding, Tie
from daihou.demo_bank.company_accounts import Course
from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.choices import GuaranteeForm
from daihou.loan_book.models import Guarantee
from daihou.policy.queries import parameters_on
from daihou.public_events import actions
from daihou.public_events.choices import (
    EventChannel,
    EventKind,
    EventSource,
    EventState,
    MatchBasis,
)
from daihou.public_events.findings import open_findings
from daihou.public_events.models import Contradiction, PublicEvent
from daihou.staff.models import Officer
from daihou.statements.queries import net_assets_of
from tests.cast import Branches, Cast, make_branches, make_cast
from tests.small_book import cursor, pg
from tests.statements.company import give_statements
from tests.workbench.conftest import SignIn
from tests.workbench.query_counts import check_query_count
from tests.workbench.small_bank import DAY, SmallBank, make_small_bank

AsOfficer = Callable[[Officer], Client]


@pytest.fixture
def bank(cast: Cast, branches: Branches) -> SmallBank:
    return make_small_bank(cast, branches)


def hear(name: str, kind: EventKind | None, text: str, **more: object) -> PublicEvent:
    facts = actions.EventFacts(
        source=more.pop("source", EventSource.COURT), happened_on=more.pop("on", DAY), text=text,
        kind=kind, subject_name=name, **more,
    )  # fmt: skip
    return actions.record_event(facts=facts, channel=EventChannel.API, by=None, business_date=DAY)


def confirm(event: PublicEvent, by: Officer) -> int:
    kind = EventKind(event.kind or event.proposed_kind)
    return actions.confirm_event(event=event, kind=kind, note="", by=by, business_date=DAY)


def shown() -> list[tuple[int, int]]:
    table = open_findings(pg(), DAY, parameters_on(DAY)).to_pydict()
    return list(zip(table["customer"], table["signal"], strict=True))


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_only_a_confirmed_event_counts_and_an_ending_ends_it(bank: SmallBank, cast: Cast) -> None:
    listed = hear("恒达机械有限公司", EventKind.DISHONEST, "被列为失信被执行人", case_number="执12")
    machine = bank.customers["恒达"]
    assert (listed.customer, listed.match_basis) == (machine, MatchBasis.NAME)
    assert listed.state == EventState.TO_CONFIRM and shown() == []
    confirm(listed, cast.sun)
    assert shown() == [(machine.pk, 81)]
    removed = hear(
        "恒达机械有限公司", EventKind.DISHONEST_REMOVED, "已移出失信名单", case_number="执12"
    )
    assert Contradiction.objects.filter(later=removed, is_settled=False).count() == 1
    assert confirm(removed, cast.sun) == 1
    assert shown() == [] and not Contradiction.objects.filter(is_settled=False).exists()


def test_repeats_are_merged_and_similar_names_wait_for_a_person(
    bank: SmallBank, cast: Cast
) -> None:
    first = hear("江南纺织厂", EventKind.PENALTY, "超标排放被罚款三十万元并责令整改")
    again = hear("江南纺织厂", EventKind.PENALTY, "超标排放被罚款三十万元,并责令整改")
    assert again.merged_into == first
    alike = hear("江南纺识厂", None, "该厂拖欠工资,职工集体讨薪", source=EventSource.NEWS)
    assert alike.state == EventState.UNMATCHED
    assert alike.proposed_kind == EventKind.ARREARS_OWED
    assert [one.customer.name for one in alike.candidates.all()] == ["江南纺织厂"]
    with pytest.raises(NotAcceptable):
        confirm(alike, cast.sun)
    mill = bank.customers["纺织厂"]
    actions.match_event(event=alike, customer=mill, by=cast.sun, business_date=DAY)
    confirm(alike, cast.sun)
    assert shown() == [(mill.pk, 65)]
    with pytest.raises(actions.AlreadyDecided):
        confirm(alike, cast.zhao)


def test_the_queue_is_worked_and_other_branches_do_not_see_it(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    heard = hear("恒达机械有限公司", EventKind.FROZEN, "账户被冻结")
    sun, address = as_officer(cast.sun), f"/events/{heard.pk}/"
    assert "1 则待处理" in text_of(sun, "/events/")
    assert "账户被冻结" in text_of(sun, address)
    assert as_officer(cast.chen).get(address).status_code == 404
    assert as_officer(cast.wang).post(address, {"do": "confirm"}).status_code == 403
    assert sun.post(address, {"do": "exclude", "reason": ""}).status_code == 422
    assert sun.post(address, {"do": "confirm", "kind": "frozen"}).status_code == 302
    heard.refresh_from_db()
    assert (heard.state, heard.decided_by) == (EventState.CONFIRMED, cast.sun)
    assert "账户被冻结" in text_of(sun, f"/customers/{heard.customer.number}/")
    facts = {"text": "停产", "source": "news", "happened_on": "2026-11-20", "industry": "C"}
    assert sun.post("/events/new/", facts).status_code == 302
    assert PublicEvent.objects.get(text="停产").match_basis == MatchBasis.INDUSTRY


def draw() -> None:
    parameters = parameters_on(DAY)
    known = partial(net_assets_of, day=DAY)
    others = FromOthers(open_findings(pg(), DAY, parameters), known)
    write_graph(cursor(), DAY, parameters, others)


def close_the_ring(bank: SmallBank) -> None:
    for debtor, guarantor in (("纺织二", "长名"), ("李建国", "纺织厂"), ("长名", "李建国")):
        Guarantee.objects.create(
            contract=bank.loans[debtor].contract, guarantor=bank.customers[guarantor],
            form=GuaranteeForm.JOINT, amount=1_000_000_00,
        )  # fmt: skip


def test_a_ring_is_found_kept_and_explained(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    close_the_ring(bank)
    confirm(hear("恒达机械有限公司", EventKind.FROZEN, "账户被冻结"), cast.sun)
    draw()
    circle = Circle.objects.get()
    assert (circle.shape, circle.size, circle.in_rings) == ("ring", 5, 3)
    found = set(GraphFinding.objects.values_list("customer__name", "signal"))
    assert ("江南纺织厂", 88) in found and ("王秀英", 89) in found
    assert graph_findings(pg(), DAY).num_rows == len(found)
    before = list(Tie.objects.order_by("pk").values_list("pk", flat=True))
    draw()
    assert list(Tie.objects.order_by("pk").values_list("pk", flat=True)) == before
    assert GraphFinding.objects.count() == len(found) and Circle.objects.count() == 1
    sun = as_officer(cast.sun)
    mill = bank.customers["纺织厂"].number
    assert "连环担保" in text_of(sun, "/graph/")
    assert "5 户担保相连" in text_of(sun, f"/graph/circles/{circle.pk}/")
    assert "恒达机械有限公司" in text_of(sun, f"/graph/clients/{mill}/?kind=guarantee&hops=1")
    assert "能力未知" in text_of(sun, f"/graph/clients/{mill}/if-fails/")
    assert "倒下" in text_of(sun, f"/graph/clients/{mill}/if-fails/?assume=worst")
    assert "在贷余额" in text_of(sun, f"/graph/clients/{mill}/brief/")
    assert sun.get(f"/graph/circles/{circle.pk}/?export=csv").status_code == 200
    assert as_officer(cast.chen).get(f"/graph/circles/{circle.pk}/").status_code == 404
    assert as_officer(cast.chen).get(f"/graph/clients/{mill}/brief/").status_code == 404


def test_a_finding_is_judged_and_stays_judged(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    close_the_ring(bank)
    confirm(hear("恒达机械有限公司", EventKind.FROZEN, "账户被冻结"), cast.sun)
    draw()
    sun = as_officer(cast.sun)
    assert "户出险" in text_of(sun, "/graph/findings/")
    found = GraphFinding.objects.filter(signal=88).get()
    address = f"/graph/findings/{found.pk}/"
    assert sun.post(address, {"state": "excluded", "note": ""}).status_code == 422
    assert sun.post(address, {"state": "explained", "note": "已追加抵押"}).status_code == 302
    draw()
    found.refresh_from_db()
    assert (found.state, found.decided_by) == ("explained", cast.sun)
    assert found.pk not in graph_findings(pg(), DAY).column("id").to_pylist()


def test_net_assets_say_who_can_pay_for_others(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    close_the_ring(bank)
    mill = bank.customers["纺织厂"]
    give_statements(mill, cast.zhang, Course.STEADY, owed=20_000_000)
    assert list(net_assets_of([mill.pk, bank.customers["恒达"].pk], day=DAY)) == [mill.pk]
    draw()
    page = text_of(
        as_officer(cast.sun), f"/graph/clients/{bank.customers['李建国'].number}/if-fails/"
    )
    assert "江南纺织厂" in page and ("能承受" in page or "倒下" in page)


def test_the_desks_ask_few_questions_and_say_what_a_past_day_shows(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    close_the_ring(bank)
    heard = hear("恒达机械有限公司", EventKind.FROZEN, "账户被冻结")
    confirm(heard, cast.sun)
    draw()
    sun, mill = as_officer(cast.sun), bank.customers["纺织厂"].number
    check_query_count("events", sun, "/events/")
    check_query_count("event", sun, f"/events/{heard.pk}/")
    check_query_count("circles", sun, "/graph/")
    check_query_count("circle", sun, f"/graph/circles/{Circle.objects.get().pk}/")
    check_query_count("graph_findings", sun, "/graph/findings/")
    check_query_count("client_graph", sun, f"/graph/clients/{mill}/")
    check_query_count("client_if_fails", sun, f"/graph/clients/{mill}/if-fails/")
    past = text_of(sun, f"/graph/clients/{mill}/?day=2026-11-20")
    assert "为最近营业日 2026-11-23 的情况" in past
    assert "最近营业日 2026-11-23 的情况" not in text_of(sun, f"/graph/clients/{mill}/")


@pytest.mark.screens
@pytest.mark.django_db(transaction=True)
def test_from_the_queue_to_the_picture(transactional_db: None, sign_in: SignIn) -> None:
    branches = make_branches()
    cast = make_cast(branches)
    bank = make_small_bank(cast, branches)
    close_the_ring(bank)
    hear("恒达机械有限公司", EventKind.FROZEN, "账户被冻结")
    page = sign_in(cast.sun)
    home = page.url
    page.goto(f"{home}events/?state=waiting")
    page.get_by_role("link", name="财产被查封、冻结、拍卖").click()
    panel = page.locator("#side-panel")
    panel.get_by_role("button", name="确认事件").click()
    page.get_by_text("下一次日终计入预警").wait_for()
    page.get_by_text("没有待处理的事件").wait_for()
    with transaction.atomic():
        draw()
    page.goto(f"{home}graph/")
    _walk_the_picture(page)


def _walk_the_picture(page: Page) -> None:
    """From the list of circles into one, on a client of the picture, and to what if it fails."""
    page.locator("table.sheet tbody a").first.click()
    page.get_by_role("heading", name="5 户担保相连").wait_for()
    page.locator("[data-chart] .scatterlayer .points path").last.click(force=True)
    panel = page.locator("#side-panel")
    panel.get_by_role("link", name="若其违约会怎样").click()
    page.get_by_role("link", name="最坏情形").click()
    page.get_by_role("heading", name="逐轮传导").wait_for()
