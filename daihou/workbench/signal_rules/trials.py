"""回测: asking for one, watching it, and two rules side by side over past days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from daihou.early_warning.choices import RuleStatus, TrialStatus
from daihou.early_warning.client_rules.actions import ask_for_trial
from daihou.early_warning.client_rules.looking_back import NOBODY, days_kept
from daihou.early_warning.client_rules.models import RuleTrial, RuleVersion
from daihou.early_warning.client_rules.queries import versions_of
from daihou.loan_book.queries import customers_visible_to
from daihou.policy.actions import APPROVERS, PROPOSERS, Refused
from daihou.staff.queries import officers_visible_to
from daihou.workbench.desks import SIGNAL_RULES as DESK
from daihou.workbench.pieces.charts import LINE, QUIET, SECOND_LINE, Chart
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.forms import show_refusal
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.tables import plain_table
from daihou.workbench.signal_rules.forms import TrialForm
from daihou.workbench.tasks import run_rule_trial
from loanmath.dates import add_months, date_of, day_number

WAITING = (TrialStatus.QUEUED, TrialStatus.RUNNING)
MONTHS_BACK = 12
DEFAULT_HORIZON = 90

Result = Mapping[str, Any]
TRIALS = (
    Column("回测", lambda row: f"第{row.pk}次",
           link=lambda row: reverse("rule_trial", args=[row.pk])),
    Column("期间", lambda row: f"{row.since} 至 {row.until}"),
    Column("观察", lambda row: f"{row.horizon} 天"),
    Column("状态", "get_status_display"),
    Column("命中率(对照 → 本版)", lambda row: _both(row, "hit_rate", percent), is_number=True),
    Column("误报/人/周(对照 → 本版)",
           lambda row: _both(row, "false_per_officer_week", decimal), is_number=True),
    Column("漏掉的不良(对照 → 本版)", lambda row: _both(row, "missed", whole), is_number=True),
    Column("发起人", "asked_by"),
    Column("发起时间", "asked_at", Kind.MOMENT),
)  # fmt: skip


def percent(value: float | None) -> str:
    """A share; unknown is a dash."""
    return "—" if value is None else f"{value:.1%}"


def decimal(value: float | None) -> str:
    """A figure with two decimals; unknown is a dash."""
    return "—" if value is None else f"{value:.2f}"


def whole(value: float | None) -> str:
    """A count, or days; unknown is a dash."""
    return "—" if value is None else f"{value:,.0f}"


def _both(trial: RuleTrial, figure: str, told: Any) -> str | None:
    if trial.status != TrialStatus.DONE:
        return None
    now, new = (trial.result[side]["figures"][figure] for side in ("now", "new"))
    return f"{told(now)} → {told(new)}"


@desk(roles=DESK.roles, writers=PROPOSERS | APPROVERS)
def rule_trials(request: DeskRequest, number: int) -> HttpResponseBase:
    """The backtests of a version, and the form to ask for another."""
    rows = RuleVersion.objects.select_related("proposed_by")
    version = get_object_or_404(rows, pk=number)
    form = _form(request, version)
    if request.method == "POST" and form.is_valid():
        trial = _asked(request, version, form)
        if trial is not None:
            return redirect("rule_trial", number=trial.pk)
    trials = version.trials.select_related("asked_by")
    context = {
        "title": f"回测 {version}",
        "version": version,
        "grid": plain_table(TRIALS, list(trials)),
        "form": form if request.officer.has_role(*PROPOSERS, *APPROVERS) else None,
    }
    status = 422 if form.errors else 200
    return page(request, "workbench/signal_rules/trials.html", context, status=status)


@desk(roles=DESK.roles)
def rule_trial(request: DeskRequest, number: int) -> HttpResponseBase:
    """One backtest: how far it is, then both rules side by side."""
    trial = _trial(number)
    context = {"title": f"第{trial.pk}次回测", **_progress(trial)}
    if trial.status == TrialStatus.DONE:
        context |= _told(request, trial)
    return page(request, "workbench/signal_rules/trial.html", context)


@desk(roles=DESK.roles)
def rule_trial_progress(request: DeskRequest, number: int) -> HttpResponse:
    """The part of the page that shows how far a backtest is; the page's script asks for it."""
    return render(request, "workbench/signal_rules/trial_progress.html", _progress(_trial(number)))


def _trial(number: int) -> RuleTrial:
    rows = RuleTrial.objects.select_related("version", "against", "asked_by")
    return get_object_or_404(rows, pk=number)


def _progress(trial: RuleTrial) -> dict[str, Any]:
    return {"trial": trial, "is_waiting": trial.status in WAITING}


