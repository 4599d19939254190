"""Registers the package with Django."""

from django.apps import AppConfig


class FundSupervisionConfig(AppConfig):
    """资金监管."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.fund_supervision"
    verbose_name = "资金监管"
