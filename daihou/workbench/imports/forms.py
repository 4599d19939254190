"""The upload form: several files at once, and the format they are in."""

from __future__ import annotations

from typing import Any

from django import forms

from daihou.feeds.mapping_files import STANDARD, format_names
from daihou.workbench.pieces.forms import DeskForm


class FilesInput(forms.ClearableFileInput):
    """A file input that takes several files, chosen or dropped."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each file by itself."""
        files = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files]


class UploadForm(DeskForm):
    """Files and their format."""

    upload = FilesField(
        label="文件",
        widget=FilesInput(attrs={"accept": ".csv,.txt,.xlsx,.parquet", "class": "drop-zone"}),
        help_text="可选择或拖入多个文件(csv、xlsx、parquet);标准格式以表名命名,如 借据.csv",
    )
    format_name = forms.ChoiceField(label="格式", initial=STANDARD)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = forms.ChoiceField(choices=list(format_names().items()))
        self.fields["format_name"].choices = choices.choices  # type: ignore[attr-defined]
