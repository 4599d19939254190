"""The business day, and the parameters in force on a day."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from django.utils import timezone
from ninja import Router, Schema
from ninja.params.functions import Query as in_query
from pydantic import Field

from daihou.api.door import REFUSALS, ApiHttpRequest, needs
from daihou.api.shapes import Coded, Day
from daihou.api_clients.choices import Scope
from daihou.daily_run.queries import closed_through, open_day
from daihou.policy.catalogue import CATALOGUE
from daihou.policy.queries import ParameterValue, parameters_on

router = Router(tags=["营业日与参数"])
ParametersOn = Annotated[Day | None, in_query(description="日期;不填为当前营业日")]


class BusinessDayShape(Schema):
    """Where the business day stands."""

    closed: dt.date | None = Field(description="最近已日终的营业日;空为还没有")
    open: dt.date = Field(description="当前营业日:新登记的流水和事项记在这一天")


class ParameterShape(Schema):
    """One parameter as it counts on a day."""

    code: str = Field(description="参数代码")
    name: str = Field(description="名称")
    group: str = Field(description="类别")
    kind: str = Field(description="取值类型")
    unit: str = Field(description="单位")
    value: int | bool | str | list[int] | None = Field(description="取值;空为尚未填写")
    version: Coded = Field(description="版本:0 为出厂值")
    effective_from: dt.date = Field(description="生效日")
    clause: str = Field(description="依据条款")
    evidence: Coded = Field(description="依据的可靠程度")


class ParametersShape(Schema):
    """All parameters as they count on a day."""

    day: dt.date = Field(description="日期")
    items: list[ParameterShape] = Field(description="全部参数")


@router.get(
    "/business-day",
    response={200: BusinessDayShape, **REFUSALS},
    summary="查询营业日",
    description="最近已日终的营业日,和当前营业日。",
    **needs(Scope.POLICY_READ),
)
def business_day(request: ApiHttpRequest) -> BusinessDayShape:
    """The last closed day and the open one."""
    closed = closed_through()
    return BusinessDayShape(closed=closed, open=open_day(timezone.localdate()))


@router.get(
    "/parameters",
    response={200: ParametersShape, **REFUSALS},
    summary="查询某日生效的参数",
    description="不填日期时按当前营业日。每个参数带版本、生效日和依据条款。",
    **needs(Scope.POLICY_READ),
)
def parameters(request: ApiHttpRequest, on: ParametersOn = None) -> ParametersShape:
    """Every parameter as it counts on a day."""
    day = on or open_day(timezone.localdate())
    found = parameters_on(day)
    return ParametersShape(day=day, items=[_shown(code, found.entries[code]) for code in CATALOGUE])


def _shown(code: str, entry: ParameterValue) -> ParameterShape:
    about = CATALOGUE[code]
    value = list(entry.value) if isinstance(entry.value, tuple) else entry.value
    return ParameterShape(
        code=code,
        name=about.name,
        group=about.group,
        kind=about.kind.value,
        unit=about.unit,
        value=value,
        version=Coded(code=entry.version, name=entry.version_text),
        effective_from=entry.effective_from,
        clause=entry.clause,
        evidence=Coded(code=entry.evidence.value, name=str(entry.evidence.label)),
    )
