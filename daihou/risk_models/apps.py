"""Registers the package with Django."""

from django.apps import AppConfig


class RiskModelsConfig(AppConfig):
    """风险模型."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.risk_models"
    verbose_name = "风险模型"