def _form(request: DeskRequest, version: RuleVersion) -> TrialForm:
    days = days_kept() or [request.business_date]
    year_ago = date_of(add_months(day_number(days[-1]), -MONTHS_BACK))
    others = versions_of(version.number).exclude(pk=version.pk).exclude(status=RuleStatus.DRAFT)
    return TrialForm(
        request.POST if request.method == "POST" else None,
        initial={"since": max(days[0], year_ago), "until": days[-1], "horizon": DEFAULT_HORIZON},
        others=[(str(one.pk), f"{one}({one.get_status_display()})") for one in others],
    )


def _asked(request: DeskRequest, version: RuleVersion, form: TrialForm) -> RuleTrial | None:
    since, until = form.span
    against = form.cleaned_data["against"]
    try:
        trial = ask_for_trial(
            version=version,
            against=RuleVersion.objects.get(pk=against) if against else None,
            since=since,
            until=until,
            horizon=form.cleaned_data["horizon"],
            by=request.officer,
        )
    except Refused as refusal:
        show_refusal(form, refusal.field, str(refusal))
        return None
    run_rule_trial.defer(number=trial.pk)
    messages.success(request, "回测已排入后台,完成后本页自动显示结果。")
    return trial


def _told(request: DeskRequest, trial: RuleTrial) -> dict[str, Any]:
    result = trial.result
    return {
        "result": result,
        "lines": _lines(result),
        "lead_chart": _lead_chart(result),
        "week_chart": _week_chart(result),
        "officers": _officers(request, result),
        "turned": _turned(request, result),
    }


_FIGURES = (
    ("预警(轮)", "alarms", whole, "期间内新开始的提示;升档和并入期内再现不另计"),
    ("其中已满观察期", "rated", whole, "观察期已过,可以评定命中或误报"),
    ("命中", "hits", whole, "提示后观察期内(或提示仍在时)成为不良"),
    ("误报", "false", whole, "观察期满未成为不良"),
    ("命中率", "hit_rate", percent, "命中 ÷ 已满观察期"),
    ("误报 / 人 / 周", "false_per_officer_week", decimal, "误报 ÷ 客户经理人数 ÷ 可评定的周数"),
    ("后来成为不良(户)", "turned", whole, "期间内首次有借据降为次级或以下的客户"),
    ("提前发现", "caught", whole, "成为不良之前已有提示"),
    ("漏掉的不良", "missed", whole, "成为不良之前没有提示"),
    ("提前天数(中位)", "lead", whole, "首次提示到成为不良的日历天数;存档首日已在提示的自首日起算"),
    ("已成不良才提示", "late", whole, "不算预警,也不算误报"),
    ("静默期内未再提示", "held_back", whole, "消失不久又出现,按静默天数不重复提示"),
    ("可判定", "known_share", percent, "可判定的户日 ÷ 适用的户日;其余为未知"),
)


def _lines(result: Result) -> list[tuple[str, str, str, str]]:
    """Name, by the other rule, by this version, what it means."""
    now, new = result["now"]["figures"], result["new"]["figures"]
    return [(name, told(now[key]), told(new[key]), hint) for name, key, told, hint in _FIGURES]


def _lead_chart(result: Result) -> Chart | None:
    """Which part of those who turned non-performing was told of how many days before."""
    turned = result["turned"]
    if not turned:
        return None
    data, shares = [], []
    for name, place, colour, width in (("对照", 2, SECOND_LINE, 5), ("本版", 3, LINE, 2)):
        leads = sorted((row[place] for row in turned if row[place] is not None), reverse=True)
        days = sorted({0, 1, *leads})
        shares.append([(day, sum(one >= day for one in leads) / len(turned)) for day in days[1:]])
        data.append({
            "type": "scatter", "mode": "lines", "name": name,
            "x": [day for day, _ in shares[-1]], "y": [part for _, part in shares[-1]],
            "line": {"shape": "vh", "color": colour, "width": width},
            "hovertemplate": f"{name}:提前 %{{x}} 天以上的占 %{{y:.0%}}<extra></extra>",
        })  # fmt: skip
    caught = [result[side]["figures"]["caught"] for side in ("now", "new")]
    return Chart(
        name="rule-lead",
        finding=f"{len(turned):,} 户成为不良:对照提前发现 {caught[0]:,} 户,本版 {caught[1]:,} 户",
        data=data,
        layout={
            "xaxis": {"title": {"text": "至少提前的天数"}, "rangemode": "tozero"},
            "yaxis": {"title": {"text": "占后来不良"}, "tickformat": ".0%", "range": [0, 1.02]},
            "height": 280, "showlegend": True, "legend": {"orientation": "h", "y": 1.15},
        },
        headings=("规则", "至少提前", "占后来不良"),
        rows=[(name, f"{day} 天", f"{part:.0%}")
              for name, points in zip(("对照", "本版"), shares, strict=True)
              for day, part in points],
    )  # fmt: skip


