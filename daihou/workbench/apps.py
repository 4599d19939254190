"""Registers the package with Django."""

from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    """工作台."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.workbench"
    verbose_name = "工作台"
