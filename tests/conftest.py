"""What all tests share: the named cast, and a client per officer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from hypothesis import HealthCheck, settings

from daihou.staff.models import Officer
from daihou.storage.day_files import keep_day_files_in
from tests.cast import branches, cast

__all__ = ["as_officer", "branches", "cast"]

# How long an example takes is the machine's affair: no test may fail for it.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _own_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Days that tests run leave their files in a folder of this session, not in this checkout's."""
    keep_day_files_in(tmp_path_factory.getbasetemp())


@pytest.fixture
def as_officer() -> Callable[[Officer], Client]:
    """A browser in which the officer is signed in."""

    def signed_in(officer: Officer) -> Client:
        client = Client()
        client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in
