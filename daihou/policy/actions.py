"""Changing a parameter takes two people: one proposes, another approves or sends back.

A value counts from a day that is still to come, so that a closed day can be run again with the same
result. Also here: entering the calendar of working days, and LPR quotes, which take two people too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import chinese_calendar
from django.db import transaction

from daihou.policy.catalogue import CATALOGUE
from daihou.policy.choices import Benchmark, Evidence, VersionStatus
from daihou.policy.models import BenchmarkQuote, ParameterVersion, WorkingDay
from daihou.policy.values import BadValue, read
from daihou.staff.choices import Role
from daihou.staff.models import Officer
from loanmath.rates import MAX_RATE, Rate

PROPOSERS = frozenset({Role.RISK_MANAGER})
APPROVERS = frozenset({Role.APPROVER, Role.MANAGEMENT})
CALENDAR_KEEPERS = frozenset({Role.RISK_MANAGER})


@dataclass(frozen=True)
class GivenQuote:
    """A benchmark rate as somebody read it in the announcement."""

    benchmark: Benchmark
    published_on: dt.date
    rate: Rate


class Refused(Exception):
    """A step that cannot be taken; `field` names the entry at fault, the message says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def propose(
    *,
    code: str,
    text: str,
    effective_from: dt.date,
    clause: str,
    evidence: Evidence,
    reason: str,
    by: Officer,
    business_date: dt.date,
) -> ParameterVersion:
    """Propose a value, as typed (45, 2.5, 橙), to count from a day after the business date."""
    must_hold(by, PROPOSERS, "提出参数调整")
    entry = CATALOGUE.get(code)
    if entry is None:
        raise Refused("code", f"没有参数 {code}")
    if effective_from <= business_date:
        raise Refused("effective_from", f"生效日须晚于营业日 {business_date}")
    if not reason.strip():
        raise Refused("reason", "请写明调整理由")
    try:
        value = read(entry, text)
    except BadValue as problem:
        raise Refused("text", str(problem)) from problem
    return ParameterVersion.objects.create(
        code=code,
        value=value,
        effective_from=effective_from,
        clause=clause.strip(),
        evidence=evidence,
        reason=reason.strip(),
        proposed_by=by,
    )


@transaction.atomic
def approve(*, version: ParameterVersion, by: Officer, business_date: dt.date) -> None:
    """Let a proposed value count from its day; never by the person who proposed it."""
    must_hold(by, APPROVERS, "复核参数调整")
    if version.proposed_by_id == by.pk:
        raise Refused("by", "提出人不能复核自己的调整")
    if version.effective_from <= business_date:
        raise Refused("effective_from", f"生效日 {version.effective_from} 已过,请退回后重新提出")
    _decide(version, VersionStatus.APPROVED, by)


@transaction.atomic
def reject(*, version: ParameterVersion, by: Officer) -> None:
    """Send a proposal back; whoever proposed it may withdraw it in the same way."""
    _reject(version, by, "复核参数调整")


@transaction.atomic
def enter_calendar(
    *, year: int, changes: Mapping[dt.date, str], source: str, by: Officer | None
) -> int:
    """Enter a year's working days: Monday to Friday, but for the announced days off and make-ups.

    `changes` names each day that differs from its weekday's rule (a weekday off, a weekend worked).
    Replaces what stood for the year; returns the number of days. `by` is None at installation.
    """
    if by is not None:
        must_hold(by, CALENDAR_KEEPERS, "维护工作日历")
    strangers = [day for day in changes if day.year != year]
    if strangers:
        raise Refused("changes", f"{strangers[0]} 不在 {year} 年")
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    rows = [
        WorkingDay(
            day=day,
            is_working=(day.weekday() < 5) != (day in changes),
            name=changes.get(day, ""),
            source=source,
        )
        for day in days
    ]
    WorkingDay.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["is_working", "name", "source"],
    )
    return len(rows)


def seed_calendar(years: Iterable[int]) -> list[int]:
    """Enter the years that the package chinesecalendar knows (the State Council's notices).

    Years already entered, and years that the package does not know yet, are left alone; returns the
    years entered.
    """
    entered = {day.year for day in WorkingDay.objects.dates("day", "year")}
    done = []
    for year in years:
        if year in entered or not _is_announced(year):
            continue
        source = f"国务院办公厅关于{year}年部分节假日安排的通知(取自 chinesecalendar)"
        enter_calendar(year=year, changes=_announced_changes(year), source=source, by=None)
        done.append(year)
    return done


