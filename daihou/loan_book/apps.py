"""Registers the package with Django."""

from django.apps import AppConfig


class LoanBookConfig(AppConfig):
    """信贷台账."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "daihou.loan_book"
    verbose_name = "信贷台账"
