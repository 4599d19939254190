"""Registers the package with Django."""

from django.apps import AppConfig


class ClassificationConfig(AppConfig):
    """分类认定."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.classification"
    verbose_name = "分类认定"
