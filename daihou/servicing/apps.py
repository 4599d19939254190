"""Registers the package with Django."""

from django.apps import AppConfig


class ServicingConfig(AppConfig):
    """还款与状态."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.servicing"
    verbose_name = "还款与状态"
