"""Every address × every role: the door lets in whom the matrix names and nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from daihou.staff.choices import Role
from daihou.staff.models import Branch, Officer
from tests.api.scope_matrix import NAMES as INTERFACE
from tests.workbench.access_matrix import LOGIN_PAGES, MACHINE_PAGES, MATRIX

WRITES = re.compile(
    r'^\s*(INSERT|UPDATE|DELETE|TRUNCATE|COPY)\b(?!.*"django_session")', re.I | re.S
)
ROLE_IDS = [role.value for role in Role]


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from _patterns(one)
        else:
            yield one


def test_every_address_is_listed() -> None:
    names = {pattern.name for pattern in _patterns(get_resolver())}
    assert None not in names, "an address has no name"
    assert names == set(MATRIX) | LOGIN_PAGES | MACHINE_PAGES | INTERFACE


@pytest.fixture
def officer(db: None, request: pytest.FixtureRequest) -> Officer:
    role = Role(request.param)
    branch = Branch.objects.create(code="001", name="城东支行", path="001")
    return Officer.objects.create(
        username=role.value, display_name=role.label, branch=branch, roles=[role],
        must_use_second_factor=False,
    )  # fmt: skip


@pytest.fixture
def client(officer: Officer) -> Client:
    browser = Client()
    browser.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    browser.get(reverse("search"))  # the first request notes in the session when it began
    return browser


@pytest.mark.parametrize("officer", ROLE_IDS, indirect=True)
def test_who_may_read(officer: Officer, client: Client) -> None:
    wrong = {}
    for name, access in MATRIX.items():
        status = client.get(reverse(name, kwargs=access.sample)).status_code
        may_read = officer.roles[0] in access.read
        is_right = status in {200, 302, 404} if may_read else status == 403
        if name == "home":
            is_right = status in {200, 302, 403}  # 403 when no desk is open to the role
        if not is_right:
            wrong[name] = status
    assert not wrong


@pytest.mark.parametrize("officer", ROLE_IDS, indirect=True)
def test_a_refused_write_changes_nothing(officer: Officer, client: Client) -> None:
    refused = 0
    for name, access in MATRIX.items():
        if officer.roles[0] in access.write:
            continue
        with CaptureQueriesContext(
            connection,
        ) as queries:
            status = client.post(reverse(name, kwargs=access.sample), {"number": "1"}).status_code
        assert status in {403, 405}, (name, status)
        assert not [q["sql"] for q in queries if WRITES.match(q["sql"])], name
        refused += 1
    assert refused > 0


@pytest.mark.parametrize("officer", ROLE_IDS, indirect=True)
def test_who_may_write_passes_the_door(officer: Officer, client: Client) -> None:
    for name, access in MATRIX.items():
        if officer.roles[0] in access.write:
            status = client.post(reverse(name, kwargs=access.sample), {}).status_code
            assert status in {200, 302, 400, 404, 422}, (name, status)


@pytest.mark.django_db
def test_nothing_opens_without_a_login() -> None:
    for name, access in MATRIX.items():
        for answer in (
            Client().get(reverse(name, kwargs=access.sample)),
            Client().post(reverse(name, kwargs=access.sample)),
        ):
            assert answer.status_code == 302, name
            assert answer.headers["Location"].startswith("/login/"), name


def test_the_pattern_of_writes_knows_a_write() -> None:
    assert WRITES.match('UPDATE "policy_parameterversion" SET ...')
    assert not WRITES.match('UPDATE "django_session" SET ...')
    assert not WRITES.match("SELECT 1")
