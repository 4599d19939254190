"""Reads of the rules about clients: which count on a day, their versions, and how they stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q, QuerySet

from daihou.early_warning.choices import Colour, RuleStatus, Segment
from daihou.early_warning.client_rules.conditions import Unit
from daihou.early_warning.client_rules.models import RuleVersion
from daihou.early_warning.client_rules.rules import FINDING_UNITS, FINDINGS, STRENGTH, ClientRule
from daihou.early_warning.indicators.catalogue import indicators, units
from daihou.early_warning.shipped_signals import Level, ShippedSignal, shipped_signals
from daihou.policy.choices import Evidence


def rules_on(day: dt.date) -> dict[int, ClientRule]:
    """The rules about clients as they count on a day, switched off ones included, by number."""
    signals = shipped_signals().values()
    rules = {one.number: as_shipped(one) for one in signals if not one.is_of_loans}
    counting = RuleVersion.objects.filter(
        Q(effective_to=None) | Q(effective_to__gt=day),
        status=RuleStatus.APPROVED,
        effective_from__lte=day,
    )
    for version in counting.order_by("effective_from", "pk"):
        rules[version.number] = as_version(version)
    return rules


def as_shipped(signal: ShippedSignal) -> ClientRule:
    """The rule of a signal as the product ships it."""
    return ClientRule(
        number=signal.number,
        name=signal.name,
        levels=signal.levels,
        needs=signal.needs,
        cooldown=signal.cooldown,
        merge=signal.merge,
        source=signal.source,
        evidence=signal.evidence,
    )


def as_version(version: RuleVersion) -> ClientRule:
    """The rule of a signal as people changed it."""
    signal = shipped_signals()[version.number]
    levels = zip(version.conditions, version.colours, strict=True)
    return ClientRule(
        number=version.number,
        name=signal.name,
        levels=tuple(Level(when, Colour(colour)) for when, colour in levels),
        needs=signal.needs,
        cooldown=version.cooldown,
        merge=version.merge,
        source=version.source,
        evidence=Evidence(version.evidence),
        version=f"第{version.pk}号",
        segment=Segment(version.segment),
        products=tuple(version.products),
        is_on=version.is_on,
    )


def rules_by_version(numbers: Iterable[tuple[int, str]]) -> Mapping[tuple[int, str], ClientRule]:
    """The rules that some signals were seen by, by number and version as kept with the signal."""
    wanted = set(numbers)
    keys = {int(text[1:-1]) for _, text in wanted if text.startswith("第") and text.endswith("号")}
    found = [as_version(one) for one in RuleVersion.objects.filter(pk__in=keys)] if keys else []
    shipped = [as_shipped(shipped_signals()[number]) for number, _ in wanted]
    return {(one.number, one.version): one for one in (*shipped, *found)}


def is_about_findings(number: int) -> bool:
    """Whether the signal as shipped looks at findings of another domain."""
    return any(name in FINDING_UNITS for name in as_shipped(shipped_signals()[number]).looks_at)


def versions_of(number: int) -> QuerySet[RuleVersion]:
    """All versions of a signal's rule, the latest first."""
    rows = RuleVersion.objects.filter(number=number).order_by("-pk")
    return rows.select_related("proposed_by", "approved_by")


def waiting_versions() -> QuerySet[RuleVersion]:
    """The versions that wait for a second person."""
    rows = RuleVersion.objects.filter(status=RuleStatus.PROPOSED).order_by("pk")
    return rows.select_related("proposed_by")


def condition_units() -> Mapping[str, Unit]:
    """What every name that a condition may use measures."""
    return {**units(), **FINDING_UNITS}


def needs_of(rule: ClientRule) -> tuple[str, ...]:
    """The data that a rule cannot do without: those of its indicators, and its findings' own."""
    catalogue = indicators()
    named: list[Sequence[str]] = []
    for name in rule.looks_at:
        if name in (FINDINGS, STRENGTH):
            named.append(rule.needs)
        elif name in catalogue:
            named.append(catalogue[name].needs)
    return tuple(dict.fromkeys(one for needs in named for one in needs))
