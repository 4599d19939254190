"""Login: staff number, password and second factor; a lock, and limits of time."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.test import Client

from daihou.staff.models import Officer
from daihou.workbench.session_limits import LAST_SEEN, SIGNED_IN
from tests.cast import PASSWORD, Cast


def sign_in(client: Client, officer: Officer, password: str = PASSWORD):  # type: ignore[no-untyped-def]
    return client.post("/login/", {"login": officer.username, "password": password})


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def test_a_demo_login_lands_on_a_desk_and_every_screen_says_so(cast: Cast) -> None:
    client = Client()
    assert sign_in(client, cast.zhao).headers["Location"] == "/"
    page = client.get("/", follow=True)
    assert "演示账号,未启用双重验证" in page.content.decode()


def test_the_first_login_must_set_up_a_second_factor(cast: Cast) -> None:
    Officer.objects.filter(pk=cast.zhao.pk).update(must_use_second_factor=True)
    client = Client()
    sign_in(client, cast.zhao)
    assert client.get("/parameters/").headers["Location"] == "/me/second-factor/set-up/"
    page = client.get("/me/second-factor/set-up/")
    assert "设置双重验证" in page.content.decode()
    code = code_of(page.context["form"].secret)
    done = client.post("/me/second-factor/set-up/", {"code": code}, follow=True)
    assert done.redirect_chain[-1][0] == "/me/second-factor/codes/"
    assert len(done.context["unused_codes"]) == 10
    assert client.get("/parameters/").status_code == 200


def test_a_later_login_asks_for_the_code_and_takes_a_recovery_code_once(cast: Cast) -> None:
    test_the_first_login_must_set_up_a_second_factor(cast)
    stored = Authenticator.objects.get(user=cast.zhao, type=Authenticator.Type.TOTP)
    assert len(stored.data["secret"]) > 60, "the secret is sealed, not plain"
    codes = Authenticator.objects.get(user=cast.zhao, type="recovery_codes").wrap()
    code = codes.get_unused_codes()[0]
    for expected in ("/", None):
        client = Client()
        assert sign_in(client, cast.zhao).headers["Location"] == "/login/second-factor/"
        assert client.get("/parameters/").status_code == 302, "not signed in between the steps"
        answer = client.post("/login/second-factor/", {"code": code})
        assert answer.headers.get("Location") == expected


def test_whoever_must_use_it_cannot_switch_it_off(cast: Cast) -> None:
    test_the_first_login_must_set_up_a_second_factor(cast)
    client = Client()
    client.force_login(
        Officer.objects.get(pk=cast.zhao.pk), backend="django.contrib.auth.backends.ModelBackend"
    )
    answer = client.post("/me/second-factor/in-use/")
    assert answer.headers["Location"] == "/me/second-factor/"
    assert Authenticator.objects.filter(user=cast.zhao, type=Authenticator.Type.TOTP).exists()


def test_five_wrong_passwords_lock_the_account(cast: Cast) -> None:
    client = Client()
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert "工号" in sign_in(client, cast.zhao, "wrong").content.decode()
    locked = sign_in(client, cast.zhao, "wrong")
    assert locked.status_code == 429
    assert "登录已锁定" in locked.content.decode()
    assert sign_in(Client(), cast.zhao).status_code == 429, "locked for the right password too"
    assert sign_in(Client(), cast.qian).status_code == 302, "nobody else is locked"


@pytest.mark.parametrize(
    ("key", "seconds_ago"),
    [(LAST_SEEN, settings.SESSION_IDLE_SECONDS + 1), (SIGNED_IN, settings.SESSION_COOKIE_AGE + 1)],
)
def test_a_login_ends_when_idle_and_after_a_working_day(
    cast: Cast, as_officer: Callable[[Officer], Client], key: str, seconds_ago: int
) -> None:
    client = as_officer(cast.zhao)
    assert client.get("/parameters/").status_code == 200
    session = client.session
    session[key] = int(time.time()) - seconds_ago
    session.save()
    answer = client.get("/parameters/", follow=True)
    assert answer.redirect_chain[0][0] == "/login/?next=/parameters/"
    assert "登录已超时" in answer.content.decode()


def test_an_inactive_officer_is_refused(cast: Cast) -> None:
    Officer.objects.filter(pk=cast.zhao.pk).update(is_active=False)
    client = Client()
    sign_in(client, cast.zhao)
    assert client.get("/parameters/").headers["Location"].startswith("/login/")


def test_pages_before_login_are_chinese(db: None) -> None:
    page = Client(headers={"accept-language": "en-US"}).get("/login/").content.decode()
    assert "工号" in page
    assert "Sign" not in page
