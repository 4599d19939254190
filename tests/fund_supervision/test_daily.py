"""The daily step: paths of draws, evidence, findings that name exactly their transactions."""

from __future__ import annotations

from pathlib import Path

import pytest

from daihou.fund_supervision.choices import FindingState, Pattern, TransactionKind
from daihou.fund_supervision.models import (
    AgreedPayee,
    DrawStanding,
    Finding,
    NotableTransaction,
    TracedPayment,
    Voucher,
)
from daihou.loan_book.models import CustomerRelation, Loan
from loanmath.money import yuan
from tests.cast import Cast
from tests.fund_supervision.flows import Flows, agree
from tests.small_book import SmallBook, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def flows(cast: Cast, tmp_path: Path) -> Flows:
    return Flows(SmallBook(cast), tmp_path / "transactions")


def found(pattern: Pattern) -> dict[int, int]:
    """The transactions of the only finding of a pattern, with the amounts."""
    finding = Finding.objects.get(pattern=pattern)
    return dict(finding.transactions.values_list("transaction", "amount"))


def test_money_that_comes_back_is_traced_over_two_hands(flows: Flows) -> None:
    loan = flows.draw("L1", "甲", "1000000")
    flows.client("乙"), flows.client("丙")
    flows.move("甲", "乙", "01-11", "900000")
    flows.move("乙", "丙", "01-12", "800000")
    back = flows.move("丙", "甲", "01-13", "700000")
    flows.take("甲", "01-14", "100000", name="某商店")
    flows.run("01-20")
    paths = TracedPayment.objects.filter(loan_id=loan.pk).order_by("number")
    assert [(p.hop, p.parent, p.amount) for p in paths] == [
        (1, 0, yuan("900000")),
        (1, 0, yuan("100000")),
        (2, 1, yuan("800000")),
        (3, 3, yuan("700000")),
    ]
    assert found(Pattern.RETURNED) == {back.pk: yuan("700000")}
    standing = DrawStanding.objects.get(loan=loan)
    assert (standing.arrived, standing.spent) == (yuan("1000000"), yuan("1000000"))
    assert standing.evidenced == 0


def test_what_lay_in_anothers_account_before_leaves_before_the_draw(flows: Flows) -> None:
    flows.draw("L1", "甲", "1000000")
    flows.client("乙")
    flows.put("乙", "01-09", "300000", balance="300000")
    paid = flows.take("甲", "01-11", "500000", to="乙")
    flows.put("乙", "01-11", "500000", to="甲", balance="800000")
    flows.take("乙", "01-12", "400000", name="某厂")
    flows.run("01-20")
    assert [p.amount for p in TracedPayment.objects.filter(hop=2)] == [yuan("100000")]
    assert TracedPayment.objects.get(hop=1).transaction == paid.pk


def test_payments_are_explained_by_payee_contract_and_voucher(flows: Flows) -> None:
    loan = flows.draw("L1", "甲", "1000000")
    agree(loan)
    AgreedPayee.objects.create(loan=loan, name="通州棉纱(集团)有限公司")
    Voucher.objects.create(
        loan=loan, kind="invoice", number="1", issuer="通州棉纱(集团)有限公司",
        amount=yuan("450000"),
    )  # fmt: skip
    flows.take("甲", "01-11", "400000", name="通州棉纱(集团)有限公司")
    flows.take("甲", "01-12", "200000", name="通州棉纱(集团)有限公司")
    flows.take("甲", "01-13", "100000", name="某厂")
    flows.run("01-20")
    assert list(TracedPayment.objects.order_by("number").values_list("evidence", flat=True)) == [
        3, 1, 0,
    ]  # fmt: skip
    standing = DrawStanding.objects.get(loan=loan)
    assert (standing.evidenced, standing.to_payees) == (yuan("400000"), yuan("600000"))


def test_forbidden_places_related_parties_and_cash(flows: Flows) -> None:
    loan = flows.draw("L1", "甲", "3000000")
    boss = flows.client("老板")
    CustomerRelation.objects.create(
        customer=loan.customer, related=boss, kind="controller", valid_from=day("01-01")
    )
    shares = flows.take("甲", "01-11", "500000", name="某某证券有限责任公司")
    house = flows.take("甲", "01-12", "600000", name="王某", purpose="购房首付")
    other = flows.take("甲", "01-12", "70000", name="他行", kind=TransactionKind.LOAN_REPAYMENT)
    cash = flows.take("甲", "01-13", "80000", cash=True, kind=TransactionKind.CASH)
    aside = flows.move("甲", "老板", "01-13", "300000")
    flows.take("甲", "01-14", "10000", name="某某证券有限责任公司")
    flows.run("01-20")
    assert set(found(Pattern.SECURITIES).values()) == {yuan("500000"), yuan("10000")}
    assert shares.pk in found(Pattern.SECURITIES)
    assert set(found(Pattern.REAL_ESTATE)) == {house.pk}
    assert set(found(Pattern.OTHER_LOAN)) == {other.pk}
    assert set(found(Pattern.CASH)) == {cash.pk}
    assert set(found(Pattern.RETURNED)) == {aside.pk}


