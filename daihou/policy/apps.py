"""Registers the package with Django."""

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    """参数."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.policy"
    verbose_name = "参数"
