"""Forms: fields that take what people type (12,000.50; 4.35%) and hold what the product keeps."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

_LIMIT = 10**16
_CHECKED = (forms.CheckboxInput, forms.CheckboxSelectMultiple, forms.RadioSelect)


class DeskForm(forms.Form):
    """A form in the looks of the workbench, for `{% include "workbench/pieces/form.html" %}`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField) and field.empty_label:
                field.empty_label = "请选择"
            if not isinstance(field.widget, _CHECKED):
                field.widget.attrs.setdefault("class", "field")

    def full_clean(self) -> None:
        """Check everything, and mark the fields in error for screen readers and for the eye."""
        super().full_clean()
        for name in self.errors:
            if name in self.fields:
                self.fields[name].widget.attrs["aria-invalid"] = "true"


class _ScaledField(forms.CharField):
    """A decimal that people type, kept as a whole number of the smallest unit."""

    scale = 1
    decimals = 0
    sample = "1"

    def to_python(self, value: Any) -> Any:
        """The whole number, or None when empty."""
        text = re.sub(r"[,\uff0c\s%\uff05元]", "", super().to_python(value) or "")
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation as problem:
            raise forms.ValidationError(f"请填数字,如 {self.sample}") from problem
        if not number.is_finite() or abs(number) >= _LIMIT:
            raise forms.ValidationError("数字过大")
        scaled = number * self.scale
        if scaled != scaled.to_integral_value():
            raise forms.ValidationError(f"最多 {self.decimals} 位小数")
        return int(scaled)

    def prepare_value(self, value: Any) -> Any:
        """Back to what people type."""
        if isinstance(value, int):
            return f"{Decimal(value) / self.scale:.{self.decimals}f}"
        return value


class YuanField(_ScaledField):
    """An amount in 元, kept in fen."""

    scale, decimals, sample = 100, 2, "12000.50"


class PercentField(_ScaledField):
    """A percentage, kept in millionths of a percent."""

    scale, decimals, sample = 1_000_000, 6, "4.35"


class DayField(forms.DateField):
    """A day, with the browser's calendar."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def show_refusal(form: forms.Form, field: str, message: str) -> None:
    """Show beside its entry why an action refused; beside the form when it names no entry."""
    form.add_error(field if field in form.fields else None, message)