def test_split_and_unentrusted_payments(flows: Flows) -> None:
    agree(flows.draw("L1", "甲", "40000000"))
    parts = [flows.take("甲", f"01-{d}", "6000000", name="某贸易公司") for d in (11, 12, 14)]
    big = flows.take("甲", "01-15", "12000000", name="某设备公司")
    flows.run("01-20")
    assert set(found(Pattern.SPLIT)) == {part.pk for part in parts}
    assert set(found(Pattern.NOT_ENTRUSTED)) == {big.pk}


def three_draw_and_repay(flows: Flows) -> list[Loan]:
    """Three borrowers pay one place out of their draws and are funded by one account to repay."""
    loans = []
    for number, name in enumerate("甲乙丙"):
        loans.append(flows.draw(f"L{number}", name, "200000"))
        flows.take(name, "01-12", "150000", name="某中介")
        flows.put(name, "02-09", "1010", name="代还人")
        flows.take(name, "02-10", "1010", name="本行", kind=TransactionKind.LOAN_REPAYMENT)
    return loans


def shared_ones(on: str, flows: Flows) -> list[int]:
    """The patterns between clients that show on a day, in order."""
    flows.run(on)
    found = Finding.objects.filter(pattern__in=[Pattern.SHARED_PAYEE, Pattern.SHARED_REPAYER])
    return sorted(found.values_list("pattern", flat=True))


def test_several_borrowers_to_one_payee_and_by_one_payer(flows: Flows) -> None:
    three_draw_and_repay(flows)
    assert shared_ones("02-20", flows) == [8, 8, 8, 9, 9, 9]
    shared = Finding.objects.filter(pattern=Pattern.SHARED_PAYEE)
    assert [f.transactions.count() for f in shared] == [1, 1, 1]
    repaid = Finding.objects.filter(pattern=Pattern.SHARED_REPAYER)
    assert sorted(f.customer.number for f in repaid) == sorted("甲乙丙")
    assert all(f.loan_id is None and f.numbers == [3, 1] for f in repaid)
    assert {f.other_side for f in repaid} == {"代还人"}


def test_a_shop_and_a_buyer_of_many_clients_are_not_suspicious(flows: Flows) -> None:
    three_draw_and_repay(flows)
    flows.take("甲", "01-20", "600000", name="某中介")  # mostly out of its own money
    flows.put("甲", "01-25", "5000", name="代还人")
    assert shared_ones("02-20", flows) == []


def test_a_payee_with_contracts_is_not_suspicious(flows: Flows) -> None:
    for loan in three_draw_and_repay(flows):
        AgreedPayee.objects.create(loan=loan, name="某中介", trade_contract="GX1")
    assert shared_ones("02-20", flows) == [9, 9, 9]


def test_two_borrowers_or_long_apart_are_not_suspicious(flows: Flows) -> None:
    for number, name in enumerate("甲乙"):
        flows.draw(f"L{number}", name, "200000")
        flows.take(name, "01-12", "150000", name="某中介")
    assert shared_ones("02-20", flows) == []
    flows.draw("L3", "丙", "200000")
    flows.take("丙", "01-12", "150000", name="某中介")
    assert shared_ones("02-21", flows) == [8, 8, 8]
    flows.put("甲", "04-20", "10")  # without anything new, what was found stands
    assert shared_ones("04-20", flows) == []  # out of the window again


def test_in_and_out_at_once_around_a_draw(flows: Flows) -> None:
    flows.draw("L1", "甲", "1000000")
    came = flows.put("甲", "01-16", "800000", name="过桥公司")
    left = flows.take("甲", "01-17", "790000", name="过路公司")
    flows.run("01-20")
    assert set(found(Pattern.FAST_THROUGH)) == {came.pk, left.pk}


def test_a_second_run_finds_the_same_and_a_quiet_day_does_nothing(flows: Flows) -> None:
    flows.draw("L1", "甲", "1000000")
    flows.take("甲", "01-11", "500000", name="某某证券")
    flows.run("01-20")
    first = Finding.objects.get(pattern=Pattern.SECURITIES)
    assert flows.run("01-21").figures == {"无新流水": 1}
    Finding.objects.update(state=FindingState.DISMISSED, note="已核实")
    flows.put("甲", "01-21", "10", name="利息")
    flows.run("01-21")
    again = Finding.objects.get(pattern=Pattern.SECURITIES)
    assert (again.pk, again.state, again.first_found_on) == (first.pk, "dismissed", day("01-20"))
    flows.take("甲", "01-22", "300000", name="某某证券")
    flows.run("01-22")
    again.refresh_from_db()
    assert (again.state, again.amount) == ("new", yuan("800000"))


def test_large_and_abnormal_transactions_are_noted_once(flows: Flows) -> None:
    flows.draw("L1", "甲", "1000000")
    flows.take("甲", "01-11", "2500000", name="某厂", balance="100")
    flows.take("甲", "01-12", "60000", cash=True)
    assert flows.run("01-20").figures["大额与异常"] == 4
    flows.put("甲", "01-21", "10")
    assert flows.run("01-21").figures["大额与异常"] == 0
    assert sorted(NotableTransaction.objects.values_list("rule", flat=True)) == [1, 2, 4, 5]
