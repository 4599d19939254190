"""What an administrator does with connected systems, and what their requests leave on record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now

from daihou.api_clients.choices import Scope
from daihou.api_clients.models import ApiClient, ApiRequest, ApiToken, ApiWrite
from daihou.api_clients.tokens import new_token
from daihou.staff.actions import NotAllowed, add_machine_account, set_active
from daihou.staff.choices import Role
from daihou.staff.models import Branch, Officer

LONGEST_DAYS = 366
MOST_OF_A_PATH = 300


@dataclass(frozen=True)
class IssuedToken:
    """A token as issued; `text` is shown once and kept nowhere."""

    token: ApiToken
    text: str


@transaction.atomic
def register_client(
    *,
    code: str,
    name: str,
    branch: Branch,
    scopes: Collection[Scope],
    purpose: str,
    contact: str = "",
    per_minute: int = 600,
    by: Officer | None,
) -> ApiClient:
    """Connect a system: it sees the clients of a branch and of those under it, and may do `scopes`.

    `by` is None only when an installation begins. Raises `NotAllowed`.
    """
    _must_administer(by)
    _must_be_sensible(scopes, purpose, per_minute)
    account = add_machine_account(code=code, name=name, branch=branch, by=by)
    return ApiClient.objects.create(
        account=account,
        purpose=purpose.strip(),
        contact=contact.strip(),
        scopes=_sorted(scopes),
        per_minute=per_minute,
    )


@transaction.atomic
def change_client(
    *,
    client: ApiClient,
    scopes: Collection[Scope],
    purpose: str,
    contact: str,
    per_minute: int,
    by: Officer,
) -> None:
    """Change what a system may do, from its next request on. Raises `NotAllowed`."""
    _must_administer(by)
    _must_be_sensible(scopes, purpose, per_minute)
    ApiClient.objects.filter(pk=client.pk).update(
        scopes=_sorted(scopes),
        purpose=purpose.strip(),
        contact=contact.strip(),
        per_minute=per_minute,
    )


@transaction.atomic
def set_client_active(*, client: ApiClient, is_active: bool, by: Officer) -> None:
    """Stop a system at once, or let it in again; its tokens stay as they were."""
    _must_administer(by)
    set_active(officer=client.account, is_active=is_active, by=by)


@transaction.atomic
def issue_token(*, client: ApiClient, days: int, on: dt.date, by: Officer | None) -> IssuedToken:
    """Issue a further token, in force for `days` days from `on`; the old ones stay in force.

    So a system changes over without a pause: issue, change, revoke the old. Raises `NotAllowed`.
    """
    _must_administer(by)
    if not 1 <= days <= LONGEST_DAYS:
        raise NotAllowed("days", f"有效天数须在 1 至 {LONGEST_DAYS} 之间")
    text = new_token()
    token = ApiToken.objects.create(
        client=client,
        prefix=text.prefix,
        digest=text.digest,
        expires_on=on + dt.timedelta(days=days),
        issued_by=by,
    )
    return IssuedToken(token, text.whole)


@transaction.atomic
def revoke_token(*, token: ApiToken, by: Officer) -> None:
    """Take a token out of force at once. Raises `NotAllowed` for one revoked before."""
    _must_administer(by)
    standing = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
    if standing.update(revoked_at=Now(), revoked_by=by) != 1:
        raise NotAllowed("token", "这个令牌已经吊销")


def record_request(
    *,
    token: ApiToken,
    asked_at: dt.datetime,
    method: str,
    path: str,
    status: int,
    milliseconds: int,
    address: str | None,
    reference: str,
) -> None:
    """Put a request on record, whatever came of it."""
    ApiRequest.objects.create(
        client_id=token.client_id,
        token=token,
        asked_at=asked_at,
        method=method,
        path=path[:MOST_OF_A_PATH],
        status=status,
        milliseconds=milliseconds,
        address=address,
        reference=reference,
    )


class KeyTaken(Exception):
    """The key was used for another write; nothing was done."""

    def __init__(self) -> None:
        super().__init__("这个幂等键已用于另一笔内容不同的请求,本次没有写入;新的请求请换新的键")


def claim_key(*, token: ApiToken, key: str, path: str, digest: str) -> ApiWrite | None:
    """Take a key for a write that is about to be carried out, inside its transaction.

    Returns the earlier write when the same one was carried out before: its answer is then given
    again. Waits while another request with the key is under way. Raises `KeyTaken` when the key
    stands for something else.
    """
    write = ApiWrite(
        client_id=token.client_id, token=token, key=key, path=path, digest=digest, status=0
    )
    ApiWrite.objects.bulk_create([write], ignore_conflicts=True)
    standing = ApiWrite.objects.get(client_id=token.client_id, key=key)
    if standing.digest != digest:
        raise KeyTaken
    return standing if standing.status else None


def keep_answer(*, token: ApiToken, key: str, status: int, answer: str) -> None:
    """Keep what was answered to a write, in its transaction."""
    ApiWrite.objects.filter(client_id=token.client_id, key=key).update(status=status, answer=answer)


def _must_administer(by: Officer | None) -> None:
    if by is not None and not by.has_role(Role.ADMINISTRATOR):
        raise NotAllowed("by", "只有系统管理员可以维护对接系统")


def _must_be_sensible(scopes: Collection[Scope], purpose: str, per_minute: int) -> None:
    if not scopes:
        raise NotAllowed("scopes", "至少选择一项权限")
    if not purpose.strip():
        raise NotAllowed("purpose", "请写明用途")
    if not 1 <= per_minute <= 100_000:
        raise NotAllowed("per_minute", "每分钟请求上限须在 1 至 100000 之间")


def _sorted(scopes: Collection[Scope]) -> list[str]:
    return [scope.value for scope in Scope if scope in scopes]
