"""Why a signal about a client shows, in words, from the values that were kept with it."""

from __future__ import annotations

from collections.abc import Sequence

from daihou.early_warning.client_rules.conditions import Unit
from daihou.early_warning.client_rules.daily import UNKNOWN
from daihou.early_warning.client_rules.finding_sources import source_of
from daihou.early_warning.client_rules.queries import condition_units
from daihou.early_warning.client_rules.rules import FINDING_NAMES, ClientRule
from daihou.early_warning.indicators.catalogue import names
from daihou.policy.reasons import InputValue, Reason, SourceRow, in_yuan


def explain_client_signal(
    rule: ClientRule, level: int, seen: Sequence[int], sources: Sequence[int]
) -> list[Reason]:
    """One reason: the condition that held, the values it saw, and the findings behind it."""
    called = {**names(), **FINDING_NAMES}
    inputs: dict[str, InputValue] = {}
    if len(seen) == len(rule.looks_at):
        inputs = {
            called.get(code, code): in_words(code, value)
            for code, value in zip(rule.looks_at, seen, strict=True)
        }
    level = min(level, len(rule.levels))
    condition = rule.in_words(level, names())
    saw = "、".join(f"{name} {value}" for name, value in inputs.items() if value is not None)
    found_by = source_of(rule.number)
    return [
        Reason(
            rule=f"signal.{rule.number}",
            version=rule.version,
            says=f"{rule.name}:{saw}" if saw else rule.name,
            clause=f"预警信号目录第{rule.number}号;{rule.source}",
            evidence=rule.evidence.value,
            inputs={**inputs, "条件": condition},
            rows=[SourceRow(table=found_by.called, id=str(one)) for one in sources if found_by],
        )
    ]


def in_words(code: str, value: int) -> str | None:
    """A value with its unit; None where it was not known."""
    if value == UNKNOWN:
        return None
    unit = condition_units().get(code, Unit.PLAIN)
    if unit is Unit.MONEY:
        return in_yuan(value)
    if unit is Unit.SHARE:
        return f"{value // 100}.{value % 100:02d}%"
    return f"{value}天" if unit is Unit.DAYS else str(value)
