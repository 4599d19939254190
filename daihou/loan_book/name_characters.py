"""The expression that the index for searching Chinese names is built on."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, TextField, Value
from django.db.models.functions import Upper


def name_characters() -> Func:
    """The single characters of a client's name, in capitals.

    Index and query must spell the same expression, or PostgreSQL does not use the index.
    """
    return Func(
        Upper("name"),
        Value(None),
        function="string_to_array",
        output_field=ArrayField(TextField()),
    )
