"""Registers the package with Django."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """机构与员工."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.staff"
    verbose_name = "机构与员工"
