"""How a table is put under audit: triggers in the database keep who changed what, and when.

Statement-level triggers see bulk writes too. A loaded row is its own evidence (it carries its
import batch), so tables that are filled by the million keep the image *before* each change and
not a second copy of every new row; tables that people write keep new rows as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pghistory
from django.db import models

Decorator = Callable[[type[models.Model]], type[models.Model]]

_keep_image_before: set[str] = set()


def audited(*, exclude: Sequence[str] = ()) -> Decorator:
    """Keep every new row, change and deletion of a table that people write.

    `exclude` names fields that must not be copied, such as a password.
    """
    decorator: Decorator = pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        level=pghistory.Statement,
        exclude=list(exclude) or None,
    )
    return decorator


def audited_changes() -> Decorator:
    """Keep what stood before each change and deletion of a table that is loaded in bulk.

    An update is kept whether it changed a value or not: to tell, old and new rows would have to be
    paired, which takes time that grows with the square of the rows.
    """
    track: Decorator = pghistory.track(
        pghistory.UpdateEvent(row=pghistory.Old, condition=None),
        pghistory.DeleteEvent(),
        level=pghistory.Statement,
    )

    def decorator(model: type[models.Model]) -> type[models.Model]:
        _keep_image_before.add(model._meta.label)
        return track(model)

    return decorator


def audited_actions(*fields: str) -> Decorator:
    """Keep what stood before people changed one of the fields, in a table the daily run renews.

    The run rewrites the other fields of many rows every day; those are derived and not audited.
    Row by row, since a trigger per statement pairs old and new rows, which takes time that grows
    with the square of the rows renewed.
    """
    track: Decorator = pghistory.track(
        pghistory.UpdateEvent(row=pghistory.Old, condition=pghistory.AnyChange(*fields)),
        pghistory.DeleteEvent(),
        level=pghistory.Row,
    )

    def decorator(model: type[models.Model]) -> type[models.Model]:
        _keep_image_before.add(model._meta.label)
        return track(model)

    return decorator


def keeps_image_before(model: type[models.Model]) -> bool:
    """Whether the events of a change hold the row as it was, and not as it became."""
    return model._meta.label in _keep_image_before
