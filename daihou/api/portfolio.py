"""The whole book of a day in figures, by either answer, and how far the two lie apart."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Annotated

from django.conf import settings
from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from ninja.params.functions import Query as in_query
from pydantic import Field

from daihou.api.door import ROW_REFUSALS, ApiHttpRequest, closed_day, needs
from daihou.api.problems import Refused
from daihou.api.shapes import AskedAnswer, AskedDay, Coded, percent
from daihou.api_clients.choices import Scope as Permission
from daihou.classification.choices import Grade
from daihou.daily_run.queries import corrections_about, corrections_visible_to
from daihou.daily_run.true_days import true_rows_of
from daihou.reports.definitions import UNGRADED, definitions_on
from daihou.reports.differences import gap_between_answers
from daihou.reports.queries import book_visible_to, head_figures
from daihou.reports.ratios import share
from daihou.reports.scope import Scope
from daihou.reports.totals import Totals
from daihou.servicing.knowledge import Answer
from daihou.servicing.snapshots import snapshot_path
from daihou.staff.queries import branch_and_below, branches_visible_to

router = Router(tags=["组合"])
Branch = Annotated[str, in_query(max_length=20, description="机构号,含下级;不填为本系统可见的全部")]
Currency = Annotated[str, in_query(max_length=3, description="币种;各币种分别统计,不相加")]


class GradeAmount(Schema):
    """The balance of one of the five grades."""

    grade: Coded = Field(description="五级分类;代码 0 为未分类")
    principal: int = Field(description="余额(分)")


class BucketAmount(Schema):
    """What counts as overdue in one bucket."""

    bucket: str = Field(description="逾期档")
    overdue: int = Field(description="计入逾期的余额(分)")


class GapShape(Schema):
    """What is true of the day less what was known on it."""

    corrections: int = Field(description="此后涉及当日的更正笔数(本系统可见的全部)")
    loans: int = Field(description="两种口径不同的借据笔数")
    principal: int = Field(description="余额之差(分)")
    overdue: int = Field(description="逾期贷款之差(分)")
    non_performing: int = Field(description="不良贷款之差(分)")


class PortfolioShape(Schema):
    """The book of a day in one currency; amounts in fen."""

    day: dt.date = Field(description="营业日")
    answer: Answer = Field(description="口径")
    currency: str = Field(description="币种")
    loans: int = Field(description="有余额的借据笔数")
    clients: int = Field(description="有余额的户数")
    unknown: int = Field(description="余额或逾期天数不明(挂起)的笔数,不在以下金额内")
    principal: int = Field(description="贷款余额(分)")
    overdue: int = Field(description="逾期贷款(分)")
    long_overdue: int = Field(description="逾期90天以上贷款(分)")
    non_performing: int = Field(description="不良贷款(分)")
    paid: int = Field(description="当日还款(分)")
    npl_ratio: str | None = Field(description="不良率(%);空为没有余额")
    overdue_ratio: str | None = Field(description="逾期率(%);空为没有余额")
    by_grade: list[GradeAmount] = Field(description="各分类余额")
    by_bucket: list[BucketAmount] = Field(description="各逾期档")
    gap: GapShape = Field(description="现在更正后与当时所知之差,与所查口径无关")


@router.get(
    "/portfolio",
    response={200: PortfolioShape, **ROW_REFUSALS},
    summary="查询某日的组合汇总:当时所知或更正后",
    description=(
        "与工作台“组合总览”相同的数字。as_known 为当日日终所知,as_true 按最近营业日所知,"
        "补记、冲正和倒签的变更都已计入;gap 给出两者之差。当日没有日终快照时应答 404。"
    ),
    **needs(Permission.LOANS_READ),
)
def portfolio(
    request: ApiHttpRequest,
    on: AskedDay = None,
    answer: AskedAnswer = Answer.AS_TRUE,
    branch: Branch = "",
    currency: Currency = "CNY",
) -> PortfolioShape:
    """The head figures of a day for the branches that the system may see."""
    day = closed_day(on)
    if not snapshot_path(settings.SNAPSHOT_FOLDER, day).exists():
        raise Refused(404, f"{day} 没有日终快照", "on")
    scope, definitions = _scope(request, branch, currency), definitions_on(day)
    true_rows = true_rows_of([day])
    used = true_rows if answer is Answer.AS_TRUE else {}
    found = head_figures(settings.SNAPSHOT_FOLDER, [day], definitions, scope, used)
    totals = found.get(day) or Totals.nothing(day, definitions)
    gap = gap_between_answers(settings.SNAPSHOT_FOLDER, day, definitions, scope, true_rows)
    about = corrections_about(corrections_visible_to(request.account), day)
    return PortfolioShape(
        day=day,
        answer=answer,
        currency=currency,
        loans=totals.loans,
        clients=totals.clients,
        unknown=totals.unknown,
        principal=totals.principal,
        overdue=totals.overdue,
        long_overdue=totals.long_overdue,
        non_performing=totals.non_performing,
        paid=totals.paid,
        npl_ratio=_ratio(totals.non_performing, totals.principal),
        overdue_ratio=_ratio(totals.overdue, totals.principal),
        by_grade=[
            GradeAmount(grade=_grade(grade), principal=amount)
            for grade, amount in enumerate(totals.by_grade)
        ],
        by_bucket=[
            BucketAmount(bucket=name, overdue=amount)
            for name, amount in zip(definitions.bucket_names, totals.by_bucket, strict=True)
        ],
        gap=GapShape(
            corrections=about.count(),
            loans=gap.loans,
            principal=gap.principal,
            overdue=gap.overdue,
            non_performing=gap.non_performing,
        ),
    )


def _scope(request: ApiHttpRequest, branch: str, currency: str) -> Scope:
    """The part of the book: what the system sees, and of it one branch with those under it."""
    seen = book_visible_to(request.account, currency)
    if not branch:
        return seen
    found = get_object_or_404(branches_visible_to(request.account), code=branch)
    below = branch_and_below(found).order_by("pk").values_list("pk", flat=True)
    return replace(seen, branch=found.pk, branches=tuple(below))


def _ratio(above: int, below: int) -> str | None:
    micro_percent = share(above, below)
    return None if micro_percent is None else percent(micro_percent)


def _grade(grade: int) -> Coded:
    name = "未分类" if grade == UNGRADED else str(Grade(grade).label)
    return Coded(code=grade, name=name)
