"""What systems write: once each, through the domains' actions, with their name in the trail."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from daihou.api_clients.actions import issue_token, register_client
from daihou.api_clients.choices import Scope
from daihou.api_clients.models import ApiWrite
from daihou.audit.queries import find_events
from daihou.daily_run.models import Correction
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.models import Happening, Loan
from tests.api.conftest import ROOT, Connect, System
from tests.cast import Branches, make_branches, make_cast
from tests.workbench.late_knowledge import ONE, correct
from tests.workbench.small_bank import DAY, SmallBank, make_small_bank

PAYMENT = {
    "kind": "repayment", "amount": 5_000_00, "value_date": str(DAY - ONE), "reference": "HX-1",
    "payer_name": "王秀英",
}  # fmt: skip


@pytest.fixture
def loan(bank: SmallBank) -> Loan:
    return bank.loans["王秀英"]


def test_a_payment_is_booked_on_the_open_day(core: System, loan: Loan) -> None:
    answer = core.post(f"/loans/{loan.number}/entries", PAYMENT)
    assert answer.status_code == 201, answer.content
    entry = LedgerEntry.objects.get(pk=answer.json()["id"])
    assert (entry.amount, entry.value_date, entry.booked_on) == (5_000_00, DAY - ONE, DAY + ONE)
    assert entry.payer_name == "王秀英" and entry.reference == "HX-1"
    shown = core.get(f"/loans/{loan.number}/entries", limit=500).json()["items"][-1]
    assert shown == answer.json()


def test_the_same_key_writes_once_and_answers_the_same(core: System, loan: Loan) -> None:
    path = f"/loans/{loan.number}/entries"
    before = LedgerEntry.objects.count()
    first, again = (core.post(path, PAYMENT, key="payment-0001") for _ in range(2))
    assert first.content == again.content and first.status_code == again.status_code == 201
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert LedgerEntry.objects.count() == before + 1
    other = core.post(path, {**PAYMENT, "amount": 1, "reference": "HX-2"}, key="payment-0001")
    assert other.status_code == 409
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    assert LedgerEntry.objects.count() == before + 1


def test_keys_of_two_systems_do_not_meet(
    core: System, loan: Loan, branches: Branches, connect: Connect
) -> None:
    other = connect(branches.east, code="second")
    for system, reference in ((core, "HX-1"), (other, "HX-2")):
        body = {**PAYMENT, "reference": reference}
        answer = system.post(f"/loans/{loan.number}/entries", body, key="payment-0001")
        assert answer.status_code == 201


def test_a_refused_write_leaves_nothing_and_the_key_free(core: System, loan: Loan) -> None:
    path, before = f"/loans/{loan.number}/entries", LedgerEntry.objects.count()
    early = {**PAYMENT, "value_date": str(loan.disbursed_on - ONE)}
    refused = core.post(path, early, key="payment-0001")
    assert refused.status_code == 409 and "放款日" in refused.json()["detail"]
    assert not ApiWrite.objects.exists() and LedgerEntry.objects.count() == before
    assert core.post(path, PAYMENT, key="payment-0001").status_code == 201
    known = core.post(path, PAYMENT, key="payment-0002")
    assert known.status_code == 409 and "HX-1" in known.json()["detail"]
    late = core.post(path, {**PAYMENT, "value_date": str(DAY + 2 * ONE), "reference": "HX-3"})
    assert late.status_code == 409 and "营业日" in late.json()["detail"]


def test_an_entry_is_reversed_once(core: System, loan: Loan) -> None:
    booked = core.post(f"/loans/{loan.number}/entries", PAYMENT).json()
    path = f"/loans/{loan.number}/entries/{booked['id']}/reversal"
    undone = core.post(path, {"note": "重复入账"})
    assert undone.status_code == 201 and undone.json()["reverses"] == booked["id"]
    assert core.post(path, {"note": "重复入账"}).status_code == 409
    shown = core.get(f"/loans/{loan.number}/entries", limit=500).json()["items"]
    assert next(e for e in shown if e["id"] == booked["id"])["reversed_by"] == undone.json()["id"]
    missing = core.post(f"/loans/{loan.number}/entries/0/reversal", {"note": "无此流水"})
    assert missing.status_code == 404


def test_a_correction_is_signed_once(core: System, bank: SmallBank) -> None:
    found = correct(bank, "王秀英")
    path = f"/corrections/{found.pk}/acknowledgement"
    answer = core.post(path, {"note": "核心系统已按更正后入账"})
    assert answer.status_code == 201 and answer.json()["read_by"] == "核心系统"
    assert Correction.objects.get(pk=found.pk).read_by == core.client.account
    assert core.post(path, {}).status_code == 409


def test_what_happened_to_a_client(core: System, loan: Loan) -> None:
    path = f"/customers/{loan.customer.number}/happenings"
    body = {
        "kind": "hardship_stated", "happened_on": str(DAY), "text": "来电称无力还款",
        "loan": loan.number,
    }  # fmt: skip
    answer = core.post(path, body)
    assert answer.status_code == 201, answer.content
    row = Happening.objects.get(pk=answer.json()["id"])
    assert row.loan == loan and row.recorded_by == core.client.account
    for changed, field in (
        ({"loan": "none"}, "loan"), ({"kind": "gift"}, "kind"),
        ({"happened_on": str(DAY + 5 * ONE)}, "happened_on"),
    ):  # fmt: skip
        refused = core.post(path, {**body, **changed})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == field


def test_the_audit_trail_names_the_system(core: System, loan: Loan) -> None:
    core.post(f"/loans/{loan.number}/entries", PAYMENT, key="payment-0001")
    core.post(
        f"/customers/{loan.customer.number}/happenings",
        {"kind": "note", "happened_on": str(DAY), "text": "备注"},
    )
    for table in ("api_clients_apiwriteevent", "loan_book_happeningevent"):
        event = find_events(table=table, first_day=DAY - 3000 * ONE)[0]
        assert event.officer_id == core.client.account.pk, table
        assert event.page.startswith(ROOT), table
    assert find_events(table="api_clients_apitokenevent", first_day=DAY - 3000 * ONE)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_with_one_key_write_once() -> None:
    branches = make_branches()
    cast = make_cast(branches)
    loan = make_small_bank(cast, branches).loans["王秀英"]
    client = register_client(
        code="core", name="核心系统", branch=branches.east, scopes=tuple(Scope), purpose="入账",
        by=cast.zhou,
    )  # fmt: skip
    token = issue_token(client=client, days=2, on=timezone.localdate(), by=cast.zhou).text
    before, start = LedgerEntry.objects.count(), threading.Barrier(4)

    def send(_: int) -> tuple[int, bytes]:
        try:
            start.wait()
            answer = Client().post(
                f"{ROOT}/loans/{loan.number}/entries", PAYMENT, content_type="application/json",
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "payment-0001"},
            )  # fmt: skip
            return answer.status_code, answer.content
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(send, range(4)))
    assert len(answers) == 1 and answers.pop()[0] == 201
    assert LedgerEntry.objects.count() == before + 1
