"""Addresses of 日终."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.business_days import views
from daihou.workbench.pieces.addresses import DAY

urlpatterns = [
    path("", views.business_days, name="business_days"),
    path("progress/<int:run_id>/", views.progress, name="business_day_progress"),
    path(f"<{DAY}:day>/", views.business_day, name="business_day"),
]
