"""Who sees which clients and loans; what is masked, and that unmasking is put on record."""

from __future__ import annotations

import datetime as dt

import pytest

from daihou.audit.models import Disclosure
from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.choices import ContactKind, CustomerKind, IdentityKind, SecurityKind
from daihou.loan_book.disclosure import show_contact, show_identity_number
from daihou.loan_book.masking import masked_contact, masked_identity, masked_phone
from daihou.loan_book.models import Contact, Customer, Loan, Product
from daihou.loan_book.queries import customers_visible_to, loans_visible_to
from daihou.staff.choices import Role
from daihou.staff.models import Branch, Officer
from daihou.staff.queries import branches_visible_to
from daihou.storage.sealing import fingerprint
from tests.cast import Branches, Cast

IDENTITY = "330102199001011234"


def make_client(name: str, number: str, branch: Branch, officer: Officer | None) -> Customer:
    identity = f"33010219900101{int(number[2:]):04d}"
    return Customer.objects.create(
        number=number, name=name, kind=CustomerKind.CONSUMER, branch=branch, officer=officer,
        identity_kind=IdentityKind.RESIDENT_ID, identity_number=identity,
        identity_index=fingerprint(identity),
    )  # fmt: skip


@pytest.fixture
def clients(branches: Branches, cast: Cast) -> dict[str, Customer]:
    return {
        "江南纺织厂": make_client("江南纺织厂", "KH1", branches.east, cast.zhang),
        "王秀英": make_client("王秀英", "KH2", branches.east, None),
        "西山农机": make_client("西山农机", "KH3", branches.west, cast.chen),
    }


EAST, WEST, BOTH = ["江南纺织厂", "王秀英"], ["西山农机"], ["江南纺织厂", "王秀英", "西山农机"]


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("zhang", ["江南纺织厂"]),
        ("li", EAST),
        ("sun", EAST),
        ("chen", WEST),
        ("wang", BOTH),
        ("zhao", BOTH),
        ("qian", BOTH),
        ("zhou", []),
    ],
)
def test_the_door_to_clients_and_to_their_loans(
    clients: dict[str, Customer], cast: Cast, who: str, names: list[str]
) -> None:
    product = Product.objects.create(code="P", name="经营贷")
    for client in clients.values():
        Loan.objects.create(
            number=f"JJ{client.number}", customer=client, product=product, branch=client.branch,
            amount=1, disbursed_on=dt.date(2026, 1, 1), matures_on=dt.date(2027, 1, 1), rate=0,
            method=1, day_count=1, penalty_uplift_bps=5000, allocation=1, allocation_impaired=1,
            security=SecurityKind.CREDIT,
        )  # fmt: skip
    officer = cast.everybody[who]
    assert [c.name for c in customers_visible_to(officer).order_by("number")] == names
    loans = loans_visible_to(officer).order_by("number").select_related("customer")
    assert [loan.customer.name for loan in loans] == names


def test_two_roles_see_what_any_of_them_sees(clients: dict[str, Customer], cast: Cast) -> None:
    cast.chen.roles = [Role.ACCOUNT_MANAGER, Role.POST_LOAN_OFFICER]
    make_client("城西散户", "KH4", cast.chen.branch, None)  # type: ignore[arg-type]
    assert customers_visible_to(cast.chen).count() == 2
    cast.zhou.roles = [Role.ADMINISTRATOR, Role.AUDITOR]
    assert customers_visible_to(cast.zhou).count() == 4


def test_somebody_who_left_or_has_no_branch_sees_nothing(
    clients: dict[str, Customer], cast: Cast
) -> None:
    cast.zhao.is_active = False
    assert not customers_visible_to(cast.zhao).exists()
    cast.li.branch = None
    assert not customers_visible_to(cast.li).exists()
    assert not branches_visible_to(cast.li).exists()


def test_a_branch_whose_number_begins_alike_is_not_below(branches: Branches, cast: Cast) -> None:
    Branch.objects.create(code="0011", name="城东新区支行", path="000/0011")
    below = Branch.objects.create(
        code="00101", name="城东分理处", path="000/001/00101", parent=branches.east
    )
    assert set(branches_visible_to(cast.sun)) == {branches.east, below}


def test_masks() -> None:
    assert masked_identity(IDENTITY) == "330***********1234"
    assert masked_phone("13812341234") == "138****1234"
    assert masked_phone("110") == "***"
    assert masked_identity(None) == ""
    assert masked_contact(ContactKind.EMAIL, "zhang@example.com") == "z***@example.com"
    assert (
        masked_contact(ContactKind.ADDRESS, "浙江省杭州市西湖区文三路1号") == "浙江省杭州市********"
    )
    assert masked_contact(ContactKind.MOBILE, "13812341234") == "138****1234"


def test_unmasking_is_put_on_record(clients: dict[str, Customer], cast: Cast) -> None:
    client = clients["王秀英"]
    shown = show_identity_number(
        customer=client, by=cast.sun, reason="电话核对身份", address="10.0.0.7"
    )
    assert shown == "330102199001010002"
    record = Disclosure.objects.get()
    assert (record.officer, record.subject, record.field) == (cast.sun, "客户 KH2", "证件号码")
    assert (record.reason, record.address) == ("电话核对身份", "10.0.0.7")
    contact = Contact.objects.create(
        customer=client, kind=ContactKind.MOBILE, value="13812341234", value_index="x"
    )
    assert (
        show_contact(contact=contact, by=cast.sun, reason="联系客户", address=None) == "13812341234"
    )
    assert Disclosure.objects.count() == 2


def test_unmasking_needs_a_reason_and_the_right_branch(
    clients: dict[str, Customer], cast: Cast
) -> None:
    with pytest.raises(NotAcceptable, match="理由"):
        show_identity_number(customer=clients["王秀英"], by=cast.sun, reason=" ", address=None)
    with pytest.raises(Customer.DoesNotExist):
        show_identity_number(
            customer=clients["王秀英"], by=cast.chen, reason="随便看看", address=None
        )
    assert not Disclosure.objects.exists()
