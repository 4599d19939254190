"""Registers the package with Django."""

from django.apps import AppConfig


class CollateralConfig(AppConfig):
    """押品."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.collateral"
    verbose_name = "押品"
