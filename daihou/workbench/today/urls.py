"""Addresses of 今日工作."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.today import views

urlpatterns = [
    path("work/<int:work_id>/", views.matters, name="work"),
    path("work/<int:work_id>/outcome/", views.outcome, name="work_outcome"),
    path("work/<int:work_id>/defer/", views.put_off, name="work_defer"),
]
