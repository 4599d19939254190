"""Registers the package with Django."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """报表."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.reports"
    verbose_name = "报表"
