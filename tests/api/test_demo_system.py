"""The demo bank's core system: connected once, its token shown once."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from daihou.demo_bank.connected_systems import CODE, connect_core_system
from daihou.demo_bank.organisation import CAST, HEAD_OFFICE
from daihou.staff.models import Branch, Officer


@pytest.mark.django_db
def test_the_core_system_is_connected_once() -> None:
    branch = Branch.objects.create(code=HEAD_OFFICE, name="总行", path=HEAD_OFFICE)
    for person in CAST:
        Officer.objects.create(
            username=person.username, display_name=person.display_name, branch=branch,
            roles=list(person.roles),
        )  # fmt: skip
    token = connect_core_system(timezone.localdate())
    headers = {"Authorization": f"Bearer {token}"}
    assert Client().get("/api/v1/business-day", headers=headers).status_code == 200
    assert connect_core_system(timezone.localdate()) is None
    assert Officer.objects.filter(username=CODE).count() == 1
