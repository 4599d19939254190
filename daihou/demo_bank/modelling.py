"""The demo bank's risk model: trained on its own snapshots, approved by a second person.

Where the extra `models` is not installed the bank has no model, and its days say so.
"""

from __future__ import annotations

import datetime as dt
import importlib
import importlib.util
from pathlib import Path

from django.conf import settings

from daihou.risk_models.actions import approve, submit
from daihou.risk_models.choices import Method
from daihou.risk_models.judging import spans_of_book
from daihou.risk_models.models import ModelVersion
from daihou.risk_models.panels import book_panel, month_ends
from daihou.staff.models import Officer

MODEL_DAY = dt.date(2026, 8, 31)
_RISK_MANAGER, _APPROVER = "H0002", "H0004"


def train_models(day: dt.date) -> int:
    """Train trees and scorecard, approve the trees, hand in the scorecard; how many were kept."""
    if importlib.util.find_spec("lightgbm") is None or ModelVersion.objects.exists():
        return 0
    training = importlib.import_module("daihou.risk_models.training")
    panel = book_panel(month_ends(Path(settings.SNAPSHOT_FOLDER)))
    spans = spans_of_book(panel, None)
    manager = Officer.objects.get(username=_RISK_MANAGER)
    approver = Officer.objects.get(username=_APPROVER)
    trees, card = (
        training.train_version(panel=panel, spans=spans, method=method, trained_on=day, by=manager)
        for method in (Method.BOOSTED_TREES, Method.SCORECARD)
    )
    submit(version=trees, reason="首版试用:检验期内排序优于三个逾期计数", by=manager)
    approve(version=ModelVersion.objects.get(pk=trees.pk), by=approver, business_date=day)
    submit(version=card, reason="作为可手算的备选,请审批", by=manager)
    return 2
