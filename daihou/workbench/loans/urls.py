"""Addresses of 贷款."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.loans import views

urlpatterns = [
    path("", views.loans, name="loans"),
    path("<str:number>/", views.loan, name="loan"),
]
