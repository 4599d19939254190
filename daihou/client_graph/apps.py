"""Registers the package with Django."""

from django.apps import AppConfig


class ClientGraphConfig(AppConfig):
    """关联与担保圈."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.client_graph"
    verbose_name = "关联与担保圈"
