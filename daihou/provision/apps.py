"""Registers the package with Django."""

from django.apps import AppConfig


class ProvisionConfig(AppConfig):
    """拨备."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.provision"
    verbose_name = "拨备"
