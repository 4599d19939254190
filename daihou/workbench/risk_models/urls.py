"""Addresses of the 风险模型 desk."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.risk_models import views

urlpatterns = [
    path("", views.model_list, name="risk_models"),
    path("scores/", views.scores, name="risk_scores"),
    path("versions/<int:number>/", views.model_card, name="model_card"),
]
