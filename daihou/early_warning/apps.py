"""Registers the package with Django."""

from django.apps import AppConfig


class EarlyWarningConfig(AppConfig):
    """预警."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.early_warning"
    verbose_name = "预警"
