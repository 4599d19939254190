"""Addresses of 更正."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.corrections import views

urlpatterns = [
    path("", views.corrections, name="corrections"),
    path("read/", views.read_many, name="corrections_read"),
    path("<int:number>/", views.correction, name="correction"),
]
