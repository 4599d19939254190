"""Addresses of the 预警规则 desk."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.signal_rules import editing, trials, views

urlpatterns = [
    path("", views.signal_rules, name="signal_rules"),
    path("indicators/", views.indicator_list, name="signal_indicators"),
    path("versions/<int:number>/", editing.rule_version, name="rule_version"),
    path("versions/<int:number>/clients/", editing.rule_clients, name="rule_clients"),
    path("versions/<int:number>/trials/", trials.rule_trials, name="rule_trials"),
    path("trials/<int:number>/", trials.rule_trial, name="rule_trial"),
    path("trials/<int:number>/progress/", trials.rule_trial_progress, name="rule_trial_progress"),
    path("<int:number>/", views.signal_rule, name="signal_rule"),
    path("<int:number>/edit/", editing.edit_rule, name="signal_rule_edit"),
]
