"""The field in which the months are entered in which a client has money."""

from __future__ import annotations

import re
from typing import Any

from django import forms

_PART = re.compile(r"(1[0-2]|[1-9])(?:(?:月|[:：])(\d{1,3})?)?")
_MOST_MONTHS = 12


class CycleField(forms.CharField):
    """Months with money and their weights, as `6月2、10月3`; a month without a weight counts 1."""

    def to_python(self, value: Any) -> Any:
        """Twelve weights, January first; None when empty."""
        text = (super().to_python(value) or "").strip()
        if not text:
            return None
        weights = [0] * _MOST_MONTHS
        for part in re.split(r"[、,，;；\s]+", text):
            found = _PART.fullmatch(part)
            if found is None:
                raise forms.ValidationError("请按“6月2、10月3”填写:月份,后面是占比")
            weights[int(found[1]) - 1] = int(found[2] or 1)
        if not any(weights):
            raise forms.ValidationError("至少有一个月份的占比大于零")
        return tuple(weights)
