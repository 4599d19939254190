"""Addresses of 资金监管."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.funds import views

urlpatterns = [
    path("", views.funds, name="funds"),
    path("findings/", views.findings, name="fund_findings"),
    path("findings/<int:number>/", views.finding, name="fund_finding"),
    path("notable/", views.notable, name="fund_notable"),
    path("draws/<str:number>/", views.draw, name="fund_draw"),
    path("draws/<str:number>/voucher/", views.voucher, name="fund_voucher"),
    path("accounts/<str:number>/", views.account, name="fund_account"),
    path("documents/<int:number>/", views.document, name="fund_document"),
]
