"""Addresses of 客户全景."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.customers import health, views

urlpatterns = [
    path("", views.customers, name="customers"),
    path("<str:number>/", views.customer, name="customer"),
    path("<str:number>/health/", health.client_health, name="client_health"),
    path("<str:number>/happenings/new/", views.happening, name="happening"),
    path("<str:number>/disclose/<str:field>/", views.disclose, name="disclose"),
]
