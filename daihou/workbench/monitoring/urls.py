"""Addresses for machines that watch the installation."""

from django.urls import path

from daihou.workbench.monitoring import views

urlpatterns = [
    path("healthz", views.health, name="healthz"),
    path("metrics", views.metrics, name="metrics"),
]
