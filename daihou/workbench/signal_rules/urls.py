"""Addresses of the 预警规则 desk."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.signal_rules import views

urlpatterns = [
    path("", views.signal_rules, name="signal_rules"),
    path("indicators/", views.indicator_list, name="signal_indicators"),
    path("<int:number>/", views.signal_rule, name="signal_rule"),
]
