"""The model card's pictures and tables, from the figures that a version keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from daihou.policy.queries import ParametersOnDay
from daihou.risk_models.features import features_of
from daihou.risk_models.models import ModelVersion, StabilityReading
from daihou.workbench.pieces.charts import LINE, QUIET, Chart
from daihou.workbench.pieces.figures import Figure

Judged = Mapping[str, Any]
_SHOWN_FEATURES = 10


def figures_of(version: ModelVersion) -> list[Figure]:
    """The head of the card: how well it ranks, and how it fares at the top."""
    judged: Judged = version.figures.get("judged") or {}
    if not judged:
        return []
    floor: Judged = version.figures.get("floor") or {}
    first, fifth = judged["top"]
    lead = judged["lead"]
    return [
        Figure("AUC", number(judged["auc"]), change=_against(judged, floor, "auc"),
               hint="任取一笔好账、一笔坏账,坏账得分更高的概率"),
        Figure("KS", number(judged["ks"]), change=_against(judged, floor, "ks")),
        Figure("最高 1% 命中", percent(first["precision"]),
               change=f"捕捉 {percent(first['recall'])} 的坏账"),
        Figure("最高 5% 命中", percent(fifth["precision"]),
               change=f"捕捉 {percent(fifth['recall'])} 的坏账"),
        Figure("提前", number(lead["median_months"], 1), "个月",
               change=f"{lead['events']} 笔变坏,标出 {lead['caught']} 笔"),
        Figure("预测 / 实际",
               f"{percent(judged['mean_foretold'])} / {percent(judged['mean_came'])}",
               change=f"检验 {judged['rows']:,} 笔月,{judged['events']:,} 个事件"),
    ]  # fmt: skip


def comparison_of(version: ModelVersion) -> list[list[str]]:
    """One line a span: out of time, with labels known, apart, and the floor."""
    rows = []
    for name, key in (
        ("训练期之后", "judged"), ("训练期之后 · 标签当时已知", "kept_free"),
        ("疫情月份(单列)", "apart"), ("对照:三个逾期计数", "floor"),
        ("对照 · 疫情月份", "floor_apart"),
    ):  # fmt: skip
        one = version.figures.get(key)
        if one:
            first, fifth = one["top"]
            rows.append([
                name, "至".join(one["months"]), f"{one['rows']:,}", f"{one['events']:,}",
                number(one["auc"]), number(one["auc_not_in_arrears"]), number(one["ks"]),
                percent(first["precision"]), percent(first["recall"]),
                percent(fifth["precision"]), percent(fifth["recall"]),
            ])  # fmt: skip
    return rows


def charts_of(
    version: ModelVersion, readings: Sequence[StabilityReading], parameters: ParametersOnDay
) -> list[Chart]:
    """ROC, KS, calibration, weights and drift, each with its finding as the title."""
    figures = version.figures
    if not figures.get("pictures"):
        return []
    found = [_roc(figures), _separation(figures), _calibration(figures), _weights(version)]
    return [*found, _drift(figures, readings, parameters)]


def number(value: float | None, decimals: int = 3) -> str:
    """A figure without unit; unknown is a dash."""
    return "—" if value is None else f"{value:.{decimals}f}"


def percent(value: float | None) -> str:
    """A share; unknown is a dash."""
    return "—" if value is None else f"{value:.1%}"


def _against(judged: Judged, floor: Judged, key: str) -> str:
    if judged.get(key) is None or floor.get(key) is None:
        return ""
    return f"较三个逾期计数 {judged[key] - floor[key]:+.3f}"


def _line(name: str, x: Sequence[Any], y: Sequence[float], colour: str, **more: Any) -> dict:
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": list(x), "y": list(y),
        "line": {"color": colour, "width": 2, **more},
    }  # fmt: skip


_LEGEND = {"showlegend": True, "legend": {"orientation": "h", "y": 1.12}}


def _roc(figures: Judged) -> Chart:
    good, bad = figures["pictures"]["roc"]
    auc = figures["judged"]["auc"]
    data = [
        _line("本版", good, bad, LINE),
        _line("随机", [0, 1], [0, 1], QUIET, dash="dot"),
    ]
    layout = {
        "xaxis": {"title": {"text": "误标的好账占比"}, "tickformat": ".0%", "range": [0, 1]},
        "yaxis": {"title": {"text": "标出的坏账占比"}, "tickformat": ".0%", "range": [0, 1.02]},
        "height": 280, **_LEGEND,
    }  # fmt: skip
    rows = [(percent(g), percent(b)) for g, b in zip(good, bad, strict=True)]
    return Chart("roc", f"ROC:AUC {number(auc)}", data, layout,
                 headings=("误标的好账", "标出的坏账"), rows=rows)  # fmt: skip


def _separation(figures: Judged) -> Chart:
    good, bad = figures["pictures"]["roc"]
    went_bad = figures["judged"]["mean_came"]
    looked = [g + (b - g) * went_bad for g, b in zip(good, bad, strict=True)]
    widest = max(range(len(good)), key=lambda place: bad[place] - good[place])
    data = [
        _line("坏账", looked, bad, "--bad"),
        _line("好账", looked, good, "--grade-1"),
        _line("最大间距", [looked[widest]] * 2, [good[widest], bad[widest]], QUIET, dash="dot"),
    ]
    layout = {
        "xaxis": {"title": {"text": "由高分到低分,累计查看的借据"}, "tickformat": ".0%",
                  "range": [0, 1]},
        "yaxis": {"title": {"text": "累计占比"}, "tickformat": ".0%", "range": [0, 1.02]},
        "height": 280, **_LEGEND,
    }  # fmt: skip
    rows = [(percent(x), percent(b), percent(g))
            for x, b, g in zip(looked, bad, good, strict=True)]  # fmt: skip
    finding = (f"KS {number(figures['judged']['ks'])}:查看分数最高的 {looked[widest]:.0%},"
               f"可见 {bad[widest]:.0%} 的坏账")  # fmt: skip
    return Chart("ks", finding, data, layout, headings=("查看", "坏账", "好账"), rows=rows)


def _calibration(figures: Judged) -> Chart:
    groups = figures["pictures"]["reliability"]
    foretold, came = [one[1] for one in groups], [one[2] for one in groups]
    most = max([*foretold, *came, 0.001]) * 1.05
    data: list[dict[str, Any]] = [
        _line("完全准确", [0, most], [0, most], QUIET, dash="dot"),
        {**_line("各十分之一", foretold, came, LINE), "mode": "lines+markers"},
    ]
    layout = {
        "xaxis": {"title": {"text": "预测概率"}, "tickformat": ".1%", "rangemode": "tozero"},
        "yaxis": {"title": {"text": "实际发生"}, "tickformat": ".1%", "rangemode": "tozero"},
        "height": 280, **_LEGEND,
    }  # fmt: skip
    judged = figures["judged"]
    finding = (f"校准:预测平均 {percent(judged['mean_foretold'])},"
               f"实际 {percent(judged['mean_came'])}")  # fmt: skip
    rows = [(f"{count:,}", percent(f), percent(c)) for count, f, c in groups]
    return Chart("calibration", finding, data, layout, headings=("笔月", "预测", "实际"), rows=rows)


def _weights(version: ModelVersion) -> Chart:
    weights = [tuple(one) for one in version.figures["weights"][:_SHOWN_FEATURES]]
    names = [f.name for f in features_of(version.model.data, [code for code, _ in weights])]
    data = [{
        "type": "bar", "orientation": "h", "y": names, "x": [value for _, value in weights],
        "marker": {"color": LINE}, "hovertemplate": "%{y} %{x:.2f}<extra></extra>",
    }]  # fmt: skip
    layout = {
        "yaxis": {"autorange": "reversed", "showgrid": False},
        "xaxis": {"title": {"text": "平均改变风险(对数胜算)"}},
        "height": 280, "bargap": 0.35,
    }  # fmt: skip
    rows = [(name, f"{value:.3f}") for name, (_, value) in zip(names, weights, strict=True)]
    finding = f"最看重:{'、'.join(names[:3])}"
    return Chart("weights", finding, data, layout, headings=("特征", "平均影响"), rows=rows)


def _drift(
    figures: Judged, readings: Sequence[StabilityReading], parameters: ParametersOnDay
) -> Chart:
    trained = [
        (one["month"], one["psi"])
        for one in figures.get("drift", ())
        if one["month"] > figures["train_to"]
    ]
    live = [(f"{one.day:%Y-%m-%d}", one.shift / 1000) for one in readings]
    points = live if len(live) > 1 else [*trained, *live]
    days = [day for day, _ in points]
    limits = [("留意", parameters.whole("model.shift_watch"), "--grade-2"),
              ("仅供参考", parameters.whole("model.shift_reference"), "--bad")]  # fmt: skip
    data = [_line("分数偏移", days, [value for _, value in points], LINE)]
    for name, limit, colour in limits:
        data.append(_line(name, days, [limit / 1000] * len(days), colour, dash="dot"))
    data[0] = {**data[0], "mode": "lines+markers"}
    worst = max(points, key=lambda point: point[1], default=("—", 0.0))
    layout = {
        "xaxis": {"type": "category", "nticks": 12},
        "yaxis": {"title": {"text": "PSI"}, "rangemode": "tozero"},
        "height": 280, **_LEGEND,
    }  # fmt: skip
    finding = f"稳定性:偏移最大 {worst[1]:.3f}({worst[0]})"
    rows = [(day, f"{value:.3f}") for day, value in points]
    return Chart("drift", finding, data, layout, headings=("月或日", "PSI"), rows=rows)
