"""What people write about provisions: rebut the days past due of a loan; sign or refuse that."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction

from daihou.loan_book.models import Loan
from daihou.policy.actions import Refused
from daihou.policy.queries import parameters_on
from daihou.provision.choices import RebuttalStatus
from daihou.provision.models import StageRebuttal
from daihou.staff.choices import Role
from daihou.staff.models import Officer

PROPOSERS = frozenset({Role.ACCOUNT_MANAGER, Role.POST_LOAN_OFFICER, Role.RISK_MANAGER})
APPROVERS = frozenset({Role.RISK_MANAGER, Role.APPROVER, Role.MANAGEMENT})


@transaction.atomic
def propose_rebuttal(
    *, loan: Loan, reason: str, expires_on: dt.date, by: Officer, business_date: dt.date
) -> StageRebuttal:
    """Put forward that the days past due of a loan mean no more risk. Raises `Refused`."""
    if not by.has_role(*PROPOSERS):
        raise Refused("reason", "没有提出反驳的权限")
    if len(reason.strip()) < 10:
        raise Refused("reason", "请写明合理且有依据的信息,至少十个字")
    most = parameters_on(business_date).whole("provision.rebuttal.days")
    if not business_date < expires_on <= business_date + dt.timedelta(days=most):
        raise Refused("expires_on", f"有效期须晚于今日,且不超过{most}天")
    try:
        with transaction.atomic():
            return StageRebuttal.objects.create(
                loan=loan, reason=reason.strip(), expires_on=expires_on,
                proposed_by=by, proposed_on=business_date,
            )  # fmt: skip
    except IntegrityError as error:
        raise Refused("reason", "这笔借据已有一份反驳待复核") from error


@transaction.atomic
def decide_rebuttal(
    *, rebuttal: StageRebuttal, approve: bool, opinion: str, by: Officer, business_date: dt.date
) -> StageRebuttal:
    """Sign a rebuttal or send it back; another person than who proposed it. Raises `Refused`."""
    held = StageRebuttal.objects.select_for_update().get(pk=rebuttal.pk)
    if held.status != RebuttalStatus.PROPOSED:
        raise Refused("opinion", "已有人复核过")
    if held.proposed_by_id == by.pk:
        raise Refused("opinion", "须由另一人复核")
    if not by.has_role(*APPROVERS):
        raise Refused("opinion", "没有复核的权限")
    if approve and held.expires_on <= business_date:
        raise Refused("opinion", "有效期已过,请退回")
    if not approve and not opinion.strip():
        raise Refused("opinion", "退回须写明意见")
    held.status = RebuttalStatus.APPROVED if approve else RebuttalStatus.REJECTED
    held.decided_by, held.decided_on, held.opinion = by, business_date, opinion.strip()
    held.save(update_fields=["status", "decided_by", "decided_on", "opinion"])
    return held
