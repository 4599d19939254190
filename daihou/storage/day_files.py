"""Where business days leave their columnar files: a folder of each kind, all in one place."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

_FOLDERS = (
    "SNAPSHOT_FOLDER",
    "COLUMNAR_BOOK_FOLDER",
    "INDICATOR_FOLDER",
    "TRANSACTION_FOLDER",
    "STATEMENT_FOLDER",
    "SCORE_FOLDER",
)


def day_folders(place: Path) -> dict[str, Path]:
    """The settings of all these folders, were they to stand in another place."""
    return {name: place / Path(getattr(settings, name)).name for name in _FOLDERS}


def keep_day_files_in(place: Path) -> None:
    """Let days that are tried out leave their files elsewhere than the lender's own."""
    for name, folder in day_folders(place).items():
        setattr(settings, name, folder)
