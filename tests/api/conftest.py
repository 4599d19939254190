"""A connected system of 城东 with every permission, and a caller for it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from daihou.api_clients.actions import issue_token, register_client
from daihou.api_clients.choices import Scope
from daihou.api_clients.models import ApiClient
from daihou.staff.models import Branch
from tests.cast import Branches, Cast
from tests.workbench.late_knowledge import give_marks
from tests.workbench.small_bank import SmallBank, make_small_bank

ROOT = "/api/v1"
_keys = itertools.count(1)


class System:
    """A connected system that asks with its token."""

    def __init__(self, client: ApiClient, token: str) -> None:
        self.client = client
        self.token = token
        self._http = Client()

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self._http.get(ROOT + path, query, headers=self._headers())

    def post(self, path: str, body: Any, key: str | None = None) -> HttpResponse:
        headers = {**self._headers(), "Idempotency-Key": key or f"test-key-{next(_keys)}"}
        text = body if isinstance(body, str) else json.dumps(body)
        return self._http.post(ROOT + path, text, content_type="application/json", headers=headers)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


Connect = Callable[..., System]


@pytest.fixture
def connect(cast: Cast) -> Connect:
    """Registers a system at a branch with some permissions, and gives it a token."""

    def connected(
        branch: Branch, scopes: Collection[Scope] = tuple(Scope), code: str = "core", **more: Any
    ) -> System:
        client = register_client(
            code=code, name="核心系统", branch=branch, scopes=scopes, purpose="还款入账",
            by=cast.zhou, **more,
        )  # fmt: skip
        issued = issue_token(client=client, days=30, on=timezone.localdate(), by=cast.zhou)
        return System(client, issued.text)

    return connected


@pytest.fixture
def bank(cast: Cast, branches: Branches) -> SmallBank:
    made = make_small_bank(cast, branches)
    give_marks()
    return made


@pytest.fixture
def core(bank: SmallBank, branches: Branches, connect: Connect) -> System:
    """核心系统 of 城东 with every permission."""
    return connect(branches.east)
