"""Model fields that every table uses for money, rates and sealed personal data."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from daihou.storage import sealing

MONEY_LIMIT = 10**13  # fen; one hundred thousand million yuan, more than any loan


class MoneyField(models.BigIntegerField):
    """An amount of money as a whole number of fen (分); never a float."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault(
            "validators", [MinValueValidator(-MONEY_LIMIT), MaxValueValidator(MONEY_LIMIT)]
        )
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("validators", None)
        return name, path, args, kwargs


class RateField(models.BigIntegerField):
    """A rate in millionths of a percent per year: 4.35 % is kept as 4350000."""


class SealedTextField(models.BinaryField):
    """A personal text (identity number, telephone) that is encrypted before it leaves Python.

    The database holds only ciphertext; find rows through the blind index beside it.
    """

    def get_prep_value(self, value: Any) -> Any:
        return sealing.seal(value) if isinstance(value, str) else value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        sealed = self.get_prep_value(value)
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else sealing.unseal(bytes(value))

    def to_python(self, value: Any) -> Any:
        return value


class BlindIndexField(models.CharField):
    """A keyed fingerprint of a sealed text, so that an exact number can be searched for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = sealing.FINGERPRINT_LENGTH
        kwargs.setdefault("db_index", True)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length", None)
        return name, path, args, kwargs
