"""Parts of addresses: a day as it stands in them."""

from __future__ import annotations

import datetime as dt

from django.urls import register_converter


class DayInAddress:
    """A day as 2026-11-23."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, text: str) -> dt.date:
        """The day; ValueError makes the address unknown."""
        return dt.date.fromisoformat(text)

    def to_url(self, day: dt.date | str) -> str:
        """The day in the address."""
        return str(day)


DAY = "day"
register_converter(DayInAddress, DAY)
