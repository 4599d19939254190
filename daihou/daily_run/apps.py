"""Registers the package with Django."""

from django.apps import AppConfig


class DailyRunConfig(AppConfig):
    """日终."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.daily_run"
    verbose_name = "日终"
