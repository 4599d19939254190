"""Addresses of the 接口 desk."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.api_clients import views

urlpatterns = [
    path("", views.client_list, name="api_clients"),
    path("new/", views.new_client, name="api_client_new"),
    path("<str:code>/", views.client_page, name="api_client"),
    path("<str:code>/requests/", views.request_list, name="api_client_requests"),
]
