"""Changing a rule takes two people: one drafts and proposes a version, another approves it.

A version counts from a day that is still to come. What was proposed is not changed any more: it is
approved, sent back with an opinion, or taken back by whoever proposed it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from daihou.early_warning.choices import RuleStatus, Segment, TrialStatus
from daihou.early_warning.client_rules.checking import faults_of
from daihou.early_warning.client_rules.looking_back import days_kept
from daihou.early_warning.client_rules.models import RuleTrial, RuleVersion
from daihou.early_warning.client_rules.previewing import looks_at_findings, preview_of
from daihou.early_warning.client_rules.queries import (
    as_version,
    condition_units,
    is_about_findings,
    rules_on,
)
from daihou.early_warning.indicators.catalogue import names
from daihou.early_warning.shipped_signals import Level, shipped_signals
from daihou.policy.actions import APPROVERS, PROPOSERS, Refused, must_hold
from daihou.policy.choices import Evidence
from daihou.staff.models import Officer

LONGEST_QUIET = 365  # days
HORIZONS = (30, 60, 90, 180)


@dataclass(frozen=True)
class WantedRule:
    """A rule as somebody wants it; `is_meant` says that it may show on nobody, or on everybody."""

    levels: tuple[Level, ...]
    segment: Segment
    products: tuple[int, ...]
    cooldown: int
    merge: int
    is_on: bool
    effective_from: dt.date
    effective_to: dt.date | None
    source: str
    evidence: Evidence
    reason: str
    is_meant: bool = False


@transaction.atomic
def draft(*, number: int, wanted: WantedRule, by: Officer, business_date: dt.date) -> RuleVersion:
    """Keep a wanted rule as the person's one draft for this signal, once nothing is wrong with it.

    Raises `Refused` naming the entry: `when_2` is the condition of level 2.
    """
    must_hold(by, PROPOSERS, "调整预警规则")
    _check(number, wanted)
    _check_days(wanted.effective_from, wanted.effective_to, business_date)
    version, _ = RuleVersion.objects.update_or_create(
        number=number,
        proposed_by=by,
        status=RuleStatus.DRAFT,
        defaults={
            "conditions": [level.when.strip() for level in wanted.levels],
            "colours": [level.colour for level in wanted.levels],
            "segment": wanted.segment,
            "products": sorted(wanted.products),
            "cooldown": wanted.cooldown,
            "merge": wanted.merge,
            "is_on": wanted.is_on,
            "effective_from": wanted.effective_from,
            "effective_to": wanted.effective_to,
            "source": wanted.source.strip(),
            "evidence": wanted.evidence,
            "reason": wanted.reason.strip(),
        },
    )
    if wanted.is_on and not wanted.is_meant:
        _check_on_the_book(version, business_date)
    return version


@transaction.atomic
def propose(*, version: RuleVersion, by: Officer, business_date: dt.date) -> None:
    """Hand a draft in for approval; from now on its content stands."""
    must_hold(by, PROPOSERS, "提请预警规则")
    _must_be_own(version, by, "只有起草人可以提请")
    _check_days(version.effective_from, version.effective_to, business_date)
    _move(version, RuleStatus.DRAFT, RuleStatus.PROPOSED)


@transaction.atomic
def approve(*, version: RuleVersion, opinion: str, by: Officer, business_date: dt.date) -> None:
    """Let a proposed version count from its day; never by the person who proposed it."""
    must_hold(by, APPROVERS, "审批预警规则")
    if version.proposed_by_id == by.pk:
        raise Refused("by", "提请人不能审批自己的规则")
    if version.effective_from <= business_date:
        raise Refused("by", f"生效日 {version.effective_from} 已过,请退回后重新提请")
    _move(
        version, RuleStatus.PROPOSED, RuleStatus.APPROVED, approved_by=by, opinion=opinion.strip()
    )


@transaction.atomic
def send_back(*, version: RuleVersion, opinion: str, by: Officer) -> None:
    """Send a proposed version back, saying why."""
    must_hold(by, APPROVERS, "审批预警规则")
    if version.proposed_by_id == by.pk:
        raise Refused("by", "提请人不能审批自己的规则;不再需要请撤回")
    if not opinion.strip():
        raise Refused("opinion", "退回须写明原因")
    _move(
        version, RuleStatus.PROPOSED, RuleStatus.REJECTED, approved_by=by, opinion=opinion.strip()
    )


@transaction.atomic
def withdraw(*, version: RuleVersion, by: Officer) -> None:
    """Take back what one proposed, or give up one's draft."""
    _must_be_own(version, by, "只有提请人可以撤回")
    old = RuleStatus.DRAFT if version.status == RuleStatus.DRAFT else RuleStatus.PROPOSED
    _move(version, old, RuleStatus.WITHDRAWN)