def _week_chart(result: Result) -> Chart | None:
    """New alarms week by week, both rules beside each other, by what became of them."""
    weeks = sorted({row[0] for side in ("now", "new") for row in result[side]["weeks"]})
    if not weeks:
        return None
    of = {side: {row[0]: row[1:] for row in result[side]["weeks"]} for side in ("now", "new")}
    labels = [date_of(week).isoformat() for week in weeks]
    kinds = (("命中", 0, "--bad"), ("误报", 1, SECOND_LINE), ("未满观察期", 2, QUIET))
    data = [
        {
            "type": "bar", "name": kind, "x": labels, "marker": {"color": colour},
            "y": [of[side].get(week, (0, 0, 0))[place] for week in weeks],
            "offsetgroup": side, "legendgroup": kind, "showlegend": side == "new",
            "opacity": 1.0 if side == "new" else 0.5,
            "hovertemplate": f"{told} %{{x}} 起一周 {kind} %{{y:,}}<extra></extra>",
        }
        for side, told in (("now", "对照"), ("new", "本版"))
        for kind, place, colour in kinds
    ]  # fmt: skip
    now, new = (result[side]["figures"]["alarms"] for side in ("now", "new"))
    return Chart(
        name="rule-weeks",
        finding=f"期间预警:对照 {now:,} 轮,本版 {new:,} 轮",
        data=data,
        layout={
            "barmode": "stack", "bargap": 0.25, "height": 280,
            "xaxis": {"type": "category", "nticks": 8},
            "yaxis": {"title": {"text": "轮"}, "rangemode": "tozero"},
            "showlegend": True, "legend": {"orientation": "h", "y": 1.15},
        },
        note="每周左柱(浅色)为对照,右柱为本版",
        headings=("周起始日", *(f"{t}{k}" for t in ("对照", "本版") for k, *_ in kinds)),
        rows=[(label, *(f"{n:,}" for side in ("now", "new")
                        for n in of[side].get(week, (0, 0, 0))))
              for label, week in zip(labels, weeks, strict=True)],
    )  # fmt: skip


_OFFICERS = (
    Column("客户经理", "name"),
    Column("机构", "branch"),
    Column("对照预警", "now", Kind.COUNT),
    Column("命中", "now_hits", Kind.COUNT),
    Column("误报", "now_false", Kind.COUNT),
    Column("本版预警", "new", Kind.COUNT),
    Column("命中", "new_hits", Kind.COUNT),
    Column("误报", "new_false", Kind.COUNT),
)


def _officers(request: DeskRequest, result: Result) -> dict[str, Any]:
    """The alarms by officer, of those whom one may look up; most false ones first."""
    of = {side: {row[0]: row[1:] for row in result[side]["officers"]} for side in ("now", "new")}
    ids = {*of["now"], *of["new"]} - {NOBODY}
    people = officers_visible_to(request.officer).in_bulk(ids)
    rows = []
    for pk, person in people.items():
        now, new = (of[side].get(pk, (0, 0, 0)) for side in ("now", "new"))
        rows.append({
            "name": person.display_name, "branch": person.branch,
            "now": now[0], "now_hits": now[1], "now_false": now[2],
            "new": new[0], "new_hits": new[1], "new_false": new[2],
        })  # fmt: skip
    rows.sort(key=lambda row: (-row["new_false"], -row["new"], row["name"]))
    return plain_table(_OFFICERS, rows)


_TURNED = (
    Column("客户", "name", link=lambda row: reverse("customer", args=[row["number"]])),
    Column("客户经理", "officer"),
    Column("成为不良", "day", Kind.DAY),
    Column("对照提前", lambda row: _days(row["now"]), is_number=True),
    Column("本版提前", lambda row: _days(row["new"]), is_number=True),
)


def _days(lead: int | None) -> str:
    return "漏掉" if lead is None else f"{lead} 天"


def _turned(request: DeskRequest, result: Result) -> dict[str, Any]:
    """Who turned non-performing, of those whom one may see; those this version missed first."""
    rows: Sequence[Sequence[Any]] = result["turned"]
    seen = customers_visible_to(request.officer).filter(pk__in=[row[0] for row in rows])
    clients = {one.pk: one for one in seen.select_related("officer").defer("identity_number")}
    shown = [
        {
            "name": clients[client].name, "number": clients[client].number,
            "officer": clients[client].officer, "day": date_of(day), "now": now, "new": new,
        }
        for client, day, now, new in rows
        if client in clients
    ]  # fmt: skip
    shown.sort(key=lambda row: (row["new"] is not None, row["day"]))
    return plain_table(_TURNED, shown)
