"""Registers the package with Django."""

from django.apps import AppConfig


class StatementsConfig(AppConfig):
    """财务报表."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.statements"
    verbose_name = "财务报表"
