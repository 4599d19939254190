"""The figures of a trial as lines of a page: what `daihou models judge` prints."""

from __future__ import annotations

from typing import Any

NAMES = {
    "boosted_trees": "monotone trees (单调提升树)",
    "scorecard": "scorecard (WOE 评分卡)",
    "logistic": "floor: three counters (三个逾期计数)",
}
_SPANS = (
    ("judged", "Out of time"),
    ("kept_free", "Out of time, labels of the training all known before the first judged month"),
    ("apart", "Covid months, told apart"),
)


def as_markdown(found: dict[str, Any]) -> list[str]:
    """Each span as one table, methods as rows; then calibration and drift."""
    lines: list[str] = []
    for key, title in _SPANS:
        lines += _span(found, key, title)
    lines += _calibration(found)
    return lines + _drift(found)


def _span(found: dict[str, Any], key: str, title: str) -> list[str]:
    of_methods = {name: method.get(key) for name, method in found["methods"].items()}
    judged = [one for one in of_methods.values() if one]
    if not judged:
        return (
            [f"### {title}", "", "Not enough months to learn from.", ""] if key != "apart" else []
        )
    one, learnt = judged[0], found["known_to" if key == "kept_free" else "train_to"]
    lines = [
        f"### {title}", "",
        f"Learnt on observation months up to {learnt}; judged on {one['months'][0]} to"
        f" {one['months'][1]}: {one['rows']:,} loan-months, {one['events']:,} of them bad"
        f" ({one['mean_came']:.2%}), {one['events_not_in_arrears']:,} bad ones not in arrears when"
        " looked at.", "",
        "| method | AUC | AUC, not in arrears | KS | precision, top 1 % | recall, top 1 % |"
        " precision, top 5 % | recall, top 5 % | bad loans flagged | median lead, months |"
        " Brier | foretold / came |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    return [*lines, *(_row(name, one) for name, one in of_methods.items() if one), ""]


def _row(name: str, one: dict[str, Any]) -> str:
    first, fifth = one["top"]
    lead = one["lead"]
    cells = (
        NAMES[name], _number(one["auc"]), _number(one["auc_not_in_arrears"]), _number(one["ks"]),
        _share(first["precision"]), _share(first["recall"]), _share(fifth["precision"]),
        _share(fifth["recall"]), f"{lead['caught']} of {lead['events']}",
        "—" if lead["median_months"] is None else f"{lead['median_months']:.1f}",
        f"{one['brier']:.4f}", f"{one['mean_foretold']:.2%} / {one['mean_came']:.2%}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _calibration(found: dict[str, Any]) -> list[str]:
    lines = ["### Calibration: foretold against what came, ten groups of equal size", "",
             "| method | " + " | ".join(str(n) for n in range(1, 11)) + " |",
             "|---|" + "---|" * 10]  # fmt: skip
    for name, method in found["methods"].items():
        groups = method["pictures"]["reliability"]
        cells = [f"{foretold:.1%} / {came:.1%}" for _, foretold, came in groups]
        lines.append(f"| {NAMES[name]} | {' | '.join(cells)} |")
    return [*lines, ""]


def _drift(found: dict[str, Any]) -> list[str]:
    months = [one["month"] for one in next(iter(found["methods"].values()))["drift"]]
    lines = ["### Drift of the scores from those of the training (PSI), by observation month", "",
             "| month | " + " | ".join(NAMES[name] for name in found["methods"]) + " |",
             "|---|" + "---|" * len(found["methods"])]  # fmt: skip
    for place, month in enumerate(months):
        if month > found["train_to"]:
            cells = [f"{m['drift'][place]['psi']:.3f}" for m in found["methods"].values()]
            lines.append(f"| {month} | {' | '.join(cells)} |")
    return lines


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"
