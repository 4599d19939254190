"""The words of the interface: what every answer is made of. Amounts are whole fen."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from ninja import Schema
from ninja.params.functions import Path as in_path
from ninja.params.functions import Query as in_query
from pydantic import BeforeValidator, Field, StringConstraints

from daihou.classification.choices import Grade
from daihou.early_warning.choices import Colour
from daihou.early_warning.models import Signal
from daihou.policy.reasons import InputValue
from daihou.policy.reasons import Reason as KeptReason
from daihou.servicing.knowledge import Answer

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIRST_YEAR, _LAST_YEAR = 1990, 2199  # the kernel's last
_MICRO = 1_000_000


def _as_day(value: object) -> object:
    """A day is written 2026-11-23 and nothing else; numbers are no days."""
    if value is None or isinstance(value, dt.date):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("须为日期,如 2026-11-23")
    if not _FIRST_YEAR <= int(value[:4]) <= _LAST_YEAR:
        raise ValueError(f"年份须在 {_FIRST_YEAR} 至 {_LAST_YEAR} 之间")
    return value


Day = Annotated[dt.date, BeforeValidator(_as_day)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

# What addresses take, each with the words of the description.
LoanNumber = Annotated[str, in_path(description="借据号")]
CustomerNumber = Annotated[str, in_path(description="客户号")]
StaffNumber = Annotated[str, in_path(description="工号")]
AskedDay = Annotated[Day | None, in_query(description="日期;不填为最近营业日")]

AskedAnswer = Annotated[
    Answer,
    in_query(description="口径:as_known 按所查日期当时所知,as_true 按最近营业日所知"),
]


class GivenShape(Schema, extra="forbid"):
    """What a system sends: a field that is not known is refused, not overlooked."""


class Coded(Schema):
    """A value of a list: its code and how people call it."""

    code: str | int = Field(description="代码")
    name: str = Field(description="名称")


class ReasonShape(Schema):
    """One rule that spoke: what it says, the clause, and what it saw."""

    rule: str = Field(description="规则")
    version: str = Field(description="规则版本")
    says: str = Field(description="结论")
    clause: str = Field(description="依据条款")
    evidence: str = Field(description="条款依据的可靠程度")
    inputs: dict[str, InputValue] = Field(description="所依据的数值")


class SignalShape(Schema):
    """A warning signal that shows on a day."""

    rule: int = Field(description="信号编号")
    name: str = Field(description="信号名称")
    colour: Coded = Field(description="颜色")
    loan: str | None = Field(description="借据号;空为客户层面的信号")
    since: dt.date = Field(description="本轮起始日")
    reasons: list[ReasonShape] = Field(description="依据")


def percent(rate: int) -> str:
    """A rate as a decimal text: 4.350000."""
    return f"{rate // _MICRO}.{rate % _MICRO:06d}"


def grade_named(grade: int | None) -> Coded | None:
    """A grade by code and name; None for a loan that was not graded."""
    return None if grade is None else Coded(code=grade, name=str(Grade(grade).label))


def reasons_shown(reasons: list[KeptReason]) -> list[ReasonShape]:
    """Reasons in words, without the rows of the database that they rest on."""
    return [
        ReasonShape(
            rule=one["rule"],
            version=one["version"],
            says=one["says"],
            clause=one["clause"],
            evidence=one["evidence"],
            inputs=one["inputs"],
        )
        for one in reasons
    ]


def signal_shown(signal: Signal, name: str, loan: str | None) -> SignalShape:
    """One signal, explained before."""
    colour = Colour(signal.colour)
    return SignalShape(
        rule=signal.rule,
        name=name,
        colour=Coded(code=colour.value, name=f"{colour.label}色"),
        loan=loan,
        since=signal.episode_since,
        reasons=reasons_shown(signal.reasons),
    )
