"""What systems read: loans, both answers about a past day, clients, worklists, parameters."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from daihou.daily_run.models import BusinessDay
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import Loan, TermChange
from tests.api.conftest import Connect, System
from tests.cast import Branches, Cast
from tests.workbench.floating_rates import float_some
from tests.workbench.late_knowledge import ONE, correct, regrade
from tests.workbench.small_bank import DAY, SmallBank


def _all_numbers(system: System, path: str, limit: int) -> list[str]:
    found, after = [], ""
    while True:
        page = system.get(path, limit=limit, after=after).json()
        assert len(page["items"]) <= limit
        found += [one["number"] for one in page["items"]]
        if page["next"] is None:
            return found
        after = page["next"]


@pytest.mark.parametrize("path", ["/loans", "/customers"])
def test_pages_hold_every_row_once(core: System, path: str) -> None:
    whole = _all_numbers(core, path, 500)
    assert len(whole) > 3
    for limit in (1, 2, 3):
        assert _all_numbers(core, path, limit) == whole == sorted(set(whole))


def test_a_loan_with_its_plan(core: System, bank: SmallBank) -> None:
    loan = bank.loans["王秀英"]
    got = core.get(f"/loans/{loan.number}").json()
    assert got["amount"] == loan.amount
    assert got["standing"]["principal"] == loan.position.principal
    assert sum(row["principal"] for row in got["plan"]) == loan.amount
    assert got["rate"] == got["rate_now"] and "." in got["rate"]
    assert "identity_number" not in str(got)


def test_changes_of_terms(core: System, bank: SmallBank) -> None:
    loan = bank.loans["王秀英"]
    for kind, more in ((0, {"rate": 3_900_000}), (5, {})):
        TermChange.objects.create(
            loan=loan, kind=kind, effective_from=DAY, booked_on=DAY, reason="纾困延期", **more
        )
    rate, pause = core.get(f"/loans/{loan.number}/term-changes").json()["items"]
    assert (rate["kind"]["name"], rate["rate"]) == ("调整利率", "3.900000")
    assert (pause["kind"], pause["rate"], pause["amount"]) == (
        {"code": 5, "name": "停计逾期天数"}, None, None,
    )  # fmt: skip


def test_both_answers_about_a_past_day(core: System, bank: SmallBank) -> None:
    regrade(bank.loans["王秀英"])
    correction = correct(bank, "王秀英")
    loan, yesterday = bank.loans["王秀英"], DAY - ONE
    got = core.get(f"/loans/{loan.number}/position", on=str(yesterday)).json()
    assert got["known_on"] == str(yesterday) and not got["is_projected"]
    known, true = got["as_known"], got["as_true"]
    assert known["days_past_due"] > true["days_past_due"] == 0
    assert known["principal"] > true["principal"]
    assert true["grade"]["name"] == "正常"
    assert {"days_past_due", "principal"} <= set(got["differs"])
    [learned] = got["learned"]
    assert learned["counts_from"] == str(DAY - 3 * ONE) and learned["known_since"] == str(DAY)
    assert "5,574.35" in learned["says"]
    [found] = got["corrections"]
    assert found["id"] == correction.pk and found["causes"][0]["kind"]["name"] == "补记流水"
    [span] = got["differing_days"]
    assert span["until"] == str(yesterday) and span["days_past_due_true"] == 0

    later = core.get(
        f"/loans/{loan.number}/position", on=str(yesterday), known_on=str(DAY)
    ).json()  # fmt: skip
    assert later["differs"] == [] and later["learned"] == [] and later["corrections"] == []
    assert later["as_known"]["principal"] == later["as_true"]["principal"] == true["principal"]


def test_a_day_that_has_no_answer_yet(core: System, bank: SmallBank) -> None:
    number = bank.loans["王秀英"].number
    ahead = core.get(f"/loans/{number}/position", on=str(DAY + 30 * ONE)).json()
    assert ahead["is_projected"] and ahead["known_on"] == str(DAY)
    refused = core.get(f"/loans/{number}/position", known_on=str(DAY + ONE))
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "known_on"
    assert core.get(f"/loans/{number}/position", on="2001-01-01").status_code == 422


def test_a_floating_loan_says_how(core: System, bank: SmallBank, cast: Cast) -> None:
    float_some(bank, cast)
    got = core.get(f"/loans/{bank.loans['王秀英'].number}").json()
    assert (got["rate"], got["rate_now"]) == ("7.200000", "4.200000")
    floating = got["floating"]
    assert floating["says"] == "LPR1年期 + 120 基点,每1个月对月对日重定价"
    assert (floating["spread_bps"], floating["lowest"]) == (120, None)
    assert floating["next_reset_on"] == "2026-12-20"
    assert core.get(f"/loans/{bank.loans['纺织一'].number}").json()["floating"] is None


def test_a_loan_that_cannot_be_computed_says_so(core: System, bank: SmallBank) -> None:
    problems = {
        name: core.get(f"/loans/{loan.number}/position").json()["as_true"]
        for name, loan in bank.loans.items()
        if loan.customer.branch.code == "001"
    }
    broken = [one for one in problems.values() if one["problem"]]
    assert broken, "the small bank holds a loan that is set aside"
    assert all(one["principal"] is None and one["status"] is None for one in broken)


def test_corrections_are_listed_and_narrowed(core: System, bank: SmallBank) -> None:
    first = correct(bank, "王秀英")
    numbers = [one["id"] for one in core.get("/corrections", unread="true").json()["items"]]
    assert numbers == [first.pk]
    assert core.get("/corrections", found_to=str(DAY - ONE)).json()["items"] == []
    assert core.get("/corrections", loan="none").json()["items"] == []


def test_a_client_with_grades_and_signals_in_words(core: System, bank: SmallBank) -> None:
    seen = core.get("/customers").json()["items"]
    warned = next(one for one in seen if one["signals"]["红色"])
    got = core.get(f"/customers/{warned['number']}").json()
    assert got["worst_grade"] == warned["worst_grade"]
    assert got["principal"] == sum(one["standing"]["principal"] for one in got["loans"])
    signal = got["open_signals"][0]
    assert signal["colour"]["name"] == "红色" and signal["name"] and signal["loan"]
    assert got["grades"][0]["grade"]["name"]
    assert core.get(f"/customers/{warned['number']}", on=str(DAY + ONE)).status_code == 422


def test_the_worklist_is_that_of_the_desk(core: System, bank: SmallBank, cast: Cast) -> None:
    got = core.get("/officers/1001/worklist").json()
    assert got["officer"]["name"] == "张经理" and got["day"] == str(DAY)
    assert [one["rank"] for one in got["items"]] == list(range(1, len(got["items"]) + 1))
    assert got["items"][0]["why_first"] and got["items"][0]["reasons"]
    assert core.get("/officers/0004/worklist").status_code == 404


def test_parameters_with_clause_and_version(core: System) -> None:
    got = core.get("/parameters", on=str(DAY)).json()
    one = next(p for p in got["items"] if p["code"] == "worklist.budget")
    assert one["value"] and one["version"] == {"code": 0, "name": "出厂值"}
    assert one["evidence"]["code"] == "PROPOSAL"
    assert any(p["clause"] for p in got["items"])
    day = core.get("/business-day").json()
    assert day == {"closed": str(DAY), "open": str(DAY + ONE)}


def test_before_the_first_daily_run(core: System) -> None:
    BusinessDay.objects.all().delete()
    answer = core.get("/loans")
    assert answer.status_code == 409 and "日终" in answer.json()["detail"]
    assert core.get("/business-day").json()["closed"] is None


def test_no_question_is_asked_row_by_row(
    bank: SmallBank, branches: Branches, connect: Connect
) -> None:
    head = connect(branches.head_office)
    correct(bank, "王秀英")
    for path in ("/loans", "/customers", "/corrections", f"/loans/{_busiest().number}/entries"):
        counts = {limit: _queries(head, path, limit) for limit in (1, 100)}
        assert counts[1] == counts[100] <= 12, (path, counts)
    position = _queries(head, f"/loans/{_busiest().number}/position", 1)
    assert position <= 26, position


def _busiest() -> Loan:
    entry = LedgerEntry.objects.order_by("-pk")[0]
    return entry.loan


def _queries(system: System, path: str, limit: int) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert system.get(path, limit=limit).status_code == 200
    return len(queries)
