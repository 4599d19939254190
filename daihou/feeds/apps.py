"""Registers the package with Django."""

from django.apps import AppConfig


class FeedsConfig(AppConfig):
    """数据接入."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.feeds"
    verbose_name = "数据接入"
