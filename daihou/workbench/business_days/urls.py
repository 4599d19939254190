"""Addresses of 日终."""

from __future__ import annotations

import datetime as dt

from django.urls import path, register_converter

from daihou.workbench.business_days import views


class DayInAddress:
    """A day as 2026-11-23."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, text: str) -> dt.date:
        """The day; ValueError makes the address unknown."""
        return dt.date.fromisoformat(text)

    def to_url(self, day: dt.date | str) -> str:
        """The day in the address."""
        return str(day)


register_converter(DayInAddress, "day")

urlpatterns = [
    path("", views.business_days, name="business_days"),
    path("progress/<int:run_id>/", views.progress, name="business_day_progress"),
    path("<day:day>/", views.business_day, name="business_day"),
]
