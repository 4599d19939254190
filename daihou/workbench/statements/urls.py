"""Addresses of 财务报表."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.statements import entry, views

urlpatterns = [
    path("", views.statements, name="statements"),
    path("findings/<int:number>/", views.finding, name="statement_finding"),
    path("<str:number>/", views.client, name="client_statements"),
    path("<str:number>/new/", entry.new, name="statement_new"),
    path("<str:number>/workbook/", entry.workbook, name="statement_workbook"),
]
