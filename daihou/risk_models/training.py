"""Trains a version, judges it out of time, and keeps it as a draft with its card.

Imports the learners (extra `models`): for the command line and the demo bank, never for the web.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from daihou.risk_models.actions import keep_version, model_named
from daihou.risk_models.choices import Method, Target
from daihou.risk_models.judging import Spans
from daihou.risk_models.models import ModelVersion
from daihou.risk_models.panels import Panel, month_name
from daihou.risk_models.trials import card_figures, learn, trial
from daihou.staff.models import Officer


@dataclass(frozen=True)
class _Described:
    name: str
    is_of_own_book: bool
    purpose: str


_MODELS: Mapping[str, _Described] = MappingProxyType(
    {
        "auto_loans": _Described(
            "车贷严重逾期(公开数据)", False, "用公开的美国车贷数据检验方法;不给本行客户评分"
        ),
        "book": _Described(
            "六个月内严重逾期", True,
            "与规则并列的参考意见:不改变分类、不产生预警,供排序与核查;"
            "只评当日逾期不足 90 天的在贷借据",
        ),
    }
)  # fmt: skip


def train_version(
    *, panel: Panel, spans: Spans, method: Method, trained_on: dt.date, by: Officer | None
) -> ModelVersion:
    """Learn on the early months, judge on the later, keep; raises TooLittle over too few events."""
    artefact = learn(panel, method, spans.train_to)
    described = _MODELS[panel.data]
    model = model_named(
        code=panel.data,
        name=described.name,
        target=Target.SERIOUS_ARREARS,
        data=panel.data,
        is_of_own_book=described.is_of_own_book,
        purpose=described.purpose,
    )
    first, last = month_name(int(panel.months.min())), month_name(spans.train_to)
    return keep_version(
        model=model,
        method=method,
        trained_on=trained_on,
        window=(dt.date.fromisoformat(f"{first}-01"), dt.date.fromisoformat(f"{last}-01")),
        features=artefact["features"],
        artefact=artefact,
        figures=card_figures(artefact, panel, trial(panel, spans)),
        by=by,
    )
