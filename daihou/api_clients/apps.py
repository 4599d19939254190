"""Registers the package with Django."""

from django.apps import AppConfig


class ApiClientsConfig(AppConfig):
    """接口."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.api_clients"
    verbose_name = "接口"
