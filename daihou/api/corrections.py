"""Corrections: what days learned about days before them; putting on record that it was read."""

from __future__ import annotations

from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from ninja.params.functions import Path as in_path
from pydantic import Field

from daihou.api.correction_shapes import CorrectionShape, correction_shown
from daihou.api.door import REFUSALS, WRITE_REFUSALS, ApiHttpRequest, needs, needs_key
from daihou.api.paging import Page, PageRequest, page_after
from daihou.api.problems import Refused
from daihou.api.shapes import Day, GivenShape
from daihou.api.writing import carry_out_once
from daihou.api_clients.choices import Scope
from daihou.daily_run.models import Correction
from daihou.daily_run.queries import corrections_visible_to, has_to_be_read
from daihou.daily_run.reading_corrections import AlreadyRead, mark_read

router = Router(tags=["更正"])
CorrectionId = Annotated[int, in_path(description="更正编号")]


class CorrectionFilters(PageRequest):
    """Which corrections are asked for."""

    unread: bool = Field(False, description="true 只列须阅而未阅的")
    loan: str = Field("", max_length=40, description="借据号")
    found_from: Day | None = Field(None, description="发现日自")
    found_to: Day | None = Field(None, description="发现日至")


class Signature(GivenShape):
    """A word that is left when a correction is signed."""

    note: str = Field("", max_length=300, description="阅后说明")


@router.get(
    "/corrections",
    response={200: Page[CorrectionShape], **REFUSALS},
    summary="查询更正",
    description="某一营业日发现以前各日的逾期、余额、分类或信号与当时所知不同。按发现先后排列,逐页取。",
    **needs(Scope.CORRECTIONS_READ),
)
def list_corrections(
    request: ApiHttpRequest, asked: Query[CorrectionFilters]
) -> Page[CorrectionShape]:
    """A page of corrections."""
    rows = _visible(request)
    if asked.unread:
        rows = rows.filter(has_to_be_read())
    if asked.loan:
        rows = rows.filter(loan__number=asked.loan)
    if asked.found_from:
        rows = rows.filter(found_on__gte=asked.found_from)
    if asked.found_to:
        rows = rows.filter(found_on__lte=asked.found_to)
    page, following = page_after(rows, "pk", asked)
    return Page[CorrectionShape](items=[correction_shown(row) for row in page], next=following)


@router.post(
    "/corrections/{int:number}/acknowledgement",
    response={201: CorrectionShape, **WRITE_REFUSALS},
    summary="签阅一条更正",
    description="登记本系统(或其用户)已阅;每条更正只签阅一次。",
    **needs_key(Scope.CORRECTIONS_SIGN),
)
def sign_correction(
    request: ApiHttpRequest,
    number: CorrectionId,
    signature: Signature,
) -> HttpResponse:
    """Put on record that a correction was read."""

    def sign() -> CorrectionShape:
        found = get_object_or_404(_visible(request), pk=number)
        try:
            mark_read(
                correction=found,
                by=request.account,
                note=signature.note,
            )
        except AlreadyRead as problem:
            raise Refused(409, str(problem)) from problem
        return correction_shown(found)

    return carry_out_once(request, sign)


def _visible(request: ApiHttpRequest) -> QuerySet[Correction]:
    rows = corrections_visible_to(request.account)
    return rows.select_related("loan", "read_by")
