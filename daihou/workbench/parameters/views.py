"""参数: every value that regulation or the business may change, its clause, its history."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase

from daihou.policy.catalogue import CATALOGUE, GROUPS, Parameter
from daihou.policy.queries import ParameterValue, parameters_on
from daihou.policy.values import as_text
from daihou.workbench.desks import PARAMETERS
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.tables import Table

LIST = Table(
    name="parameters",
    title="参数",
    columns=(
        Column("参数", "name", Kind.LONG_TEXT),
        Column("取值", "value"),
        Column("依据", "clause", Kind.LONG_TEXT),
        Column("可靠程度", "evidence"),
        Column("生效日", "effective_from", Kind.DAY),
        Column("版本", "version"),
    ),
    order=("code",),
    filters=(Filter("group", "类别", options=tuple((name, name) for name in GROUPS.values())),),
    counted="项",
    page_size=200,
)


@desk(roles=PARAMETERS.roles, needs_day=False)
def parameter_list(request: DeskRequest) -> HttpResponseBase:
    """All parameters as they count on the business date."""
    values = parameters_on(request.business_date)
    rows = [_row(CATALOGUE[code], values[code]) for code in CATALOGUE]
    listing = LIST.open(request, rows)
    if listing.is_export:
        return listing.download()
    return page(request, "workbench/parameters/list.html", {"title": "参数", "table": listing})


def _row(entry: Parameter, now: ParameterValue) -> dict[str, Any]:
    return {
        "code": entry.code,
        "group": entry.group,
        "name": entry.name,
        "value": as_text(entry, now.value),
        "clause": now.clause,
        "evidence": now.evidence.label,
        "effective_from": now.effective_from,
        "version": now.version_text,
    }
