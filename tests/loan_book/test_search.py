"""Clients are found by any characters of their names, by number, paper and telephone."""

from __future__ import annotations

import pytest
from django.db import connection

from daihou.loan_book.choices import ContactKind, CustomerKind, IdentityKind
from daihou.loan_book.models import Contact, Customer
from daihou.loan_book.search import MOST_MATCHES, matching_customers, tidy
from daihou.staff.models import Branch
from daihou.storage.sealing import fingerprint

NAMES = ("江南纺织厂", "王秀英", "苏州德厚商贸有限公司", "赵王秀", "南江织造", "ABC食品有限公司")


@pytest.fixture
def clients(db: None) -> dict[str, Customer]:
    branch = Branch.objects.create(code="S1", name="城东支行", path="S1/")
    made = {}
    for number, name in enumerate(NAMES):
        paper = f"91320500MA1{number:07d}"
        made[name] = Customer.objects.create(
            number=f"KH{number:04d}",
            name=name,
            kind=CustomerKind.ENTERPRISE,
            identity_kind=IdentityKind.CREDIT_CODE,
            identity_number=paper,
            identity_index=fingerprint(paper),
            branch=branch,
        )
    return made


def found(text: str) -> list[str]:
    ids = matching_customers(Customer.objects.all(), text).ids
    names = dict(Customer.objects.values_list("pk", "name"))
    return [names[pk] for pk in ids]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("纺织", ["江南纺织厂"]),
        ("江南", ["江南纺织厂"]),
        ("德厚", ["苏州德厚商贸有限公司"]),
        ("王秀", ["王秀英", "赵王秀"]),
        ("厂", ["江南纺织厂"]),
        ("abc", ["ABC食品有限公司"]),
        ("ABC食", ["ABC食品有限公司"]),
        ("kh0001", ["王秀英"]),
        ("91320500ma10000002", ["苏州德厚商贸有限公司"]),
        ("织纺", []),
        ("913205", []),
        ("  ", []),
    ],
)
def test_what_people_type(clients: dict[str, Customer], text: str, names: list[str]) -> None:
    assert found(text) == names


def test_a_telephone_leads_to_its_client(clients: dict[str, Customer]) -> None:
    Contact.objects.create(
        customer=clients["王秀英"],
        kind=ContactKind.MOBILE,
        value="13812345678",
        value_index=fingerprint("13812345678"),
    )
    assert found("13812345678") == ["王秀英"]


def test_only_given_clients_are_found(clients: dict[str, Customer]) -> None:
    others = Customer.objects.exclude(name="王秀英")
    assert matching_customers(others, "秀英").ids == []
    assert matching_customers(others, "91320500MA10000001").ids == []


def test_full_width_text_means_the_same() -> None:
    assert tidy(" ＫＨ０００１　") == "KH0001"


def test_too_many_are_said_to_be_too_many(clients: dict[str, Customer]) -> None:
    model = clients["王秀英"]
    Customer.objects.bulk_create(
        Customer(
            number=f"N{i}",
            name=f"李{i}纺织",
            kind=model.kind,
            identity_kind=IdentityKind.OTHER,
            identity_number=str(i),
            identity_index=fingerprint(str(i)),
            branch=model.branch,
        )
        for i in range(MOST_MATCHES + 1)
    )
    matches = matching_customers(Customer.objects.all(), "纺织")
    assert matches.is_cut
    assert len(matches.ids) == MOST_MATCHES


def test_the_name_index_is_used(clients: dict[str, Customer]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    from_db = Customer.objects.all()
    with _captured() as queries:
        matching_customers(from_db, "纺织")
    by_name = [sql for sql in queries if "string_to_array" in sql]
    assert len(by_name) == 1
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {by_name[0]}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "customer_name_characters" in plan


class _captured:
    """The statements sent to the database inside the block."""

    def __enter__(self) -> list[str]:
        from django.test.utils import CaptureQueriesContext

        self._context = CaptureQueriesContext(connection)
        self._context.__enter__()
        self._queries: list[str] = []
        return self._queries

    def __exit__(self, *error: object) -> None:
        self._context.__exit__(None, None, None)
        self._queries += [query["sql"] for query in self._context.captured_queries]
