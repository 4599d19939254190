"""Addresses of the 参数 desk."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.parameters import views

urlpatterns = [
    path("", views.parameter_list, name="parameters"),
]
