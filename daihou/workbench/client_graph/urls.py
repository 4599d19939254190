"""Addresses of 关联图谱."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.client_graph import views

urlpatterns = [
    path("", views.circles, name="circles"),
    path("circles/<int:number>/", views.circle, name="circle"),
    path("findings/", views.findings, name="graph_findings"),
    path("findings/<int:number>/", views.finding, name="graph_finding"),
    path("clients/<str:number>/", views.client_graph, name="client_graph"),
    path("clients/<str:number>/brief/", views.brief, name="client_brief"),
    path("clients/<str:number>/if-fails/", views.if_fails, name="client_if_fails"),
]
