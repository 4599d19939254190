"""Registers the package with Django."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """流水."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.ledger"
    verbose_name = "流水"
