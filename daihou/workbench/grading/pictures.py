"""The migration of a batch as a heat table: last determined grade against the grade now."""

from __future__ import annotations

from collections.abc import Sequence

from daihou.classification.choices import Grade
from daihou.workbench.pieces.charts import Chart

_SAME, _BETTER, _WORSE = 1, 2, 3  # 0: no loans
_COLOURS = [
    [0, "rgba(0,0,0,0)"], [0.3, "rgba(0,0,0,0)"], [0.3, "--surface-2"], [0.6, "--surface-2"],
    [0.6, "--grade-1-soft"], [0.9, "--grade-1-soft"], [0.9, "--grade-4-soft"],
    [1, "--grade-4-soft"],
]  # fmt: skip
_NAMES = [str(grade.label) for grade in Grade]


def migration_chart(moves: Sequence[tuple[int, int, int]], first: int) -> Chart | None:
    """How the grades of a batch move; None while none of its loans was determined before.

    `moves` are last grade, grade, loans; `first` counts the loans determined for the first time.
    """
    if not moves:
        return None
    counts = {(before, after): loans for before, after, loans in moves}
    table = [[counts.get((before, after), 0) for after in Grade] for before in Grade]
    worse = sum(loans for before, after, loans in moves if after > before)
    better = sum(loans for before, after, loans in moves if after < before)
    shown = [[f"{loans:,}" if loans else "" for loans in row] for row in table]
    marks = [
        [_SAME if n == m else _WORSE if m > n else _BETTER for m in range(len(row))]
        for n, row in enumerate(table)
    ]
    marks = [[mark if loans else 0 for mark, loans in zip(*pair, strict=True)]
             for pair in zip(marks, table, strict=True)]  # fmt: skip
    return Chart(
        "migration",
        f"与上次认定相比:{worse:,} 笔下调,{better:,} 笔上调",
        [
            {
                "type": "heatmap",
                "x": [f"{name} " for name in _NAMES],
                "y": _NAMES,
                "z": marks,
                "text": shown,
                "texttemplate": "%{text}",
                "textfont": {"color": "--ink"},
                "colorscale": _COLOURS,
                "zmin": 0,
                "zmax": _WORSE,
                "showscale": False,
                "xgap": 2,
                "ygap": 2,
                "hovertemplate": "上次 %{y} → 本次 %{x}:%{text} 笔<extra></extra>",
            }
        ],
        {
            "yaxis": {"autorange": "reversed", "title": {"text": "上次认定"}},
            "xaxis": {"side": "top", "title": {"text": "本次"}},
            "height": 300,
        },
        note=f"单位:笔。另有 {first:,} 笔首次认定,不在其中。" if first else "单位:笔。",
        headings=("上次认定", *_NAMES),
        rows=[(name, *(f"{n:,}" for n in row)) for name, row in zip(_NAMES, table, strict=True)],
        is_low=True,
    )
