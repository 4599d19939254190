"""How a table is put under audit: triggers in the database keep who changed what, and when.

Statement-level triggers see bulk writes too. A loaded row is its own evidence (it carries its
import batch), so tables that are filled by the million keep the image *before* each change and
not a second copy of every new row; tables that people write keep new rows as well.
"""

from __future__ import annotations

from collections.abc import Callable

import pghistory
from django.db import models

Decorator = Callable[[type[models.Model]], type[models.Model]]


def audited() -> Decorator:
    """Keep every new row, change and deletion of a table that people write."""
    decorator: Decorator = pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        level=pghistory.Statement,
    )
    return decorator


def audited_changes() -> Decorator:
    """Keep what stood before each change and deletion of a table that is loaded in bulk."""
    decorator: Decorator = pghistory.track(
        pghistory.UpdateEvent(row=pghistory.Old),
        pghistory.DeleteEvent(),
        level=pghistory.Statement,
    )
    return decorator