def _announced_changes(year: int) -> dict[dt.date, str]:
    changes = {}
    day = dt.date(year, 1, 1)
    while day.year == year:
        works = chinese_calendar.is_workday(day)
        if works != (day.weekday() < 5):
            holiday = chinese_calendar.get_holiday_detail(day)[1]
            changes[day] = "调休上班" if works else _HOLIDAYS.get(holiday or "", "放假")
        day += dt.timedelta(days=1)
    return changes


def _is_announced(year: int) -> bool:
    try:
        chinese_calendar.is_workday(dt.date(year, 12, 31))
    except NotImplementedError:
        return False
    return True


_HOLIDAYS = {holiday.value: holiday.chinese for holiday in chinese_calendar.Holiday}


@transaction.atomic
def propose_quotes(
    *,
    quotes: Iterable[GivenQuote],
    source: str,
    by: Officer,
    business_date: dt.date,
    reason: str = "",
) -> list[BenchmarkQuote]:
    """Enter published quotes; they count once somebody else has approved them.

    A quote that differs from the one that counts for the day corrects it and needs a reason; one
    that says the same, or waits already, is refused.
    """
    must_hold(by, PROPOSERS, "录入 LPR 报价")
    if not source.strip():
        raise Refused("source", "请写明来源,如公告的网址或文号")
    given = list(quotes)
    if not given:
        raise Refused("quotes", "没有任何报价")
    if len({(one.benchmark, one.published_on) for one in given}) < len(given):
        raise Refused("quotes", "同一公布日、同一期限的报价重复")
    for one in given:
        _check_quote(one, reason, business_date)
    return BenchmarkQuote.objects.bulk_create(
        BenchmarkQuote(**vars(one), source=source.strip(), reason=reason.strip(), proposed_by=by)
        for one in given
    )


def _check_quote(given: GivenQuote, reason: str, business_date: dt.date) -> None:
    told = f"{given.published_on} {given.benchmark.label}"
    if given.published_on > business_date:
        raise Refused("quotes", f"{told}:公布日晚于营业日 {business_date}")
    if not 0 < given.rate <= MAX_RATE:
        raise Refused("quotes", f"{told}:报价须大于 0")
    rows = BenchmarkQuote.objects.filter(benchmark=given.benchmark, published_on=given.published_on)
    if rows.filter(status=VersionStatus.PROPOSED).exists():
        raise Refused("quotes", f"{told}:已有一条报价待复核,请先处理")
    counting = rows.filter(status=VersionStatus.APPROVED).order_by("-id").first()
    if counting is None:
        return
    if counting.rate == given.rate:
        raise Refused("quotes", f"{told}:已有相同的报价")
    if not reason.strip():
        raise Refused("reason", f"{told}:已有报价生效,更正须写明理由")


@transaction.atomic
def approve_quote(*, quote: BenchmarkQuote, by: Officer) -> None:
    """Let a quote count; never by the person who entered it."""
    must_hold(by, APPROVERS, "复核 LPR 报价")
    if quote.proposed_by_id == by.pk:
        raise Refused("by", "录入人不能复核自己录入的报价")
    _decide(quote, VersionStatus.APPROVED, by)


@transaction.atomic
def reject_quote(*, quote: BenchmarkQuote, by: Officer) -> None:
    """Send a quote back; whoever entered it may withdraw it in the same way."""
    _reject(quote, by, "复核 LPR 报价")


def _reject(waiting: ParameterVersion | BenchmarkQuote, by: Officer, what: str) -> None:
    is_own = waiting.proposed_by_id == by.pk
    if not is_own:
        must_hold(by, APPROVERS, what)
    _decide(waiting, VersionStatus.REJECTED, None if is_own else by)


def _decide(
    version: ParameterVersion | BenchmarkQuote, status: VersionStatus, by: Officer | None
) -> None:
    """Compare and set: of two people who decide at once, the second is told."""
    rows = type(version)._default_manager.filter(pk=version.pk, status=VersionStatus.PROPOSED)
    if rows.update(status=status, approved_by=by) != 1:
        raise Refused("status", "已由他人处理,请刷新后查看")


def must_hold(officer: Officer, roles: frozenset[Role], what: str) -> None:
    """Raise `Refused`, naming who may, where a person has none of the roles."""
    if not officer.has_role(*roles):
        raise kept_for(roles, what)


def kept_for(roles: frozenset[Role], what: str) -> Refused:
    """The refusal of a step that only people of these roles may take, naming them."""
    names = "、".join(str(role.label) for role in Role if role in roles)
    return Refused("by", f"{what}须由{names}办理")