@transaction.atomic
def ask_for_trial(
    *,
    version: RuleVersion,
    against: RuleVersion | None,
    since: dt.date,
    until: dt.date,
    horizon: int,
    by: Officer,
) -> RuleTrial:
    """Put a backtest of a version on record, to be run in the background.

    `against` is the version beside which it stands; None is the rule in force.
    """
    must_hold(by, PROPOSERS | APPROVERS, "回测预警规则")
    if against is not None and against.number != version.number:
        raise Refused("against", "只能与同一信号的版本对照")
    if horizon not in HORIZONS:
        raise Refused("horizon", f"观察天数须为 {'、'.join(map(str, HORIZONS))} 之一")
    if since >= until:
        raise Refused("since", "起始日须早于截止日")
    rules = [as_version(version), *([as_version(against)] if against else [])]
    if looks_at_findings([*rules, rules_on(until)[version.number]]):
        raise Refused("since", "这条规则看的是线索;线索没有逐日存档,不能回测,请看昨日预览")
    days = [day for day in days_kept() if since <= day <= until]
    if len(days) < 2:
        raise Refused("since", f"{since} 至 {until} 没有存档的指标,不能回测")
    waiting = RuleTrial.objects.filter(
        version=version, status__in=(TrialStatus.QUEUED, TrialStatus.RUNNING)
    )
    if waiting.exists():
        raise Refused("since", "这一版已有回测在进行,请等它完成")
    return RuleTrial.objects.create(
        version=version, against=against, since=since, until=until, horizon=horizon, asked_by=by,
        days_in_all=len(days),
    )  # fmt: skip


def _check(number: int, wanted: WantedRule) -> None:
    signal = shipped_signals().get(number)
    if signal is None or signal.is_of_loans:
        raise Refused("number", "这个信号逐笔借据判定,阈值在“参数”中调整")
    faults = faults_of(
        wanted.levels, condition_units(), names(), has_findings=is_about_findings(number)
    )
    if faults:
        first = faults[0]
        place = f"{'colour' if first.is_of_colour else 'when'}_{first.level or 1}"
        raise Refused(place, first.says)
    for field, days in (("cooldown", wanted.cooldown), ("merge", wanted.merge)):
        if not 0 <= days <= LONGEST_QUIET:
            raise Refused(field, f"须在 0 至 {LONGEST_QUIET} 天之间")
    for field, text in (("source", wanted.source), ("reason", wanted.reason)):
        if not text.strip():
            raise Refused(field, "请写明")


def _check_days(since: dt.date, until: dt.date | None, business_date: dt.date) -> None:
    if since <= business_date:
        raise Refused("effective_from", f"生效日须晚于营业日 {business_date}")
    if until is not None and until <= since:
        raise Refused("effective_to", "失效日须晚于生效日")


def _check_on_the_book(version: RuleVersion, business_date: dt.date) -> None:
    """A rule that shows on nobody or on everybody of yesterday's book is no rule, unless meant."""
    rule = as_version(version)
    preview = preview_of(rules_on(business_date)[version.number], rule, upto=business_date)
    odd = preview.odd(rule) if preview else ""
    if odd:
        raise Refused("when_1", f"{odd}。如确属预期,请勾选下方“确认”后再保存")


def _must_be_own(version: RuleVersion, by: Officer, otherwise: str) -> None:
    if version.proposed_by_id != by.pk:
        raise Refused("by", otherwise)


def _move(version: RuleVersion, old: RuleStatus, new: RuleStatus, **changes: object) -> None:
    """Compare and set: of two people who decide at once, the second is told."""
    rows = RuleVersion.objects.filter(pk=version.pk, status=old)
    if rows.update(status=new, **changes) != 1:
        raise Refused("by", "这一版的状态已由他人改变,请刷新后查看")
