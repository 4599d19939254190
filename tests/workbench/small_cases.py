"""Cases about the signals of the small bank, opened as the daily run opens them."""

from __future__ import annotations

from django.db import transaction

from daihou.early_warning.cases.daily import follow_signals
from tests.shipped import shipped_parameters
from tests.small_book import cursor
from tests.workbench.small_bank import DAY


def open_cases() -> None:
    """Let the daily run take up the signals of the small bank on its day."""
    with transaction.atomic():
        follow_signals(cursor(), DAY, shipped_parameters(DAY))
