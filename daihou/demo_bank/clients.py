"""The bank's six hundred clients."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from daihou.demo_bank import identity
from daihou.demo_bank.names import Names
from daihou.demo_bank.organisation import BRANCHES, HEAD_OFFICE, Person
from daihou.loan_book.choices import CustomerKind, IdentityKind
from daihou.staff.choices import Role

# How many of each kind; together six hundred.
_MIX = (
    (CustomerKind.ENTERPRISE, 130),
    (CustomerKind.SOLE_TRADER, 150),
    (CustomerKind.FARMER, 170),
    (CustomerKind.CONSUMER, 150),
)
_TOWNS = (
    "临溪市城东街道",
    "临溪市城西街道",
    "临溪市云桥镇",
    "临溪市石门镇",
    "临溪市白鹭乡",
    "临溪市沙溪镇",
)


@dataclass(frozen=True)
class Client:
    """A client before any file format: who, what, where, and who looks after them."""

    number: str
    name: str
    kind: CustomerKind
    identity_kind: IdentityKind
    identity_number: str
    industry: str
    region: str
    branch: str
    officer: str
    telephone: str


def make_clients(names: Names, people: tuple[Person, ...], chance: random.Random) -> list[Client]:
    """Six hundred clients, spread over the branches and their account managers."""
    kinds = [kind for kind, count in _MIX for _ in range(count)]
    chance.shuffle(kinds)
    return [_client(f"C{n:06d}", kind, names, people, chance) for n, kind in enumerate(kinds, 1)]


def _client(
    number: str,
    kind: CustomerKind,
    names: Names,
    people: tuple[Person, ...],
    chance: random.Random,
) -> Client:
    branch = chance.choices(
        [code for code in BRANCHES if code != HEAD_OFFICE], weights=(5, 4, 3, 2, 2, 2)
    )[0]
    managers = [p for p in people if p.branch == branch and Role.ACCOUNT_MANAGER in p.roles]
    name, industry, identity_kind, identity_number = _who(kind, names, chance)
    return Client(
        number=number,
        name=name,
        kind=kind,
        identity_kind=identity_kind,
        identity_number=identity_number,
        industry=industry,
        region=_TOWNS[int(branch[2:]) - 1],
        branch=branch,
        officer=chance.choice(managers).username,
        telephone=identity.mobile(chance),
    )


def _who(
    kind: CustomerKind, names: Names, chance: random.Random
) -> tuple[str, str, IdentityKind, str]:
    """Name, industry, identity paper and its number."""
    if kind == CustomerKind.ENTERPRISE:
        name, industry = names.enterprise()
        return name, industry, IdentityKind.CREDIT_CODE, identity.credit_code("1", chance)
    if kind == CustomerKind.SOLE_TRADER:
        name, industry = names.shop()
        return name, industry, IdentityKind.CREDIT_CODE, identity.credit_code("2", chance)
    born = dt.date(chance.randint(1965, 2000), chance.randint(1, 12), chance.randint(1, 28))
    industry = "A" if kind == CustomerKind.FARMER else "Z"
    return names.person(), industry, IdentityKind.RESIDENT_ID, identity.resident_id(born, chance)
