"""Corrections as the interface shows them."""

from __future__ import annotations

import datetime as dt

from ninja import Schema
from pydantic import Field

from daihou.api.shapes import Coded, grade_named
from daihou.daily_run.choices import Aspect, CauseKind
from daihou.daily_run.models import Correction


class CauseShape(Schema):
    """One thing that became known late."""

    kind: Coded = Field(description="种类")
    counts_from: dt.date = Field(description="影响自哪一天")
    says: str = Field(description="说明")


class ChangeShape(Schema):
    """One thing that stands otherwise than was believed."""

    aspect: Coded = Field(description="方面")
    what: str = Field(description="项目")
    since: dt.date = Field(description="起")
    until: dt.date = Field(description="止")
    believed: str = Field(description="当时所知")
    true: str = Field(description="现在更正后")


class CorrectionShape(Schema):
    """What a business day learned about a loan's past."""

    id: int = Field(description="更正编号,签阅时使用")
    loan: str = Field(description="借据号")
    found_on: dt.date = Field(description="发现日")
    since: dt.date = Field(description="追溯起始日")
    until: dt.date = Field(description="追溯截止日")
    must_be_read: bool = Field(description="是否须阅:逾期天数、分类或信号有变")
    days_believed: int | None = Field(description="截止日当时所知逾期天数;空为无法计算")
    days_true: int = Field(description="截止日更正后逾期天数")
    grade_believed: Coded | None = Field(description="截止日当时分类")
    grade_true: Coded | None = Field(description="截止日更正后分类")
    causes: list[CauseShape] = Field(description="原因")
    changes: list[ChangeShape] = Field(description="变化")
    read_by: str | None = Field(description="阅者;空为未阅")
    read_at: dt.datetime | None = Field(description="已阅时间")
    note: str = Field(description="阅后说明")


def correction_shown(row: Correction) -> CorrectionShape:
    """One correction; its loan and reader were read with it."""
    return CorrectionShape(
        id=row.pk,
        loan=row.loan.number,
        found_on=row.found_on,
        since=row.since,
        until=row.until,
        must_be_read=row.is_material,
        days_believed=row.days_believed,
        days_true=row.days_true,
        grade_believed=grade_named(row.grade_believed),
        grade_true=grade_named(row.grade_true),
        causes=[
            CauseShape(
                kind=_named(CauseKind(one["kind"])),
                counts_from=one["counts_from"],
                says=one["says"],
            )
            for one in row.causes
        ],
        changes=[
            ChangeShape(
                aspect=_named(Aspect(one["aspect"])),
                what=one["what"],
                since=one["since"],
                until=one["until"],
                believed=one["believed"],
                true=one["true"],
            )
            for one in row.changes
        ],
        read_by=str(row.read_by) if row.read_by else None,
        read_at=row.read_at,
        note=row.note,
    )


def _named(kind: CauseKind | Aspect) -> Coded:
    return Coded(code=kind.value, name=str(kind.label))
