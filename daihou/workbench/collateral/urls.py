"""Addresses of 押品."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.collateral import entry, revaluations, views

urlpatterns = [
    path("", views.register, name="collateral_register"),
    path("revaluations/", revaluations.revaluations, name="revaluations"),
    path("revaluations/new/", revaluations.new, name="revaluation_new"),
    path("revaluations/<int:number>/", revaluations.one, name="revaluation"),
    path("new/<str:customer>/", entry.new, name="collateral_new"),
    path("findings/<int:number>/", views.of_finding, name="collateral_finding"),
    path("<str:number>/", views.piece, name="collateral"),
    path("<str:number>/<str:what>/", entry.enter, name="collateral_entry"),
    path("<str:number>/<str:what>/<int:row>/end/", entry.end, name="collateral_end"),
]
