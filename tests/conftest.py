"""What all tests share: the named cast, and a client per officer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from hypothesis import HealthCheck, settings

from daihou.staff.models import Officer
from tests.cast import branches, cast

__all__ = ["as_officer", "branches", "cast"]

# How long an example takes is the machine's affair: no test may fail for it.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture
def as_officer() -> Callable[[Officer], Client]:
    """A browser in which the officer is signed in."""

    def signed_in(officer: Officer) -> Client:
        client = Client()
        client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in
