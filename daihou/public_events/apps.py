"""Registers the package with Django."""

from django.apps import AppConfig


class PublicEventsConfig(AppConfig):
    """外部事件."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.public_events"
    verbose_name = "外部事件"
