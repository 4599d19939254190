"""Keeping a trained version, and letting it be used: one submits, another approves.

A version counts from the day after the business date of its approval. Switching one off is the
safe direction and needs one person with a reason; bringing it back takes two again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from daihou.policy.actions import Refused, must_hold
from daihou.risk_models.choices import Method, Target, VersionState
from daihou.risk_models.models import ModelVersion, RiskModel
from daihou.staff.choices import Role
from daihou.staff.models import Officer

SUBMITTERS = frozenset({Role.RISK_MANAGER})
APPROVERS = frozenset({Role.APPROVER, Role.MANAGEMENT})
_ONE_DAY = dt.timedelta(days=1)


def model_named(
    *, code: str, name: str, target: Target, data: str, is_of_own_book: bool, purpose: str
) -> RiskModel:
    """The model of this code, entered when it is new."""
    return RiskModel.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "target": target,
            "data": data,
            "is_of_own_book": is_of_own_book,
            "purpose": purpose,
        },
    )[0]


@transaction.atomic
def keep_version(
    *,
    model: RiskModel,
    method: Method,
    trained_on: dt.date,
    window: tuple[dt.date, dt.date],
    features: Sequence[str],
    artefact: Mapping[str, Any],
    figures: Mapping[str, Any],
    by: Officer | None,
) -> ModelVersion:
    """Keep a trained version as a draft; it scores nobody until two people let it."""
    RiskModel.objects.select_for_update().get(pk=model.pk)
    last = model.versions.aggregate(last=Max("number"))["last"] or 0
    content = packed(artefact)
    return ModelVersion.objects.create(
        model=model,
        number=last + 1,
        method=method,
        trained_on=trained_on,
        window_from=window[0],
        window_to=window[1],
        features=list(features),
        artefact=content,
        checksum=checksum_of(content),
        figures=dict(figures),
        trained_by=by,
    )


@transaction.atomic
def submit(*, version: ModelVersion, reason: str, by: Officer) -> None:
    """Ask for a draft, or a version once switched off, to be used."""
    must_hold(by, SUBMITTERS, "提交模型")
    if not reason.strip():
        raise Refused("reason", "请写明为什么启用这一版")
    _move(
        version,
        (VersionState.DRAFT, VersionState.RETIRED),
        state=VersionState.SUBMITTED,
        submitted_by=by,
        approved_by=None,
        reason=reason.strip(),
    )


@transaction.atomic
def approve(*, version: ModelVersion, by: Officer, business_date: dt.date) -> None:
    """Let a version be used from the next business day; the one before it steps back."""
    must_hold(by, APPROVERS, "审批模型")
    if version.submitted_by_id == by.pk:
        raise Refused("by", "提交人不能审批自己的模型")
    starts = business_date + _ONE_DAY
    version.model.versions.filter(state=VersionState.IN_USE).update(
        state=VersionState.RETIRED, in_use_until=starts
    )
    _move(
        version,
        (VersionState.SUBMITTED,),
        state=VersionState.IN_USE,
        approved_by=by,
        in_use_from=starts,
        in_use_until=None,
    )


@transaction.atomic
def send_back(*, version: ModelVersion, by: Officer) -> None:
    """Send a submitted version back; whoever submitted it may withdraw it in the same way."""
    if version.submitted_by_id != by.pk:
        must_hold(by, APPROVERS, "审批模型")
    _move(version, (VersionState.SUBMITTED,), state=VersionState.DRAFT, submitted_by=None)


@transaction.atomic
def retire(*, version: ModelVersion, reason: str, by: Officer, business_date: dt.date) -> None:
    """Switch a version off from the next business day, with the reason."""
    must_hold(by, SUBMITTERS | APPROVERS, "停用模型")
    if not reason.strip():
        raise Refused("reason", "请写明停用的原因")
    _move(
        version,
        (VersionState.IN_USE,),
        state=VersionState.RETIRED,
        in_use_until=business_date + _ONE_DAY,
        reason=reason.strip(),
    )


def packed(artefact: Mapping[str, Any]) -> bytes:
    """An artefact as the bytes that are kept: the same content gives the same bytes."""
    return json.dumps(artefact, sort_keys=True, ensure_ascii=False).encode()


def checksum_of(content: bytes) -> str:
    """The checksum that the bytes of a model must match."""
    return hashlib.sha256(content).hexdigest()


def _move(version: ModelVersion, old: Sequence[VersionState], **changes: Any) -> None:
    """Compare and set: of two people who decide at once, the second is told."""
    waiting = ModelVersion.objects.filter(pk=version.pk, state__in=old)
    if waiting.update(**changes) != 1:
        raise Refused("state", "这一版的状态已由他人改变,请刷新后查看")
