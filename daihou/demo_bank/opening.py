"""What the demo bank delivers once: its people, products, clients and how they hang together."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator

from daihou.demo_bank.clients import Client
from daihou.demo_bank.files import Row
from daihou.demo_bank.organisation import BRANCHES, HEAD_OFFICE, PRODUCTS, Person
from daihou.loan_book.choices import CustomerKind, RelationKind, RuleSet

_KNOWN_SINCE = dt.date(2018, 1, 1)


def opening_tables(
    people: tuple[Person, ...], clients: list[Client], chance: random.Random
) -> dict[str, list[Row]]:
    """The tables of the first delivery, by name."""
    return {
        "branches": [
            {"code": code, "name": name, "parent": None if code == HEAD_OFFICE else HEAD_OFFICE}
            for code, name in BRANCHES.items()
        ],
        "officers": [
            {
                "username": person.username,
                "display_name": person.display_name,
                "branch": person.branch,
                "roles": "、".join(str(role.label) for role in person.roles),
            }
            for person in people
        ],
        "products": [
            {
                "code": code,
                "name": name,
                "is_retail": is_retail,
                "rule_set": str(RuleSet.MATRIX.label) if code == "NHXE" else None,
            }
            for code, (name, is_retail) in PRODUCTS.items()
        ],
        "customers": [_customer(client) for client in clients],
        "contacts": [row for client in clients for row in _contacts(client)],
        "relations": list(_relations(clients, chance)),
    }


def _customer(client: Client) -> Row:
    return {
        "number": client.number,
        "name": client.name,
        "kind": client.kind.label,
        "identity_kind": client.identity_kind.label,
        "identity_number": client.identity_number,
        "industry": client.industry,
        "region": client.region,
        "branch": client.branch,
        "officer": client.officer,
    }


def _contacts(client: Client) -> list[Row]:
    person = client.name if len(client.name) <= 3 else "经办人"
    ways = (
        ("手机", client.telephone, True),
        ("地址", f"{client.region}{client.number[-3:]}号", False),
    )
    return [
        {
            "customer": client.number,
            "kind": kind,
            "value": value,
            "person": person,
            "is_primary": primary,
        }
        for kind, value, primary in ways
    ]


def _relations(clients: list[Client], chance: random.Random) -> Iterator[Row]:
    """Each enterprise has a legal representative among the private clients; some have a spouse."""
    people = [c for c in clients if c.kind in (CustomerKind.CONSUMER, CustomerKind.FARMER)]
    chance.shuffle(people)
    waiting = iter(people)
    for enterprise in (c for c in clients if c.kind is CustomerKind.ENTERPRISE):
        head = next(waiting)
        yield _relation(enterprise, head, RelationKind.LEGAL_REPRESENTATIVE, None)
        yield _relation(
            enterprise, head, RelationKind.SHAREHOLDER, chance.choice((51, 60, 80, 100))
        )
        if chance.random() < 0.3:
            yield _relation(head, next(waiting), RelationKind.SPOUSE, None)


def _relation(client: Client, related: Client, kind: RelationKind, share: int | None) -> Row:
    return {
        "customer": client.number,
        "related": related.number,
        "kind": kind.label,
        "share": share,
        "valid_from": _KNOWN_SINCE,
    }
