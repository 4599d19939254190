"""Lists and cards of 拨备."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from daihou.classification.choices import Grade
from daihou.provision.choices import Stage
from daihou.provision.movement import Moved
from daihou.provision.queries import Adequacy, OfStage
from daihou.staff.models import Officer
from daihou.staff.queries import branches_visible_to
from daihou.workbench.pieces.charts import Chart
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.figures import Figure
from daihou.workbench.pieces.figures_text import FEN_IN_WAN, short_money, wan
from daihou.workbench.pieces.filters import Filter, branch_chosen
from daihou.workbench.pieces.tables import Table
from daihou.workbench.templatetags.desk import NOTHING

_HUNDREDTH = 10_000  # of a percent, in micro-percent
_TONES = {1: "ok", 2: "warn", 3: "bad"}


def stage_badge(stage: int | None) -> SafeString | str:
    """A stage as a badge."""
    if stage is None:
        return NOTHING
    return format_html('<span class="badge {}">{}</span>', _TONES[stage], Stage(stage).label)


def _stage_word(stage: int | None) -> str | None:
    return None if stage is None else str(Stage(stage).label)


def loans_table(officer: Officer) -> Table:
    """The list as this officer may narrow it."""
    branches = [(str(one.pk), one.name) for one in branches_visible_to(officer)]
    return Table(
        name="provision_loans",
        title="拨备明细",
        columns=(
            Column("借据", "loan.number",
                   link=lambda row: reverse("provision_loan", args=[row.loan.number])),
            Column("客户", "loan.customer.name",
                   link=lambda row: reverse("customer", args=[row.loan.customer.number])),
            Column("阶段", lambda row: stage_badge(row.stage), Kind.HTML,
                   exported=lambda row: _stage_word(row.stage)),
            Column("五级分类", "grade", Kind.GRADE),
            Column("本金余额", "principal", Kind.MONEY, on_screen=False),
            Column("风险暴露", "exposure", Kind.MONEY, hint="本金与应收未收利息"),
            Column("押品覆盖", "covered", Kind.MONEY),
            Column("一年违约概率", "default_rate", Kind.RATE),
            Column("剩余月数", "months", Kind.COUNT),
            Column("预期信用损失", "expected_loss", Kind.MONEY),
            Column("五级比例法", "by_scale", Kind.MONEY),
            Column("自", "valid_from", Kind.DAY),
        ),
        order=("-pk",),
        filters=(
            Filter("stage", "阶段", [(str(one.value), str(one.label)) for one in Stage]),
            Filter("bad", "不良", [("1", "只看不良")],
                   narrow=lambda rows, _: rows.filter(grade__gte=Grade.SUBSTANDARD)),
            Filter("q", "查找", input_type="search", placeholder="借据、客户名称或编号",
                   narrow=_searched),
            Filter("branch", "机构", branches,
                   narrow=lambda rows, text: rows.filter(
                       loan__customer__branch__in=branch_chosen(text))),
        ),
        empty="这一天还没有计提拨备。完成日终后,这里列出每笔借据的阶段与预期信用损失。",
        counted="笔",
    )  # fmt: skip


def _searched(rows: Any, text: str) -> Any:
    named = Q(loan__customer__name__contains=text) | Q(loan__customer__number=text)
    return rows.filter(named | Q(loan__number=text))


MOVED = Table(
    name="provision_moved",
    title="拨备变动明细",
    columns=(
        Column("借据", "number", link=lambda row: reverse("provision_loan", args=[row.number])),
        Column("客户", "client"),
        Column("期初阶段", lambda row: stage_badge(row.stage_before), Kind.HTML,
               exported=lambda row: _stage_word(row.stage_before)),
        Column("期末阶段", lambda row: stage_badge(row.stage_after), Kind.HTML,
               exported=lambda row: _stage_word(row.stage_after)),
        Column("期初拨备", "opening", Kind.MONEY),
        Column("期末拨备", "closing", Kind.MONEY),
        Column("变动", "change", Kind.MONEY),
    ),
    order=(),
    empty="没有因此变动的借据",
    counted="笔",
)  # fmt: skip


def cards(told: Adequacy) -> list[Figure]:
    """What is set aside, the two ratios, and the standard that asks for more."""
    listed = reverse("provision_loans")
    binding = "拨备覆盖率" if told.binds_by_bad else "贷款拨备率"
    short = told.spare < 0
    return [
        Figure("预期信用损失", fen=told.allowance, link=listed,
               change=f"五级比例法 {short_money(told.by_scale)}"),
        Figure("拨备覆盖率", _percent(told.to_bad), link=f"{listed}?bad=1",
               change=f"不良余额 {short_money(told.bad)}" if told.bad else "没有不良贷款",
               hint="预期信用损失 / 不良贷款余额"),
        Figure("拨贷比", _percent(told.to_loans), link=listed,
               change=f"贷款余额 {short_money(told.loans)}", hint="预期信用损失 / 各项贷款余额"),
        Figure("监管标准(孰高)", fen=told.asked, change=f"由{binding}决定",
               hint=f"按贷款拨备率 {short_money(told.asked_of_loans)},"
                    f"按拨备覆盖率 {short_money(told.asked_of_bad)}"),
        Figure("缺口" if short else "超出标准", fen=abs(told.spare),
               tone="bad" if short else "good",
               change="低于监管标准" if short else "已达监管标准"),
    ]  # fmt: skip


def _percent(share: int | None) -> str:
    """A ratio with two decimals, rounded down: it never looks better than it is."""
    if share is None:
        return "—"
    whole, hundredths = divmod(share // _HUNDREDTH, 100)
    return f"{whole}.{hundredths:02d}%"


def stage_chart(stages: list[OfStage]) -> Chart | None:
    """What is owed and set aside by stage; None while nothing is."""
    total = sum(one.principal for one in stages)
    if not total:
        return None
    loss = sum(one.expected_loss for one in stages)
    names = [str(Stage(one.stage).label) for one in stages]
    links = [f"{reverse('provision_loans')}?stage={one.stage}" for one in stages]
    heavy = max(stages, key=lambda one: one.expected_loss)
    part = heavy.expected_loss * 100 / loss if loss else 0
    colours = ["--grade-1", "--grade-2", "--grade-4"]
    return Chart(
        "provision-stages",
        f"{Stage(heavy.stage).label}占预期信用损失的 {part:.1f}%",
        [{
            "type": "bar", "x": names, "y": [one.expected_loss / FEN_IN_WAN for one in stages],
            "marker": {"color": colours}, "width": 0.4,
            "hovertemplate": "%{x} %{y:,.2f} 万元<extra></extra>",
        }],
        {"yaxis": {"title": {"text": "预期信用损失(万元)"}, "rangemode": "tozero"}, "height": 280},
        headings=("阶段", "笔数", "本金余额(万元)", "预期信用损失(万元)", "五级比例法(万元)"),
        rows=[
            (name, f"{one.loans:,}", wan(one.principal), wan(one.expected_loss), wan(one.by_scale))
            for name, one in zip(names, stages, strict=True)
        ],
        links=links,
        is_low=True,
    )  # fmt: skip


def moved_columns(since: str, until: str) -> tuple[Column, ...]:
    """The columns of the movement table; each cause leads to its loans."""
    asked = urlencode({"since": since, "until": until})

    def link(row: Moved) -> str:
        return f"{reverse('provision_moved', args=[row.cause.value])}?{asked}"

    return (
        Column("原因", lambda row: str(row.cause.label), link=link),
        Column("笔数", "loans", Kind.COUNT),
        Column("期初拨备", "opening", Kind.MONEY),
        Column("期末拨备", "closing", Kind.MONEY),
        Column("变动", "change", Kind.MONEY),
    )
