"""Addresses of the interface for other systems."""

from __future__ import annotations

from django.urls import path

from daihou.api.interface import interface
from daihou.api.reference import openapi, reference

urlpatterns = [
    path("api/", reference, name="api_reference"),
    path("api/v1/openapi.json", openapi, name="api_openapi"),
    path("api/v1/", interface.urls),
]
