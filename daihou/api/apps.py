"""Registers the package with Django."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """系统接口."""

    name = "daihou.api"
    verbose_name = "系统接口"
