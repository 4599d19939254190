"""The one shape in which every decision of the product says why it was taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from loanmath.money import Money, format_yuan

InputValue = int | str | None


class SourceRow(TypedDict):
    """A row that a decision rests on: its table, and the number by which people know it."""

    table: str
    id: str


class Reason(TypedDict):
    """One rule that spoke (依据): what it says, the clause, what it saw, and in which rows."""

    rule: str
    version: str
    says: str
    clause: str
    evidence: str
    inputs: dict[str, InputValue]
    rows: list[SourceRow]


@dataclass(frozen=True)
class Limit:
    """A number from the parameters with the clause it rests on and how surely that is known.

    `version` names the parameter version as people read it ("出厂值", "第12号").
    """

    value: int
    clause: str
    evidence: str
    version: str


def in_yuan(fen: int) -> str:
    """An amount in a reason: 1,234.50元."""
    return f"{format_yuan(Money(fen))}元"


def reason(
    rule: str,
    limit: Limit,
    says: str,
    *,
    inputs: Mapping[str, InputValue],
    rows: Sequence[SourceRow] = (),
) -> Reason:
    """One reason that rests on one limit of the parameters."""
    return Reason(
        rule=rule,
        version=limit.version,
        says=says,
        clause=limit.clause,
        evidence=limit.evidence,
        inputs=dict(inputs),
        rows=list(rows),
    )
